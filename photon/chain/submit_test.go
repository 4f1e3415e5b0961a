package chain_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/x/channels/types"
)

func (r *rig) withKey() *chain.Chain {
	r.t.Helper()
	keys, err := client.OpenKeyring(keyring.BackendMemory, "", nil)
	require.NoError(r.t, err)
	_, err = client.EnsureKey(keys, "alice")
	require.NoError(r.t, err)
	r.cfg.Keyring, r.cfg.Key = keys, "alice"
	c, err := chain.Open(r.cfg)
	require.NoError(r.t, err)
	return c
}

// mining makes blocks until the test ends.
func (r *rig) mining() {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				var pool []byte
				for _, n := range r.nodes {
					n.with(func(n *fakeNode) {
						if len(n.mempool) > 0 {
							pool = n.mempool[0]
						}
					})
				}
				for _, n := range r.nodes {
					if pool != nil {
						n.with(func(n *fakeNode) { n.mempool = n.mempool[:0]; n.mempool = append(n.mempool, pool) })
					}
					n.mine()
				}
			}
		}
	}()
	r.t.Cleanup(func() { close(stop); <-done })
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestSubmit(t *testing.T) {
	r := newRig(t, 2)
	c := r.withKey()
	r.mining()
	res, err := c.Submit(within(t, 10*time.Second), slog.New(slog.DiscardHandler), &types.MsgSettle{Submitter: c.Address(), ChannelId: 1})
	require.NoError(t, err)
	require.Greater(t, res.Height, int64(10))
}

func TestSubmitFailsOver(t *testing.T) {
	r := newRig(t, 2)
	c := r.withKey()
	r.nodes[0].with(func(n *fakeNode) { n.junk["broadcast_tx_sync"] = "gone"; n.junk["abci_query"] = "gone" })
	r.mining()
	_, err := c.Submit(within(t, 20*time.Second), slog.New(slog.DiscardHandler), &types.MsgDeposit{Depositor: c.Address(), ChannelId: 1})
	require.NoError(t, err)
	require.Positive(t, r.nodes[1].count("broadcast_tx_sync"))
}

func (n *fakeNode) count(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

// TestRefusesToActOnABadView: a close is not sent while the endpoints contradict each other or are
// stale; showing a pair is.
func TestRefusesToActOnABadView(t *testing.T) {
	for what, bad := range map[error]func(*fakeNode){
		chain.ErrContradiction: func(n *fakeNode) { n.appHash = "another history" },
		chain.ErrStale:         func(n *fakeNode) { n.start = n.start.Add(-time.Minute) },
	} {
		t.Run(what.Error(), func(t *testing.T) {
			r := newRig(t, 2)
			r.nodes[1].with(bad)
			if errors.Is(what, chain.ErrStale) {
				r.nodes[0].with(bad)
			}
			c := r.withKey()
			r.mining()
			_, err := c.Submit(within(t, 10*time.Second), slog.New(slog.DiscardHandler), &types.MsgClose{Submitter: c.Address(), ChannelId: 1})
			require.ErrorIs(t, err, what)
			require.Zero(t, r.nodes[0].count("broadcast_tx_sync")+r.nodes[1].count("broadcast_tx_sync"))

			_, err = c.Submit(within(t, 10*time.Second), slog.New(slog.DiscardHandler), &types.MsgUpdateBalanceProof{Submitter: c.Address(), ChannelId: 1})
			require.NoError(t, err)
		})
	}
}

func TestSubmitRefused(t *testing.T) {
	r := newRig(t, 1)
	c := r.withKey()
	r.nodes[0].with(func(n *fakeNode) {
		n.refuse = &abci.ResponseQuery{Code: types.ErrPhase.ABCICode(), Codespace: types.ModuleName, Log: "channel 1 is open"}
	})
	_, err := c.Submit(within(t, 10*time.Second), slog.New(slog.DiscardHandler), &types.MsgSettle{Submitter: c.Address(), ChannelId: 1})
	require.ErrorIs(t, err, chain.ErrRefused)
	require.ErrorIs(t, err, types.ErrPhase)
}

func TestSubmitEndsWithItsContext(t *testing.T) {
	r := newRig(t, 1)
	c := r.withKey()
	r.nodes[0].with(func(n *fakeNode) { n.junk["*"] = "gone" })
	_, err := c.Submit(within(t, 500*time.Millisecond), slog.New(slog.DiscardHandler), &types.MsgSettle{Submitter: c.Address(), ChannelId: 1})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
