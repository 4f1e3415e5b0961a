package chain_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/x/channels/types"
)

// TestLiesAboutSecrets: whether a secret is on record, and since when, is decided by nobody alone.
func TestLiesAboutSecrets(t *testing.T) {
	r := newRig(t, 3)
	c, err := chain.Open(r.cfg)
	require.NoError(t, err)
	preimage := types.Hash{7}
	hash := sha256.Sum256(preimage[:])
	ask := func() (chain.SecretRecord, error) {
		_, err := c.Look(context.Background())
		require.NoError(t, err)
		return c.Record(context.Background(), hash)
	}
	record := func(at uint64) func(*fakeNode) {
		return func(n *fakeNode) {
			n.secrets[hex.EncodeToString(hash[:])] = types.Secret{Secret: preimage[:], RegisteredAt: at}
		}
	}
	got, err := ask()
	require.NoError(t, err)
	require.Equal(t, chain.SecretRecord{Clock: 109}, got, "of the block before the newest")

	r.nodes[1].with(record(50))
	_, err = ask()
	require.ErrorIs(t, err, chain.ErrContradiction, "one has it, two drop it")
	r.all(record(110))
	r.nodes[1].with(func(n *fakeNode) { n.lag = 1 })
	got, err = ask()
	require.NoError(t, err)
	require.Equal(t, chain.SecretRecord{Clock: 108}, got, "not yet in the block that all have")
	r.nodes[1].with(func(n *fakeNode) { n.lag = 0 })
	r.all(record(50))
	got, err = ask()
	require.NoError(t, err)
	require.Equal(t, chain.SecretRecord{Found: true, Secret: preimage, At: 50, Clock: 109}, got)
	r.nodes[0].with(record(51))
	_, err = ask()
	require.ErrorIs(t, err, chain.ErrContradiction, "one says that it came later")
	r.nodes[0].with(func(n *fakeNode) {
		n.secrets[hex.EncodeToString(hash[:])] = types.Secret{Secret: make([]byte, 32), RegisteredAt: 50}
	})
	_, err = ask()
	require.ErrorContains(t, err, "not its preimage")
	r.nodes[0].with(record(50))

	// One may be away; two may not.
	away := func(n *fakeNode) { n.junk["*"] = "" }
	r.nodes[0].with(away)
	_, err = ask()
	require.NoError(t, err)
	r.nodes[1].with(away)
	_, err = ask()
	require.ErrorIs(t, err, chain.ErrUnreachable)
	require.ErrorContains(t, err, "1 of 3 can be asked for a secret, two must agree")

	// A preimage is what it is, whoever has it.
	known, found, err := c.Secret(context.Background(), hash)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, preimage, known)

	// Who has one endpoint only believes it.
	single := newRig(t, 1)
	c, err = chain.Open(single.cfg)
	require.NoError(t, err)
	got, err = ask()
	require.NoError(t, err)
	require.False(t, got.Found)
}

// TestLiesAboutEvents: an endpoint that makes up an event, or another one, gets it believed by nobody; one that is a block behind
// is waited for.
func TestLiesAboutEvents(t *testing.T) {
	r := newRig(t, 2)
	r.open(1)
	r.mine()
	_, _ = r.follow(0)
	r.caughtUp()
	r.nodes[1].with(func(n *fakeNode) { n.lag = 1 })
	r.deposit(1, false)
	require.Never(t, func() bool { return len(r.told()) > 1 }, 10*r.cfg.Reconcile/5, r.cfg.PollInterval, "the second has not seen it")
	r.nodes[1].with(func(n *fakeNode) { n.lag = 0 })
	r.eventually("both have it", func() bool { return len(r.told()) == 2 })

	for i, lie := range []any{&types.EventWithdrawn{ChannelId: 1, Epoch: 9}, &types.EventDeposited{ChannelId: 1, Payer: other}} {
		told := len(r.told())
		r.nodes[1].mine(&types.EventDeposited{ChannelId: 1, Payer: account})
		r.nodes[0].mine(lie)
		r.eventually("it is a contradiction", func() bool { return errors.Is(r.last().Err, chain.ErrContradiction) })
		require.Len(t, r.told(), told, i)
		r.nodes[0].with(func(n *fakeNode) { n.events[n.height] = []any{&types.EventDeposited{ChannelId: 1, Payer: account}} })
		r.caughtUp()
	}
	require.False(t, r.last().Alone)
	r.nodes[1].with(func(n *fakeNode) { n.junk["*"] = "" })
	r.eventually("one is left", func() bool { return r.last().Alone })
}
