package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// newSwap is a world with two chains: ann has a channel with bob on the first, cid on the
// second; bob swaps, two for one.
func newSwap(t testing.TB, seed uint64) *row {
	t.Helper()
	w, err := NewWorld(seed, Calm())
	require.NoError(t, err)
	second, err := w.AddChain("mesh-sim-2")
	require.NoError(t, err)
	w.Challenge = 8_400
	r := &row{World: w, deposit: 10_000}
	for _, name := range []string{"ann", "bob", "cid"} {
		r.nodes = append(r.nodes, w.AddNode(name))
	}
	w.Run(20)
	for i, chain := range []*Chain{w.Chains[0], second} {
		id, err := w.Open(chain, r.nodes[i], r.nodes[i+1], r.deposit, r.deposit)
		require.NoError(t, err)
		r.ids = append(r.ids, id)
	}
	for _, n := range r.nodes {
		r.payments = append(r.payments, w.Payments(n))
	}
	r.payments[1].Config.Rates = map[payment.Pair]payment.Rate{{In: r.ids[0].Domain, Out: r.ids[1].Domain}: {In: 2, Out: 1}}
	w.Announce(protocol.FeatureSwap)
	w.Run(40)
	return r
}

func (r *row) swap(amount, most uint64) {
	r.payments[0].Pay(payment.Order{
		Target: r.nodes[2].ID(), Domain: r.ids[1].Domain, From: r.ids[0].Domain, Amount: types.NewUint128(amount), MaxFee: types.NewUint128(most),
	})
}

// TestSwap pays from one chain to another at the mediator's rate, or not at all.
func TestSwap(t *testing.T) {
	r := newSwap(t, 1)
	r.swap(100, 200)
	r.Run(10)
	require.ErrorIs(t, r.payments[0].Finished[0].Err, payment.ErrFeeCap, "201 is the price")
	r.swap(100, 201)
	r.Run(20)
	r.check(t)
	require.NoError(t, r.payments[0].Finished[1].Err)
	require.Equal(t, types.NewUint128(201), r.payments[0].Finished[1].Fee)
	require.Equal(t, types.NewUint128(100), r.payments[2].Arrived[0].Amount)
	require.Equal(t, r.deposit-201, r.worth(r.nodes[0]))
	require.Equal(t, r.deposit+100, r.worth(r.nodes[2]))
	r.quiet(t)

	r.Chains[1].Halted = true // no new swap while one of the feeds is old
	r.Run(60)
	r.swap(100, 300)
	r.Run(20)
	require.ErrorIs(t, r.payments[0].Finished[2].Err, payment.ErrNoQuote)
	require.Len(t, r.payments[2].Arrived, 1)
}

// TestSwapClocksDriftApart: the second chain stands still for half an hour while a swap is
// pending, so that its clock falls behind, and the target shows the secret there at the last
// moment. The first chain's lock is still open then, and the mediator is paid.
func TestSwapClocksDriftApart(t *testing.T) {
	for _, halt := range []int64{0, 1_800, 3_000} {
		r := newSwap(t, 2)
		eve, second := r.nodes[2], r.Chains[1]
		eve.Evil = true
		eve.Filter = func(_ *Channel, m protocol.Message) bool { _, reveal := m.(protocol.Reveal); return !reveal }
		r.swap(100, 300)
		r.Run(30)
		lock := r.nodes[1].Channel(r.ids[1]).State.Sent.Locks
		require.Len(t, lock, 1)
		secret := eve.Channel(r.ids[1]).State.Received.Locks[0].Secret
		second.Halted = true
		r.Run(halt)
		second.Halted = false
		for second.Clock()+20 < lock[0].Expiry {
			r.Run(10)
		}
		second.Submit(&types.MsgRegisterSecrets{Submitter: eve.Account.String(), Secrets: [][]byte{secret[:]}})
		r.Run(900)
		r.check(t)
		require.Zero(t, r.payments[1].Lost, "halted for %d s", halt)
		require.Equal(t, 2*r.deposit+201-100, r.worth(r.nodes[1]), "bob gave 100 on one chain and got 201 on the other; halted for %d s", halt)
		_, registered := r.Chains[0].Secret(lock[0].Hash)
		require.True(t, registered, "the secret is on record on the other chain, too")
	}
}
