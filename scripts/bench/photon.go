package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// payments are the settings of `bench photon`.
type payments struct {
	bin      string
	payments int
	out      string
}

// payRate is what both programs report; see `meshload photon` for what each key means.
type payRate struct {
	PaymentsPerSecond float64 `json:"payments_per_s"`
	P50               float64 `json:"p50_ms"`
	P99               float64 `json:"p99_ms"`
	PerRequest        float64 `json:"payments_per_s_one_per_request,omitempty"`
	Parallel          float64 `json:"payments_per_s_parallel,omitempty"`
	Durable           bool    `json:"durable"`
	Receipts          bool    `json:"receipts"`
}

func photonCommand() *cobra.Command {
	var p payments
	cmd := &cobra.Command{
		Use:     "photon",
		Short:   "Payments of photond against those of go-perun, in turn on this machine",
		Example: "  go run ./scripts/bench photon --payments 10000000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.bin, "bin", "build", "directory of meshload, photond and meshchaind")
	f.IntVar(&p.payments, "payments", 5_000_000, "payments of photond at full rate")
	f.StringVar(&p.out, "out", filepath.Join("build", "bench", "photon.json"), "file for the figures")
	return cmd
}

func (p *payments) run(ctx context.Context, out, log io.Writer) error {
	load := filepath.Join(p.bin, "meshload")
	rates := map[string]*payRate{}
	for _, m := range []struct {
		name string
		dir  string
		args []string
	}{
		{"photond, streams", "", []string{load, "photon", "direct", "--json", "--payments", strconv.Itoa(p.payments)}},
		{"photond, streams of 256 bytes", "", []string{load, "photon", "direct", "--json", "--data", "256", "--payments", strconv.Itoa(max(1, p.payments/3))}},
		{"photond, one at a time", "", []string{load, "photon", "latency", "--json"}},
		{"photond, over 3 hops", "", []string{load, "photon", "mediated", "--json"}},
		{"photond, over 3 hops, one at a time", "", []string{load, "photon", "mediated", "--json", "--parallel", "1", "--payments", "500"}},
		{"go-perun, one at a time", filepath.Join("scripts", "bench", "perun"), []string{"go", "run", "-mod=readonly", "."}},
	} {
		fmt.Fprintf(log, "measuring %s\n", m.name)
		cmd := exec.CommandContext(ctx, m.args[0], m.args[1:]...)
		cmd.Dir, cmd.Stderr = m.dir, log
		answer, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		rates[m.name] = &payRate{}
		// Libraries may print before the report.
		if i := bytes.LastIndexByte(bytes.TrimSpace(answer), '\n'); i >= 0 {
			answer = answer[i:]
		}
		if err := json.Unmarshal(answer, rates[m.name]); err != nil {
			return fmt.Errorf("%s: report %.200q: %w", m.name, answer, err)
		}
	}
	if err := p.write(rates); err != nil {
		return err
	}
	ours, single, peer := rates["photond, streams"], rates["photond, one at a time"], rates["go-perun, one at a time"]
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "durable on both sides\tphotond\tgo-perun v0.13.0\tratio")
	fmt.Fprintf(t, "most payments/s\t%.0f (streams)\t%.0f (50 channels)\t%.0f\n", ours.PaymentsPerSecond, peer.Parallel, ours.PaymentsPerSecond/peer.Parallel)
	fmt.Fprintf(t, "the same with 256 bytes of data\t%.0f\t\t\n", rates["photond, streams of 256 bytes"].PaymentsPerSecond)
	fmt.Fprintf(t, "one per request, payments/s\t%.0f (64 at once)\t%.0f (50 channels)\t%.1f\n", ours.PerRequest, peer.Parallel, ours.PerRequest/peer.Parallel)
	fmt.Fprintf(t, "one at a time, payments/s\t%.0f\t%.0f\t%.1f\n", single.PaymentsPerSecond, peer.PaymentsPerSecond, single.PaymentsPerSecond/peer.PaymentsPerSecond)
	fmt.Fprintf(t, "p50, p99\t%.2f, %.2f ms\t%.2f, %.2f ms\t%.1f, %.1f\n", single.P50, single.P99, peer.P50, peer.P99, peer.P50/single.P50, peer.P99/single.P99)
	hops, hop := rates["photond, over 3 hops"], rates["photond, over 3 hops, one at a time"]
	fmt.Fprintf(t, "over 3 hops, payments/s\t%.0f (256 at once)\tnone\t\n", hops.PaymentsPerSecond)
	fmt.Fprintf(t, "over 3 hops, p50, p99\t%.2f, %.2f ms\tnone\t\n", hop.P50, hop.P99)
	fmt.Fprintf(t, "receipt for each payment\t%t\t%t\t\n", ours.Receipts, peer.Receipts)
	return t.Flush()
}

func (p *payments) write(rates map[string]*payRate) error {
	bz, err := json.MarshalIndent(rates, "", "  ")
	return errors.Join(err, os.MkdirAll(filepath.Dir(p.out), 0o755), os.WriteFile(p.out, append(bz, '\n'), 0o644))
}
