package photon

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/x/channels/types"
)

func latencyCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:     "latency",
		Short:   "One payment at a time between two nodes",
		Example: "  meshload photon latency --payments 5000 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.network(cmd.Context(), cmd.ErrOrStderr(), 2, func(ctx context.Context, nodes []*paynode.Node) error {
				ref, err := nodes[0].Open(ctx, nodes[1], deposit)
				if err != nil {
					return err
				}
				r, err := o.latency(ctx, nodes, ref)
				if err != nil {
					return err
				}
				return r.print(cmd.OutOrStdout(), o.json)
			})
		},
	}
	o.flags(cmd, 3_000)
	return cmd
}

// latency makes payments in a stream, each when the one before it is acknowledged.
func (o *options) latency(ctx context.Context, nodes []*paynode.Node, ref *api.ChannelRef) (*Report, error) {
	r := &Report{Kind: "one at a time", Payments: o.payments, Data: o.data}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := nodes[0].Client().Stream(ctx)
	if err != nil {
		return nil, err
	}
	entry := types.Entry{Amount: types.NewUint128(1), Kind: types.EntryDirect, Data: make([]byte, o.data)}.AppendTo(nil)
	pay := func(number int) (time.Duration, error) {
		begin := time.Now()
		m := &api.StreamRequest{Entries: entry, Count: 1}
		if number == 0 {
			m.Channel = ref
		}
		if err := s.Send(m); err != nil {
			return 0, err
		}
		for {
			answer, err := s.Recv()
			if err != nil {
				return 0, err
			}
			if answer.Acknowledged > uint64(number) { //nolint:gosec // positive
				return time.Since(begin), nil
			}
		}
	}
	warm := 200
	for i := range warm {
		if _, err := pay(i); err != nil {
			return nil, err
		}
	}
	before, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	var half time.Time
	latencies := make([]time.Duration, 0, o.payments)
	for i := range o.payments {
		d, err := pay(warm + i)
		if err != nil {
			return nil, err
		}
		latencies = append(latencies, d)
		if i == o.payments/2 {
			half = time.Now()
		}
	}
	after, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	r.since(before, after, len(nodes))
	r.latencies(latencies)
	r.Halves = [2]float64{float64(o.payments/2) / half.Sub(before.at).Seconds(), float64(o.payments-o.payments/2) / after.at.Sub(half).Seconds()}
	if err := s.CloseSend(); err != nil {
		return nil, err
	}
	if err := checkReceipts(ctx, nodes, ref); err != nil {
		return nil, err
	}
	r.Receipts = true
	if err := survives(ctx, nodes, ref, uint64(warm+o.payments)); err != nil { //nolint:gosec // positive
		return nil, fmt.Errorf("durability: %w", err)
	}
	r.Durable = true
	return r, nil
}
