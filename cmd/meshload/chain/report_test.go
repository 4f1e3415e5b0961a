package chain

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPercentile(t *testing.T) {
	var sorted []time.Duration
	for ms := 1; ms <= 200; ms++ {
		sorted = append(sorted, time.Duration(ms)*time.Millisecond)
	}
	for p, want := range map[float64]float64{0: 1, 50: 100, 90: 180, 99: 198, 100: 200} {
		require.Equal(t, want, percentile(sorted, p), "p%v", p)
	}
	require.Equal(t, 7.0, percentile([]time.Duration{7 * time.Millisecond}, 99))
	require.Zero(t, percentile(nil, 99))
}

// Two senders, four transactions each: of one the second failed in its block, of the
// other the third was lost and the fourth never offered.
func TestMeasure(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	signed := make([][]transaction, 2)
	offered := make([][]time.Time, 2)
	for i := range signed {
		for k := range 4 {
			signed[i] = append(signed[i], transaction{hash: [32]byte{byte(i), byte(k)}})
			offered[i] = append(offered[i], at(100*k))
		}
	}
	offered[1][3] = time.Time{}
	found := map[[32]byte]inclusion{
		{0, 0}: {height: 7, at: at(1000), gas: 50},
		{0, 1}: {height: 7, at: at(1000), code: 5, gas: 10},
		{0, 2}: {height: 8, at: at(2000), gas: 70},
		{0, 3}: {height: 9, at: at(3000), gas: 60},
		{1, 0}: {height: 7, at: at(1000), gas: 60},
		{1, 1}: {height: 9, at: at(3000), gas: 60},
	}
	blocks := []block{{height: 7, at: at(1000), ours: 3}, {height: 8, at: at(2000), ours: 1}, {height: 9, at: at(3000), ours: 2}}

	r := Report{Kind: "sends", Requested: 8, Accepted: 7, Rejected: 1}
	r.measure(signed, offered, found, blocks)
	require.Equal(t, 5, r.Committed)
	require.Equal(t, 1, r.Failed)
	require.Equal(t, 1, r.Lost)
	require.Equal(t, 3, r.Blocks)
	require.Equal(t, 3, r.FullestTxs)
	require.Equal(t, int64(7), r.FirstHeight)
	require.Equal(t, int64(9), r.LastHeight)
	require.Equal(t, int64(60), r.GasPerTx)
	require.InDelta(t, 3.0, r.Seconds, 1e-9)
	require.InDelta(t, 5.0/3, r.PerSecond, 1e-9)
	require.InDelta(t, 3.0/2, r.SteadyPerSecond, 1e-9)
	require.InDelta(t, 1800, r.LatencyP50, 1e-9) // 1000, 1000, 1800, 2700, 2900
	require.InDelta(t, 2900, r.LatencyMax, 1e-9)
	require.ErrorContains(t, r.err(), "1 of 8 transactions were refused")

	var table, document bytes.Buffer
	require.NoError(t, r.writeTable(&table))
	require.Contains(t, table.String(), "committed sends/s")
	require.NoError(t, r.writeJSON(&document))
	var back Report
	require.NoError(t, json.Unmarshal(document.Bytes(), &back))
	require.Equal(t, r, back)
}

func TestMeasureNothingCommitted(t *testing.T) {
	r := Report{Requested: 1, Accepted: 1}
	r.measure([][]transaction{{{}}}, [][]time.Time{{time.Now()}}, nil, nil)
	require.Zero(t, r.PerSecond)
	require.Equal(t, 1, r.Lost)
	require.ErrorContains(t, r.err(), "not committed")
}
