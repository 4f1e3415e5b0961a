package chaos

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

// A short storm over real processes, in which each of them is killed and each wire broken.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("runs two chains and a relayer")
	}
	var out bytes.Buffer
	cmd := Command()
	cmd.SetArgs([]string{
		"--node", node.Binary(t), "--zones", "1", "--seconds", "16", "--seed", "20261120", "--block-time", "500ms",
		"--patience", "60s", "--home", t.TempDir(), "--json",
	})
	cmd.SetOut(&out)
	cmd.SetErr(testWriter{t})
	require.NoError(t, cmd.ExecuteContext(t.Context()))
	var report Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.GreaterOrEqual(t, report.Kills, 3)
	require.GreaterOrEqual(t, report.Cuts, 2)
	require.Len(t, report.Lanes, 2)
	for _, o := range report.Lanes {
		require.NoError(t, o.verdict())
		require.Positive(t, o.Received)
	}
	out.Reset()
	require.NoError(t, report.writeTable(&out))
	t.Log("\n" + out.String())
	require.Contains(t, out.String(), "main → zone1")
	require.Contains(t, out.String(), "seed 20261120")
}

// testWriter shows progress in the log of a test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

// What is broken follows from the seed, nothing is left out, and all is mended in the end.
func TestPlan(t *testing.T) {
	all := targets(3)
	require.Len(t, all, 1+2*4)
	for seed := range uint64(200) {
		storm := time.Duration(5+seed%60) * time.Second
		plan := makePlan(seed, all, storm)
		require.Equal(t, plan, makePlan(seed, all, storm))
		require.NotEqual(t, plan, makePlan(seed+1, all, storm))
		ends := map[target]time.Duration{}
		for i, f := range plan {
			require.GreaterOrEqual(t, f.At, ends[f.target], "one fault of a target at a time")
			require.Positive(t, f.For)
			require.LessOrEqual(t, f.At+f.For, storm)
			require.Equal(t, f.Wire, f.State != localnet.WireWhole)
			if i > 0 {
				require.GreaterOrEqual(t, f.At, plan[i-1].At)
			}
			ends[f.target] = f.At + f.For
		}
		require.Len(t, ends, len(all), "everything is broken once at least")
	}
	var out bytes.Buffer
	cmd := Command()
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"--plan", "--seed", "7", "--seconds", "20", "--zones", "1"})
	require.NoError(t, cmd.Execute())
	for _, want := range []string{"kill -9  relayer", "kill -9  main", "kill -9  zone1", "wire to main", "wire to zone1"} {
		require.Contains(t, out.String(), want)
	}
}

func TestVerdict(t *testing.T) {
	good := Outcome{Lane: "main → zone1", Sent: 10, Received: 8, Escrowed: 8, Vouchers: 8, Missing: 8}
	require.NoError(t, good.verdict())
	require.EqualValues(t, 2, good.Refunded())
	for want, spoil := range map[string]func(*Outcome){
		"1 packets are still open":                      func(o *Outcome) { o.Open = 1 },
		"none of 10 packets was received":               func(o *Outcome) { o.Received = 0 },
		"8 packets were received, but 9 vouchers exist": func(o *Outcome) { o.Vouchers = 9 },
		"7 are in escrow for 8 vouchers":                func(o *Outcome) { o.Escrowed = 7 },
		"the sender misses 9, 8 are in escrow":          func(o *Outcome) { o.Missing = 9 },
	} {
		bad := good
		spoil(&bad)
		require.ErrorContains(t, bad.verdict(), want)
		r := Report{Seed: 7, Lanes: []Outcome{good, bad}}
		require.ErrorContains(t, r.verdict(), "seed 7: main → zone1: ")
	}
}

func TestSettingsAreRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--zones 0: must be from 1 to 8":         {"--zones", "0"},
		"--seconds 4: must be from 5 to 3600":    {"--seconds", "4"},
		"--patience 0s: must be positive":        {"--patience", "0s"},
		`--node "/nonexistent/meshchaind": stat`: {"--node", "/nonexistent/meshchaind"},
	} {
		cmd := Command()
		cmd.SetArgs(args)
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		require.ErrorContains(t, cmd.Execute(), want)
	}
}
