package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// rates are the settings of `bench rate`.
type rates struct {
	ours, theirs, load string
	txs, accounts      int
	rounds             int
	out                string
	keep               bool
	set                map[string]string
	env                []string
	profiles           []string
	alone              bool
}

// Profiles: the same files for both nodes, or those that each one's init wrote.
const (
	profileSame    = "same settings"
	profileShipped = "as shipped"
)

// run is one measurement; the fields of `meshload chain sends --json` that are compared.
type run struct {
	Profile string  `json:"profile"`
	Node    string  `json:"node"`
	Round   int     `json:"round"`
	PerSec  float64 `json:"committed_per_second"`
	Steady  float64 `json:"steady_per_second"`
	P50     float64 `json:"latency_p50_ms"`
	P99     float64 `json:"latency_p99_ms"`
	Txs     int     `json:"committed"`
	// CPU is the node's processor time per transaction, milliseconds: the least
	// noisy figure on a machine that does other work too.
	CPU float64 `json:"cpu_ms_per_tx"`
	// Peak resident memory, bytes.
	Peak int64 `json:"peak_rss_bytes"`
	// Disk is what a transaction leaves on disk, bytes.
	Disk int64 `json:"disk_bytes_per_tx"`
}

// ratio compares medians of our runs with medians of theirs; above 1 is better.
type ratio struct {
	Profile string  `json:"profile"`
	PerSec  float64 `json:"committed_per_second"`
	Steady  float64 `json:"steady_per_second"`
	CPU     float64 `json:"cpu"`
}

func rateCommand() *cobra.Command {
	var r rates
	cmd := &cobra.Command{
		Use:   "rate",
		Short: "Compare committed sends per second with plain wasmd, in turn",
		Example: `  go run ./scripts/bench rate
  go run ./scripts/bench rate --txs 40000 --rounds 3 --set app.toml:iavl-disable-fastnode=false`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&r.ours, "ours", "build/meshchaind", "our node")
	f.StringVar(&r.theirs, "theirs", "build/bin/wasmd", "plain wasmd")
	f.StringVar(&r.load, "load", "build/meshload", "load generator")
	f.IntVar(&r.txs, "txs", 20_000, "sends of one run")
	f.IntVar(&r.accounts, "accounts", 200, "sender accounts")
	f.IntVar(&r.rounds, "rounds", 2, "runs of each node and profile")
	f.StringVar(&r.out, "out", "build/bench/rate.json", "where the figures go as JSON")
	f.BoolVar(&r.keep, "keep", false, "keep the nodes' folders")
	f.StringToStringVar(&r.set, "set", nil, "further settings of our node as shipped, FILE:KEY=VALUE")
	f.StringSliceVar(&r.env, "env", nil, "environment of our node as shipped, NAME=VALUE")
	f.StringSliceVar(&r.profiles, "profile", []string{profileSame, profileShipped}, "profiles to measure")
	f.BoolVar(&r.alone, "alone", false, "measure our node alone, to compare settings")
	return cmd
}

func (r *rates) run(ctx context.Context, out io.Writer) error {
	for _, profile := range r.profiles {
		if profile != profileSame && profile != profileShipped {
			return fmt.Errorf("--profile %q: must be %q or %q", profile, profileSame, profileShipped)
		}
	}
	kinds := []kind{plainWasmd(r.theirs), meshMain(r.ours)}
	if r.alone {
		kinds = kinds[1:]
	}
	dir, err := os.MkdirTemp("", "bench-rate-")
	if err != nil {
		return err
	}
	if r.keep {
		fmt.Fprintln(out, "folders of the nodes:", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	var runs []run
	for round := 1; round <= r.rounds; round++ {
		for _, profile := range r.profiles {
			for _, k := range kinds {
				fmt.Fprintf(out, "round %d of %d: %s, %s\n", round, r.rounds, k.name, profile)
				got, err := r.measure(ctx, k, profile, filepath.Join(dir, fmt.Sprintf("%s-%d-%d", k.name, round, len(runs))))
				if err != nil {
					return err
				}
				got.Round = round
				runs = append(runs, got)
			}
		}
	}
	var ratios []ratio
	if !r.alone {
		ratios = r.compare(runs)
	}
	if err := writeJSON(r.out, map[string]any{"runs": runs, "ratios": ratios}); err != nil {
		return err
	}
	return writeRates(out, runs, ratios)
}

// measure makes a chain, loads it once and takes the figures.
func (r *rates) measure(ctx context.Context, k kind, profile, dir string) (run, error) {
	h, err := newHome(ctx, k, dir)
	if err != nil {
		return run{}, err
	}
	if err := r.configure(ctx, h, profile); err != nil {
		return run{}, err
	}
	var env []string
	if profile == profileShipped && k.name != plainWasmd("").name {
		env = r.env
	}
	p, err := h.start(ctx, env...)
	if err != nil {
		return run{}, err
	}
	defer p.stop()
	before, err := p.Usage()
	if err != nil {
		return run{}, err
	}
	diskBefore, err := h.disk()
	if err != nil {
		return run{}, err
	}

	cmd := exec.CommandContext(ctx, r.load, "chain", "sends", "--json",
		"--node", h.rpc, "--chain-id", k.chainID, "--prefix", k.prefix, "--fee", "250"+k.denom,
		"--from", funderKey, "--keyring-dir", h.dir, "--home", filepath.Join(dir, "load"),
		"--txs", fmt.Sprint(r.txs), "--accounts", fmt.Sprint(r.accounts))
	cmd.Stderr = os.Stderr
	report, err := cmd.Output()
	if err != nil {
		return run{}, fmt.Errorf("load on %s: %w\n%s", k.name, err, report)
	}
	got := run{Profile: profile, Node: k.name}
	if err := json.Unmarshal(report, &got); err != nil {
		return run{}, fmt.Errorf("report of the load generator: %w", err)
	}
	got.Node = k.name // the report has the address under this name
	used, err := p.Usage()
	if err != nil {
		return run{}, err
	}
	got.Peak = used.Peak
	disk, err := h.disk()
	if err != nil {
		return run{}, err
	}
	got.CPU = float64(used.CPU-before.CPU) / float64(time.Millisecond) / float64(got.Txs)
	got.Disk = (sum(disk) - sum(diskBefore)) / int64(got.Txs)
	return got, nil
}

// configure gives both nodes what a load test needs alike, and in profileSame all of
// wasmd's files.
func (r *rates) configure(ctx context.Context, h *home, profile string) error {
	if profile == profileSame {
		reference, err := newHome(ctx, plainWasmd(r.theirs), h.dir+"-reference")
		if err != nil {
			return err
		}
		for _, file := range []string{"config.toml", "app.toml"} {
			bz, err := os.ReadFile(filepath.Join(reference.dir, "config", file))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(h.dir, "config", file), bz, 0o600); err != nil {
				return err
			}
		}
	}
	if profile == profileShipped && h.name != plainWasmd("").name {
		if err := h.setAll(r.set); err != nil {
			return err
		}
	}
	err := h.set("config.toml", settings{
		"consensus.timeout_commit": "1s", "mempool.size": 10_000, "mempool.cache_size": 100_000, "log_level": "error",
	})
	if err != nil {
		return err
	}
	if err := h.set("app.toml", settings{"minimum-gas-prices": "0.001" + h.denom}); err != nil {
		return err
	}
	if err := h.unlimitBlocks(); err != nil {
		return err
	}
	return h.listenOnFreePorts()
}

func sum(sizes map[string]int64) (total int64) {
	for _, size := range sizes {
		total += size
	}
	return total
}

func median(runs []run, profile, node string, figure func(run) float64) float64 {
	var values []float64
	for _, r := range runs {
		if r.Profile == profile && r.Node == node {
			values = append(values, figure(r))
		}
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// compare takes the medians of our runs over those of theirs.
func (r *rates) compare(runs []run) []ratio {
	ours, theirs := meshMain(r.ours).name, plainWasmd(r.theirs).name
	var ratios []ratio
	for _, profile := range r.profiles {
		quotient := func(figure func(run) float64) float64 {
			return median(runs, profile, ours, figure) / median(runs, profile, theirs, figure)
		}
		ratios = append(ratios, ratio{
			Profile: profile,
			PerSec:  quotient(func(r run) float64 { return r.PerSec }),
			Steady:  quotient(func(r run) float64 { return r.Steady }),
			CPU:     1 / quotient(func(r run) float64 { return r.CPU }),
		})
	}
	return ratios
}

func writeRates(out io.Writer, runs []run, ratios []ratio) error {
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "profile\tnode\tround\ttx/s\tsteady tx/s\tp50 ms\tp99 ms\tCPU ms/tx\tpeak MiB\tdisk B/tx\t")
	for _, r := range runs {
		fmt.Fprintf(t, "%s\t%s\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t%.3f\t%d\t%d\t\n",
			r.Profile, r.Node, r.Round, r.PerSec, r.Steady, r.P50, r.P99, r.CPU, r.Peak>>20, r.Disk)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range ratios {
		fmt.Fprintf(out, "%s: meshchaind commits %.2f times as many tx/s as wasmd (steady %.2f, per CPU second %.2f)\n",
			r.Profile, r.PerSec, r.Steady, r.CPU)
	}
	return nil
}

func writeJSON(path string, v any) error {
	bz, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(bz, '\n'), 0o644)
}
