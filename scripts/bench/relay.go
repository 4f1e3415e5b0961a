package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// relays are the settings of `bench relay`.
type relays struct {
	load, node, peer string
	packets          []int
	away             time.Duration
	out              string
}

// relayFigures are the fields of `meshload relay --json` that are compared.
type relayFigures struct {
	Relayer  string  `json:"relayer"`
	Link     float64 `json:"link_seconds"`
	Received float64 `json:"received_p50_seconds"`
	Acked    float64 `json:"acknowledged_p50_seconds"`
	AckedP99 float64 `json:"acknowledged_p99_seconds"`
	Bulk     []struct {
		Packets   int     `json:"packets"`
		PerSecond float64 `json:"packets_per_second"`
	} `json:"bulk"`
	CatchUp  float64 `json:"catch_up_seconds"`
	Resident float64 `json:"resident_bytes"`
	CPU      float64 `json:"cpu_seconds"`
}

func relayCommand() *cobra.Command {
	var r relays
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Compare our relayer with cosmos/relayer on the same two chains, in turn",
		Example: `  go run ./scripts/bench relay
  go run ./scripts/bench relay --packets 400 --away 20s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&r.load, "load", "build/meshload", "load generator")
	f.StringVar(&r.node, "ours", "build/meshchaind", "our node; meshrelayer is beside it")
	f.StringVar(&r.peer, "theirs", "build/bin/rly", "cosmos/relayer")
	f.IntSliceVar(&r.packets, "packets", []int{400, 4000}, "packets at once")
	f.DurationVar(&r.away, "away", time.Minute, "how long one chain is down")
	f.StringVar(&r.out, "out", "build/bench/relay.json", "where the figures go as JSON")
	return cmd
}

func (r *relays) run(ctx context.Context, out io.Writer) error {
	args := []string{"relay", "--json", "--node", r.node, "--peer", r.peer, "--away", r.away.String()}
	for _, n := range r.packets {
		args = append(args, "--packets", fmt.Sprint(n))
	}
	cmd := exec.CommandContext(ctx, r.load, args...)
	cmd.Stderr = os.Stderr
	bz, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	var report struct {
		Relayers []relayFigures `json:"relayers"`
	}
	if err := json.Unmarshal(bz, &report); err != nil {
		return fmt.Errorf("report of the load generator: %w", err)
	}
	if len(report.Relayers) != 2 {
		return fmt.Errorf("report of the load generator: has %d relayers, want ours and the peer", len(report.Relayers))
	}
	if err := writeJSON(r.out, json.RawMessage(bz)); err != nil {
		return err
	}
	return writeRelays(out, report.Relayers[0], report.Relayers[1])
}

// writeRelays prints both and how many times better ours is, row by row.
func writeRelays(out io.Writer, ours, theirs relayFigures) error {
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\t%s\t%s\ttimes better\t\n", ours.Relayer, theirs.Relayer)
	less := func(name, unit string, a, b float64) {
		if a > 0 {
			fmt.Fprintf(t, "%s\t%.2f %s\t%.2f %s\t%.2f\t\n", name, a, unit, b, unit, b/a)
		}
	}
	less("link", "s", ours.Link, theirs.Link)
	less("received", "s", ours.Received, theirs.Received)
	less("acknowledged", "s", ours.Acked, theirs.Acked)
	less("acknowledged, p99", "s", ours.AckedP99, theirs.AckedP99)
	for i := range ours.Bulk {
		a, b := ours.Bulk[i], theirs.Bulk[i]
		fmt.Fprintf(t, "%d at once\t%.0f /s\t%.0f /s\t%.2f\t\n", a.Packets, a.PerSecond, b.PerSecond, a.PerSecond/b.PerSecond)
	}
	less("caught up after the other chain was away", "s", ours.CatchUp, theirs.CatchUp)
	less("resident", "MiB", ours.Resident/(1<<20), theirs.Resident/(1<<20))
	less("processor time", "s", ours.CPU, theirs.CPU)
	return t.Flush()
}
