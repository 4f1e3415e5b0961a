package zonecmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/client/flags"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/deploy"
)

// run runs the command group as the root command would.
func run(t *testing.T, home, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := NewCmd()
	cmd.PersistentFlags().String(flags.FlagHome, home, "")
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetArgs(args)
	err = cmd.Execute()
	return out.String(), errOut.String(), err
}

// Every error names what is wrong and what would be right, and nothing is written.
func TestRefuses(t *testing.T) {
	keys := t.TempDir()
	ring, err := client.OpenKeyring("test", keys, nil)
	require.NoError(t, err)
	_, err = client.EnsureKey(ring, "owner")
	require.NoError(t, err)
	spec := filepath.Join(t.TempDir(), "zone.yaml")
	require.NoError(t, os.WriteFile(spec, []byte("name: port\nblok_time: 1s\n"), 0o600))
	named := filepath.Join(t.TempDir(), "zone.yaml")
	require.NoError(t, os.WriteFile(named, []byte("name: port\n"), 0o600))
	const nobody = "http://127.0.0.1:1"
	for want, args := range map[string][]string{
		"--from: name the key":                        {"create", "farm"},
		"--from and --owner-key name different":       {"create", "farm", "--from", "a", "--owner-key", "b"},
		`keyring backend "paper"`:                     {"create", "farm", "--from", "a", "--keyring-backend", "paper"},
		`key "nobody" is not in the test keyring`:     {"create", "farm", "--from", "nobody", "--keyring-backend", "test", "--keyring-dir", keys},
		"is --main its RPC address?":                  {"create", "farm", "--from", "owner", "--keyring-backend", "test", "--keyring-dir", keys, "--main", nobody},
		`name: zone "Farm": must match`:               {"create", "Farm", "--from", "owner", "--keyring-backend", "test"},
		"field blok_time not found":                   {"create", "port", "--from", "owner", "--spec", spec},
		`name "port" of the specification`:            {"create", "farm", "--from", "owner", "--spec", named},
		`relayer funds "-1": must be a positive`:      {"create", "farm", "--from", "owner", "--keyring-backend", "test", "--keyring-dir", keys, "--relayer-funds", "-1"},
		`--output "xml": must be text or json`:        {"status", "--output", "xml"},
		"--every 1ms: must be 100ms to 1h":            {"status", "--watch", "--every", "1ms"},
		`zone "farm" in`:                              {"status", "farm"},
		"there is no such zone here":                  {"destroy", "farm"},
		"`meshchaind zone list` shows":                {"start", "farm"},
		`--stake "x": must be a positive`:             {"join", "farm", "--validator", "--stake", "x"},
		"main chain: node at http://127.0.0.1:1":      {"join", "farm", "--main", nobody},
		"is there a zone in":                          {"relay"},
		"accepts 1 arg(s), received 0":                {"stop"},
		"passphrase of the keyring: has 5 characters": {"create", "farm", "--from", "owner", "--passphrase-file", "-"},
	} {
		home := filepath.Join(t.TempDir(), "home")
		_, _, err := run(t, home, "short\n", args...)
		require.ErrorContains(t, err, want, args)
		require.NoDirExists(t, filepath.Join(home, "zones"), args)
	}
}

func TestNoZones(t *testing.T) {
	out, _, err := run(t, t.TempDir(), "", "status")
	require.NoError(t, err)
	require.Regexp(t, "^zone +health +height", out)
	out, _, err = run(t, t.TempDir(), "", "status", "-o", "json")
	require.NoError(t, err)
	require.Equal(t, "[]\n", out)
}

// A variable stands for a flag that was not given, and for no other.
func TestVariables(t *testing.T) {
	t.Setenv("MESHCHAIND_OUTPUT", "xml")
	_, _, err := run(t, t.TempDir(), "", "status")
	require.ErrorContains(t, err, `--output "xml"`)
	_, _, err = run(t, t.TempDir(), "", "status", "--output", "json")
	require.NoError(t, err)
	t.Setenv("MESHCHAIND_EVERY", "often")
	_, _, err = run(t, t.TempDir(), "", "status")
	require.ErrorContains(t, err, "MESHCHAIND_EVERY")
}

// Every command says what it is for and shows how.
func TestHelp(t *testing.T) {
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		require.Contains(t, cmd.Example, "meshchaind zone", cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			check(sub)
		}
	}
	check(NewCmd())
}

func TestPrintStatus(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var out bytes.Buffer
	healthy := &deploy.Status{Name: "farm", Health: deploy.HealthHealthy, Height: 42, BlockTime: now.Add(-1500 * time.Millisecond), Peers: 2, Registry: "active", HeartbeatHeight: 40}
	healthy.ToZone = deploy.Direction{PendingPackets: 2, ClientExpires: now.Add(time.Hour), Escrow: sdk.NewCoins(sdk.NewInt64Coin("usmt", 5))}
	healthy.ToMain = deploy.Direction{PendingAcks: 1, ClientExpires: now.Add(2 * time.Hour)}
	ill := &deploy.Status{Name: "port", Health: deploy.HealthStopped, Next: "meshchaind zone start port", Problems: []string{"connection refused"}}
	require.NoError(t, printStatus(&out, []*deploy.Status{healthy, ill}, now))
	require.Regexp(t, `farm +healthy +42 +1\.5s +2 +active +40 +3 +1h0m0s +5usmt +-`, out.String())
	require.Regexp(t, `port +stopped .* meshchaind zone start port`, out.String())
	require.Contains(t, out.String(), "port: connection refused")
	require.ErrorContains(t, healthyOrNot([]*deploy.Status{healthy, ill}), "1 of 2 zones not healthy")
	require.NoError(t, healthyOrNot([]*deploy.Status{healthy}))
}

func TestPrintPlan(t *testing.T) {
	spec, err := deploy.Spec{Name: "farm", Area: "eu/de"}.Complete()
	require.NoError(t, err)
	p := &deploy.Plan{Needed: sdk.NewCoin("usmt", math.NewInt(111)), Bond: sdk.NewInt64Coin("usmt", 100), Balance: sdk.NewInt64Coin("usmt", 500)}
	p.Spec, p.Main = spec, deploy.MainChain{ChainID: "mesh-main-1", RPC: "http://main", Denom: "usmt"}
	p.Steps = []deploy.PlannedStep{{Step: "keys", Text: "keys of everybody", Done: true}}
	var out bytes.Buffer
	require.NoError(t, printPlan(&out, p))
	for _, want := range []string{"chain-id farm-1", `"eu/de", level 1`, "111usmt: bond 100usmt", "trusted for 336h0m0s", "1 keys", "true"} {
		require.Contains(t, out.String(), want)
	}
}
