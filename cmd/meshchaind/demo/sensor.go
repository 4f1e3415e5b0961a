package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// sensorWindow is how many transactions of a sensor may wait for a block.
const sensorWindow = 10

// sensor sends its readings in order, several under way at a time.
type sensor struct {
	route
	topic    string
	interval time.Duration // pause between readings
	sent     *atomic.Int64 // readings in a block, of all sensors
}

// listen takes the receipts from the sensor's inbox. Nothing else should be there.
func (s *sensor) listen(ctx context.Context, found *receipts) error {
	box, err := newInbox(ctx, s.sender)
	if err != nil {
		return err
	}
	return box.work(ctx, func(t transackettypes.Transacket) error {
		ok, err := found.take(t)
		if err == nil && !ok {
			err = fmt.Errorf("TransacKet %x from %s: is no receipt", t.Id, t.From)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.sender.account.Name(), err)
		}
		return nil
	})
}

// run sends the readings.
func (s *sensor) run(ctx context.Context, readings [][]byte) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sensorWindow)
	for i, data := range readings {
		if i > 0 && s.interval > 0 {
			if sleep(ctx, s.interval) != nil {
				break
			}
		}
		out, err := s.sender.offer(ctx, s.message(s.topic, data, nil))
		if err != nil {
			g.Go(func() error { return err })
			break
		}
		g.Go(func() error {
			if _, err := s.settle(ctx, out); err != nil {
				return err
			}
			s.sent.Add(1)
			return nil
		})
	}
	return g.Wait()
}
