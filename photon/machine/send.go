package machine

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// MayPay tells whether a batch may be signed now: nil, or the reason why not. Callers
// use it to hold payments back; SendBatch checks it again.
func (s *State) MayPay(now Now) error {
	switch {
	case s.Phase == PhaseRestored:
		return fmt.Errorf("%w: only a cooperative close or a withdraw heals it", ErrRestored)
	case s.Phase != PhaseOpen:
		return fmt.Errorf("%w: channel %d is in phase %s: must be open", ErrPhase, s.Channel.Place.Channel, s.Phase)
	case s.Broken || s.PeerRestored:
		return fmt.Errorf("%w: the peer took an illegal step or lost data: close channel %d", ErrPhase, s.Channel.Place.Channel)
	case s.Pact != nil:
		return fmt.Errorf("%w: %s under way", ErrQuiet, s.Pact.Agreement)
	case !s.Connected:
		return fmt.Errorf("%w: waiting for %s", ErrNotConnected, s.Wait)
	}
	return s.withinReach(now)
}

// withinReach is the offline bound: whatever the peer does on chain now, the node is
// back before the update phase ends.
func (s *State) withinReach(now Now) error {
	if now == 0 {
		return fmt.Errorf("%w: there is no trusted clock", ErrOffline)
	}
	back := s.Config.ReturnTime
	if back == 0 {
		back = s.Channel.Challenge / 2
	}
	limit := s.View.Synced + s.Channel.Challenge
	if uint64(now)+back+types.RevealPeriod >= limit {
		return fmt.Errorf("%w: now %d + return time %d + %d: must be below synced %d + challenge %d", ErrOffline,
			now, back, types.RevealPeriod, s.View.Synced, s.Channel.Challenge)
	}
	return nil
}

// fresh tells whether the newest header is new enough to decide about locks.
func (s *State) fresh(now Now) bool {
	return now != 0 && uint64(now) <= s.View.Time+s.Config.StaleAfter
}

// sendBatch signs the next proof.
func (x *step) sendBatch(e *SendBatch) error {
	if err := x.MayPay(e.Now); err != nil {
		return err
	}
	sum := &e.Summary
	if sum.Count == 0 || sum.Count > protocol.MaxEntries || sum.Size > protocol.MaxEntriesLength {
		return fmt.Errorf("%w: %d entries of %d bytes: must be 1 to %d entries of at most %d bytes", ErrBatch,
			sum.Count, sum.Size, protocol.MaxEntries, protocol.MaxEntriesLength)
	}
	if n := len(x.Sent.InFlight); n >= int(x.Config.WindowBatches) || n > 0 && x.Sent.Bytes+uint64(sum.Size) > x.Config.WindowBytes {
		return fmt.Errorf("%w: %d batches, %d bytes: must be at most %d and %d", ErrWindow, n, x.Sent.Bytes, x.Config.WindowBatches, x.Config.WindowBytes)
	}
	nonce := max(x.Sent.Newest.Nonce+1, x.NonceFloor)
	if nonce <= x.Sent.Newest.Nonce {
		return fmt.Errorf("%w: no nonce is left after %d", ErrBatch, x.Sent.Newest.Nonce)
	}
	change, err := x.changeLocks(sum, e.Now)
	if err != nil {
		return err
	}
	proof, err := nextProof(x.Channel.Place, x.Side, nonce, &x.Sent.Newest, sum, &change)
	if err != nil {
		return err
	}
	if _, ok := available(x.Channel.Deposit[x.Side], proof.Transferred, proof.Locked, x.Received.Newest.Transferred); !ok {
		return fmt.Errorf("%w: the batch pays %s and leaves %s locked: available are %s", ErrCapacity, change.delta, proof.Locked, x.Available())
	}

	record := &BatchRecord{Own: true, Epoch: proof.Epoch, Nonce: nonce, Previous: x.Head(), Count: sum.Count, Delta: change.delta}
	copy(record.Pair.Proof[:], proof.Bytes())
	record.Pair.Signature = x.signer.Sign(record.Pair.Proof[:])
	x.Sent.Newest, x.Sent.Signed = proof, record.Pair
	x.Sent.InFlight = append(x.Sent.InFlight, InFlight{Pair: record.Pair, Nonce: nonce, Size: sum.Size})
	x.Sent.Bytes += uint64(sum.Size)
	if change.touched {
		x.Sent.Locks, x.Sent.LastLockID = change.locks, change.last
		for _, gone := range change.gone {
			gone.Nonce = nonce
		}
		x.Sent.Gone = append(x.Sent.Gone, change.gone...)
		slices.SortFunc(x.Sent.Gone, func(a, b *GoneLock) int { return cmp.Compare(a.ID, b.ID) })
	}
	x.emit(Persist{Point: PersistSent, Batch: record}, SendSigned{record})
	return nil
}

// lockChange is what the entries of a batch do to a list of locks.
type lockChange struct {
	// delta is direct payments and resolved locks together.
	delta types.Uint128
	// touched tells that the fields below count.
	touched bool
	locks   []*PendingLock
	last    uint64
	gone    []*GoneLock
	added   int
}

// nextProof is the only legal proof after newest for a batch.
func nextProof(place types.Place, sender uint8, nonce uint64, newest *types.BalanceProof, sum *protocol.Summary, change *lockChange) (types.BalanceProof, error) {
	p := types.BalanceProof{Place: place, Sender: sender, Nonce: nonce, Locked: newest.Locked, LocksRoot: newest.LocksRoot, LockCount: newest.LockCount}
	var ok bool
	if p.Transferred, ok = newest.Transferred.Add(change.delta); !ok {
		return p, fmt.Errorf("%w: transferred %s + %s: must be below 2^128", ErrBatch, newest.Transferred, change.delta)
	}
	if change.touched {
		p.Locked, p.LocksRoot, p.LockCount = rootOf(change.locks)
	}
	if err := p.Validate(); err != nil {
		return p, fmt.Errorf("%w: %s", ErrBatch, err.Error())
	}
	p.LogHead = types.Head{
		Previous: head(place, sender, newest), Epoch: place.Epoch, Nonce: nonce, Count: sum.Count, Delta: change.delta, Root: sum.Root,
	}.Hash()
	return p, nil
}

// rootOf returns sum, root and length of a list.
func rootOf(pending []*PendingLock) (sum types.Uint128, root types.Hash, count uint16) {
	if len(pending) == 0 {
		return sum, root, 0
	}
	encoded := encodeLocks(pending)
	for i := range pending {
		sum, _ = sum.Add(pending[i].Amount) // the available sum bounds it
	}
	return sum, types.LocksRoot(encoded), uint16(len(pending)) //nolint:gosec // at most MaxLocks
}

func encodeLocks(pending []*PendingLock) []byte {
	encoded := make([]byte, 0, len(pending)*types.LockLength)
	for i := range pending {
		encoded = pending[i].AppendTo(encoded)
	}
	return encoded
}

// changeLocks checks the entries on locks of an own batch and returns what they do. It
// changes nothing.
func (x *step) changeLocks(sum *protocol.Summary, now Now) (c lockChange, err error) {
	c.delta = sum.Direct
	if len(sum.Ops) == 0 {
		return c, nil
	}
	c.touched, c.last = true, x.Sent.LastLockID
	c.locks = append(make([]*PendingLock, 0, len(x.Sent.Locks)+len(sum.Ops)), x.Sent.Locks...)
	for i := range sum.Ops {
		op := &sum.Ops[i]
		if op.Kind == types.EntryLock {
			if err := x.mayLock(op, &c, now); err != nil {
				return c, err
			}
			continue
		}
		at := find(c.locks, op.LockID)
		if at < 0 {
			return c, fmt.Errorf("%w: entry %d: lock %d is not pending", ErrLock, op.Index, op.LockID)
		}
		gone := &GoneLock{PendingLock: *c.locks[at], Resolved: op.Kind == types.EntryResolve}
		switch {
		case op.Kind == types.EntryRemove:
			if err := x.mayRemove(&gone.PendingLock); err != nil {
				return c, err
			}
		case gone.Disposed:
			return c, fmt.Errorf("%w: entry %d: lock %d was disposed of", ErrLock, op.Index, op.LockID)
		default:
			if err := c.resolve(op, &gone.PendingLock); err != nil {
				return c, err
			}
		}
		c.gone = append(c.gone, gone)
		c.locks = slices.Delete(c.locks, at, at+1)
	}
	return c, nil
}

// resolve checks the secret and adds the amount to delta.
func (c *lockChange) resolve(op *protocol.Op, lock *PendingLock) error {
	if sha256.Sum256(op.Secret[:]) != lock.Hash || op.Amount != lock.Amount {
		return fmt.Errorf("%w: entry %d: lock %d over %s with hash %x: secret %x... for %s", ErrSecret,
			op.Index, lock.ID, lock.Amount, lock.Hash, op.Secret[:4], op.Amount)
	}
	total, ok := c.delta.Add(lock.Amount)
	if !ok {
		return fmt.Errorf("%w: amounts of the batch: must be below 2^128 together", ErrBatch)
	}
	c.delta = total
	lock.Secret, lock.HasSecret = op.Secret, true
	return nil
}

// LockDeadline returns the latest expiry that a new own lock may have now.
func (s *State) LockDeadline() uint64 {
	lead := uint64(types.RevealPeriod) + s.Config.LockSlack
	if s.Channel.Challenge < lead {
		return s.View.Clock
	}
	return s.View.Clock + s.Channel.Challenge - lead
}

// mayLock checks a new own lock and adds it.
func (x *step) mayLock(op *protocol.Op, c *lockChange, now Now) error {
	earliest, latest := x.View.Clock+x.Config.MinLockTime, x.LockDeadline()
	switch {
	case !x.fresh(now):
		return fmt.Errorf("%w: newest header is of %d, now is %d: must be at most %d s old", ErrStale, x.View.Time, now, x.Config.StaleAfter)
	case op.LockID != c.last+1:
		return fmt.Errorf("%w: entry %d: new lock has id %d: must be %d", ErrLock, op.Index, op.LockID, c.last+1)
	case len(c.locks) >= types.MaxLocks:
		return fmt.Errorf("%w: entry %d: %d locks are pending: must be at most %d", ErrLock, op.Index, len(c.locks), types.MaxLocks)
	case op.Expiry < earliest || op.Expiry > latest:
		return fmt.Errorf("%w: entry %d: lock expires at %d: must be %d to %d", ErrLock, op.Index, op.Expiry, earliest, latest)
	}
	c.add(op)
	return nil
}

func (c *lockChange) add(op *protocol.Op) {
	c.locks = append(c.locks, &PendingLock{
		Lock:      types.Lock{ID: op.LockID, Amount: op.Amount, Hash: op.Hash, Expiry: op.Expiry},
		PaymentID: op.PaymentID, Packet: op.Packet,
	})
	c.last = op.LockID
	c.added++
}

// mayRemove checks that an own lock is void.
func (x *step) mayRemove(lock *PendingLock) error {
	switch {
	case x.void(lock):
		return nil
	case lock.HasSecret || lock.InTime():
		return fmt.Errorf("%w: lock %d: its secret is known: must be resolved", ErrLock, lock.ID)
	}
	return fmt.Errorf("%w: lock %d expires at %d, the clock is %d: must be past by %d or disposed of", ErrLock,
		lock.ID, lock.Expiry, x.View.Clock, x.Config.ExpiryMargin)
}

// find returns the index of a lock, or −1.
func find(locks []*PendingLock, id uint64) int {
	at, ok := slices.BinarySearchFunc(locks, id, func(l *PendingLock, id uint64) int { return cmp.Compare(l.ID, id) })
	if !ok {
		return -1
	}
	return at
}

// edit puts a copy in the place of a lock, and returns it to be changed.
func edit(locks []*PendingLock, at int) *PendingLock {
	l := *locks[at]
	locks[at] = &l
	return &l
}
