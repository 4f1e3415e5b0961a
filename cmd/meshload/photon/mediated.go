package photon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/x/channels/types"
)

// hops of a mediated payment: four nodes in a line.
const hops = 3

func mediatedCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:     "mediated",
		Short:   "Payments over three hops between four nodes",
		Example: "  meshload photon mediated --payments 20000 --parallel 256 --json\n  meshload photon mediated --payments 500 --parallel 1",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.parallel < 1 {
				return fmt.Errorf("--parallel %d: must be at least 1", o.parallel)
			}
			// One payer fills the mediators: as many locks as a channel can have, none kept for others.
			o.settings = []localnet.Setting{{Key: "channels.max_slots", Value: types.MaxLocks}, {Key: "mediation.share", Value: 100}}
			return o.network(cmd.Context(), cmd.ErrOrStderr(), hops+1, func(ctx context.Context, nodes []*paynode.Node) error {
				r, err := o.mediated(ctx, cmd.ErrOrStderr(), nodes)
				if err != nil {
					return err
				}
				return r.print(cmd.OutOrStdout(), o.json)
			})
		},
	}
	o.flags(cmd, 10_000)
	cmd.Flags().IntVar(&o.parallel, "parallel", 256, "payments under way at a time")
	return cmd
}

func (o *options) mediated(ctx context.Context, log io.Writer, nodes []*paynode.Node) (*Report, error) {
	r := &Report{Kind: fmt.Sprintf("over %d hops, %d at a time", hops, o.parallel), Payments: o.payments, Data: o.data}
	var refs []*api.ChannelRef
	for i := range hops {
		ref, err := nodes[i].Open(ctx, nodes[i+1], deposit)
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
	target, client := nodes[hops].ID, nodes[0].Client()
	fmt.Fprintln(log, "waiting for a route")
	pay := func(ctx context.Context) error {
		_, err := client.Pay(ctx, &api.PayRequest{Target: target, Amount: "1000usmt", MaxFee: "100", Data: make([]byte, o.data)})
		return err
	}
	if err := waitRoute(ctx, client, target, pay); err != nil {
		return nil, err
	}
	if _, _, err := inParallel(ctx, min(o.payments, 2*o.parallel), o.parallel, pay); err != nil {
		return nil, err
	}
	fmt.Fprintln(log, "paying")
	before, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	half, latencies, err := inParallel(ctx, o.payments, o.parallel, pay)
	if err != nil {
		return nil, err
	}
	// A payment is made when its payer has the secret; here all its locks are paid as well, too.
	if err := settled(ctx, nodes, refs); err != nil {
		return nil, err
	}
	after, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	r.since(before, after, len(nodes))
	r.latencies(latencies)
	r.Halves = [2]float64{float64(o.payments/2) / half.Sub(before.at).Seconds(), float64(o.payments-o.payments/2) / after.at.Sub(half).Seconds()}
	if err := checkReceipts(ctx, nodes[:2], refs[0]); err != nil {
		return nil, err
	}
	r.Receipts = true
	r.Durable, err = sameAfterCrash(ctx, nodes, refs)
	return r, err
}

// waitRoute returns when the announcements of the channels have come around, and a payment
// went through.
func waitRoute(ctx context.Context, client *api.Client, target string, pay func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		r, err := client.Route(ctx, &api.RouteRequest{Target: target, Amount: "1000usmt", MaxFee: "100"})
		if err == nil && len(r.Hops) == hops {
			if err = pay(ctx); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no route of %d hops: %w", hops, errors.Join(err, ctx.Err()))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// settled returns when no lock is pending in any channel.
func settled(ctx context.Context, nodes []*paynode.Node, refs []*api.ChannelRef) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for i, ref := range refs {
		for {
			from, err := nodes[i].Channel(ctx, ref)
			if err != nil {
				return err
			}
			to, err := nodes[i+1].Channel(ctx, ref)
			if err != nil {
				return err
			}
			if from.LockedSent == "0" && to.LockedReceived == "0" && from.Acknowledged == from.Sent {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s locked, %s received as locked in channel %d: %w", from.LockedSent, to.LockedReceived, ref.ChannelId, ctx.Err())
			case <-time.After(2 * time.Millisecond):
			}
		}
	}
	return nil
}

// inParallel calls pay n times, so many at a time.
func inParallel(ctx context.Context, n, parallel int, pay func(context.Context) error) (half time.Time, latencies []time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := make(chan struct{}, n)
	for range n {
		jobs <- struct{}{}
	}
	close(jobs)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range parallel {
		all.Go(func() {
			for range jobs {
				begin := time.Now()
				failure := pay(ctx)
				mu.Lock()
				if failure != nil {
					if err == nil { // the others end because of it
						err = failure
					}
					mu.Unlock()
					cancel()
					return
				}
				latencies = append(latencies, time.Since(begin))
				if len(latencies) == (n+1)/2 {
					half = time.Now()
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return half, latencies, err
}

// sameAfterCrash kills all nodes, starts them again and compares what each had sent and
// received in each channel.
func sameAfterCrash(ctx context.Context, nodes []*paynode.Node, refs []*api.ChannelRef) (bool, error) {
	sums := func(ctx context.Context) (out []string, err error) {
		for i, ref := range refs {
			for _, n := range nodes[i : i+2] {
				if err := n.WaitOnline(ctx, ref); err != nil {
					return nil, err
				}
				c, err := n.Channel(ctx, ref)
				if err != nil {
					return nil, err
				}
				out = append(out, c.Sent+" "+c.Received+" "+c.LockedSent+" "+c.LockedReceived)
			}
		}
		return out, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	before, err := sums(ctx)
	if err != nil {
		return false, err
	}
	for _, n := range nodes {
		n.Kill()
	}
	for _, n := range nodes {
		if err := n.Start(ctx); err != nil {
			return false, err
		}
	}
	after, err := sums(ctx)
	if err != nil {
		return false, err
	}
	if fmt.Sprint(before) != fmt.Sprint(after) {
		return false, fmt.Errorf("sums before the crash %v, after it %v", before, after)
	}
	return true, nil
}
