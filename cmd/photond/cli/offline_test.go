package cli_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/api"
)

// TestChainAway: payments go on without the chain as long as the node could be back in time if the
// peer closed, and no longer; when the chain is back, everything settles.
func TestChainAway(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	ref := a.open(b, 100_000, 0)
	m.chain.Away(true)
	a.eventually("notices", func() bool { return a.status().Chains[0].Error != "" })
	a.pay(b, 100, "")
	require.NoError(t, a.stream(m.ctx(), ref, 2000))

	// Of the update phase of 1,800 s, half is for the way back and 420 are for secrets: 480 are left.
	m.chain.Leave(400 * time.Second)
	a.pay(b, 10, "still in time")
	m.chain.Leave(100 * time.Second)
	_, err := a.Pay(m.ctx(), &api.PayRequest{Target: b.id, Amount: "1" + denom})
	require.Equal(t, api.ReasonOffline, api.ReasonOf(err), "%v", err)
	_, err = a.OpenChannel(m.ctx(), &api.OpenChannelRequest{Peer: b.id, Deposit: "5" + denom})
	require.Equal(t, api.ReasonChain, api.ReasonOf(err), "%v", err)

	m.chain.Away(false)
	a.eventually("is back", func() bool { return a.status().Chains[0].Error == "" })
	require.Eventually(t, func() bool {
		_, err := a.Pay(m.ctx(), &api.PayRequest{Target: b.id, Amount: "1" + denom})
		return err == nil
	}, patience, 50*time.Millisecond)
	_, err = a.CloseChannel(m.ctx(), &api.CloseChannelRequest{Channel: ref})
	require.NoError(t, err)
	require.Equal(t, "2111", m.ended(ref).Payouts[1].Amount.String())
	m.checkInvariants()
}

// TestRestart: a node that is stopped and started again goes on where it was.
func TestRestart(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	ref := a.open(b, 100_000, 0)
	for i := range 3 {
		require.NoError(t, a.stream(m.ctx(), ref, 1000))
		node := m.nodes[i%2]
		node.stop()
		node.start()
		a.online(ref)
		b.online(ref)
	}
	require.Equal(t, "3000", b.channel(ref).Received)
	b.pay(a, 3, "")
}

// TestPeerAway: what is handed in while the peer is away waits, up to a bound, and is paid when it is back. A node that is
// restarted meanwhile forgets it: its caller has seen the call end, and would pay it twice otherwise.
func TestPeerAway(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	ref := a.open(b, 1_000_000, 0)
	handIn := func(n int) chan error {
		b.stop()
		a.eventually("notices", func() bool { return !a.channel(ref).Online })
		_, err := a.Pay(m.ctx(), &api.PayRequest{Target: b.id, Amount: "1" + denom})
		require.Equal(t, api.ReasonOffline, api.ReasonOf(err), "a single payment does not wait: %v", err)
		done := make(chan error, 1)
		go func() { done <- a.stream(m.ctx(), ref, n) }()
		return done
	}
	done := handIn(2000)
	a.eventually("has it", func() bool { return a.channel(ref).Queued == 2000 })
	a.stop()
	require.Error(t, <-done)
	a.start()
	require.Zero(t, a.channel(ref).Queued)
	b.start()
	a.online(ref)
	a.pay(b, 5, "")
	require.Equal(t, "5", a.channel(ref).Sent)

	const many, bound = 200_000, 8 << 20 / 67 // bytes of an entry
	done = handIn(many)
	a.eventually("is full", func() bool { return a.channel(ref).Queued > bound-1000 })
	time.Sleep(300 * time.Millisecond)
	require.LessOrEqual(t, a.channel(ref).Queued, uint64(bound), "the caller is held back")
	b.start()
	require.NoError(t, <-done)
	require.Equal(t, fmt.Sprint(many+5), b.channel(ref).Received)
}

// TestLostData: a node whose data is gone signs nothing in its old channel. It asks the peer, which
// has all figures, for a new epoch with the balances as they are, and goes on in it.
func TestLostData(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	ref := a.open(b, 100_000, 0)
	require.NoError(t, a.stream(m.ctx(), ref, 1000))
	a.stop()
	a.loseData()
	a.start()
	a.eventually("knows that it lost data", func() bool { c := a.channel(ref); return c != nil && c.Phase == "restored" })
	_, err := a.Pay(m.ctx(), &api.PayRequest{Target: b.id, Amount: "1" + denom, Channel: ref})
	require.Equal(t, api.ReasonState, api.ReasonOf(err), "%v", err)
	a.eventually("meets its peer", func() bool {
		_, err := a.Connect(m.ctx(), &api.ConnectRequest{Address: b.address})
		return err == nil
	})
	a.eventually("is in a new epoch", func() bool { c := a.channel(ref); return c.Epoch == 1 && c.Phase == "open" && c.Online })
	require.Equal(t, "99000", a.channel(ref).Deposit)
	require.Equal(t, "1000", a.channel(ref).PeerDeposit)
	a.pay(b, 5, "goes on")
	b.pay(a, 1005, "all of it")
	m.checkInvariants()
}
