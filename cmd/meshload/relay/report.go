package relay

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// Report is the outcome of a run, one entry per relayer measured.
type Report struct {
	BlockTime float64   `json:"block_time_seconds"`
	Relayers  []Figures `json:"relayers"`
}

// Figures of one relayer. Times are seconds, sizes bytes.
type Figures struct {
	Relayer     string  `json:"relayer"`
	Packets     int     `json:"packets"` // all that were sent; none was lost
	LinkSeconds float64 `json:"link_seconds"`
	// From the block that has a packet until the other chain has received it.
	ReceivedP50 float64 `json:"received_p50_seconds"`
	ReceivedP99 float64 `json:"received_p99_seconds"`
	// From there until it is acknowledged.
	AckedP50 float64 `json:"acknowledged_p50_seconds"`
	AckedP99 float64 `json:"acknowledged_p99_seconds"`
	Bulks    []Bulk  `json:"bulk"`
	// CatchUpSeconds from the zone's return until the last acknowledgement; 0 if it was not away.
	CatchUpSeconds float64 `json:"catch_up_seconds"`
	// Memory of the relayer's process: resident at the end, the most, and what belongs to no file.
	Resident   int64   `json:"resident_bytes"`
	Peak       int64   `json:"peak_resident_bytes"`
	Anonymous  int64   `json:"anonymous_bytes"`
	CPUSeconds float64 `json:"cpu_seconds"`
}

// Bulk is what many packets at once took.
type Bulk struct {
	Packets   int     `json:"packets"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"packets_per_second"`
}

// percentile returns the nearest-rank percentile of sorted values, 0 if there are none.
func percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func (r *Report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *Report) writeTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(name string, value func(Figures) string) {
		fmt.Fprint(t, name)
		for _, f := range r.Relayers {
			fmt.Fprint(t, "\t", value(f))
		}
		fmt.Fprintln(t)
	}
	row("relayer", func(f Figures) string { return f.Relayer })
	row("link", func(f Figures) string { return fmt.Sprintf("%.1f s", f.LinkSeconds) })
	row("received, p50 / p99", func(f Figures) string { return fmt.Sprintf("%.2f / %.2f s", f.ReceivedP50, f.ReceivedP99) })
	row("acknowledged, p50 / p99", func(f Figures) string { return fmt.Sprintf("%.2f / %.2f s", f.AckedP50, f.AckedP99) })
	if len(r.Relayers) > 0 {
		for i, b := range r.Relayers[0].Bulks {
			row(fmt.Sprintf("%d at once", b.Packets), func(f Figures) string {
				return fmt.Sprintf("%.0f packets/s, %.1f s", f.Bulks[i].PerSecond, f.Bulks[i].Seconds)
			})
		}
		if r.Relayers[0].CatchUpSeconds > 0 {
			row("zone was away, caught up after", func(f Figures) string { return fmt.Sprintf("%.1f s", f.CatchUpSeconds) })
		}
	}
	row("resident / peak / anonymous", func(f Figures) string {
		return fmt.Sprintf("%d / %d / %d MiB", f.Resident>>20, f.Peak>>20, f.Anonymous>>20)
	})
	row("CPU", func(f Figures) string {
		return fmt.Sprintf("%.1f s, %.2f ms a packet", f.CPUSeconds, f.CPUSeconds*1000/float64(f.Packets))
	})
	row("lost", func(f Figures) string { return fmt.Sprintf("0 of %d", f.Packets) })
	return t.Flush()
}
