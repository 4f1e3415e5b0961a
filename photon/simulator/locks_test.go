package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// closeAsAnn lets ann close and waits until the chain has it.
func (d *duel) closeAsAnn() {
	d.t.Helper()
	d.mal.blind = true
	require.NoError(d.t, d.ann.apply(d.a, machine.Close{}))
	d.Run(15)
	require.Equal(d.t, machine.PhaseDispute, d.a.State.Phase)
}

// TestLateSecret: mal gets a lock and registers its secret after the expiry. The lock is
// void: ann removes it, and pays nothing.
func TestLateSecret(t *testing.T) {
	d := newDuel(t)
	_, secret := d.lock(d.ann, 3_000, 200)
	d.Run(220)
	d.register(secret)
	d.Run(60)
	notice, n := heardOf[machine.NoticeSecret](d)
	require.True(t, n == 1 && notice.Late && !notice.OnChain)
	require.NoError(t, d.ann.Flush(d.a))
	d.Run(5)
	require.Empty(t, d.a.State.Sent.Locks)
	d.closeAsAnn()
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{10_000, 5_000}, [2]uint64{ann, mal})
}

// TestLateReveal: mal reveals a secret to ann after the expiry. Ann pays nothing, for
// who pays ann may owe nothing any more.
func TestLateReveal(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.ann, 3_000, 200)
	d.Run(215)
	d.ann.receive(d.a.link, protocol.Reveal{Place: d.a.State.Channel.Place, Sender: 0, LockID: id, Secret: secret})
	_, n := heardOf[machine.NoticeSecret](d)
	require.Zero(t, n)
	require.ErrorIs(t, d.ann.apply(d.a, machine.Pay{LockID: id}), machine.ErrLock)
}

// TestSecretOnChainOnly: mal shows the secret to nobody, but registers it in the last
// seconds. Ann learns it from the chain, must pay, and may not drop the lock.
func TestSecretOnChainOnly(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.ann, 3_000, 200)
	d.Run(175)
	d.register(secret)
	d.Run(100)
	notice, n := heardOf[machine.NoticeSecret](d)
	require.True(t, n == 1 && notice.OnChain)
	require.Empty(t, d.a.State.Wanted(nil), "not removed as expired")
	require.NoError(t, d.ann.apply(d.a, machine.Pay{LockID: id}))
	d.Run(5)
	require.Equal(t, uint64(3_000), d.a.State.Sent.Newest.Transferred.Lo)
	d.closeAsAnn()
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{7_000, 8_000}, [2]uint64{ann, mal})
}

// TestDropsRegisteredLock: ann knows the secret of mal's lock; mal neither resolves it
// nor lets it count: after the expiry it signs a proof without it. Ann had put the
// secret on record in time, takes no such step, closes, and is paid.
func TestDropsRegisteredLock(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.mal, 3_000, 200)
	d.mal.blind = true
	require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret}))
	d.Run(250)
	require.True(t, d.a.State.Received.Locks[0].InTime(), "registered before the expiry")
	d.evilBatch(protocol.Op{Kind: types.EntryRemove, LockID: id})
	require.True(t, d.a.State.Broken)
	require.Len(t, d.a.State.Received.Locks, 1)
	require.NoError(t, d.ann.apply(d.a, machine.Close{}))
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{13_000, 2_000}, [2]uint64{ann, mal})
}

// TestDropsLiveLock: mal removes a lock that is not expired, before ann has used its
// secret. Ann acknowledges nothing.
func TestDropsLiveLock(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.mal, 3_000, 200)
	d.evilBatch(protocol.Op{Kind: types.EntryRemove, LockID: id})
	require.Len(t, d.a.State.Received.Locks, 1)
	fault, n := heardOf[machine.NoticeFault](d)
	require.True(t, n == 1 && fault.Code == protocol.FaultNotYet)
	require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret}))
	d.closeAsAnn()
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{13_000, 2_000}, [2]uint64{ann, mal})
}

// evilBatch sends a batch with one entry that mal's machine would not sign.
func (d *duel) evilBatch(op protocol.Op) {
	d.t.Helper()
	s := d.a.State
	sum, err := d.mal.scanner.Scan(op.AppendTo(nil), 1)
	require.NoError(d.t, err)
	p := s.Received.Newest
	p.Place, p.Sender, p.Nonce = s.Channel.Place, s.Peer(), p.Nonce+1
	previous := types.FirstHead(p.Place, p.Sender)
	if s.Received.Newest.Nonce > 0 {
		previous = s.Received.Newest.LogHead
	}
	if op.Kind == types.EntryRemove {
		p.Locked, p.LocksRoot, p.LockCount = types.Uint128{}, types.Hash{}, 0
	}
	p.LogHead = types.Head{Previous: previous, Epoch: p.Epoch, Nonce: p.Nonce, Count: 1, Root: sum.Root}.Hash()
	signed := d.proof(p)
	d.ann.receive(d.a.link, &protocol.Batch{Proof: signed.Proof, Signature: signed.Signature, Previous: previous, Count: 1, Entries: op.AppendTo(nil)})
}

// TestSecretOnRecordBefore: mal put a secret on record long before it uses its hash, so
// that no event ever tells of it. As the sender of a lock mal does not resolve it: ann
// registers the secret, of which the chain makes no event, and yet does not let mal drop
// the lock. As the receiver mal keeps still until the lock expires: ann does not take it
// for void.
func TestSecretOnRecordBefore(t *testing.T) {
	d := newDuel(t)
	hash, secret := d.NewSecret()
	d.register(secret)
	d.Run(60)
	life := d.a.State.View.Clock + 200
	d.mal.Lock(d.m, 3_000, hash, life)
	require.NoError(t, d.mal.Flush(d.m))
	d.ann.Lock(d.a, 1_000, hash, life)
	require.NoError(t, d.ann.Flush(d.a))
	d.Run(5)
	d.mal.blind = true
	require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: 1, Secret: secret}))
	d.Run(300)
	require.True(t, d.a.State.Received.Locks[0].InTime(), "the chain was asked")
	notice, n := heardOf[machine.NoticeSecret](d)
	require.True(t, n == 1 && notice.OnChain, "ann learns the secret of its own lock as well")
	require.Len(t, d.a.State.Sent.Locks, 1)
	d.evilBatch(protocol.Op{Kind: types.EntryRemove, LockID: 1})
	require.Len(t, d.a.State.Received.Locks, 1)
	require.NoError(t, d.ann.apply(d.a, machine.Close{Force: true}))
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{13_000, 2_000}, [2]uint64{ann, mal}, "mal, asleep, unlocks nothing")
}

// TestJammer: mal fills the channel with locks that it never lets go. Ann gives up at
// once what is above its slots, so that no more than 30 are pending; payments go on.
func TestJammer(t *testing.T) {
	d := newDuel(t)
	for range 100 {
		d.lock(d.mal, 10, 300)
	}
	pending := 0
	for _, l := range d.a.State.Received.Locks {
		if !l.Disposed {
			pending++
		}
	}
	require.Equal(t, 30, pending)
	_, n := heardOf[machine.NoticeLockAdded](d)
	require.Equal(t, 30, n, "nobody is asked about the others")
	d.pay(d.mal, 100)
	d.pay(d.ann, 100)
	require.Zero(t, len(d.a.State.Sent.InFlight))
	d.Run(400)
	require.Empty(t, d.a.State.Received.Locks, "they expired")
}

// TestDust: locks below the least amount are given up at once.
func TestDust(t *testing.T) {
	d := newDuel(t)
	d.a.State.Config.Dust = types.NewUint128(50)
	d.lock(d.mal, 49, 300)
	d.Run(5)
	require.Empty(t, d.a.State.Received.Locks)
	_, n := heardOf[machine.NoticeLockAdded](d)
	require.Zero(t, n)
}

// TestGriefingReceiver: mal holds a lock until it expires. Ann gets its coins back.
func TestGriefingReceiver(t *testing.T) {
	d := newDuel(t)
	before := d.a.State.Available()
	d.lock(d.ann, 3_000, 200)
	require.NotEqual(t, before, d.a.State.Available())
	d.Run(300)
	require.Equal(t, before, d.a.State.Available())
	notice, n := heardOf[machine.NoticeLockRemoved](d)
	require.True(t, n == 1 && notice.Own)
}

// TestFloodAndLoot: mal pays ann by thirty locks and then falls silent, so that ann
// must save them all at once. One transaction registers them, in time.
func TestFloodAndLoot(t *testing.T) {
	d := newDuel(t)
	secrets := map[uint64][types.SecretLength]byte{}
	for range 30 {
		id, secret := d.lock(d.mal, 100, 300)
		secrets[id] = secret
	}
	d.mal.blind = true
	d.mal.Filter = func(*Channel, protocol.Message) bool { return false }
	for id, secret := range secrets {
		require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret}))
	}
	d.Run(320)
	for _, l := range d.a.State.Received.Locks {
		require.True(t, l.InTime(), "lock %d", l.ID)
	}
	d.close(nil, nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{15_000, 0}, [2]uint64{ann, mal})
}

// TestProvokedDisposal: mal lets ann give up a lock, and asks ann to reveal it after
// all. A disposal is final, on ann's side too.
func TestProvokedDisposal(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.mal, 3_000, 300)
	d.mal.Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindBatch }
	require.NoError(t, d.ann.apply(d.a, machine.Dispose{LockID: id, Reason: protocol.ReasonNoRoute}))
	d.Run(5)
	require.ErrorIs(t, d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret}), machine.ErrLock)
	d = newDuel(t) // the other way round: what was revealed is not given up
	id, secret = d.lock(d.mal, 1_000, 300)
	require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret}))
	require.ErrorIs(t, d.ann.apply(d.a, machine.Dispose{LockID: id, Reason: protocol.ReasonNoRoute}), machine.ErrLock)
}

// TestTwoSecrets: a payment comes in two parts under different secrets. One is revealed,
// the other given up: each part is decided alone.
func TestTwoSecrets(t *testing.T) {
	d := newDuel(t)
	first, secret := d.lock(d.mal, 1_000, 300)
	second, _ := d.lock(d.mal, 2_000, 300)
	require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: first, Secret: secret}))
	require.ErrorIs(t, d.ann.apply(d.a, machine.Reveal{LockID: second, Secret: secret}), machine.ErrSecret)
	require.NoError(t, d.ann.apply(d.a, machine.Dispose{LockID: second, Reason: protocol.ReasonUnknownPayment}))
	d.Run(5)
	d.close(signedOf(d.m.State.Sent.Signed), nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{11_000, 4_000}, [2]uint64{ann, mal})
}

// TestHaltedChainAtExpiry: the chain stands still for an hour when a lock is about to
// expire. The channel clock stands still with it: the secret is in time afterwards.
func TestHaltedChainAtExpiry(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.mal, 3_000, 200)
	d.mal.blind = true
	d.Run(150)
	d.Chains[0].Halted = true
	d.Run(3_600)
	require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret}))
	d.Chains[0].Halted = false
	d.Run(200)
	require.True(t, d.a.State.Received.Locks[0].InTime())
	d.close(nil, nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{15_000, 0}, [2]uint64{ann, mal}, "mal denies to have signed: it loses all")
}
