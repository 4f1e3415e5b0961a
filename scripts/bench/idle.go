package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// idles are the settings of `bench idle`.
type idles struct {
	binary    string
	blockTime time.Duration
	duration  time.Duration
	every     time.Duration
	out       string
	set       map[string]string
	env       []string
	keep      bool
}

// sample is what the node occupies at a height.
type sample struct {
	Seconds   float64          `json:"seconds"`
	Height    int64            `json:"height"`
	RSS       int64            `json:"rss_bytes"`
	Anonymous int64            `json:"rss_anonymous_bytes"`
	CPU       float64          `json:"cpu_seconds"`
	Disk      int64            `json:"disk_bytes"`
	Folders   map[string]int64 `json:"disk_bytes_by_folder"`
}

func idleCommand() *cobra.Command {
	var i idles
	cmd := &cobra.Command{
		Use:   "idle",
		Short: "Measure memory and disk of a zone's node that has nothing to do",
		Example: `  go run ./scripts/bench idle
  go run ./scripts/bench idle --block-time 1s --duration 5m --env GOMEMLIMIT=120MiB`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return i.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&i.binary, "ours", "build/meshchaind", "our node")
	f.DurationVar(&i.blockTime, "block-time", 0, "pause between blocks (default: as shipped)")
	f.DurationVar(&i.duration, "duration", 10*time.Minute, "how long to watch")
	f.DurationVar(&i.every, "every", 30*time.Second, "how often to sample")
	f.StringVar(&i.out, "out", "build/bench/idle.json", "where the figures go as JSON")
	f.StringToStringVar(&i.set, "set", nil, "further settings, FILE:KEY=VALUE")
	f.StringSliceVar(&i.env, "env", nil, "environment of the node, NAME=VALUE")
	f.BoolVar(&i.keep, "keep", false, "keep the node's folder")
	return cmd
}

func (i *idles) run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-idle-")
	if err != nil {
		return err
	}
	if i.keep {
		fmt.Fprintln(out, "folder of the node:", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	h, err := newHome(ctx, meshZone(i.binary), filepath.Join(dir, "zone"))
	if err != nil {
		return err
	}
	if i.blockTime > 0 {
		if err := h.set("config.toml", settings{"consensus.timeout_commit": i.blockTime.String()}); err != nil {
			return err
		}
	}
	if err := h.setAll(i.set); err != nil {
		return err
	}
	if err := h.listenOnFreePorts(); err != nil {
		return err
	}
	p, err := h.start(ctx, i.env...)
	if err != nil {
		return err
	}
	defer p.stop()
	samples, err := i.watch(ctx, p, out)
	if err != nil {
		return err
	}
	if err := writeJSON(i.out, samples); err != nil {
		return err
	}
	return summarize(out, samples)
}

func (i *idles) watch(ctx context.Context, p *process, out io.Writer) ([]sample, error) {
	var samples []sample
	start := time.Now()
	ticker := time.NewTicker(i.every)
	defer ticker.Stop()
	for {
		s, err := p.sample(ctx)
		if err != nil {
			return nil, err
		}
		s.Seconds = time.Since(start).Seconds()
		samples = append(samples, s)
		fmt.Fprintf(out, "%5.0f s  height %5d  resident %4d MiB  anonymous %4d MiB  disk %6.2f MiB  CPU %.1f s\n",
			s.Seconds, s.Height, s.RSS>>20, s.Anonymous>>20, float64(s.Disk)/(1<<20), s.CPU)
		if time.Since(start) >= i.duration {
			return samples, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.Done():
			return nil, p.ended()
		case <-ticker.C:
		}
	}
}

func (p *process) sample(ctx context.Context) (sample, error) {
	height, err := p.height(ctx)
	if err != nil {
		return sample{}, err
	}
	used, err := p.Usage()
	if err != nil {
		return sample{}, err
	}
	folders, err := p.home.disk()
	if err != nil {
		return sample{}, err
	}
	return sample{Height: height, RSS: used.Resident, Anonymous: used.Anonymous, CPU: used.CPU.Seconds(), Disk: sum(folders), Folders: folders}, nil
}

// summarize prints growth per block between the first and the last sample.
func summarize(out io.Writer, samples []sample) error {
	first, last := samples[0], samples[len(samples)-1]
	blocks := last.Height - first.Height
	if blocks <= 0 {
		return fmt.Errorf("no block within %.0f s", last.Seconds)
	}
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(t, "resident after %.0f s\t%d MiB\n", last.Seconds, last.RSS>>20)
	fmt.Fprintf(t, "CPU\t%.2f %%\n", (last.CPU-first.CPU)/(last.Seconds-first.Seconds)*100)
	fmt.Fprintf(t, "disk per empty block\t%d bytes over %d blocks\n", (last.Disk-first.Disk)/blocks, blocks)
	var names []string
	for name := range last.Folders {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(t, "  %s\t%d bytes\n", name, (last.Folders[name]-first.Folders[name])/blocks)
	}
	return t.Flush()
}
