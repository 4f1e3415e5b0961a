package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// TestStaleCloser: mal pays, and closes with an older proof of its own.
func TestStaleCloser(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 100)
	old := d.m.State.Sent.Signed
	d.pay(d.mal, 2_000)
	d.close(signedOf(old), nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{15_000, 0}, [2]uint64{ann, mal})
	notice, n := heardOf[machine.NoticeClosed](d)
	require.True(t, n == 1 && notice.Stale)
}

// TestStaleCloserWhileAsleep: ann is away for most of the update phase.
func TestStaleCloserWhileAsleep(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 100)
	old := d.m.State.Sent.Signed
	d.pay(d.mal, 2_000)
	d.ann.blind = true
	d.close(signedOf(old), nil)
	d.Run(Challenge - 100)
	d.ann.blind = false
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{15_000, 0}, [2]uint64{ann, mal})
}

// TestCloserWithoutClaim: mal says that it never signed.
func TestCloserWithoutClaim(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 700)
	d.close(nil, nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{15_000, 0}, [2]uint64{ann, mal})
}

// TestOverwrittenPromise: mal signs a fresh nonce with less transferred, that ann never
// saw, and claims it.
func TestOverwrittenPromise(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 700)
	d.close(d.proof(types.BalanceProof{Nonce: d.m.State.Sent.Newest.Nonce + 1, Transferred: types.NewUint128(1)}), nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{15_000, 0}, [2]uint64{ann, mal})
}

// TestOverwrittenLocks: mal claims a fresh nonce with the same transferred and without
// the lock whose secret ann knows.
func TestOverwrittenLocks(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 700)
	id, secret := d.lock(d.mal, 1_000, 300)
	require.NoError(t, d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret}))
	d.close(d.proof(types.BalanceProof{Nonce: d.m.State.Sent.Newest.Nonce + 1, Transferred: types.NewUint128(700)}), nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{11_700, 3_300}, [2]uint64{ann, mal}, "the pair that ann holds is worth more than the claim")
}

// TestClaimBesideOlderPair: mal claims truly, and shows its own older pair.
func TestClaimBesideOlderPair(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 100)
	older := d.m.State.Sent.Pair
	d.pay(d.mal, 2_000)
	d.ann.blind = true // ann sleeps through all of it
	d.close(signedOf(d.m.State.Sent.Signed), nil)
	err := d.Chains[0].Deliver(&types.MsgUpdateBalanceProof{Submitter: d.mal.Account.String(), ChannelId: d.id.Channel, Pair: *signedOf(older)})
	require.Error(t, err, "the claim carried its acknowledgement")
	d.Run(Challenge + 200)
	d.ann.blind = false
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{12_100, 2_900}, [2]uint64{ann, mal})
}

// TestShowsOldPairOfVictim: mal closes truly and shows an older pair of ann's that has
// a lock which ann has removed since, because mal gave it up. Ann shows its newest.
func TestShowsOldPairOfVictim(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.ann, 3_000, 300)
	withLock, locks := d.a.State.Sent.Pair, d.a.State.Sent.Locks
	require.NoError(t, d.mal.apply(d.m, machine.Dispose{LockID: id, Reason: protocol.ReasonNoRoute}))
	d.Run(5)
	require.Empty(t, d.a.State.Sent.Locks)
	require.NotZero(t, d.a.State.Sent.Acked)
	d.close(nil, signedOf(withLock))
	d.register(secret)
	d.Run(Challenge + 5)
	_ = d.unlockOf(locks)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{10_000, 5_000}, [2]uint64{ann, mal})
}

// TestUnlocksWhatItDisposed: mal gives a lock up, and closes before ann's batch without
// it is acknowledged; then it unlocks the lock with its secret. Ann shows the disposal.
func TestUnlocksWhatItDisposed(t *testing.T) {
	d := newDuel(t)
	id, secret := d.lock(d.ann, 3_000, 300)
	withLock, locks := d.a.State.Sent.Pair, d.a.State.Sent.Locks
	d.mal.Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindAck }
	require.NoError(t, d.mal.apply(d.m, machine.Dispose{LockID: id, Reason: protocol.ReasonNoRoute}))
	d.Run(5)
	d.close(nil, signedOf(withLock))
	d.register(secret)
	d.Run(Challenge + 5)
	require.NoError(t, d.unlockOf(locks))
	require.Equal(t, uint64(3_000), d.Chains[0].Channel(d.id.Channel).Dispute.Directions[0].Held.UnlockedAmount.Lo)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{10_000, 5_000}, [2]uint64{ann, mal})
}

// register puts a secret on record.
func (d *duel) register(secret [types.SecretLength]byte) {
	d.t.Helper()
	require.NoError(d.t, d.Chains[0].Deliver(&types.MsgRegisterSecrets{Submitter: d.mal.Account.String(), Secrets: [][]byte{secret[:]}}))
}

// unlockOf unlocks a list of ann's locks for mal.
func (d *duel) unlockOf(pending []*machine.PendingLock) error {
	var locks types.Locks
	for _, l := range pending {
		locks = append(locks, l.Lock)
	}
	return d.Chains[0].Deliver(&types.MsgUnlock{Submitter: d.mal.Account.String(), ChannelId: d.id.Channel, Sender: 0, Locks: locks.Bytes()})
}

// TestBothClose: ann closes, and mal closes as well, with a stale claim.
func TestBothClose(t *testing.T) {
	d := newDuel(t)
	d.pay(d.mal, 100)
	old := d.m.State.Sent.Signed
	d.pay(d.mal, 2_000)
	d.pay(d.ann, 50)
	require.NoError(t, d.ann.apply(d.a, machine.Close{}))
	d.Run(15)
	require.Equal(t, machine.PhaseDispute, d.a.State.Phase)
	d.close(signedOf(old), nil)
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{15_000, 0}, [2]uint64{ann, mal})
}

// TestWithholder: mal acknowledges nothing. Ann's window fills, ann closes, and pays
// what it claims, not a unit more.
func TestWithholder(t *testing.T) {
	d := newDuel(t)
	d.mal.Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindAck }
	var err error
	sent := uint64(0)
	for ; err == nil; sent++ {
		d.ann.Pay(d.a, 1)
		err = d.ann.Flush(d.a)
		d.Run(1)
	}
	require.ErrorIs(t, err, machine.ErrWindow)
	require.Equal(t, uint64(64+1), sent)
	require.NoError(t, d.ann.apply(d.a, machine.Close{}))
	d.Run(15)
	require.Equal(t, machine.PhaseDispute, d.a.State.Phase)
	// Mal shows an acknowledgement that it never sent.
	for _, l := range d.m.disk.received[:10] {
		ack := l.message.(protocol.Ack)
		signature := ack.Signature
		pair := signedOf(d.a.State.Sent.InFlight[9].Pair)
		pair.AckSignature = signature[:]
		_ = d.Chains[0].Deliver(&types.MsgUpdateBalanceProof{Submitter: d.mal.Account.String(), ChannelId: d.id.Channel, Pair: *pair})
	}
	ann, mal := d.paid()
	require.Equal(t, [2]uint64{10_000 - 64, 5_000 + 64}, [2]uint64{ann, mal})
}
