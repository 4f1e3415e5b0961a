package machine

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// objection is why a batch of the peer is not taken.
type objection struct {
	code protocol.FaultCode
	text string
}

func object(code protocol.FaultCode, format string, args ...any) *objection {
	return &objection{code, fmt.Sprintf(format, args...)}
}

// receivedBatch acknowledges a legal step of the peer. Whatever is not legal is never
// acknowledged: the last good pair is kept.
func (x *step) receivedBatch(e *ReceivedBatch) {
	if x.Phase != PhaseOpen || !x.Connected || x.Broken || x.PeerRestored {
		return // silent: it comes again after the next re-establish
	}
	signed := types.SignedProof{Proof: e.Proof[:], Signature: e.Signature[:]}
	p, err := types.ParseBalanceProof(e.Proof[:])
	if err != nil {
		x.fault(object(protocol.FaultMalformed, "%s", err))
		return
	}
	if p.Channel == x.Channel.Place.Channel && p.Domain == x.Channel.Domain && p.Epoch != x.Channel.Epoch {
		x.fault(object(protocol.FaultNotYet, "batch of epoch %d, here it is %d", p.Epoch, x.Channel.Epoch))
		return
	}
	if _, err := signed.CheckSender(x.Channel.Place, x.Peer(), x.PeerKey()); err != nil {
		x.fault(object(protocol.FaultSignature, "%s", err))
		return
	}
	switch newest := &x.Received.Newest; {
	case p.Nonce == newest.Nonce && e.Proof != x.Received.Pair.Proof:
		x.equivocation(protocol.Pair{Proof: e.Proof, Signature: e.Signature})
		return
	case p.Nonce <= newest.Nonce:
		x.emit(ResendAcks{Epoch: p.Epoch, After: p.Nonce - 1, UpTo: p.Nonce})
		return
	case e.Previous != head(x.Channel.Place, x.Peer(), newest):
		x.fault(object(protocol.FaultNotYet, "batch %d goes on from head %x..., here it is another: send again from nonce %d", p.Nonce, e.Previous[:4], newest.Nonce))
		return
	}
	change, no := x.legal(&p, e)
	if no != nil {
		x.fault(no)
		return
	}
	x.accept(p, e, &change)
}

// legal checks everything that rule (2) of x/channels asks of the next step.
func (x *step) legal(p *types.BalanceProof, e *ReceivedBatch) (c lockChange, no *objection) {
	sum := &e.Summary
	if sum.Count == 0 {
		return c, object(protocol.FaultStep, "batch %d is empty", p.Nonce)
	}
	if err := x.withinReach(e.Now); err != nil {
		return c, object(protocol.FaultNotYet, "%s", err)
	}
	if c, no = x.peerLocks(sum, e.Now); no != nil {
		return c, no
	}
	if e.Delta != c.delta {
		return c, object(protocol.FaultStep, "batch %d: its payments sum up to %s, it says %s", p.Nonce, c.delta, e.Delta)
	}
	want, err := nextProof(x.Channel.Place, x.Peer(), p.Nonce, &x.Received.Newest, sum, &c)
	if err != nil {
		return c, object(protocol.FaultStep, "batch %d: %s", p.Nonce, err)
	}
	if want != *p {
		return c, object(protocol.FaultStep, "batch %d: %s", p.Nonce, difference(&want, p))
	}
	if _, ok := available(x.Channel.Deposit[x.Peer()], p.Transferred, p.Locked, x.Sent.Newest.Transferred); !ok {
		// It may count on a deposit that this node has not seen yet.
		return c, object(protocol.FaultNotYet, "batch %d: transferred %s, locked %s: deposit %s and %s received do not cover it", p.Nonce,
			p.Transferred, p.Locked, x.Channel.Deposit[x.Peer()], x.Sent.Newest.Transferred)
	}
	return c, nil
}

func difference(want, got *types.BalanceProof) string {
	switch {
	case want.Transferred != got.Transferred:
		return fmt.Sprintf("transferred %s: must be %s", got.Transferred, want.Transferred)
	case want.Locked != got.Locked || want.LocksRoot != got.LocksRoot || want.LockCount != got.LockCount:
		return fmt.Sprintf("%d locks of %s: must be %d of %s", got.LockCount, got.Locked, want.LockCount, want.Locked)
	default:
		return fmt.Sprintf("head %x...: must be %x...", got.LogHead[:4], want.LogHead[:4])
	}
}

// peerLocks checks the entries on locks of the peer's batch.
func (x *step) peerLocks(sum *protocol.Summary, now Now) (c lockChange, no *objection) {
	c.delta = sum.Direct
	if len(sum.Ops) == 0 {
		return c, nil
	}
	c.touched, c.last = true, x.Received.LastLockID
	c.locks = append(make([]*PendingLock, 0, len(x.Received.Locks)+len(sum.Ops)), x.Received.Locks...)
	for i := range sum.Ops {
		op := &sum.Ops[i]
		if op.Kind == types.EntryLock {
			if no := x.mayTakeLock(op, &c, now); no != nil {
				return c, no
			}
			continue
		}
		at := find(c.locks, op.LockID)
		if at < 0 {
			return c, object(protocol.FaultStep, "entry %d: lock %d is not pending", op.Index, op.LockID)
		}
		gone := &GoneLock{PendingLock: *c.locks[at], Resolved: op.Kind == types.EntryResolve}
		if gone.Resolved {
			if err := c.resolve(op, &gone.PendingLock); err != nil {
				return c, object(protocol.FaultStep, "%s", err)
			}
		} else if no := x.mayDrop(op, &gone.PendingLock); no != nil {
			return c, no
		}
		c.gone = append(c.gone, gone)
		c.locks = slices.Delete(c.locks, at, at+1)
	}
	return c, nil
}

// mayTakeLock checks a new lock of the peer. What may become right when this node has
// seen more of the chain is "not yet".
func (x *step) mayTakeLock(op *protocol.Op, c *lockChange, now Now) *objection {
	latest := x.View.Clock + x.Channel.Challenge - types.RevealPeriod
	switch {
	case op.LockID != c.last+1:
		return object(protocol.FaultStep, "entry %d: new lock has id %d: must be %d", op.Index, op.LockID, c.last+1)
	case len(c.locks) >= types.MaxLocks:
		return object(protocol.FaultStep, "entry %d: %d locks are pending: must be at most %d", op.Index, len(c.locks), types.MaxLocks)
	case !x.fresh(now):
		return object(protocol.FaultNotYet, "entry %d: lock while this node's view of the chain is stale", op.Index)
	case op.Expiry > latest:
		return object(protocol.FaultNotYet, "entry %d: lock expires at %d: must be at most %d now", op.Index, op.Expiry, latest)
	}
	c.add(op)
	return nil
}

// mayDrop checks that a lock of the peer may go unpaid: it was disposed of by this
// node, or it has expired and the chain got no secret in time; if this node knows the
// secret, for certain.
func (x *step) mayDrop(op *protocol.Op, lock *PendingLock) *objection {
	switch {
	case lock.Disposed:
		return nil
	case lock.InTime():
		return object(protocol.FaultStep, "entry %d: lock %d: its secret was registered at %d, in time for %d: must be resolved",
			op.Index, lock.ID, lock.RegisteredAt, lock.Expiry)
	case x.View.Clock <= lock.Expiry:
		return object(protocol.FaultNotYet, "entry %d: lock %d expires at %d, the clock is %d", op.Index, lock.ID, lock.Expiry, x.View.Clock)
	case lock.HasSecret && !lock.TooLate():
		return object(protocol.FaultNotYet, "entry %d: lock %d: the chain was not asked yet whether its secret is on record", op.Index, lock.ID)
	}
	return nil
}

// accept takes a legal step: persisted first, then acknowledged and delivered.
func (x *step) accept(p types.BalanceProof, e *ReceivedBatch, c *lockChange) {
	record := &BatchRecord{
		Epoch: p.Epoch, Nonce: p.Nonce, Previous: e.Previous, Count: e.Summary.Count, Delta: c.delta,
		Pair: protocol.Pair{Proof: e.Proof, Signature: e.Signature},
	}
	ack := types.Ack{Place: p.Place, Sender: p.Sender, Nonce: p.Nonce, ProofHash: sha256.Sum256(e.Proof[:])}
	record.Pair.Ack = x.signer.Sign(ack.Bytes())
	x.Received.Newest, x.Received.Pair = p, record.Pair
	if c.touched {
		x.Received.Locks, x.Received.LastLockID = c.locks, c.last
	}
	x.emit(Persist{Point: PersistReceived, Batch: record},
		Send{protocol.Ack{Place: p.Place, Sender: p.Sender, Nonce: p.Nonce, Signature: record.Pair.Ack}},
		Deliver{Nonce: p.Nonce})
	for _, gone := range c.gone {
		delete(x.session.passed, gone.ID)
		if gone.Resolved {
			x.notify(NoticeLockResolved{Lock: gone.PendingLock})
		} else {
			x.notify(NoticeLockRemoved{Lock: gone.PendingLock})
		}
	}
	// Those added last are at the end, unless the same batch took them out again.
	for i := max(0, len(c.locks)-c.added); i < len(c.locks); i++ {
		if reason := x.unwelcome(i); reason != protocol.ReasonUnspecified {
			x.giveUp(i, reason, nil)
			continue
		}
		x.notify(NoticeLockAdded{Lock: *c.locks[i]})
	}
}

// unwelcome tells why a legal lock is given up at once. Limits of a node are no rule of
// the channel, for the peer may not know them; so the batch is taken and the lock is
// void before anybody relies on it.
func (x *step) unwelcome(at int) protocol.Reason {
	lock, pending := x.Received.Locks[at], 0
	for i := range at {
		if !x.Received.Locks[i].Disposed {
			pending++
		}
	}
	switch {
	case pending >= int(x.Config.MaxSlots):
		return protocol.ReasonSlots
	case lock.Amount.Less(x.Config.Dust):
		return protocol.ReasonDust
	case lock.Expiry < x.View.Clock+x.Config.MinLockTime:
		return protocol.ReasonExpiry
	}
	return protocol.ReasonUnspecified
}
