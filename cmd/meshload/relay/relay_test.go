package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/testutil/node"
)

// Real chains and a real relayer: every figure is measured, and no packet is lost.
func TestRelayBetweenRealChains(t *testing.T) {
	if testing.Short() {
		t.Skip("runs two chains and a relayer")
	}
	binary := node.Binary(t)
	var out bytes.Buffer
	cmd := Command()
	cmd.SetArgs([]string{
		"--node", binary, "--relayer", binary, "--packets", "120,10", "--singles", "2", "--away", "2s", "--block-time", "300ms", "--json",
		"--home", t.TempDir(),
	})
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	require.NoError(t, cmd.ExecuteContext(context.Background()))
	var report Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.Len(t, report.Relayers, 1)
	f := report.Relayers[0]
	require.Equal(t, "meshchain", f.Relayer)
	require.Equal(t, 2+120+10+awayPackets, f.Packets)
	require.Positive(t, f.LinkSeconds)
	require.Positive(t, f.ReceivedP50)
	require.Greater(t, f.AckedP50, f.ReceivedP50)
	require.GreaterOrEqual(t, f.AckedP99, f.AckedP50)
	require.Len(t, f.Bulks, 2)
	require.Equal(t, []int{120, 10}, []int{f.Bulks[0].Packets, f.Bulks[1].Packets})
	for _, b := range f.Bulks {
		require.InDelta(t, float64(b.Packets)/b.Seconds, b.PerSecond, 0.01)
	}
	require.Positive(t, f.CatchUpSeconds)
	require.Positive(t, f.Resident)
	require.Positive(t, f.CPUSeconds)

	out.Reset()
	require.NoError(t, report.writeTable(&out))
	require.Contains(t, out.String(), "120 at once")
	require.Contains(t, out.String(), "0 of 182")
}

func TestSettingsAreRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--packets 0: must be from 1":            {"--packets", "0"},
		"--singles 0: must be from 1":            {"--singles", "0"},
		"--away -1s: must be from 0":             {"--away", "-1s"},
		"--timeout 0s: must be positive":         {"--timeout", "0s"},
		"--peer-only: needs --peer":              {"--peer-only"},
		`--node "/nonexistent/meshchaind": stat`: {"--node", "/nonexistent/meshchaind"},
	} {
		cmd := Command()
		cmd.SetArgs(args)
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		require.ErrorContains(t, cmd.Execute(), want)
	}
}

func TestPercentile(t *testing.T) {
	values := []float64{1, 2, 3, 4}
	require.Zero(t, percentile(nil, 50))
	require.Equal(t, 2.0, percentile(values, 50))
	require.Equal(t, 4.0, percentile(values, 99))
	require.Equal(t, 1.0, percentile(values, 0))
}
