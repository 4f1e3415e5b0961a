package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// loadLow and loadHigh are the band of the joint load, the sum of what each zone
// measures in parts of its limit: above it discharges are to stop in both zones,
// below it they may go on.
const (
	loadLow  = 0.9
	loadHigh = 1.6
)

// Decision is the message of the agency to both zones: what the joint load, that one
// zone alone does not see, calls for.
type Decision struct {
	Discharge Switch  `json:"discharge"`
	Load      float64 `json:"load"`
}

func decodeDecision(data []byte) (Decision, error) {
	var d Decision
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("message %q: %w", data, err)
	}
	if d.Discharge != SwitchOn && d.Discharge != SwitchOff {
		return d, fmt.Errorf("message %q: discharge must be %q or %q", data, SwitchOn, SwitchOff)
	}
	return d, nil
}

// agency reads what the zones sent, judges both together and sends its decisions to
// both.
type agency struct {
	sender   *sender
	receipts *receipts
	rule     *Rule
	ways     map[string]*district // by the main chain's channel to the zone
	handled  atomic.Int64
	ordered  atomic.Int64 // decisions to zones
	sent     atomic.Int64 // of them, in a block
}

// district is a zone as the agency knows it.
type district struct {
	route
	site  site
	from  string       // whose readings count
	rows  map[int]bool // handled; touched by run only
	last  float64      // newest reading in parts of the limit
	since []byte       // id of that reading; nil before the first
}

func (a *agency) run(ctx context.Context) error {
	box, err := newInbox(ctx, a.sender)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return box.work(ctx, func(t transackettypes.Transacket) error {
			if err := a.handle(ctx, g, t); err != nil {
				return fmt.Errorf("agency: TransacKet %x from %s: %w", t.Id, t.From, err)
			}
			return nil
		})
	})
	return g.Wait()
}

func (a *agency) handle(ctx context.Context, g *errgroup.Group, t transackettypes.Transacket) error {
	if ok, err := a.receipts.take(t); ok || err != nil {
		return err
	}
	d, ok := a.ways[t.Source.DestinationChannel]
	if !ok || t.From != d.from {
		return fmt.Errorf("through %q: is no reading of a zone", t.Source.DestinationChannel)
	}
	reading, err := decodeReading(t.Envelope.GetInband())
	if err != nil {
		return err
	}
	if d.rows[reading.Row] {
		return fmt.Errorf("row %d arrived twice", reading.Row)
	}
	d.rows[reading.Row] = true
	d.last, d.since = reading.Value/d.site.limit, t.Id
	defer a.handled.Add(1)
	return a.judge(ctx, g)
}

// judge applies the rule to the joint load, once every zone has reported.
func (a *agency) judge(ctx context.Context, g *errgroup.Group) error {
	load := 0.0
	for _, d := range a.ways {
		if d.since == nil {
			return nil
		}
		load += d.last
	}
	discharge, changed := a.rule.Apply(load)
	if !changed {
		return nil
	}
	data, err := json.Marshal(Decision{Discharge: discharge, Load: load})
	if err != nil {
		return err
	}
	for _, d := range a.ways {
		a.ordered.Add(1)
		out, err := a.sender.offer(ctx, d.message(topicDecision, data, d.since))
		if err != nil {
			return err
		}
		g.Go(func() error {
			if _, err := d.settle(ctx, out); err != nil {
				return err
			}
			a.sent.Add(1)
			return nil
		})
	}
	return nil
}
