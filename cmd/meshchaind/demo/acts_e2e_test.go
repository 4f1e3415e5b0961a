package demo_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo"
	"github.com/meshchain/meshchain/testutil/node"
)

// The acts are played to their ends, with other processes for payments, and their
// figures are those that they should be.
func TestFarmPlaysItsActs(t *testing.T) {
	r := start(t, "farm", "--rows", "4", "--output", "json", "--photond", node.Photond(t))
	require.Zero(t, r.wait())
	var report demo.Report
	require.NoError(t, json.Unmarshal(r.out.Bytes(), &report))
	require.True(t, report.OK, report.Faults)
	require.Len(t, report.Acts, 2)
	facts := map[string]string{}
	for _, act := range report.Acts {
		require.Empty(t, act.Faults)
		for _, f := range act.Facts {
			facts[f.What] = f.Value
		}
	}
	require.Equal(t, "40 segments signed, 40 authentic, 0 refused", facts["data of sensor 1"])
	require.Equal(t, "40 segments signed, 40 authentic, 0 refused", facts["data of sensor 3, on orchard-1"])
	require.Contains(t, facts["sensor 3 moves to orchard-1"], "asked over mesh-main-1")
	require.Equal(t, "5000 to each of 2 sensors, 2000 of them while farm-1 was down", facts["payments"])
	require.Equal(t, "125000ufarm; back to the farm 875000ufarm", facts["paid out to sensor 2"])
	require.Empty(t, r.leftovers())
}
