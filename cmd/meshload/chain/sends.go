package chain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
)

const (
	maxTxs         = 5_000_000
	maxAccounts    = 10_000
	maxConnections = 256
)

// sends are the settings of `meshload chain sends`.
type sends struct {
	target
	txs         int
	accounts    int
	connections int
	rate        float64
	timeout     time.Duration
	json        bool
}

func sendsCommand() *cobra.Command {
	var s sends
	cmd := &cobra.Command{
		Use:   "sends",
		Short: "Drive a node with pre-signed bank sends and measure what it commits",
		Long: `Signs bank sends beforehand, offers them to one node over several connections and
reads from its blocks what was committed.

The sender accounts are derived from a secret in --home and topped up by the key --from.
Each sends 1 unit at a time to the next, so the load adds no accounts and moves no money
away; fees are what a run costs.

committed tx/s counts from the first broadcast to the last commit; steady tx/s from the
first block's commit to the last one's. Latency is from broadcast to the moment the
application has committed the block, seen by polling every 20 ms.`,
		Example: `  # 20,000 sends against a local node of ours
  meshload chain sends --node http://127.0.0.1:26657 --from alice --keyring-dir ~/.meshchain --txs 20000

  # any other chain: name its prefix and pay in its denom
  meshload chain sends --prefix wasm --fee 250stake --from funder --keyring-dir ~/.wasmd --json

  # latency at a fixed rate instead of the highest rate
  meshload chain sends --from alice --keyring-dir ~/.meshchain --txs 6000 --rate 200`,
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
	s.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&s.txs, "txs", 10_000, "how many transactions, rounded up to a multiple of --accounts")
	f.IntVar(&s.accounts, "accounts", 100, "how many sender accounts")
	f.IntVar(&s.connections, "connections", 8, "how many connections to the node")
	f.Float64Var(&s.rate, "rate", 0, "transactions per second to offer; 0 offers as many as the node takes")
	f.DurationVar(&s.timeout, "timeout", 10*time.Minute, "give up after this time")
	f.BoolVar(&s.json, "json", false, "print the report as JSON")
	return cmd
}

func (s *sends) validate() error {
	for _, check := range []struct {
		name       string
		value, max int
	}{{"txs", s.txs, maxTxs}, {"accounts", s.accounts, maxAccounts}, {"connections", s.connections, maxConnections}} {
		if check.value < 1 || check.value > check.max {
			return fmt.Errorf("--%s %d: must be from 1 to %d", check.name, check.value, check.max)
		}
	}
	if !(s.rate >= 0 && s.rate <= 1e6) {
		return fmt.Errorf("--rate %v: must be from 0 to 1000000 transactions per second", s.rate)
	}
	if s.timeout <= 0 {
		return fmt.Errorf("--timeout %s: must be positive", s.timeout)
	}
	return nil
}

// run funds, signs, offers, watches and measures; it tells progress line by line.
func (s *sends) run(ctx context.Context, progress io.Writer) (*Report, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	fee, err := s.feeCoin()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()

	cfg, err := s.config(fee)
	if err != nil {
		return nil, err
	}
	c, err := client.Dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	perAccount := (s.txs + s.accounts - 1) / s.accounts
	senders, err := s.prepare(ctx, c, perAccount, fee, progress)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "signing %d sends\n", perAccount*s.accounts)
	signed, err := signSends(ctx, senders, perAccount, terms{
		chainID: c.ChainID(), amount: sdk.NewInt64Coin(fee.Denom, 1), fee: fee, gas: s.gas,
	})
	if err != nil {
		return nil, err
	}
	status, err := c.RPC.Status(ctx)
	if err != nil {
		return nil, err
	}
	report := &Report{
		ChainID: c.ChainID(), Node: s.node, Moniker: status.NodeInfo.Moniker,
		Requested: perAccount * s.accounts, Accounts: s.accounts, Connections: s.connections,
	}
	return report, s.load(ctx, c, signed, report, progress)
}

// prepare returns sender accounts that exist and can pay for n sends each.
func (s *sends) prepare(ctx context.Context, c *client.Client, n int, fee sdk.Coin, progress io.Writer) ([]*sender, error) {
	secret, err := loadSecret(s.home)
	if err != nil {
		return nil, err
	}
	senders, err := deriveSenders(secret, s.accounts, c.Encoding)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "funding %d accounts on %s from %s\n", s.accounts, c.ChainID(), s.from)
	each := sdk.NewCoin(fee.Denom, fee.Amount.AddRaw(1).MulRaw(int64(n)))
	if err := fund(ctx, c, s.from, senders, each); err != nil {
		return nil, err
	}
	return senders, loadNumbers(ctx, c, senders)
}

// load offers the transactions while it watches the chain, then fills the report.
func (s *sends) load(ctx context.Context, c *client.Client, signed [][]transaction, report *Report, progress io.Writer) error {
	watch, err := newWatcher(ctx, c.RPC)
	if err != nil {
		return err
	}
	b := broadcaster{node: s.node, connections: s.connections, rate: s.rate}
	done := make(chan struct{})
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return watch.run(groupCtx, done) })
	stopProgress := b.report(groupCtx, progress, report.Requested)
	offered, err := b.run(groupCtx, signed)
	close(done)
	if err = errors.Join(err, group.Wait()); err != nil {
		return err
	}
	stopProgress()

	ours := make(map[[sha256.Size]byte]bool, report.Requested)
	for _, txs := range signed {
		for _, tx := range txs {
			ours[tx.hash] = true
		}
	}
	found, blocks, err := watch.collect(ctx, ours)
	if err != nil {
		return err
	}
	report.Accepted, report.Rejected, report.MempoolFull = int(b.accepted.Load()), int(b.rejected.Load()), int(b.waits.Load())
	report.measure(signed, offered, found, blocks)
	return nil
}
