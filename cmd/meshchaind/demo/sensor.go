package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"golang.org/x/sync/errgroup"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// sensorWindow is how many transactions of a sensor may wait for a block.
const sensorWindow = 10

// route is a way from an account of one chain to an account of the other.
type route struct {
	sender  *sender
	to      string   // address on the other chain
	channel string   // on the sender's chain
	payment sdk.Coin // with every TransacKet
	ledger  *ledger
}

// message wraps data into a TransacKet.
func (r *route) message(topic string, data, thread []byte) *transackettypes.MsgSend {
	return &transackettypes.MsgSend{
		Sender:  r.sender.account.Address(),
		To:      r.to,
		Payment: r.payment,
		Envelope: transackettypes.Envelope{
			Body:   &transackettypes.Envelope_Inband{Inband: data},
			Topic:  topic,
			Thread: thread,
		},
		Channel: r.channel,
	}
}

// settle waits until an offered TransacKet is in a block and notes when it was
// handed in.
func (r *route) settle(ctx context.Context, out *sent) error {
	result, err := r.sender.settle(ctx, out)
	if err != nil {
		return err
	}
	var answer transackettypes.MsgSendResponse
	if err := result.Response(0, &answer); err != nil {
		return fmt.Errorf("%s: %w", r.sender.account.Name(), err)
	}
	r.ledger.submitted(answer.Id, out.at)
	return nil
}

// sensor sends its readings in order, several under way at a time.
type sensor struct {
	route
	interval time.Duration // pause between readings
	sent     *atomic.Int64 // readings in a block, of all sensors
}

func (s *sensor) run(ctx context.Context, readings [][]byte) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sensorWindow)
	for i, data := range readings {
		if i > 0 && s.interval > 0 {
			if sleep(ctx, s.interval) != nil {
				break
			}
		}
		out, err := s.sender.offer(ctx, s.message(topicReading, data, nil))
		if err != nil {
			g.Go(func() error { return err })
			break
		}
		g.Go(func() error {
			if err := s.settle(ctx, out); err != nil {
				return err
			}
			s.sent.Add(1)
			return nil
		})
	}
	return g.Wait()
}
