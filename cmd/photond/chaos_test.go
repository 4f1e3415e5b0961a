package main_test

import (
	"context"
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	kills     = 50
	deposit   = 2_000_000
	batchSize = 200
	// settleTime is how long channels may take to agree when nobody is killed any more.
	settleTime = time.Minute
)

// TestKilled50Times: three nodes pay each other over three channels at full rate while one of them
// after another is killed in the middle of whatever it does, 50 times. No payment that was acknowledged
// is lost, none is made twice, both ends of each channel agree, and the chain pays out accordingly, to the
// last token.
func TestKilled50Times(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	n := newNet(t, 3)
	type pair struct{ a, b *proc }
	pairs := []pair{{n.procs[0], n.procs[1]}, {n.procs[1], n.procs[2]}, {n.procs[2], n.procs[0]}}
	refs := make([]*api.ChannelRef, len(pairs))
	for i, p := range pairs {
		refs[i] = n.open(p.a, p.b, deposit)
	}

	ctx, cancel := context.WithCancel(context.Background())
	var load sync.WaitGroup
	acknowledged := make([][2]atomic.Int64, len(pairs))
	for i, p := range pairs {
		for side, from := range []*proc{p.a, p.b} {
			load.Add(1)
			go func() {
				defer load.Done()
				from.pump(ctx, refs[i], &acknowledged[i][side])
			}()
		}
	}
	random := rand.New(rand.NewSource(1)) //nolint:gosec // repeatable
	for range kills {
		time.Sleep(time.Duration(200+random.Intn(800)) * time.Millisecond)
		n.procs[random.Intn(len(n.procs))].restart()
	}
	time.Sleep(3 * time.Second)
	cancel()
	load.Wait()

	for i, p := range pairs {
		n.quiet(p.a, p.b, refs[i])
		a, b := p.a.channel(refs[i]), p.b.channel(refs[i])
		require.Equal(t, a.Sent, b.Received)
		require.Equal(t, b.Sent, a.Received)
		sent := [2]int64{number(t, a.Sent), number(t, b.Sent)}
		for side := range sent {
			require.GreaterOrEqual(t, sent[side], acknowledged[i][side].Load(), "acknowledged payments are lost")
		}
		t.Logf("channel %d: %d and %d payments, %d and %d known to be acknowledged", refs[i].ChannelId, sent[0], sent[1], acknowledged[i][0].Load(), acknowledged[i][1].Load())
		require.Positive(t, sent[0]+sent[1])
		payouts := n.close(p.a, refs[i])
		require.Equal(t, fmt.Sprint(deposit-sent[0]+sent[1]), payouts[0])
		require.Equal(t, fmt.Sprint(deposit-sent[1]+sent[0]), payouts[1])
	}
}

// pump pays in batches until ctx ends or the deposit is used up; it counts what was acknowledged and
// takes up again after each failure.
func (p *proc) pump(ctx context.Context, ref *api.ChannelRef, acknowledged *atomic.Int64) {
	for ctx.Err() == nil {
		_ = p.pumpOnce(ctx, ref, acknowledged) // killed, or its peer was
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (p *proc) pumpOnce(ctx context.Context, ref *api.ChannelRef, acknowledged *atomic.Int64) error {
	c, err := p.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	s, err := c.Stream(ctx)
	if err != nil {
		return err
	}
	go func() {
		for serial := 0; ctx.Err() == nil; serial += batchSize {
			if s.Send(&api.StreamRequest{Channel: ref, Entries: entries(serial), Count: batchSize}) != nil {
				return
			}
			time.Sleep(20 * time.Millisecond) // there is something to pay for as long as the test runs
		}
		_ = s.CloseSend()
	}()
	before := uint64(0)
	for {
		r, err := s.Recv()
		if err != nil {
			return err
		}
		acknowledged.Add(int64(r.Acknowledged - before)) //nolint:gosec // small
		before = r.Acknowledged
	}
}

func entries(first int) (b []byte) {
	for i := range batchSize {
		e := types.Entry{Amount: types.NewUint128(1), Kind: types.EntryDirect, Data: []byte(fmt.Sprintf("reading %024d", first+i))}
		copy(e.PaymentID[:], fmt.Sprintf("%016d", first+i))
		b = e.AppendTo(b)
	}
	return b
}
