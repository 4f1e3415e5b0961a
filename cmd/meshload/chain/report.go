package chain

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// Report is the outcome of a run. Rates count transactions that were committed and
// succeeded; durations are in the unit their name says.
type Report struct {
	Kind        string `json:"kind"` // what was sent, in the plural
	ChainID     string `json:"chain_id"`
	Node        string `json:"node"`
	Moniker     string `json:"moniker"`
	Requested   int    `json:"requested"`
	Accounts    int    `json:"accounts"`
	Connections int    `json:"connections"`

	Accepted  int    `json:"accepted"`          // by CheckTx
	Rejected  int    `json:"rejected"`          // by CheckTx, and those of the same sender after it
	Refusal   string `json:"refusal,omitempty"` // why the first was rejected
	Committed int    `json:"committed"`         // with code 0
	Failed    int    `json:"failed"`            // committed with another code
	Lost      int    `json:"lost"`              // accepted and not committed

	Blocks      int   `json:"blocks"`
	FullestTxs  int   `json:"fullest_block_txs"`
	FirstHeight int64 `json:"first_height"`
	LastHeight  int64 `json:"last_height"`
	GasPerTx    int64 `json:"gas_per_tx"`
	MempoolFull int   `json:"mempool_full"` // how often a transaction had to wait for room

	// Seconds from the first broadcast to the last commit.
	Seconds float64 `json:"seconds"`
	// PerSecond is Committed / Seconds.
	PerSecond float64 `json:"committed_per_second"`
	// SteadyPerSecond leaves out the ramp: what blocks after the first one committed,
	// over the time from the first block's commit to the last one's. 0 with one block.
	SteadyPerSecond float64 `json:"steady_per_second"`
	// Latency from broadcast to the commit of the block, milliseconds.
	LatencyP50 float64 `json:"latency_p50_ms"`
	LatencyP90 float64 `json:"latency_p90_ms"`
	LatencyP99 float64 `json:"latency_p99_ms"`
	LatencyMax float64 `json:"latency_max_ms"`
}

// measure fills the figures that follow from what was offered and what was found.
func (r *Report) measure(signed [][]transaction, offered [][]time.Time, found map[[32]byte]inclusion, blocks []block) {
	var first, last time.Time
	var latencies []time.Duration
	var gas int64
	for i := range signed {
		for k := range signed[i] {
			at := offered[i][k]
			if at.IsZero() {
				continue
			}
			if first.IsZero() || at.Before(first) {
				first = at
			}
			in, ok := found[signed[i][k].hash]
			if !ok {
				continue
			}
			if in.code != 0 {
				r.Failed++
				continue
			}
			r.Committed++
			gas += in.gas
			latencies = append(latencies, in.at.Sub(at))
			if in.at.After(last) {
				last = in.at
			}
		}
	}
	r.Lost = r.Accepted - r.Committed - r.Failed
	r.Blocks = len(blocks)
	after := 0
	for i, b := range blocks {
		r.FullestTxs = max(r.FullestTxs, b.ours)
		if i > 0 {
			after += b.ours
		}
	}
	if len(blocks) > 0 {
		start, end := blocks[0], blocks[len(blocks)-1]
		r.FirstHeight, r.LastHeight = start.height, end.height
		if d := end.at.Sub(start.at).Seconds(); d > 0 {
			r.SteadyPerSecond = float64(after) / d
		}
	}
	if r.Committed == 0 {
		return
	}
	r.GasPerTx = gas / int64(r.Committed)
	r.Seconds = last.Sub(first).Seconds()
	if r.Seconds > 0 {
		r.PerSecond = float64(r.Committed) / r.Seconds
	}
	slices.Sort(latencies)
	r.LatencyP50 = percentile(latencies, 50)
	r.LatencyP90 = percentile(latencies, 90)
	r.LatencyP99 = percentile(latencies, 99)
	r.LatencyMax = percentile(latencies, 100)
}

// percentile returns the nearest-rank percentile of sorted durations in milliseconds:
// the smallest value that at least p percent do not exceed. 0 if there are none.
func percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	d := sorted[min(max(rank, 1), len(sorted))-1]
	return float64(d) / float64(time.Millisecond)
}

// err returns why the run does not count as clean, if so.
func (r *Report) err() error {
	switch {
	case r.Rejected > 0:
		return fmt.Errorf("%d of %d transactions were refused by the node, the first for %s", r.Rejected, r.Requested, r.Refusal)
	case r.Failed > 0:
		return fmt.Errorf("%d of %d transactions failed in their block (see --gas)", r.Failed, r.Requested)
	case r.Lost > 0:
		return fmt.Errorf("%d of %d transactions were accepted and not committed", r.Lost, r.Accepted)
	}
	return nil
}

func (r *Report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *Report) writeTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	row("chain", "%s (%s at %s)", r.ChainID, r.Moniker, r.Node)
	row("load", "%d %s, %d accounts, %d connections", r.Requested, r.Kind, r.Accounts, r.Connections)
	row("accepted", "%d", r.Accepted)
	row("rejected", "%d", r.Rejected)
	row("committed", "%d", r.Committed)
	row("failed", "%d", r.Failed)
	row("lost", "%d", r.Lost)
	row("blocks", "%d (%d to %d), at most %d %s in one", r.Blocks, r.FirstHeight, r.LastHeight, r.FullestTxs, r.Kind)
	row("gas each", "%d", r.GasPerTx)
	row("mempool full", "%d times", r.MempoolFull)
	row("duration", "%.2f s", r.Seconds)
	row("committed "+r.Kind+"/s", "%.0f", r.PerSecond)
	row("steady "+r.Kind+"/s", "%.0f", r.SteadyPerSecond)
	row("latency", "p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, max %.0f ms", r.LatencyP50, r.LatencyP90, r.LatencyP99, r.LatencyMax)
	return t.Flush()
}
