package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// TestEquivocator: mal signs two different proofs for one nonce, and sends both. Ann
// keeps them as evidence, takes nothing more, and closes with what it has.
func TestEquivocator(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 700)
	other := d.m.State.Sent.Newest
	other.Transferred = types.NewUint128(1)
	signed := d.proof(other)
	d.ann.receive(d.a.link, &protocol.Batch{Proof: signed.Proof, Signature: signed.Signature, Previous: d.a.State.Received.Newest.LogHead})
	require.True(t, d.a.State.Broken)
	fault, n := heardOf[machine.NoticeFault](d)
	require.True(t, n == 1 && fault.Code == protocol.FaultEquivocation)
	for _, pair := range []protocol.Pair{fault.Evidence.First, fault.Evidence.Second} {
		require.True(t, d.mal.Key().Verify(pair.Proof[:], pair.Signature[:]))
	}
	require.NotEqual(t, fault.Evidence.First.Proof, fault.Evidence.Second.Proof)
	d.Run(30)
	d.mal.Pay(d.m, 5)
	_ = d.mal.Flush(d.m)
	d.Run(5)
	require.Equal(t, uint64(700), d.a.State.Received.Newest.Transferred.Lo, "nothing more is taken")
	require.NoError(t, d.ann.apply(d.a, machine.Close{Force: true}))
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{10_700, 4_300}, [2]uint64{ann, mal})
}

// TestIllegalSteps: batches that break one rule each. None is acknowledged, and the last
// good pair stays.
func TestIllegalSteps(t *testing.T) {
	entry := types.Entry{Amount: types.NewUint128(100), Kind: types.EntryDirect}.AppendTo(nil)
	for name, change := range map[string]func(*types.BalanceProof, *protocol.Batch){
		"transferred more": func(p *types.BalanceProof, _ *protocol.Batch) { p.Transferred = types.NewUint128(5_000) },
		"transferred less": func(p *types.BalanceProof, _ *protocol.Batch) { p.Transferred = types.NewUint128(1) },
		"delta":            func(_ *types.BalanceProof, b *protocol.Batch) { b.Delta = types.NewUint128(99) },
		"head":             func(p *types.BalanceProof, _ *protocol.Batch) { p.LogHead[0] ^= 1 },
		"lock from nowhere": func(p *types.BalanceProof, _ *protocol.Batch) {
			p.Locked, p.LockCount, p.LocksRoot = types.NewUint128(5), 1, types.Hash{1}
		},
		"other entries":      func(_ *types.BalanceProof, b *protocol.Batch) { b.Entries[0] ^= 1 },
		"previous head":      func(_ *types.BalanceProof, b *protocol.Batch) { b.Previous[0] ^= 1 },
		"nonce of the past":  func(p *types.BalanceProof, _ *protocol.Batch) { p.Nonce = 1 },
		"nothing in it":      func(_ *types.BalanceProof, b *protocol.Batch) { b.Count, b.Entries = 0, nil },
		"more than there is": func(p *types.BalanceProof, b *protocol.Batch) { overspend(p, b) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDuel(t)
			d.pay(d.mal, 700)
			before := d.a.State.Received
			p := before.Newest
			p.Nonce++
			p.Transferred = types.NewUint128(800)
			b := &protocol.Batch{Previous: before.Newest.LogHead, Count: 1, Delta: types.NewUint128(100), Entries: append([]byte(nil), entry...)}
			headOf(&p, b)
			change(&p, b)
			signed := d.proof(p)
			b.Proof, b.Signature = signed.Proof, signed.Signature
			d.ann.receive(d.a.link, b)
			require.Equal(t, before.Pair, d.a.State.Received.Pair)
			require.NoError(t, d.ann.apply(d.a, machine.Close{Force: true}))
			ann, mal := d.paid()
			require.Equal(t, [2]uint64{10_700, 4_300}, [2]uint64{ann, mal})
		})
	}
}

func headOf(p *types.BalanceProof, b *protocol.Batch) {
	var scanner protocol.Scanner
	sum, err := scanner.Scan(b.Entries, b.Count)
	if err != nil {
		return
	}
	p.LogHead = types.Head{Previous: b.Previous, Epoch: p.Epoch, Nonce: p.Nonce, Count: b.Count, Delta: b.Delta, Root: sum.Root}.Hash()
}

func overspend(p *types.BalanceProof, b *protocol.Batch) {
	p.Transferred, b.Delta = types.NewUint128(20_000), types.NewUint128(19_300)
	b.Entries = types.Entry{Amount: b.Delta, Kind: types.EntryDirect}.AppendTo(nil)
	headOf(p, b)
}

// TestReplay: what was signed for one channel, epoch, side or kind counts in no other.
func TestReplay(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 700)
	d.pay(d.ann, 300)
	second, err := d.Open(d.Chains[0], d.ann, d.mal, 1_000, 1_000)
	require.NoError(t, err)
	d.Run(20)
	batch := d.m.disk.sent[0].message.(*protocol.Batch)
	ack := d.m.disk.received[0].message.(protocol.Ack)

	// Into the other channel, by changing the envelope or not at all.
	other := d.ann.Channel(second)
	_ = d.ann.apply(other, machine.Received{Message: ack})
	ack2 := ack
	ack2.Channel = second.Channel
	_ = d.ann.apply(other, machine.Received{Message: ack2})
	sum, err := d.ann.scanner.Scan(batch.Entries, batch.Count)
	require.NoError(t, err)
	e := machine.ReceivedBatch{Previous: batch.Previous, Delta: batch.Delta, Summary: sum, Now: d.Now()}
	copy(e.Proof[:], batch.Proof)
	copy(e.Signature[:], batch.Signature)
	_ = d.ann.apply(other, e)
	require.Zero(t, other.State.Received.Newest.Nonce)
	require.Zero(t, other.State.Sent.Acked)

	// Ann's own proof as if it were mal's.
	own := d.a.disk.sent[0].message.(*protocol.Batch)
	before := d.a.State.Received.Pair
	d.ann.receive(d.a.link, own)
	require.Equal(t, before, d.a.State.Received.Pair)
	d.Run(30)

	// Into the next epoch.
	require.NoError(t, d.ann.apply(d.a, machine.Agree{Agreement: protocol.AgreeWithdraw, Now: d.Now()}))
	d.Run(60)
	require.Equal(t, uint64(1), d.a.State.Channel.Epoch)
	d.ann.receive(d.a.link, batch)
	d.ann.receive(d.a.link, ack)
	require.Zero(t, d.a.State.Received.Newest.Nonce)
	d.Run(30)
	d.pay(d.mal, 10)
	require.Equal(t, uint64(10), d.a.State.Received.Newest.Transferred.Lo)

	// The proof of the old epoch in a dispute of the new one.
	d.closeAsAnn()
	err = d.Chains[0].Deliver(&types.MsgUpdateBalanceProof{Submitter: d.mal.Account.String(), ChannelId: d.id.Channel, Pair: *signedOf(protocol.Pair{
		Proof: [types.ProofLength]byte(own.Proof), Signature: protocol.Signature(own.Signature), Ack: ack.Signature,
	})})
	require.ErrorIs(t, err, types.ErrEpoch)
}

// TestReplayedSession: a re-establish of an earlier connection is worth nothing.
func TestReplayedSession(t *testing.T) {
	d := newDuel(t)
	var hello *protocol.Reestablish
	d.mal.Filter = func(_ *Channel, m protocol.Message) bool {
		if h, ok := m.(*protocol.Reestablish); ok && hello == nil {
			hello = h
		}
		return true
	}
	d.a.link.cut()
	d.Run(20)
	require.NotNil(t, hello)
	d.a.link.cut()
	d.mal.Filter = func(*Channel, protocol.Message) bool { return false }
	d.Run(20)
	require.False(t, d.a.State.Connected)
	d.ann.receive(d.a.link, hello)
	require.False(t, d.a.State.Connected)
}

// TestOffline: the chain is out of reach. Direct payments go on for a while, locks do
// not; then payments end too, before the peer could close unseen.
func TestOffline(t *testing.T) {
	d := newDuel(t)
	d.Chains[0].Halted = true
	d.pay(d.ann, 1)
	d.Run(130)
	hash, _ := d.NewSecret()
	d.ann.Lock(d.a, 10, hash, d.a.State.LockDeadline())
	require.ErrorIs(t, d.ann.Flush(d.a), machine.ErrStale)
	d.pay(d.ann, 1)
	var err error
	for err == nil {
		d.ann.Pay(d.a, 1)
		err = d.ann.Flush(d.a)
		d.Run(1)
	}
	require.ErrorIs(t, err, machine.ErrOffline)
	s := d.a.State
	require.InDelta(t, s.View.Synced+Challenge-s.Config.ReturnTime-types.RevealPeriod, uint64(d.Now()), 3)
	require.ErrorIs(t, s.MayPay(0), machine.ErrOffline, "without a trusted clock nothing is paid")
	d.Chains[0].Halted = false
	d.Run(40)
	d.pay(d.ann, 1)
}
