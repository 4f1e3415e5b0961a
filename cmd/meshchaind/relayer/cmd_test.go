package relayercmd

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/relayer"
)

func run(args ...string) (stdout, stderr string, err error) {
	var out, errOut bytes.Buffer
	cmd := NewCmd()
	cmd.SilenceUsage = true
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	cmd.SetArgs(args)
	err = cmd.Execute()
	return out.String(), errOut.String(), err
}

func TestInit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "relayer.yaml")
	args := []string{
		"init", "--config", file, "--chain", "mesh-main-1=http://127.0.0.1:1", "--chain", "farm-1=http://127.0.0.1:2",
		"--chain", "port-1=http://127.0.0.1:3", "--gas-prices", "farm-1=0.0025ufarm", "--keyring-backend", "test",
		"--backup", "farm-1=http://127.0.0.1:4",
	}
	out, errOut, err := run(args...)
	require.NoError(t, err)
	require.Contains(t, out, "its mnemonic, shown only now")
	require.Empty(t, errOut)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	cfg, err := relayer.LoadConfig(file)
	require.NoError(t, err)
	require.Len(t, cfg.Chains, 3)
	require.Equal(t, "0.0025ufarm", cfg.Chains[1].GasPrices)
	require.Equal(t, "http://127.0.0.1:4", cfg.Chains[1].BackupRPC)
	require.Empty(t, cfg.Chains[0].BackupRPC)
	require.Len(t, cfg.Paths, 2, "the hub with each of the others")
	require.Equal(t, "mesh-main-1", cfg.Paths[1].A.ChainID)
	require.Equal(t, "port-1", cfg.Paths[1].B.ChainID)

	_, _, err = run(args...)
	require.ErrorContains(t, err, "exists")
	out, _, err = run(append(args, "--overwrite")...)
	require.NoError(t, err)
	require.NotContains(t, out, "mnemonic", "the key exists already")

	_, _, err = run("start", "--config", file)
	require.ErrorContains(t, err, "is not linked")
	_, _, err = run("link", "--config", file, "--timeout", "2s")
	require.ErrorContains(t, err, "node at http://127.0.0.1:1")
	out, _, err = run("status", "--config", file, "--output", "json")
	require.NoError(t, err)
	require.Contains(t, out, "connection refused")
	out, _, err = run("check", "--config", file)
	require.ErrorContains(t, err, "checks failed")
	require.Regexp(t, `fail +node http://127.0.0.1:4 .*connection refused\n.*next: start the node`, out)
	require.Regexp(t, `warn +nodes of mesh-main-1 .*\n.*next: set chains\[\].backup_rpc`, out)
	require.Regexp(t, `fail +paths\[0\] .*is not linked\n.*next: meshchaind relayer link`, out)
	_, _, err = run("check", "--config", filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorContains(t, err, "meshchaind relayer init")
	_, _, err = run("status", "--config", file, "--output", "xml")
	require.ErrorContains(t, err, `--output "xml"`)
}

func TestInitRefuses(t *testing.T) {
	for want, flags := range map[string][]string{
		"--chain: got 1, want at least two": {"--chain", "a-1=x"},
		`--chain "a-1"`:                     {"--chain", "a-1"},
		"chain a-1 is there twice":          {"--chain", "a-1=x", "--chain", "a-1=y"},
		"there is no --chain c-1=RPC":       {"--chain", "a-1=x", "--chain", "b-1=y", "--gas-prices", "c-1=1u"},
		`chains[0].rpc "x"`:                 {"--chain", "a-1=x", "--chain", "b-1=y"},
		`keyring_backend "paper"`:           {"--chain", "a-1=http://x", "--chain", "b-1=http://y", "--keyring-backend", "paper"},
	} {
		file := filepath.Join(t.TempDir(), "relayer.yaml")
		_, _, err := run(append([]string{"init", "--config", file}, flags...)...)
		require.ErrorContains(t, err, want)
		require.NoFileExists(t, file)
	}
}

func TestPrintStatus(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var out bytes.Buffer
	require.NoError(t, printStatus(&out, []relayer.PathStatus{{
		A: relayer.EndStatus{End: relayer.End{ChainID: "mesh-main-1", ChannelID: "channel-0"}, Height: 42, PendingPackets: 3, ClientExpiry: now.Add(time.Hour)},
		B: relayer.EndStatus{End: relayer.End{ChainID: "farm-1", ChannelID: "channel-1"}, Error: "away"},
	}}, now))
	require.Regexp(t, `mesh-main-1 +42 +channel-0 +farm-1/channel-1 +3 +0 .* 1h0m0s`, out.String())
	require.Regexp(t, `farm-1 .* - +away`, out.String())
}
