package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// putBack lets ann start from what its disk had at an earlier time.
func (d *duel) putBack(image machine.Image, start machine.Start) {
	d.t.Helper()
	d.a.link.Down = true
	d.a.link.cut()
	d.Run(1)
	start.Floor = d.ann.floor()
	d.ann.load(d.a, image, start)
	d.ann.follow()
	d.a.link.Down = false
	d.Run(20)
}

// TestRestoreHonestPeer: ann's disk is put back to an old image. The peer shows what ann
// signed since; ann signs nothing but a withdraw of nothing, and then pays again.
func TestRestoreHonestPeer(t *testing.T) {
	d := newDuel(t)
	d.pay(d.ann, 100)
	image := d.a.State.Image()
	d.pay(d.ann, 900)
	d.pay(d.mal, 50)
	d.mal.Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindDraft }
	d.putBack(image, machine.Start{})
	notice, n := heardOf[machine.NoticeRestored](d)
	require.Equal(t, 1, n)
	require.Greater(t, notice.Shown, notice.Stored)
	require.Zero(t, d.a.State.Channel.Epoch)
	d.ann.Pay(d.a, 5)
	require.ErrorIs(t, d.ann.Flush(d.a), machine.ErrRestored)
	require.ErrorIs(t, d.ann.apply(d.a, machine.Close{}), machine.ErrRestored)
	d.mal.Filter = nil
	d.a.link.cut()
	d.Run(60) // the honest peer drafts a withdraw of nothing
	require.Equal(t, uint64(1), d.a.State.Channel.Epoch)
	require.Equal(t, machine.PhaseOpen, d.a.State.Phase)
	require.Equal(t, [2]types.Uint128{types.NewUint128(9_050), types.NewUint128(5_950)}, d.a.State.Channel.Deposit)
	d.pay(d.ann, 50)
	d.closeAsAnn()
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{9_000, 6_000}, [2]uint64{ann, mal})
}

// TestRestoreLyingPeer: ann says that its store comes from a backup; mal shows nothing
// newer. Ann believes nobody: it signs no proof, acknowledges none, and does not close
// with a claim that may be stale.
func TestRestoreLyingPeer(t *testing.T) {
	d := newDuel(t)
	d.pay(d.ann, 100)
	image, old := d.a.State.Image(), d.m.State.Image()
	d.pay(d.ann, 900)
	d.mal.load(d.m, old, machine.Start{Floor: d.mal.floor()}) // mal lies
	d.mal.Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindDraft }
	d.putBack(image, machine.Start{FromBackup: true})
	require.Equal(t, machine.PhaseRestored, d.a.State.Phase)
	d.ann.Pay(d.a, 5)
	require.ErrorIs(t, d.ann.Flush(d.a), machine.ErrRestored)
	require.ErrorIs(t, d.ann.apply(d.a, machine.Close{Force: true}), machine.ErrRestored)
	// The way out without the peer: a close that claims nothing.
	require.NoError(t, d.ann.apply(d.a, machine.Close{Recovering: true}))
	d.Run(15)
	require.Equal(t, machine.PhaseDispute, d.a.State.Phase)
	require.False(t, d.Chains[0].Channel(d.id.Channel).Dispute.Directions[0].Stale)
}

// TestRestoreWithWorseFigures: the peer drafts figures by which restored ann is owed less
// than its store can prove. Ann does not sign.
func TestRestoreWithWorseFigures(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 500)
	d.mal.Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindDraft }
	d.putBack(d.a.State.Image(), machine.Start{FromBackup: true})
	require.Equal(t, machine.PhaseRestored, d.a.State.Phase)
	b := d.draft()
	b.Transferred[1] = types.NewUint128(499)
	d.ann.receive(d.a.link, protocol.Draft{Agreement: protocol.AgreeWithdraw, Signed: types.Withdraw{Balances: b, Rotate: types.NoRotation}.Bytes()})
	require.Equal(t, machine.PhaseRestored, d.a.State.Phase)
	b.Transferred[1] = types.NewUint128(500)
	d.ann.receive(d.a.link, protocol.Draft{Agreement: protocol.AgreeWithdraw, Signed: types.Withdraw{Balances: b, Rotate: types.NoRotation}.Bytes()})
	require.Equal(t, machine.PhaseAgreed, d.a.State.Phase)
}

// TestPeerLostData: mal comes back with an old store. Ann notices, pays it nothing more,
// and agrees to a withdraw that heals.
func TestPeerLostData(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 100)
	old := d.m.State.Image()
	d.pay(d.mal, 900)
	d.a.link.Down = true
	d.a.link.cut()
	d.Run(1)
	d.mal.load(d.m, old, machine.Start{Floor: d.mal.floor()})
	d.a.link.Down = false
	d.Run(60)
	_, n := heardOf[machine.NoticePeerRestored](d)
	require.Equal(t, 1, n)
	require.Equal(t, uint64(1), d.a.State.Channel.Epoch)
	require.Equal(t, uint64(11_000), d.a.State.Channel.Deposit[0].Lo, "nothing is lost on either side")
	d.pay(d.mal, 10)
}

// TestLyingTower: somebody says that ann signed more: with mal's key, for another
// channel, or with a signature that is none.
func TestLyingTower(t *testing.T) {
	d := newDuel(t)
	d.pay(d.ann, 100)
	forged := d.a.State.Sent.Newest
	forged.Nonce++
	var pair protocol.Pair
	copy(pair.Proof[:], forged.Bytes())
	pair.Signature = d.mal.Sign(pair.Proof[:])
	require.Error(t, d.ann.apply(d.a, machine.OwnProofSeen{Pair: pair}))
	other := forged
	other.Channel++
	copy(pair.Proof[:], other.Bytes())
	pair.Signature = d.ann.Sign(pair.Proof[:])
	require.Error(t, d.ann.apply(d.a, machine.OwnProofSeen{Pair: pair}))
	require.NoError(t, d.ann.apply(d.a, machine.OwnProofSeen{Pair: d.a.State.Sent.Signed}), "nothing new")
	require.Equal(t, machine.PhaseOpen, d.a.State.Phase)
	d.pay(d.ann, 1)
}

// TestTowerKnowsMore: a tower shows what an old image does not have.
func TestTowerKnowsMore(t *testing.T) {
	d := newDuel(t)
	d.pay(d.ann, 100)
	image := d.a.State.Image()
	d.pay(d.ann, 900)
	newest := d.a.State.Sent.Signed
	d.a.link.Down = true
	d.a.link.cut()
	d.ann.load(d.a, image, machine.Start{Floor: d.ann.floor()})
	require.ErrorIs(t, d.ann.apply(d.a, machine.Close{}), machine.ErrNotConnected, "not confirmed since the start")
	require.NoError(t, d.ann.apply(d.a, machine.OwnProofSeen{Pair: newest}))
	require.Equal(t, machine.PhaseRestored, d.a.State.Phase)
	require.ErrorIs(t, d.ann.apply(d.a, machine.Close{Force: true}), machine.ErrRestored)
}
