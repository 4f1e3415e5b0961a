package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// duel is an honest node, ann, and an evil one, mal, in one channel of ann's: deposits
// 10,000 and 5,000. The network is calm: what goes wrong is mal's doing.
type duel struct {
	*pair
	t        testing.TB
	ann, mal *Node
	// a and m are the channel at either end.
	a, m *Channel
	// heard is what ann's machine told.
	heard []machine.Notice
}

func newDuel(t testing.TB) *duel {
	t.Helper()
	p := newPair(t, 7, Calm())
	d := &duel{pair: p, t: t, ann: p.nodes[0], mal: p.nodes[1], a: p.channels[0], m: p.channels[1]}
	d.mal.Evil = true
	if *oneSeed != 0 {
		d.Trace = t.Logf
		d.Chains[0].Refused = func(msg sdk.Msg, err error) { t.Logf("refused: %T: %s", msg, err) }
	}
	d.ann.Hears = func(_ *Channel, n machine.Notice) { d.heard = append(d.heard, n) }
	d.Run(20)
	require.True(t, d.a.State.Connected && d.m.State.Connected)
	return d
}

// pay sends a direct payment and waits for the acknowledgement.
func (d *duel) pay(n *Node, amount uint64) {
	d.t.Helper()
	ch := n.Channel(d.id)
	n.Pay(ch, amount)
	require.NoError(d.t, n.Flush(ch))
	d.Run(2)
}

// lock sends a lock that lives for some seconds, and returns its id and its secret.
func (d *duel) lock(n *Node, amount, life uint64) (id uint64, secret [types.SecretLength]byte) {
	d.t.Helper()
	ch := n.Channel(d.id)
	hash, secret := d.NewSecret()
	id = ch.State.NextLockID()
	n.Lock(ch, amount, hash, ch.State.View.Clock+life)
	require.NoError(d.t, n.Flush(ch))
	d.Run(2)
	return id, secret
}

// proof signs any proof of mal's.
func (d *duel) proof(p types.BalanceProof) *types.SignedProof {
	p.Place, p.Sender = d.a.State.Channel.Place, d.m.State.Side
	s := d.mal.Sign(p.Bytes())
	return &types.SignedProof{Proof: p.Bytes(), Signature: s[:]}
}

// close lets mal close with any evidence. From then on its machine, which is honest,
// sees no blocks.
func (d *duel) close(claim, pair *types.SignedProof) {
	d.t.Helper()
	d.mal.blind = true
	side := d.m.State.Side
	authorization := types.CloseAuthorization{
		Place: d.a.State.Channel.Place, Closer: side, PartnerProof: types.ProofHash(pair), Claim: types.ProofHash(claim), ValidUntil: d.Chains[0].Clock() + 300,
	}
	s := d.mal.Sign(authorization.Bytes())
	require.NoError(d.t, d.Chains[0].Deliver(&types.MsgClose{
		Submitter: d.mal.Account.String(), ChannelId: d.id.Channel, Closer: uint32(side), Claim: claim, PartnerPair: pair,
		ValidUntil: authorization.ValidUntil, Signature: s[:],
	}))
}

// paid waits for the end and returns what both are paid.
func (d *duel) paid() (ann, mal uint64) {
	d.t.Helper()
	d.Run(Challenge + 600)
	d.check(d.t)
	ended := d.Chains[0].Ended(d.id.Channel)
	require.NotNil(d.t, ended, "the channel is in phase %s and waits for %s", d.a.State.Phase, d.a.State.Wait)
	require.Equal(d.t, machine.PhaseEnded, d.a.State.Phase)
	return ended.Payouts[0].Amount.Uint64(), ended.Payouts[1].Amount.Uint64()
}

// heardOf returns the last notice of a kind.
func heardOf[N machine.Notice](d *duel) (last N, count int) {
	for _, n := range d.heard {
		if n, ok := n.(N); ok {
			last, count = n, count+1
		}
	}
	return last, count
}

func signedOf(p protocol.Pair) *types.SignedProof {
	s := p.SignedProof()
	return &s
}
