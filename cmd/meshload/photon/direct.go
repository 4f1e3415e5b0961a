package photon

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/x/channels/types"
)

// frameBytes is about how long the entries of one message of a stream are.
const frameBytes = 128 << 10

func directCommand() *cobra.Command {
	var o options
	var perRequest int
	cmd := &cobra.Command{
		Use:     "direct",
		Short:   "Payments in one channel between two nodes, as fast as they go",
		Example: "  meshload photon direct --payments 10000000 --data 32\n  meshload photon direct --data 256 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.network(cmd.Context(), cmd.ErrOrStderr(), 2, func(ctx context.Context, nodes []*paynode.Node) error {
				ref, err := nodes[0].Open(ctx, nodes[1], deposit)
				if err != nil {
					return err
				}
				r, err := o.direct(ctx, cmd.ErrOrStderr(), nodes, ref, perRequest)
				if err != nil {
					return err
				}
				return r.print(cmd.OutOrStdout(), o.json)
			})
		},
	}
	o.flags(cmd, 5_000_000)
	cmd.Flags().IntVar(&perRequest, "single", 20_000, "payments to make besides with one per API request; 0 for none")
	return cmd
}

// direct measures a stream of payments, checks receipts, then crashes both nodes.
func (o *options) direct(ctx context.Context, log io.Writer, nodes []*paynode.Node, ref *api.ChannelRef, perRequest int) (*Report, error) {
	r := &Report{Kind: "direct", Payments: o.payments, Data: o.data}
	warm := min(max(o.payments/10, 1), 500_000)
	fmt.Fprintf(log, "warming up with %d payments\n", warm)
	total := uint64(warm)
	if _, _, err := o.stream(ctx, nodes[0].Client(), ref, warm); err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "paying\n")
	before, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	half, latencies, err := o.stream(ctx, nodes[0].Client(), ref, o.payments)
	if err != nil {
		return nil, err
	}
	after, err := measure(nodes)
	if err != nil {
		return nil, err
	}
	total += uint64(o.payments)
	r.since(before, after, len(nodes))
	r.latencies(latencies)
	r.Halves = [2]float64{float64(o.payments/2) / half.Sub(before.at).Seconds(), float64(o.payments-o.payments/2) / after.at.Sub(half).Seconds()}
	fmt.Fprintf(log, "%.0f payments/s\n", r.PaymentsPerSecond)
	if perRequest > 0 {
		fmt.Fprintf(log, "paying %d times with one payment per request\n", perRequest)
		if r.PerRequest, err = single(ctx, nodes[0].Client(), ref, nodes[1].ID, perRequest, o.data); err != nil {
			return nil, err
		}
		total += uint64(perRequest)
	}
	if err := checkReceipts(ctx, nodes, ref); err != nil {
		return nil, err
	}
	r.Receipts = true
	fmt.Fprintf(log, "killing both nodes, starting them again\n")
	if err := survives(ctx, nodes, ref, total); err != nil {
		return nil, err
	}
	r.Durable = true
	return r, nil
}

// frames encodes one message of a stream; only the payment ids differ from one to the next.
func frames(data int) (entries []byte, count, size int) {
	e := types.Entry{Amount: types.NewUint128(1), Kind: types.EntryDirect, Data: make([]byte, data)}
	for i := range e.Data {
		e.Data[i] = byte(i)
	}
	size = types.EntryHeaderLength + data
	count = frameBytes / size
	for range count {
		entries = e.AppendTo(entries)
	}
	return entries, count, size
}

// stream makes n payments in one stream and returns when half of them were acknowledged,
// and the latency of each message.
func (o *options) stream(ctx context.Context, client *api.Client, ref *api.ChannelRef, n int) (half time.Time, latencies []time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := client.Stream(ctx)
	if err != nil {
		return half, nil, err
	}
	entries, count, size := frames(o.data)
	var mu sync.Mutex
	type handed struct {
		upTo uint64
		at   time.Time
	}
	var waiting []handed
	failed := make(chan error, 1)
	go func() {
		sent := 0
		for sent < n {
			part := min(count, n-sent)
			for i := range part {
				binary.BigEndian.PutUint64(entries[i*size:], uint64(sent+i))
			}
			m := &api.StreamRequest{Entries: entries[:part*size], Count: uint32(part)} //nolint:gosec // small
			if sent == 0 {
				m.Channel = ref
			}
			sent += part
			mu.Lock()
			waiting = append(waiting, handed{uint64(sent), time.Now()}) //nolint:gosec // positive
			mu.Unlock()
			if err := s.Send(m); err != nil {
				failed <- err
				return
			}
		}
		failed <- s.CloseSend()
	}()
	for acknowledged := uint64(0); acknowledged < uint64(n); {
		r, err := s.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the stream ended after %d of %d payments", acknowledged, n)
			}
			return half, nil, err
		}
		acknowledged = r.Acknowledged
		now := time.Now()
		if half.IsZero() && acknowledged >= uint64(n/2) {
			half = now
		}
		mu.Lock()
		done := 0
		for done < len(waiting) && waiting[done].upTo <= acknowledged {
			latencies = append(latencies, now.Sub(waiting[done].at))
			done++
		}
		waiting = append(waiting[:0], waiting[done:]...)
		mu.Unlock()
	}
	return half, latencies, <-failed
}

// atOnce is how many single requests are under way.
const atOnce = 64

// single makes payments with one request each and returns how many per second.
func single(ctx context.Context, client *api.Client, ref *api.ChannelRef, target string, n, data int) (float64, error) {
	begin := time.Now()
	jobs, failed := make(chan struct{}, n), make(chan error, atOnce)
	for range n {
		jobs <- struct{}{}
	}
	close(jobs)
	for range atOnce {
		go func() {
			for range jobs {
				if _, err := client.Pay(ctx, &api.PayRequest{Target: target, Amount: "1usmt", Data: make([]byte, data), Channel: ref}); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	var err error
	for range atOnce {
		err = errors.Join(err, <-failed)
	}
	return float64(n) / time.Since(begin).Seconds(), err
}
