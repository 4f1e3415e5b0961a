package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// agronomist reads what the sensors sent, applies the rule in the order of
// delivery and answers, when it switches, with a command to the valve. Readings have
// a price.
type agronomist struct {
	route
	rule     *Rule
	receipts *receipts
	rows     map[int]bool // handled; touched by run only
	handled  atomic.Int64
	ordered  atomic.Int64 // commands decided
	commands atomic.Int64 // commands in a block
}

func (a *agronomist) run(ctx context.Context) error {
	box, err := newInbox(ctx, a.sender)
	if err != nil {
		return err
	}
	a.rows = map[int]bool{}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return box.work(ctx, func(t transackettypes.Transacket) error { return a.handle(ctx, g, t) })
	})
	return g.Wait()
}

func (a *agronomist) handle(ctx context.Context, g *errgroup.Group, t transackettypes.Transacket) error {
	if ok, err := a.receipts.take(t); ok || err != nil {
		return err
	}
	reading, err := decodeReading(t.Envelope.GetInband())
	if err != nil {
		return fmt.Errorf("agronomist: TransacKet %x from %s: %w", t.Id, t.From, err)
	}
	if a.rows[reading.Row] {
		return fmt.Errorf("agronomist: row %d arrived twice, the second time as TransacKet %x", reading.Row, t.Id)
	}
	a.rows[reading.Row] = true
	defer a.handled.Add(1)
	valve, changed := a.rule.Apply(reading.Value)
	if !changed {
		return nil
	}
	data, err := json.Marshal(Command{Valve: valve, Row: reading.Row, Value: reading.Value})
	if err != nil {
		return fmt.Errorf("agronomist: command: %w", err)
	}
	a.ordered.Add(1)
	out, err := a.sender.offer(ctx, a.message(topicCommand, data, t.Id))
	if err != nil {
		return err
	}
	g.Go(func() error {
		if _, err := a.settle(ctx, out); err != nil {
			return err
		}
		a.commands.Add(1)
		return nil
	})
	return nil
}
