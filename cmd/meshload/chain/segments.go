package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
	didtypes "github.com/meshchain/meshchain/x/did/types"
)

// Gas limits of a transaction: of itself, and of each entry. What is not used is paid
// for, too, so they are not much above what x/did's test of gas per segment shows.
const (
	gasOfBatch  = 150_000
	gasOfEntry  = 12_800
	gasOfCreate = 120_000
	gasOfSchema = 120_000
)

// segments is one run: devices commit segments through gateways, then keys are
// disclosed.
type segments struct {
	load
	devices    int
	each       int // segments per device
	batch      int
	commitTime time.Duration
	gasPrice   string
}

func segmentsCommand() *cobra.Command {
	var s segments
	s.fee, s.gas = "1usmt", 1 // from --gas-price and --batch
	cmd := &cobra.Command{
		Use:   "segments",
		Short: "Drive a node with authentic data of many devices and measure what it commits and opens",
		Long: `Registers devices with streams of data, signs batches of segments and of keys beforehand, and
offers both to one node, one after the other: first all segments, then, when the keys may be
known, all keys. Every segment is committed under a MAC of its device and opened by a key of
its own. At the end it asks the node for every segment: all must be authentic.

The gateways, --accounts, are derived from a secret in --home and topped up by the key --from;
so are the devices' keys. A device costs its registration once, and a stream per run. On a zone
that wants certificates of devices --from must be the zone's owner: it names an authority, whose
key is derived, too, and pays for the certificates.

segments/s is the number of segments over the time that both phases took, each from the first
broadcast to the last commit.`,
		Example: `  # 50,000 segments of 1,000 devices against a local node of ours
  meshload chain segments --node http://127.0.0.1:26657 --from alice --keyring-dir ~/.meshchain

  # on a zone, whose devices need certificates
  meshload chain segments --from owner --keyring-dir ~/.farm --gas-price 0.0025ufarm

  # smaller batches of more devices, for programs
  meshload chain segments --from alice --keyring-dir ~/.meshchain --devices 5000 --segments 20 --batch 100 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := s.run(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			write := report.writeTable
			if s.json {
				write = report.writeJSON
			}
			if err := write(cmd.OutOrStdout()); err != nil {
				return err
			}
			return report.err()
		},
	}
	s.target.flags(cmd)
	f := cmd.Flags()
	for _, name := range []string{"fee", "gas"} { // they follow from the batch
		if err := f.MarkHidden(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	f.StringVar(&s.gasPrice, "gas-price", "0.0025usmt", "what a unit of gas costs")
	f.IntVar(&s.devices, "devices", 1_000, "how many devices, rounded up to a multiple of --accounts")
	f.IntVar(&s.each, "segments", 50, "how many segments of each device, at most 200")
	f.IntVar(&s.batch, "batch", 250, "how many segments or keys in a transaction")
	f.DurationVar(&s.commitTime, "commit-time", 60*time.Second, "time to register the streams and commit everything, at most 80 s")
	f.IntVar(&s.accounts, "accounts", 4, "how many gateways")
	f.IntVar(&s.connections, "connections", 4, "how many connections to the node")
	f.DurationVar(&s.timeout, "timeout", 10*time.Minute, "give up after this time")
	f.BoolVar(&s.json, "json", false, "print the report as JSON")
	return cmd
}

func (s *segments) validate() error {
	for _, check := range []struct {
		name       string
		value, max int
	}{
		{"devices", s.devices, 1_000_000},
		{"segments", s.each, 200},
		{"batch", s.batch, didtypes.MaxBatch},
		{"accounts", s.accounts, maxAccounts},
		{"connections", s.connections, maxConnections},
	} {
		if check.value < 1 || check.value > check.max {
			return fmt.Errorf("--%s %d: must be from 1 to %d", check.name, check.value, check.max)
		}
	}
	if s.commitTime < time.Second || s.commitTime > 80*time.Second {
		return fmt.Errorf("--commit-time %s: must be from 1s to 80s", s.commitTime)
	}
	if s.timeout <= 0 {
		return fmt.Errorf("--timeout %s: must be positive", s.timeout)
	}
	return nil
}

// terms of transactions with that gas limit.
func (s *segments) terms(chainID string, gas uint64) (terms, error) {
	price, err := sdk.ParseDecCoin(s.gasPrice)
	if err != nil {
		return terms{}, fmt.Errorf("--gas-price %q: must be an amount and a denom, for example 0.0025usmt: %w", s.gasPrice, err)
	}
	fee := sdk.NewCoin(price.Denom, price.Amount.MulInt(math.NewIntFromUint64(gas)).Ceil().TruncateInt())
	return terms{chainID: chainID, fee: fee, gas: gas}, nil
}

// run registers, commits, waits, discloses and checks.
func (s *segments) run(ctx context.Context, progress io.Writer) (*SegmentReport, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	price, err := s.terms("", 1)
	if err != nil {
		return nil, err
	}
	cfg, err := s.config(price.fee)
	if err != nil {
		return nil, err
	}
	cfg.GasPrices = s.gasPrice
	c, err := client.Dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	fleet, err := s.assemble(ctx, c, price.fee.Denom, progress)
	if err != nil {
		return nil, err
	}
	if err := fleet.begin(ctx, progress); err != nil {
		return nil, err
	}
	report := &SegmentReport{
		ChainID: c.ChainID(), Node: s.node, Devices: len(fleet.devices), Gateways: s.accounts, Batch: s.batch,
		Segments: len(fleet.devices) * s.each,
	}
	fmt.Fprintf(progress, "committing %d segments of %d devices\n", report.Segments, report.Devices)
	if report.Commit, err = fleet.phase(ctx, "segments", s.each, gasOfEntry, progress, (*loadDevice).commit); err != nil {
		return nil, err
	}
	if err := fleet.await(ctx, progress); err != nil {
		return nil, err
	}
	if report.Disclose, err = fleet.phase(ctx, "keys", s.each, gasOfEntry, progress, (*loadDevice).disclose); err != nil {
		return nil, err
	}
	fmt.Fprintln(progress, "asking for every segment")
	if report.Authentic, err = fleet.authentic(ctx); err != nil {
		return nil, err
	}
	report.sum()
	return report, nil
}

// SegmentReport is the outcome of a run.
type SegmentReport struct {
	ChainID  string `json:"chain_id"`
	Node     string `json:"node"`
	Devices  int    `json:"devices"`
	Gateways int    `json:"gateways"`
	Batch    int    `json:"batch"` // entries in a transaction
	Segments int    `json:"segments"`
	// Authentic is how many of them the node says are so.
	Authentic int `json:"authentic"`
	// Commit and Disclose count transactions.
	Commit   *Report `json:"commit"`
	Disclose *Report `json:"disclose"`
	// Seconds of both phases; segments over that.
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"segments_per_second"`
	// Gas per segment committed and per key disclosed, transaction included.
	CommitGas   int64 `json:"commit_gas"`
	DiscloseGas int64 `json:"disclose_gas"`
}

func (r *SegmentReport) sum() {
	r.Seconds = r.Commit.Seconds + r.Disclose.Seconds
	if r.Seconds > 0 {
		r.PerSecond = float64(r.Authentic) / r.Seconds
	}
	if r.Segments > 0 {
		r.CommitGas = r.Commit.GasPerTx * int64(r.Commit.Committed) / int64(r.Segments)
		r.DiscloseGas = r.Disclose.GasPerTx * int64(r.Disclose.Committed) / int64(r.Segments)
	}
}

// err returns why the run does not count as clean, if so.
func (r *SegmentReport) err() error {
	for _, phase := range []*Report{r.Commit, r.Disclose} {
		if err := phase.err(); err != nil {
			return err
		}
	}
	if r.Authentic != r.Segments {
		return fmt.Errorf("%d of %d segments are not authentic", r.Segments-r.Authentic, r.Segments)
	}
	return nil
}

func (r *SegmentReport) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *SegmentReport) writeTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	row("chain", "%s (%s)", r.ChainID, r.Node)
	row("load", "%d segments of %d devices, %d gateways, %d in a transaction", r.Segments, r.Devices, r.Gateways, r.Batch)
	row("authentic", "%d", r.Authentic)
	for _, phase := range []*Report{r.Commit, r.Disclose} {
		row(phase.Kind, "%d transactions in %d blocks, %.2f s, %d refused, %d failed, %d lost", phase.Committed, phase.Blocks, phase.Seconds, phase.Rejected, phase.Failed, phase.Lost)
	}
	row("gas", "%d to commit a segment, %d to disclose its key", r.CommitGas, r.DiscloseGas)
	row("duration", "%.2f s", r.Seconds)
	row("segments/s", "%.0f", r.PerSecond)
	return t.Flush()
}
