package chain_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/x/channels/types"
)

// That a secret is not on record decides about money. An endpoint that lags, or lies, does not say so.
func TestSecretAt(t *testing.T) {
	r := newRig(t, 2)
	secret := types.Secret{Secret: make([]byte, 32), RegisteredAt: 110} // the clock of block 10
	hash := sha256.Sum256(secret.Secret)
	for _, n := range r.nodes {
		n.with(func(n *fakeNode) { n.secrets[hex.EncodeToString(hash[:])] = secret })
	}
	c, err := chain.Open(r.cfg)
	require.NoError(t, err)
	ctx := context.Background()
	_, _, err = c.SecretAt(ctx, hash, 10)
	require.ErrorIs(t, err, chain.ErrUnreachable, "nobody was asked yet")
	_, err = c.Look(ctx)
	require.NoError(t, err)
	got, found, err := c.SecretAt(ctx, hash, 10)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, secret, got)
	_, found, err = c.SecretAt(ctx, hash, 9)
	require.NoError(t, err)
	require.False(t, found, "not yet")

	r.nodes[1].with(func(n *fakeNode) { n.lag = 2 })
	_, _, err = c.SecretAt(ctx, hash, 10)
	require.Error(t, err, "one of them has no such block")
	require.NotErrorIs(t, err, chain.ErrContradiction)
	r.nodes[1].with(func(n *fakeNode) { n.lag = 0; clear(n.secrets) })
	_, _, err = c.SecretAt(ctx, hash, 10)
	require.ErrorIs(t, err, chain.ErrContradiction, "one hides it")
	late := secret
	late.RegisteredAt--
	r.nodes[1].with(func(n *fakeNode) { n.secrets[hex.EncodeToString(hash[:])] = late })
	_, _, err = c.SecretAt(ctx, hash, 10)
	require.ErrorIs(t, err, chain.ErrContradiction, "at another time")

	// The first endpoint dies, the other one is behind: without the height it said that there is none.
	r.nodes[1].with(func(n *fakeNode) { n.secrets[hex.EncodeToString(hash[:])] = secret; n.lag = 2 })
	r.nodes[0].with(func(n *fakeNode) { n.junk["*"] = "garbage" })
	_, found, err = c.Secret(ctx, hash)
	require.NoError(t, err)
	require.False(t, found)
	_, _, err = c.SecretAt(ctx, hash, 10)
	require.Error(t, err)
}
