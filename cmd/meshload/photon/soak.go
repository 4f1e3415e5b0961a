package photon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/photon/api"
)

const (
	// soakRetention of the nodes' logs: a run writes many times as much.
	soakRetention = 1 << 30
	// soakSlack is what a node's data may have beside its log: the database, and a
	// segment on its way in and out.
	soakSlack = 512 << 20
	// Memory at the end may be so much above memory after a tenth of the run, and the
	// rate of the last tenth so much below that of the second.
	soakMemory = 1.25
	soakRate   = 0.75
	soakParts  = 10
)

// soakPart is what was measured in a tenth of the run.
type soakPart struct {
	Minutes           float64 `json:"minutes"`
	PaymentsPerSecond float64 `json:"payments_per_s"`
	RSS               float64 `json:"rss_mb"`
	Disk              float64 `json:"disk_mb"`
}

// soakReport of a run.
type soakReport struct {
	Payments uint64     `json:"payments"`
	Written  float64    `json:"written_mb_per_node"`
	Parts    []soakPart `json:"parts"`
	Durable  bool       `json:"durable"`
	Receipts bool       `json:"receipts"`
}

func soakCommand() *cobra.Command {
	var o options
	var minutes float64
	cmd := &cobra.Command{
		Use:   "soak",
		Short: "Payments at full rate for minutes: memory, disk and rate must stay",
		Long: `Payments at full rate for minutes. Fails if memory grows, if a node takes more disk than its retention
(1 GiB here) and a little, if the rate falls with the age of the channel, or if a sum is wrong at the end.`,
		Example: "  meshload photon soak --minutes 10",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if minutes <= 0 {
				return fmt.Errorf("--minutes %v: must be above 0", minutes)
			}
			o.payments = 1
			o.settings = []localnet.Setting{{Key: "store.retention", Value: soakRetention}}
			return o.network(cmd.Context(), cmd.ErrOrStderr(), 2, func(ctx context.Context, nodes []*paynode.Node) error {
				ref, err := nodes[0].Open(ctx, nodes[1], deposit)
				if err != nil {
					return err
				}
				r, err := o.soak(ctx, cmd.ErrOrStderr(), nodes, ref, time.Duration(minutes*float64(time.Minute)))
				if err != nil {
					return err
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
			})
		},
	}
	o.flags(cmd, 0)
	cmd.Flags().Float64Var(&minutes, "minutes", 10, "how long to pay")
	return cmd
}

func (o *options) soak(ctx context.Context, log io.Writer, nodes []*paynode.Node, ref *api.ChannelRef, duration time.Duration) (*soakReport, error) {
	r := &soakReport{}
	begin := time.Now()
	first, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	for part := range soakParts {
		until := begin.Add(duration * time.Duration(part+1) / soakParts)
		started, before := time.Now(), r.Payments
		for n := 1_000_000; time.Now().Before(until); {
			if _, _, err := o.stream(ctx, nodes[0].Client(), ref, n); err != nil {
				return nil, err
			}
			r.Payments += uint64(n) //nolint:gosec // positive
		}
		p := soakPart{Minutes: time.Since(begin).Minutes(), PaymentsPerSecond: float64(r.Payments-before) / time.Since(started).Seconds()}
		for _, n := range nodes {
			used, err := localnet.UsageOf(n.PID())
			if err != nil {
				return nil, err
			}
			disk, err := diskOf(filepath.Join(n.Home, "data"))
			if err != nil {
				return nil, err
			}
			p.RSS, p.Disk = max(p.RSS, float64(used.Resident)/(1<<20)), max(p.Disk, float64(disk)/(1<<20))
		}
		r.Parts = append(r.Parts, p)
		fmt.Fprintf(log, "%5.1f min  %9.0f payments/s  %5.0f MB memory  %6.0f MB disk\n", p.Minutes, p.PaymentsPerSecond, p.RSS, p.Disk)
		if limit := float64(soakRetention+soakSlack) / (1 << 20); p.Disk > limit {
			return nil, fmt.Errorf("a node takes %.0f MB of disk: must be at most %.0f", p.Disk, limit)
		}
	}
	after, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	r.Written = float64(after.written-first.written) / float64(len(nodes)) / (1 << 20)
	early, last := r.Parts[1], r.Parts[soakParts-1]
	if last.RSS > early.RSS*soakMemory {
		return nil, fmt.Errorf("memory went from %.0f to %.0f MB: must stay", early.RSS, last.RSS)
	}
	if last.PaymentsPerSecond < early.PaymentsPerSecond*soakRate {
		return nil, fmt.Errorf("the rate went from %.0f to %.0f payments/s: must stay", early.PaymentsPerSecond, last.PaymentsPerSecond)
	}
	if err := checkReceipts(ctx, nodes, ref); err != nil {
		return nil, err
	}
	r.Receipts = true
	if err := survives(ctx, nodes, ref, r.Payments); err != nil {
		return nil, err
	}
	r.Durable = true
	return r, nil
}

// diskOf returns the blocks that the files below a directory take. Files may vanish
// while it looks.
func diskOf(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // gone meanwhile
		}
		if info, err := d.Info(); err == nil {
			if s, ok := info.Sys().(*syscall.Stat_t); ok {
				total += s.Blocks * 512
			}
		}
		return nil
	})
	return total, err
}
