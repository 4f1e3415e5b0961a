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

// kind is what the transactions of a run do. Each has one message.
type kind struct {
	// noun names one of them, in the plural.
	noun string
	// message from one account to another that moves amount.
	message func(from, to string, amount sdk.Coin) sdk.Msg
	// ready fails if the accounts cannot take n messages each; nil if they always can.
	ready func(ctx context.Context, c *client.Client, senders []*sender, n int) error
}

// load is one run: its settings, which are flags, and the kind of its transactions.
type load struct {
	target
	kind        func() (kind, error) // once the flags are known
	txs         int
	accounts    int
	connections int
	rate        float64
	timeout     time.Duration
	json        bool
}

// command completes the command of one kind of load.
func (l *load) command(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		report, err := l.run(cmd.Context(), cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		write := report.writeTable
		if l.json {
			write = report.writeJSON
		}
		if err := write(cmd.OutOrStdout()); err != nil {
			return err
		}
		return report.err()
	}
	l.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&l.txs, "txs", 10_000, "how many transactions, rounded up to a multiple of --accounts")
	f.IntVar(&l.accounts, "accounts", 100, "how many sender accounts")
	f.IntVar(&l.connections, "connections", 8, "how many connections to the node")
	f.Float64Var(&l.rate, "rate", 0, "transactions per second to offer; 0 offers as many as the node takes")
	f.DurationVar(&l.timeout, "timeout", 10*time.Minute, "give up after this time")
	f.BoolVar(&l.json, "json", false, "print the report as JSON")
	return cmd
}

func (l *load) validate() error {
	for _, check := range []struct {
		name       string
		value, max int
	}{{"txs", l.txs, maxTxs}, {"accounts", l.accounts, maxAccounts}, {"connections", l.connections, maxConnections}} {
		if check.value < 1 || check.value > check.max {
			return fmt.Errorf("--%s %d: must be from 1 to %d", check.name, check.value, check.max)
		}
	}
	if !(l.rate >= 0 && l.rate <= 1e6) {
		return fmt.Errorf("--rate %v: must be from 0 to 1000000 transactions per second", l.rate)
	}
	if l.timeout <= 0 {
		return fmt.Errorf("--timeout %s: must be positive", l.timeout)
	}
	return nil
}

// run funds, signs, offers, watches and measures; it tells progress line by line.
func (l *load) run(ctx context.Context, progress io.Writer) (*Report, error) {
	if err := l.validate(); err != nil {
		return nil, err
	}
	kind, err := l.kind()
	if err != nil {
		return nil, err
	}
	fee, err := l.feeCoin()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()

	cfg, err := l.config(fee)
	if err != nil {
		return nil, err
	}
	c, err := client.Dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	perAccount := (l.txs + l.accounts - 1) / l.accounts
	senders, err := l.prepare(ctx, c, perAccount, fee, progress)
	if err != nil {
		return nil, err
	}
	if kind.ready != nil {
		if err := kind.ready(ctx, c, senders, perAccount); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(progress, "signing %d %s\n", perAccount*l.accounts, kind.noun)
	signed, err := sign(ctx, senders, perAccount, terms{
		chainID: c.ChainID(), amount: sdk.NewInt64Coin(fee.Denom, 1), fee: fee, gas: l.gas, message: kind.message,
	})
	if err != nil {
		return nil, err
	}
	status, err := c.RPC.Status(ctx)
	if err != nil {
		return nil, err
	}
	report := &Report{
		Kind: kind.noun, ChainID: c.ChainID(), Node: l.node, Moniker: status.NodeInfo.Moniker,
		Requested: perAccount * l.accounts, Accounts: l.accounts, Connections: l.connections,
	}
	return report, l.drive(ctx, c, signed, report, progress)
}

// prepare returns sender accounts that exist and can pay for n transactions each.
func (l *load) prepare(ctx context.Context, c *client.Client, n int, fee sdk.Coin, progress io.Writer) ([]*sender, error) {
	secret, err := loadSecret(l.home)
	if err != nil {
		return nil, err
	}
	senders, err := deriveSenders(secret, l.accounts, c.Encoding)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "funding %d accounts on %s from %s\n", l.accounts, c.ChainID(), l.from)
	each := sdk.NewCoin(fee.Denom, fee.Amount.AddRaw(1).MulRaw(int64(n)))
	if err := fund(ctx, c, l.from, senders, each); err != nil {
		return nil, err
	}
	return senders, loadNumbers(ctx, c, senders)
}

// drive offers the transactions while it watches the chain, then fills the report.
func (l *load) drive(ctx context.Context, c *client.Client, signed [][]transaction, report *Report, progress io.Writer) error {
	watch, err := newWatcher(ctx, c.RPC)
	if err != nil {
		return err
	}
	b := broadcaster{node: l.node, connections: l.connections, rate: l.rate}
	done := make(chan struct{})
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return watch.run(groupCtx, done) })
	stopProgress := b.report(groupCtx, progress, report.Requested, report.Kind)
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
	report.Refusal = b.why()
	report.measure(signed, offered, found, blocks)
	return nil
}
