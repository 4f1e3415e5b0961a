package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// shortLog keeps some thirty batches of one payment.
func shortLog(c *node.Config) { c.Store.SegmentSize, c.Store.Retention = 16<<10, 64<<10 }

// payOneByOne makes so many batches.
func payOneByOne(t *testing.T, s *node.Stream, n uint64) {
	t.Helper()
	first := s.Progress().Acknowledged
	for i := range n {
		require.NoError(t, s.Send(deadline(t), payments(0, 1, 32), 1))
		wait(t, s, first+i+1)
	}
}

// What is known of batches goes with them, but for the newest of each direction.
func TestSweep(t *testing.T) {
	a, b := newParty(t, "a", shortLog), newParty(t, "b", shortLog)
	id := openChannel(t, a, b, 1, 1_000_000)
	s, err := a.Stream(id)
	require.NoError(t, err)
	payOneByOne(t, s, 1_200)
	known := func(p *party) int {
		newer, err := p.History(id, 1, 0, 0, 1_000)
		require.NoError(t, err)
		require.Len(t, newer, 1_000)
		older, err := p.History(id, 1, 0, newer[999].Nonce, 1_000)
		require.NoError(t, err)
		return 1_000 + len(older)
	}
	for _, p := range []*party{a, b} {
		require.NoError(t, p.Sweep())
		require.Equal(t, 1_024, known(p))
		require.NoError(t, p.Sweep())
		require.Equal(t, 1_024, known(p))
	}
	newest, err := a.History(id, 1, 0, 0, 1)
	require.NoError(t, err)
	for _, p := range []*party{a, b} {
		_, err := p.Receipt(node.PaymentName{Channel: id, Epoch: 1, Sender: 0, Nonce: newest[0].Nonce})
		require.NoError(t, err)
		require.NoError(t, p.Close())
		p.open(t)
		p.header(t, 2)
	}
	connect(t, a, b)
	s, err = a.Stream(id)
	require.NoError(t, err)
	payOneByOne(t, s, 1)
	require.Equal(t, types.NewUint128(1_000_000+1_201), balance(t, b, id))
}

// A peer goes away with batches under way and comes back when the log has turned over many times:
// it gets them.
func TestRetentionSparesBatchesUnderWay(t *testing.T) {
	a, b, c := newParty(t, "a", shortLog), newParty(t, "b", nil), newParty(t, "c", nil)
	away, busy := openChannel(t, a, b, 1, 1_000_000), openChannel(t, a, c, 2, 1_000_000)
	sent := uint64(0)
	for inFlight(t, a, away) == 0 {
		s, err := a.Stream(away)
		require.NoError(t, err)
		require.NoError(t, s.Send(context.Background(), payments(0, 1, 32), 1))
		sent++
		require.NoError(t, b.Close())
		if inFlight(t, a, away) == 0 { // the acknowledgement was faster
			b.open(t)
			b.header(t, 2)
			connect(t, a, b)
		}
	}
	s, err := a.Stream(busy)
	require.NoError(t, err)
	for range 200 {
		payOneByOne(t, s, 2)
		require.NoError(t, a.Sweep())
	}
	require.NotZero(t, inFlight(t, a, away))
	b.open(t)
	b.header(t, 3)
	connect(t, a, b)
	require.Eventually(t, func() bool { return inFlight(t, a, away) == 0 }, 20*time.Second, 5*time.Millisecond)
	require.Equal(t, types.NewUint128(1_000_000+sent), balance(t, b, away))
}

func inFlight(t *testing.T, p *party, id protocol.ChannelID) int {
	t.Helper()
	c, err := p.Channel(id)
	require.NoError(t, err)
	return len(c.State.Sent.InFlight)
}
