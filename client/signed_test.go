package client_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
)

// A transaction that was written down before it was sent executes once, however often it is sent.
func TestSignedExecutesOnce(t *testing.T) {
	n := newFakeNode(t)
	c, a := newAccount(t, n)
	ctx := context.Background()
	signed, err := a.Sign(ctx, client.TxOptions{}, payment(a))
	require.NoError(t, err)
	require.Empty(t, n.mempool, "nobody has seen it yet")
	text, err := json.Marshal(signed)
	require.NoError(t, err)
	var stored client.Signed
	require.NoError(t, json.Unmarshal(text, &stored))

	time.AfterFunc(50*time.Millisecond, n.mine)
	first, err := c.SendSigned(ctx, &stored)
	require.NoError(t, err)
	require.Equal(t, int64(11), first.Height)
	again, err := c.SendSigned(ctx, &stored)
	require.NoError(t, err)
	require.Equal(t, first.Hash, again.Hash)

	// A node that was started anew does not know it, only that its sequence is used up.
	n.mu.Lock()
	n.seen = map[string]bool{}
	n.mu.Unlock()
	again, err = c.SendSigned(ctx, &stored)
	require.NoError(t, err)
	require.Equal(t, int64(11), again.Height)
	require.Len(t, n.blocks[11], 1)
	require.Empty(t, n.mempool)
}

// If another transaction has taken its sequence it can never be in a block, and says so.
func TestSignedTooLate(t *testing.T) {
	n := newFakeNode(t)
	c, a := newAccount(t, n)
	ctx := context.Background()
	signed, err := a.Sign(ctx, client.TxOptions{TimeoutBlocks: 3}, payment(a))
	require.NoError(t, err)
	n.mu.Lock()
	n.sequence = signed.Sequence + 1 // somebody else's
	n.mu.Unlock()
	n.mine()
	_, err = c.SendSigned(ctx, signed)
	require.ErrorIs(t, err, client.ErrNotIncluded)

	_, err = a.Sign(ctx, client.TxOptions{})
	require.ErrorContains(t, err, "at least one message")
}
