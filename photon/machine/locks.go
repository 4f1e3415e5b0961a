package machine

import (
	"crypto/sha256"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// reveal takes the secret of a received lock from the node.
func (x *step) reveal(e *Reveal) error {
	at := find(x.Received.Locks, e.LockID)
	if at < 0 {
		return fmt.Errorf("%w: lock %d is not pending", ErrLock, e.LockID)
	}
	lock := x.Received.Locks[at]
	switch {
	case sha256.Sum256(e.Secret[:]) != lock.Hash:
		return fmt.Errorf("%w: secret %x... of lock %d with hash %x", ErrSecret, e.Secret[:4], lock.ID, lock.Hash)
	case lock.Disposed:
		return fmt.Errorf("%w: lock %d was disposed of", ErrLock, lock.ID)
	}
	if !lock.HasSecret {
		lock = edit(x.Received.Locks, at)
		lock.Secret, lock.HasSecret = e.Secret, true
		x.persist(PersistSecret)
	}
	if x.Phase == PhaseOpen && x.Connected && !x.session.passed[lock.ID] {
		x.sendReveal(lock)
	}
	x.registerSecrets(0)
	return nil
}

// pass shows a secret to the peer before it is durable.
func (x *step) pass(e *Pass) {
	at := find(x.Received.Locks, e.LockID)
	if at < 0 || x.Phase != PhaseOpen || !x.Connected {
		return
	}
	lock := x.Received.Locks[at]
	if lock.HasSecret || lock.Disposed || x.session.passed[lock.ID] || sha256.Sum256(e.Secret[:]) != lock.Hash {
		return
	}
	if x.session.passed == nil {
		x.session.passed = map[uint64]bool{}
	}
	x.session.passed[lock.ID] = true
	x.emit(Early{Send{protocol.Reveal{Place: x.Channel.Place, Sender: x.Peer(), LockID: lock.ID, Secret: e.Secret}}})
}

func (x *step) sendReveal(lock *PendingLock) {
	x.emit(Send{protocol.Reveal{Place: x.Channel.Place, Sender: x.Peer(), LockID: lock.ID, Secret: lock.Secret}})
}

// revealed takes the secret of an own lock from the peer. After the expiry it is too
// late: the lock is void, and what pays for it may be void as well.
func (x *step) revealed(m protocol.Reveal) {
	if m.Place != x.Channel.Place || m.Sender != x.Side {
		return
	}
	at := find(x.Sent.Locks, m.LockID)
	if at < 0 || x.Sent.Locks[at].HasSecret || x.Sent.Locks[at].Disposed || x.View.Clock > x.Sent.Locks[at].Expiry {
		return
	}
	if sha256.Sum256(m.Secret[:]) != x.Sent.Locks[at].Hash {
		x.fault(object(protocol.FaultState, "reveals another secret for lock %d", m.LockID))
		return
	}
	lock := edit(x.Sent.Locks, at)
	lock.Secret, lock.HasSecret = m.Secret, true
	x.emit(Early{Notify{NoticeLearned{Lock: *lock}}})
	x.ownSecret(lock, m.Secret, false)
}

// ownSecret notes the secret of an own lock: it will be paid.
func (x *step) ownSecret(lock *PendingLock, secret [types.SecretLength]byte, onChain bool) {
	lock.Secret, lock.HasSecret = secret, true
	x.persist(PersistSecret)
	x.notify(NoticeSecret{Lock: *lock, OnChain: onChain})
}

// pay clears an own lock.
func (x *step) pay(e *Pay) error {
	at := find(x.Sent.Locks, e.LockID)
	if at < 0 {
		return fmt.Errorf("%w: lock %d is not pending", ErrLock, e.LockID)
	}
	if lock := x.Sent.Locks[at]; !lock.HasSecret || lock.Disposed {
		return fmt.Errorf("%w: lock %d: must have a known secret and not be disposed of", ErrLock, e.LockID)
	}
	edit(x.Sent.Locks, at).Cleared = true
	x.emit(Want{})
	return nil
}

// dispose gives up a received lock on the node's order.
func (x *step) dispose(e *Dispose) error {
	if x.Phase != PhaseOpen {
		return fmt.Errorf("%w: channel %d is in phase %s: must be open", ErrPhase, x.Channel.Place.Channel, x.Phase)
	}
	if !x.Connected {
		return fmt.Errorf("%w: waiting for %s", ErrNotConnected, x.Wait)
	}
	at := find(x.Received.Locks, e.LockID)
	if at < 0 {
		return fmt.Errorf("%w: lock %d is not pending", ErrLock, e.LockID)
	}
	lock := x.Received.Locks[at]
	switch {
	case lock.HasSecret || lock.InTime():
		return fmt.Errorf("%w: lock %d: its secret is known: it will be paid", ErrLock, e.LockID)
	case len(e.Failure) > protocol.MaxFailure:
		return fmt.Errorf("%w: failure has %d bytes: must have at most %d", ErrLock, len(e.Failure), protocol.MaxFailure)
	case !lock.Disposed:
		x.giveUp(at, e.Reason, e.Failure)
	}
	return nil
}

// giveUp signs the disposal of a received lock.
func (x *step) giveUp(at int, reason protocol.Reason, failure []byte) {
	lock := edit(x.Received.Locks, at)
	lock.Disposed, lock.Reason = true, reason
	lock.Disposal = x.signer.Sign(x.disposal(x.Peer(), lock).Bytes())
	x.persist(PersistDisposing)
	x.sendDispose(lock, failure)
}

func (x *step) disposal(sender uint8, lock *PendingLock) types.DisposalOf {
	return types.DisposalOf{Place: x.Channel.Place, Sender: sender, LockID: lock.ID, Hash: lock.Hash}
}

func (x *step) sendDispose(lock *PendingLock, failure []byte) {
	m := &protocol.Dispose{Signature: lock.Disposal, Reason: lock.Reason, Failure: failure}
	copy(m.Signed[:], x.disposal(x.Peer(), lock).Bytes())
	x.emit(Send{m})
}

// disposed takes the peer's word that an own lock is void.
func (x *step) disposed(m *protocol.Dispose) {
	d, err := types.ParseDisposal(m.Signed[:])
	if err != nil {
		x.fault(object(protocol.FaultMalformed, "%s", err))
		return
	}
	if d.Place != x.Channel.Place || d.Sender != x.Side {
		return
	}
	at := find(x.Sent.Locks, d.LockID)
	if at < 0 || x.Sent.Locks[at].Disposed {
		return
	}
	lock := x.Sent.Locks[at]
	if d.Hash != lock.Hash {
		x.fault(object(protocol.FaultState, "disposes of lock %d with another hash", d.LockID))
		return
	}
	if err := x.PeerKey().CheckSignature("disposal", m.Signed[:], m.Signature[:]); err != nil {
		x.fault(object(protocol.FaultSignature, "%s", err))
		return
	}
	lock = edit(x.Sent.Locks, at)
	lock.Disposed, lock.Disposal, lock.Reason = true, m.Signature, m.Reason
	x.persist(PersistDisposed)
	x.notify(NoticeDisposed{Lock: *lock, Reason: m.Reason, Failure: m.Failure})
	x.emit(Want{})
}

// secretRegistered takes a secret that is on record on this chain, or on another.
func (x *step) secretRegistered(e *SecretRegistered) {
	hash := sha256.Sum256(e.Secret[:])
	changed := false
	for i, lock := range x.Received.Locks {
		if lock.Hash != hash {
			continue
		}
		if !e.OnOther && lock.RegisteredAt == 0 {
			lock = edit(x.Received.Locks, i)
			lock.RegisteredAt, changed = e.At, true
		}
		if !lock.HasSecret && !lock.Disposed {
			lock = edit(x.Received.Locks, i)
			lock.Secret, lock.HasSecret, changed = e.Secret, true, true
		}
	}
	if changed {
		x.persist(PersistSecret)
		if e.OnOther {
			x.registerSecrets(x.Channel.Challenge) // what is public there must be on record here
		}
	}
	for i, lock := range x.Sent.Locks {
		if lock.Hash == hash {
			x.ownRegistered(i, e)
		}
	}
}

func (x *step) ownRegistered(i int, e *SecretRegistered) {
	at, lock := e.At, x.Sent.Locks[i]
	if e.OnOther {
		at = x.View.Clock
	} else if lock.RegisteredAt == 0 {
		lock = edit(x.Sent.Locks, i)
		lock.RegisteredAt = e.At
	}
	switch {
	case lock.HasSecret || lock.Disposed:
		return
	case at > lock.Expiry:
		x.persist(PersistSecret)
		known := *lock
		known.Secret, known.HasSecret = e.Secret, true
		x.notify(NoticeSecret{Lock: known, Late: true})
	default:
		x.ownSecret(edit(x.Sent.Locks, i), e.Secret, !e.OnOther)
	}
}

// Unasked appends the hashes that the chain must be asked about after each Header: of
// own locks that have expired, and of received ones whose secret was submitted. The
// answer is SecretRegistered or SecretAbsent. Events do not tell of secrets that were on
// record before the lock was made; whoever relied on events alone could be made to take
// a lock for void that counts.
func (s *State) Unasked(hashes []types.Hash) []types.Hash {
	for _, l := range s.Sent.Locks {
		if !l.Disposed && !l.HasSecret && l.RegisteredAt == 0 && !l.Absent && s.View.Clock > l.Expiry+s.Config.ExpiryMargin {
			hashes = append(hashes, l.Hash)
		}
	}
	for _, l := range s.Received.Locks {
		if !l.Disposed && l.HasSecret && l.RegisteredAt == 0 && !l.Absent && (l.Submitted != 0 || s.View.Clock > l.Expiry) {
			hashes = append(hashes, l.Hash)
		}
	}
	return hashes
}

// secretAbsent notes that a lock which has expired is void for certain.
func (x *step) secretAbsent(e *SecretAbsent) {
	absent := func(locks []*PendingLock, i int) bool {
		l := locks[i]
		if l.Hash != e.Hash || l.Absent || l.RegisteredAt != 0 || e.Clock <= l.Expiry {
			return false
		}
		edit(locks, i).Absent, x.dirty = true, true
		return true
	}
	for i, l := range x.Received.Locks {
		if absent(x.Received.Locks, i) && l.HasSecret {
			x.notify(NoticeExpired{Lock: *x.Received.Locks[i]})
		}
	}
	for i, l := range x.Sent.Locks {
		if absent(x.Sent.Locks, i) && !l.HasSecret {
			x.notify(NoticeExpired{Own: true, Lock: *x.Sent.Locks[i]})
			x.emit(Want{})
		}
	}
}

// registerSecrets submits the secrets of received locks that the peer has not resolved,
// if they expire within lead of the usual lead; all of them once the channel closes.
func (x *step) registerSecrets(lead uint64) {
	lead = max(lead, x.Config.RegisterBefore)
	closing := x.Phase == PhaseClosing || x.Phase == PhaseDispute || x.Phase == PhaseRestored || x.Broken || x.PeerRestored
	action := SubmitSecrets{Channel: x.Channel.Place.Channel, Until: ^uint64(0)}
	for i, lock := range x.Received.Locks {
		if !lock.HasSecret || lock.Disposed || lock.RegisteredAt != 0 || x.View.Clock > lock.Expiry {
			continue
		}
		if !closing && x.View.Clock+lead < lock.Expiry || !x.again(lock.Submitted) {
			continue
		}
		edit(x.Received.Locks, i).Submitted = x.View.Clock
		action.Secrets = append(action.Secrets, lock.Secret)
		action.Until = min(action.Until, lock.Expiry)
	}
	if len(action.Secrets) > 0 {
		x.emit(Submit{action})
	}
}

// again tells whether something that was submitted at a clock is due to be submitted
// (again).
func (x *step) again(submitted uint64) bool {
	return submitted == 0 || x.View.Clock >= submitted+x.Config.Resubmit
}

// Wanted appends the entries that the next own batch should have: locks to resolve that
// are cleared, and void locks to remove.
func (s *State) Wanted(ops []protocol.Op) []protocol.Op {
	for _, lock := range s.Sent.Locks {
		switch {
		case s.void(lock):
			ops = append(ops, protocol.Op{Kind: types.EntryRemove, LockID: lock.ID, PaymentID: lock.PaymentID})
		case lock.Cleared:
			ops = append(ops, protocol.Op{Kind: types.EntryResolve, LockID: lock.ID, PaymentID: lock.PaymentID, Amount: lock.Amount, Secret: lock.Secret})
		}
	}
	return ops
}

// void tells whether an own lock may be removed unpaid.
func (s *State) void(lock *PendingLock) bool {
	return lock.Disposed || !lock.HasSecret && lock.TooLate() && s.View.Clock > lock.Expiry+s.Config.ExpiryMargin
}

func (s *State) hasWanted() bool {
	for _, lock := range s.Sent.Locks {
		if lock.Cleared || s.void(lock) {
			return true
		}
	}
	return false
}
