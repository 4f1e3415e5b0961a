package mediator

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/protocol"
)

// A stranger answers for nobody else, and its questions take no more room than a few events.
func TestStranger(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	m, err := New(Config{Key: key})
	require.NoError(t, err)
	node := func() protocol.NodeID {
		public, _, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		return protocol.NodeID(public)
	}
	asked, stranger := node(), node()
	tell := func(from protocol.NodeID, message protocol.Message) error {
		return m.take(PeerID(from), message.Kind(), message.AppendTo(nil))
	}

	require.ErrorIs(t, tell(stranger, protocol.Quote{Number: 1, Node: asked}), protocol.ErrMalformed, "a refusal in the mediator's name")
	require.Empty(t, m.queue)
	require.NoError(t, tell(asked, protocol.Quote{Number: 1, Node: asked}))
	require.Len(t, m.queue, 1)

	answer := make(chan *protocol.Routes, 1)
	m.asking[5] = question{asked, answer}
	require.NoError(t, tell(stranger, &protocol.Routes{Number: 5, Reason: "no way"}))
	require.Empty(t, answer)
	require.NoError(t, tell(asked, &protocol.Routes{Number: 5}))
	require.Len(t, answer, 1)

	for range 1_000 {
		require.NoError(t, tell(stranger, protocol.QuoteRequest{Number: 1}))
	}
	require.Len(t, m.queue, 1+maxOfPeer)
	require.NoError(t, tell(asked, protocol.QuoteRequest{Number: 1}))
	require.Len(t, m.queue, 2+maxOfPeer, "others go on")

	now := time.Unix(1_000_000, 0)
	m.config.Now = func() time.Time { return now }
	asks := func(peer string) (n int) {
		for range 1_000 {
			if m.mayAsk(peer) {
				n++
			}
		}
		return n
	}
	require.Equal(t, routeBurst, asks("a"))
	require.Equal(t, routeBurst, asks("b"), "others go on")
	now = now.Add(time.Second)
	require.Equal(t, routeRate, asks("a"))
}
