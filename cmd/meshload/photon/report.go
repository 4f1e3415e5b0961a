package photon

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/localnet/paynode"
)

// Report of a run.
type Report struct {
	Kind     string `json:"kind"`
	Payments int    `json:"payments"`
	Data     int    `json:"data_bytes"`
	// Seconds from the first payment handed in to the last acknowledged.
	Seconds           float64 `json:"seconds"`
	PaymentsPerSecond float64 `json:"payments_per_s"`
	// P50 and P99 of the time from handing a payment in to its acknowledgement being
	// told. Under full load most of it is waiting in queues.
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	// BytesPerPayment that the sender and the receiver each wrote to their disk, on average.
	BytesPerPayment float64 `json:"bytes_per_payment_on_disk"`
	// RSS of the largest photond, at its peak.
	RSS float64 `json:"rss_mb"`
	// Durable: after kill -9 of the nodes and a restart all acknowledged payments were
	// there, on both sides.
	Durable bool `json:"durable"`
	// Receipts: receipts of a sample of the payments were made by both sides, were the
	// same, and verified.
	Receipts bool `json:"receipts"`
	// CPU seconds per million payments, of the nodes and of the generator.
	NodesCPU     float64 `json:"nodes_cpu_s_per_million"`
	GeneratorCPU float64 `json:"generator_cpu_s_per_million"`
	// PerRequest is the rate with one payment per API request, many requests at a time.
	PerRequest float64 `json:"payments_per_s_one_per_request,omitempty"`
	// Halves are the rates of the first and the second half.
	Halves [2]float64 `json:"payments_per_s_halves"`
}

func (r *Report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	row("payments", "%d %s, %d bytes of data each", r.Payments, r.Kind, r.Data)
	row("rate", "%.0f payments/s (%.0f, then %.0f)", r.PaymentsPerSecond, r.Halves[0], r.Halves[1])
	if r.PerRequest > 0 {
		row("one per request", "%.0f payments/s", r.PerRequest)
	}
	row("latency", "p50 %.2f ms, p99 %.2f ms", r.P50, r.P99)
	row("disk", "%.0f bytes per payment and node", r.BytesPerPayment)
	row("memory", "%.0f MB at most", r.RSS)
	row("CPU", "%.2f s nodes, %.2f s generator, per million", r.NodesCPU, r.GeneratorCPU)
	row("durable", "%t (kill -9, restart, sums right)", r.Durable)
	row("receipts", "%t", r.Receipts)
	return t.Flush()
}

// percentile of sorted durations in milliseconds, nearest rank.
func percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return float64(sorted[min(max(rank, 1), len(sorted))-1]) / float64(time.Millisecond)
}

func (r *Report) latencies(all []time.Duration) {
	slices.Sort(all)
	r.P50, r.P99 = percentile(all, 50), percentile(all, 99)
}

// usage is what was used up to a moment.
type usage struct {
	at               time.Time
	written          int64
	nodes, generator time.Duration
	peak             int64
}

func measure(nodes []*paynode.Node) (u usage, err error) {
	u.at = time.Now()
	for _, n := range nodes {
		of, err := localnet.UsageOf(n.PID())
		if err != nil {
			return u, err
		}
		u.nodes += of.CPU
		u.peak = max(u.peak, of.Peak)
		written, err := writtenBy(n.PID())
		if err != nil {
			return u, err
		}
		u.written += written
	}
	own, err := localnet.UsageOf(os.Getpid())
	u.generator = own.CPU
	return u, err
}

// writtenBy a process to its disk, as the kernel counts it.
func writtenBy(pid int) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if value, ok := strings.CutPrefix(s.Text(), "write_bytes: "); ok {
			return strconv.ParseInt(value, 10, 64)
		}
	}
	return 0, fmt.Errorf("/proc/%d/io has no write_bytes", pid)
}

// since fills what follows from the usage before and after n payments over so many nodes.
func (r *Report) since(before, after usage, nodes int) {
	n := float64(r.Payments)
	r.Seconds = after.at.Sub(before.at).Seconds()
	r.PaymentsPerSecond = n / r.Seconds
	r.BytesPerPayment = float64(after.written-before.written) / n / float64(nodes)
	r.RSS = float64(after.peak) / (1 << 20)
	r.NodesCPU = (after.nodes - before.nodes).Seconds() / n * 1e6
	r.GeneratorCPU = (after.generator - before.generator).Seconds() / n * 1e6
}
