package demo_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo"
)

// The main chain is killed while calls between the zones are under way. It comes back,
// the calls are answered, and every unit on the three chains is accounted for.
func TestPollutionAccountsForEverythingThoughTheMainChainIsKilled(t *testing.T) {
	t.Parallel()
	r := start(t, "pollution", "--rows", "4", "--keep", "--output", "json")
	r.until(`calls: [1-9]\d* sent`)
	d := r.description()
	require.Len(t, d.Chains, 3)
	main := d.Chains[0].Nodes[0]
	require.Equal(t, "mesh-main-1/node0", main.Name)
	require.NoError(t, syscall.Kill(main.PID, syscall.SIGKILL))

	r.until(`keeps running until Ctrl-C`)
	r.until(`--yes`)
	var results []string
	for _, command := range pasted(r.progress(), r.cmd.Path) {
		out, err := exec.Command("/bin/sh", "-c", command+" --home "+filepath.Join(r.home, "cli")).Output()
		require.NoError(t, err, command)
		results = append(results, string(out))
	}
	require.Len(t, results, 5)
	require.Contains(t, results[0], "north-1")
	require.Contains(t, results[0], "south-1")
	require.Contains(t, results[1], "pollution/reading")
	require.Contains(t, results[2], "pollution/answer")
	require.Contains(t, results[3], "pollution/call")
	require.Contains(t, results[4], "code: 0")
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGINT))
	require.Zero(t, r.wait())

	var report demo.Report
	require.NoError(t, json.Unmarshal(r.out.Bytes(), &report))
	require.True(t, report.OK)
	require.Empty(t, report.Faults)
	require.Contains(t, strings.Join(report.Restarts, "\n"), "mesh-main-1/node0 ended: signal: killed")
	require.Len(t, report.Zones, 2)
	for _, zone := range report.Zones {
		require.Equal(t, "active", zone.Status)
		require.Positive(t, zone.Heartbeat)
	}
	sent := map[string]int{}
	for _, traffic := range report.Traffic {
		sent[traffic.Name] += traffic.Sent
		require.Equal(t, traffic.Sent, traffic.Delivered, traffic.Name)
		require.Equal(t, traffic.Sent, traffic.Acknowledged, traffic.Name)
	}
	require.Equal(t, 8, sent["readings"])
	require.Equal(t, 2, sent["activation"])
	require.Equal(t, 2, sent["heartbeat"])
	require.Equal(t, 2*sent["calls"], sent["decisions"])
	require.Positive(t, sent["calls"])
	require.Equal(t, sent["calls"], sent["answers"])
	voucherOfVoucher := false
	for _, e := range report.Escrows {
		require.Equal(t, e.Vouchers, e.Escrow)
		require.Equal(t, "0", e.InFlight)
		voucherOfVoucher = voucherOfVoucher || e.ChainID == "mesh-main-1" && strings.HasSuffix(e.Trace, "/unorth")
	}
	require.True(t, voucherOfVoucher, "the money of one zone that is in the other lies in escrow on the main chain")
	require.Empty(t, r.leftovers())
}
