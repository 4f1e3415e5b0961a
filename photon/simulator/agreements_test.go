package simulator

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// draft is an agreement with the figures that mal sees, to be changed.
func (d *duel) draft() types.Balances {
	s := d.m.State
	b := types.Balances{Place: s.Channel.Place, Deposit: s.Channel.Deposit, ValidUntil: s.View.Clock + 600}
	b.Transferred[1], b.Nonce[1] = s.Sent.Newest.Transferred, s.Sent.Newest.Nonce
	b.Transferred[0], b.Nonce[0] = s.Received.Newest.Transferred, s.Received.Newest.Nonce
	return b
}

// consentOf lets ann sign a cooperative close with mal, and returns it with ann's
// signature; mal does not sign, or so it says.
func (d *duel) consentOf() (signed []byte, signature protocol.Signature) {
	d.t.Helper()
	b := d.draft()
	var err error
	b.Payout, err = b.After()
	require.NoError(d.t, err)
	signed = types.CooperativeClose{Balances: b}.Bytes()
	d.ann.receive(d.a.link, protocol.Draft{Agreement: protocol.AgreeClose, Signed: signed})
	require.Equal(d.t, machine.PhaseAgreed, d.a.State.Phase)
	return signed, d.a.State.Pact.Signatures[0]
}

// TestOldCooperativeClose: mal gets ann's signature, lets it lie until its time is over,
// is paid meanwhile, and shows it then.
func TestOldCooperativeClose(t *testing.T) {
	d := newDuel(t)
	d.pay(d.ann, 100)
	signed, first := d.consentOf()
	d.ann.Pay(d.a, 5)
	require.ErrorIs(t, d.ann.Flush(d.a), machine.ErrPhase, "silent until the outcome is certain")
	require.ErrorIs(t, d.ann.apply(d.a, machine.Close{}), machine.ErrPhase)
	d.Run(640)
	notice, n := heardOf[machine.NoticeVoid](d)
	require.True(t, n == 1 && notice.What == "cooperative close")
	d.Run(20)
	d.pay(d.mal, 2_000)
	require.Zero(t, len(d.m.State.Sent.InFlight))
	second := d.mal.Sign(signed)
	err := d.Chains[0].Deliver(&types.MsgCooperativeClose{Submitter: d.mal.Account.String(), Agreement: signed, Signatures: [][]byte{first[:], second[:]}})
	require.ErrorIs(t, err, types.ErrValidUntil)
	d.closeAsAnn()
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{11_900, 3_100}, [2]uint64{ann, mal})
}

// TestWithheldCooperativeClose: mal withholds its signature and submits in the last
// moment. Ann was silent, so nothing is lost.
func TestWithheldCooperativeClose(t *testing.T) {
	d := newDuel(t)
	d.pay(d.ann, 100)
	signed, first := d.consentOf()
	d.Run(560)
	second := d.mal.Sign(signed)
	require.NoError(t, d.Chains[0].Deliver(&types.MsgCooperativeClose{Submitter: d.mal.Account.String(), Agreement: signed, Signatures: [][]byte{first[:], second[:]}}))
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{9_900, 5_100}, [2]uint64{ann, mal})
}

// TestWithdrawOverInFlight: mal drafts figures that leave out a batch: its own newest,
// which ann holds; ann's, which mal has; or with a nonce that is not there.
func TestWithdrawOverInFlight(t *testing.T) {
	for name, change := range map[string]func(*types.Balances){
		"mal's payment": func(b *types.Balances) { b.Transferred[1] = types.Uint128{} },
		"ann's payment": func(b *types.Balances) { b.Transferred[0] = types.NewUint128(4_000) },
		"nonce":         func(b *types.Balances) { b.Nonce[0]++ },
		"deposit":       func(b *types.Balances) { b.Deposit[0] = types.NewUint128(1) },
		"epoch":         func(b *types.Balances) { b.Epoch++ },
		"too long":      func(b *types.Balances) { b.ValidUntil += 10_000 },
		"over":          func(b *types.Balances) { b.ValidUntil = 1 },
		"ann's payout":  func(b *types.Balances) { b.Payout[0] = types.NewUint128(1) },
	} {
		d := newDuel(t)
		d.pay(d.mal, 700)
		d.pay(d.ann, 100)
		b := d.draft()
		change(&b)
		signed := types.Withdraw{Balances: b, Rotate: types.NoRotation}.Bytes()
		var refusal protocol.Refuse
		d.ann.Filter = func(_ *Channel, m protocol.Message) bool {
			if r, ok := m.(protocol.Refuse); ok {
				refusal = r
			}
			return true
		}
		d.ann.receive(d.a.link, protocol.Draft{Agreement: protocol.AgreeWithdraw, Signed: signed})
		require.Equal(t, machine.PhaseOpen, d.a.State.Phase, name)
		require.Equal(t, sha256.Sum256(signed), refusal.Subject, name)
		require.NotZero(t, refusal.Code, name)
		d.pay(d.ann, 1)
	}
}

// TestRotatesVictim: mal drafts a withdraw that gives ann another key.
func TestRotatesVictim(t *testing.T) {
	d := newDuel(t)
	w := types.Withdraw{Balances: d.draft(), Rotate: 0, NewKey: d.AddNode("eve").Key()}
	d.ann.receive(d.a.link, protocol.Draft{Agreement: protocol.AgreeWithdraw, Signed: w.Bytes()})
	require.Equal(t, machine.PhaseOpen, d.a.State.Phase)
}

// TestAgreementWithLocks: no agreement is signed while a lock is pending.
func TestAgreementWithLocks(t *testing.T) {
	d := newDuel(t)
	d.lock(d.mal, 1_000, 300)
	w := types.Withdraw{Balances: d.draft(), Rotate: types.NoRotation}
	d.ann.receive(d.a.link, protocol.Draft{Agreement: protocol.AgreeWithdraw, Signed: w.Bytes()})
	require.Equal(t, machine.PhaseOpen, d.a.State.Phase)
	require.ErrorIs(t, d.ann.apply(d.a, machine.Agree{Agreement: protocol.AgreeClose, Now: d.Now()}), machine.ErrPending)
}

// TestThirdPartyDeposit: somebody raises a deposit between signing and inclusion: it
// goes to the side that it was made for.
func TestThirdPartyDeposit(t *testing.T) {
	d := newDuel(t)
	d.pay(d.ann, 100)
	signed, first := d.consentOf()
	eve := d.AddNode("eve")
	require.NoError(t, d.Chains[0].Deliver(&types.MsgDeposit{
		Depositor: eve.Account.String(), ChannelId: d.id.Channel, Participant: 0, Total: types.NewUint128(10_500),
	}))
	d.Run(12)
	second := d.mal.Sign(signed)
	require.NoError(t, d.Chains[0].Deliver(&types.MsgCooperativeClose{Submitter: d.mal.Account.String(), Agreement: signed, Signatures: [][]byte{first[:], second[:]}}))
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{10_400, 5_100}, [2]uint64{ann, mal})
}

// TestGivesNoSecondSignature: mal drafts, gets ann's signature, and vanishes. Ann goes on
// when the time is over.
func TestGivesNoSecondSignature(t *testing.T) {
	d := newDuel(t)
	d.consentOf()
	d.a.link.Down = true
	d.a.link.cut()
	d.Run(300)
	require.Equal(t, machine.PhaseAgreed, d.a.State.Phase)
	d.Run(340)
	require.Equal(t, machine.PhaseOpen, d.a.State.Phase)
	d.a.link.Down = false
	d.Run(20)
	d.pay(d.ann, 100)
	require.Zero(t, len(d.a.State.Sent.InFlight))
}

// TestWithdraw: the plain case, with a new key, and payments after it.
func TestWithdraw(t *testing.T) {
	d := newDuel(t)
	d.mal.Evil = false
	d.pay(d.ann, 1_000)
	require.NoError(t, d.mal.apply(d.m, machine.Agree{Agreement: protocol.AgreeWithdraw, Payout: types.NewUint128(6_000), Now: d.Now()}))
	d.Run(60)
	for _, ch := range d.channels {
		require.Equal(t, uint64(1), ch.State.Channel.Epoch)
		require.Equal(t, [2]types.Uint128{types.NewUint128(9_000), {}}, ch.State.Channel.Deposit)
		require.True(t, ch.State.Connected)
	}
	d.pay(d.ann, 1_000)
	require.Equal(t, uint64(1_000), d.m.State.Available().Lo)
	d.closeAsAnn()
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{8_000, 1_000}, [2]uint64{ann, mal})
}
