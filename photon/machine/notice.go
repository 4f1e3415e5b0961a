package machine

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Notice is something that people or the layers above want to know.
type Notice interface{ notice() }

// NoticeReady says that the channel is re-established; payments go.
type NoticeReady struct{}

// NoticeLockAdded says that a received lock is acknowledged; whoever mediates or is paid acts.
type NoticeLockAdded struct{ Lock PendingLock }

// NoticeLockResolved says that a lock was paid. Own is a lock of this node.
type NoticeLockResolved struct {
	Own  bool
	Lock PendingLock
}

// NoticeLockRemoved says that a lock is gone unpaid, for good: the proof without it is
// acknowledged. Own is a lock of this node.
type NoticeLockRemoved struct {
	Own  bool
	Lock PendingLock
}

// NoticeLearned says that the peer showed the secret of an own lock, which is not durable yet:
// enough to pass it on, not to pay. NoticeSecret follows.
type NoticeLearned struct{ Lock PendingLock }

// NoticeSecret says that the secret of an own lock is known, from the peer or from a chain. It
// must go to where the payment came from at once; then the lock is paid by the event
// Pay. After a start, whoever sent locks looks for those that have a secret in
// State.Sent.Locks: the notice does not come again.
type NoticeSecret struct {
	Lock PendingLock
	// OnChain tells that it is on record there: the lock counts, whatever happens.
	OnChain bool
	// Late tells that it came after the expiry: the lock is void, but the secret is known.
	Late bool
}

// NoticeDisposed says that the peer gave up an own lock; it will be removed with the next batch.
// The disposal is held durably: the lock is void from now on.
type NoticeDisposed struct {
	Lock    PendingLock
	Reason  protocol.Reason
	Failure []byte
}

// NoticeExpired says that a lock has expired, and the chain has no secret in time: it is void. Of
// a received lock whose secret is unknown, only that it has expired.
type NoticeExpired struct {
	Own  bool
	Lock PendingLock
}

// NoticeDraftRefused says that the peer does not sign.
type NoticeDraftRefused struct {
	Agreement protocol.Agreement
	Code      protocol.RefuseCode
	Text      string
}

// NoticeWithdrawn says that a new epoch started.
type NoticeWithdrawn struct{ Epoch uint64 }

// NoticeVoid says that an agreement or a close did not come in time; the channel goes on.
type NoticeVoid struct{ What string }

// NoticeClosed says that the chain has a close by Closer.
type NoticeClosed struct {
	Closer uint8
	// Stale tells that the pair which this node holds contradicts the closer's claim.
	Stale bool
}

// NoticeEnded says that the channel paid out.
type NoticeEnded struct {
	Payouts     [2]types.Uint128
	Cooperative bool
	Stale       [2]bool
}

// NoticeRestored says that this node's store is older than what it signed.
type NoticeRestored struct{ Shown, Stored uint64 }

// NoticePeerRestored says that the peer lost data.
type NoticePeerRestored struct{ Nonce uint64 }

// NoticeFault says that the peer did something wrong. Evidence is set for equivocation: two
// proofs of the peer for one nonce.
type NoticeFault struct {
	Code protocol.FaultCode
	Text string
	// ByPeer tells that the peer says so of this node.
	ByPeer   bool
	Evidence *Equivocation
}

// Equivocation are two different proofs for one nonce, both signed by their sender.
type Equivocation struct{ First, Second protocol.Pair }

func (NoticeReady) notice()        {}
func (NoticeLockAdded) notice()    {}
func (NoticeLockResolved) notice() {}
func (NoticeLockRemoved) notice()  {}
func (NoticeLearned) notice()      {}
func (NoticeSecret) notice()       {}
func (NoticeDisposed) notice()     {}
func (NoticeExpired) notice()      {}
func (NoticeDraftRefused) notice() {}
func (NoticeWithdrawn) notice()    {}
func (NoticeVoid) notice()         {}
func (NoticeClosed) notice()       {}
func (NoticeEnded) notice()        {}
func (NoticeRestored) notice()     {}
func (NoticePeerRestored) notice() {}
func (NoticeFault) notice()        {}
