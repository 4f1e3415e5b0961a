package demo

import (
	"context"
	"fmt"
	"sync/atomic"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// valve obeys the agronomist's commands and nobody else's.
type valve struct {
	sender  *sender
	master  string // the agronomist's address on the main chain
	channel string // the zone's end of the link
	state   atomic.Value
	handled atomic.Int64
}

func (v *valve) run(ctx context.Context) error {
	box, err := newInbox(ctx, v.sender)
	if err != nil {
		return err
	}
	return box.work(ctx, func(t transackettypes.Transacket) error {
		// An address says nothing without the channel it came through: the same
		// key has the same address on every chain.
		if t.From != v.master || t.Source.DestinationChannel != v.channel {
			return fmt.Errorf("valve: TransacKet %x is from %s through %q: want %s through %q",
				t.Id, t.From, t.Source.DestinationChannel, v.master, v.channel)
		}
		if len(t.Envelope.Thread) == 0 {
			return fmt.Errorf("valve: command %x answers no reading", t.Id)
		}
		command, err := decodeCommand(t.Envelope.GetInband())
		if err != nil {
			return fmt.Errorf("valve: TransacKet %x: %w", t.Id, err)
		}
		v.state.Store(command.Valve)
		v.handled.Add(1)
		return nil
	})
}
