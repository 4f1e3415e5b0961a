package simulator

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// longer than Challenge: locks over two mediators must fit.
const mediatedChallenge = 2_400

// row is a world with nodes in a row, a channel from each to the next.
type row struct {
	*World
	nodes    []*Node
	payments []*Payments
	ids      []protocol.ChannelID
	deposit  uint64
}

func newRow(t testing.TB, seed uint64, faults Faults, names ...string) *row {
	t.Helper()
	w, err := NewWorld(seed, Calm())
	require.NoError(t, err)
	w.Challenge = mediatedChallenge
	r := &row{World: w, deposit: 10_000}
	for _, name := range names {
		r.nodes = append(r.nodes, w.AddNode(name))
	}
	w.Run(20)
	for i := range names[1:] {
		id, err := w.Open(w.Chains[0], r.nodes[i], r.nodes[i+1], r.deposit, r.deposit)
		require.NoError(t, err)
		r.ids = append(r.ids, id)
	}
	for _, n := range r.nodes {
		r.payments = append(r.payments, w.Payments(n))
	}
	w.Announce(0)
	w.Run(40)
	w.Faults = faults
	return r
}

func (r *row) pay(from, to int, amount uint64) {
	if r.nodes[from].up {
		r.payments[from].Pay(payment.Order{
			Target: r.nodes[to].ID(), Domain: r.ids[0].Domain, Amount: types.NewUint128(amount), MaxFee: types.NewUint128(100),
		})
	}
}

// keepPaying lets both ends pay each other now and then until a time.
func (r *row) keepPaying(until int64) {
	r.after(500+r.rand.Int64N(2_000), func() {
		if r.now > until {
			return
		}
		from, to := 0, len(r.nodes)-1
		if r.rand.IntN(2) == 0 {
			from, to = to, from
		}
		r.pay(from, to, 1+r.rand.Uint64N(1_500))
		r.keepPaying(until)
	})
}

// worth is what a node has in all its open channels.
func (r *row) worth(n *Node) (sum uint64) {
	for _, ch := range n.channels {
		if ch.ended != nil {
			sum += ch.ended.Payouts[ch.State.Side].Lo
		} else {
			sum += ch.State.Balance().Lo
		}
	}
	return sum
}

func (r *row) check(t testing.TB) {
	t.Helper()
	for _, failure := range r.Failures {
		t.Error(failure)
	}
	for _, c := range r.Chains {
		require.NoError(t, c.Check())
	}
	if t.Failed() {
		t.FailNow()
	}
}

// quiet checks that nothing is pending any more and all agree.
func (r *row) quiet(t testing.TB) {
	t.Helper()
	for _, n := range r.nodes {
		for _, ch := range n.channels {
			require.Empty(t, ch.State.Sent.Locks, "%s %s: locks", n.Name, ch.ID)
			require.Empty(t, ch.State.Received.Locks, "%s %s: locks", n.Name, ch.ID)
			require.Equal(t, ch.State.Sent.Newest, ch.Peer.Channel(ch.ID).State.Received.Newest)
		}
		require.Empty(t, n.payments.saved, "%s: secrets that nobody needs", n.Name)
	}
}

// TestMediatedRough lets the ends of a row pay each other over mediators, on a rough
// network where everybody crashes at any point. In the end nothing is pending, and no
// mediator has less than it began with.
func TestMediatedRough(t *testing.T) {
	var forwarded atomic.Int64
	t.Cleanup(func() { require.Positive(t, forwarded.Load(), "nothing was mediated at all") })
	runSeeds(t, func(t testing.TB, seed uint64, trace func(string, ...any)) {
		r := newRow(t, seed, Rough(), "ann", "bob", "cid", "dot")
		r.Trace = trace
		r.keepPaying(r.now + 300_000)
		r.Run(300)
		r.check(t)
		r.Heal()
		r.Run(2_200)
		r.check(t)
		r.quiet(t)
		for _, n := range r.nodes[1:3] {
			require.GreaterOrEqual(t, r.worth(n), 2*r.deposit, "seed %d: %s", seed, n.Name)
			forwarded.Add(int64(len(n.payments.Forwarded)))
		}
	})
}

// TestMediatedCalm: without faults every payment that there is capacity for arrives, once,
// and the payer knows.
func TestMediatedCalm(t *testing.T) {
	r := newRow(t, 1, Calm(), "ann", "bob", "cid")
	const payments = 10
	for range payments {
		r.pay(0, 2, 100)
		r.Run(5)
	}
	r.check(t)
	require.Len(t, r.payments[2].Arrived, payments)
	require.Len(t, r.payments[0].Finished, payments)
	for _, f := range r.payments[0].Finished {
		require.NoError(t, f.Err)
		require.Equal(t, types.NewUint128(1), f.Fee)
	}
	r.quiet(t)
	require.Equal(t, 2*r.deposit+payments, r.worth(r.nodes[1]), "its fees")
	require.Len(t, r.payments[1].Forwarded, payments)
}

// TestMediatedLateSecret: the target keeps the secret from its mediator and shows it on chain at
// the last moment. The mediator learns it there, and is paid.
func TestMediatedLateSecret(t *testing.T) {
	for _, halted := range []int64{0, 1_800} {
		r := newRow(t, 3, Calm(), "ann", "bob", "eve")
		eve := r.nodes[2]
		eve.Evil = true
		eve.Filter = func(_ *Channel, m protocol.Message) bool { _, reveal := m.(protocol.Reveal); return !reveal }
		r.pay(0, 2, 1_000)
		r.Run(30)
		lock := r.nodes[1].Channel(r.ids[1]).State.Sent.Locks
		require.Len(t, lock, 1)
		secret := eve.Channel(r.ids[1]).State.Received.Locks[0].Secret
		if halted > 0 { // the chain stands still while the lock would expire
			r.Chains[0].Halted = true
			r.Run(halted)
			r.Chains[0].Halted = false
		}
		for r.Chains[0].Clock()+20 < lock[0].Expiry {
			r.Run(10)
		}
		r.Chains[0].Submit(&types.MsgRegisterSecrets{Submitter: eve.Account.String(), Secrets: [][]byte{secret[:]}})
		r.Run(700)
		r.check(t)
		require.Zero(t, r.payments[1].Lost)
		require.Equal(t, 2*r.deposit+1, r.worth(r.nodes[1]), "bob paid eve and was paid by ann, with its fee")
		require.NoError(t, r.payments[0].Finished[0].Err)
	}
}

// TestMediatedWithholder: the target takes the lock and does nothing. The payment fails when the
// lock has expired, and nobody loses.
func TestMediatedWithholder(t *testing.T) {
	r := newRow(t, 4, Calm(), "ann", "bob", "eve")
	r.nodes[2].Evil = true
	r.nodes[2].payments = nil
	r.pay(0, 2, 1_000)
	r.Run(1_500)
	r.check(t)
	require.Len(t, r.payments[0].Finished, 1)
	require.Error(t, r.payments[0].Finished[0].Err)
	require.Equal(t, 2*r.deposit, r.worth(r.nodes[1]))
	require.Equal(t, r.deposit, r.worth(r.nodes[0]))
}

// TestMediatedGriefing: the mediator takes the lock and does not forward. The payer has its
// coins back when the lock has expired.
func TestMediatedGriefing(t *testing.T) {
	r := newRow(t, 5, Calm(), "ann", "eve", "cid")
	r.nodes[1].Evil = true
	r.nodes[1].payments = nil
	r.pay(0, 2, 1_000)
	r.Run(2_000)
	r.check(t)
	require.Len(t, r.payments[0].Finished, 1)
	require.ErrorIs(t, r.payments[0].Finished[0].Err, payment.ErrGaveUp)
	require.Equal(t, r.deposit, r.worth(r.nodes[0]))
	require.Empty(t, r.payments[2].Arrived)
}

// TestMediatedTwoSecrets: parts of one payment under two hashes. The target takes the first
// together with its like, never both.
func TestMediatedTwoSecrets(t *testing.T) {
	r := newRow(t, 6, Calm(), "ann", "bob", "cid")
	id := [16]byte{9}
	for i := range 2 {
		// Each order draws a secret of its own, and the payer forgets the first in between.
		r.payments[0].Config.MaxParts = 1
		r.payments[0].apply(payment.Pay{Order: payment.Order{
			ID: id, Target: r.nodes[2].ID(), Domain: r.ids[0].Domain, Amount: types.NewUint128(100), MaxFee: types.NewUint128(5),
		}})
		r.Run(5)
		require.Len(t, r.payments[2].Arrived, i+1)
	}
	require.NotEqual(t, r.payments[2].Arrived[0].Hash, r.payments[2].Arrived[1].Hash, "two payments, not two halves")
	r.check(t)
	r.quiet(t)
}

// TestMediatedHaltedChain: no new locks are taken while the view of the chain is stale, and those
// that are pending when it goes on are decided by its clock.
func TestMediatedHaltedChain(t *testing.T) {
	r := newRow(t, 7, Calm(), "ann", "bob", "cid")
	r.Chains[0].Halted = true
	r.Run(200)
	r.pay(0, 2, 100)
	r.Run(70)
	require.Len(t, r.payments[0].Finished, 1)
	require.Error(t, r.payments[0].Finished[0].Err)
	r.Chains[0].Halted = false
	r.Run(60)
	r.pay(0, 2, 100)
	r.Run(10)
	require.NoError(t, r.payments[0].Finished[1].Err)
	r.check(t)
	require.Equal(t, machine.PhaseOpen, r.nodes[1].channels[0].State.Phase)
}
