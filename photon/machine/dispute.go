package machine

import (
	"bytes"
	"slices"

	"github.com/meshchain/meshchain/x/channels/types"
)

// closed takes a close that is on chain, by either side.
func (x *step) closed(e *Closed) {
	if x.Phase == PhaseEnded {
		return
	}
	first := x.Dispute == nil
	if first {
		x.Dispute = newDispute(&e.Dispute)
	} else {
		x.Dispute.Held, x.Dispute.Claim = e.Dispute.Held, e.Dispute.Claim
	}
	x.Phase, x.Wait, x.Pact = PhaseDispute, WaitUpdateEnd, nil
	x.Connected, x.session = false, session{}
	x.dirty = true
	if first {
		x.notify(NoticeClosed{Closer: e.Dispute.Closer, Stale: x.contradicts(e.Dispute.Closer)})
	}
}

// contradicts tells whether this node's pair shows that the closer's claim is stale.
func (x *step) contradicts(closer uint8) bool {
	claim := &x.Dispute.Claim[closer]
	return closer == x.Peer() && x.Received.Newest.Nonce > 0 && (x.Received.Newest.Nonce > claim.Nonce ||
		x.Received.Newest.Nonce == claim.Nonce && !bytes.Equal(claim.Proof, x.Received.Pair.Proof[:]))
}

func (x *step) updated(e *Updated) {
	if x.Dispute == nil || e.Sender > 1 || !e.Raised {
		return
	}
	if p, err := types.ParseBalanceProof(e.Pair.Proof); err == nil {
		x.Dispute.Held[e.Sender] = Shown{Proof: e.Pair.Proof, Nonce: p.Nonce}
		x.dirty = true
	}
}

func (x *step) shown(sender uint8, claim bool) *Shown {
	switch {
	case x.Dispute == nil || sender > 1:
		return nil
	case claim:
		return &x.Dispute.Claim[sender]
	default:
		return &x.Dispute.Held[sender]
	}
}

func (x *step) unlocked(e *Unlocked) {
	if shown := x.shown(e.Sender, e.Claim); shown != nil {
		shown.Unlocked, shown.Counting = true, append([]uint64{}, e.Counting...)
		x.dirty = true
	}
}

func (x *step) disposalsShown(e *DisposalsShown) {
	if shown := x.shown(e.Sender, e.Claim); shown != nil && shown.Counting != nil {
		left := make([]uint64, 0, len(shown.Counting))
		for _, id := range shown.Counting {
			if !slices.Contains(e.LockIDs, id) {
				left = append(left, id)
			}
		}
		shown.Counting = left
		x.dirty = true
	}
}

// dispute does what a channel that is closed needs now: rule (4) of x/channels.
func (x *step) dispute() {
	switch d, clock := x.Dispute, x.View.Clock; {
	case clock < d.UpdateUntil:
		x.Wait = WaitUpdateEnd
		x.showPairs()
	case clock < d.UnlockUntil:
		x.Wait = WaitUnlockEnd
		x.unlock()
		x.showDisposals()
	case clock < d.SettleFrom:
		x.Wait = WaitSettleable
		x.showDisposals()
	default:
		x.Wait = WaitSettlement
		x.showDisposals()
		if x.again(d.SubmittedEnd) {
			d.SubmittedEnd = clock
			x.emit(Submit{SubmitSettle{Channel: x.Channel.Place.Channel}})
		}
	}
}

// showPairs shows the newest pair of each direction that the chain does not hold: the
// peer's, because it pays; the own one, because an older one with locks that are gone
// could be shown in its place.
func (x *step) showPairs() {
	var newest [2]uint64
	newest[x.Side], newest[x.Peer()] = x.Sent.Acked, x.Received.Newest.Nonce
	for sender := range newest {
		d := x.Dispute
		if newest[sender] == 0 || newest[sender] <= d.Held[sender].Nonce || !x.again(d.SubmittedPair[sender]) {
			continue
		}
		d.SubmittedPair[sender] = x.View.Clock
		pair := &x.Received.Pair
		if sender == int(x.Side) {
			pair = &x.Sent.Pair
		}
		x.emit(Submit{SubmitPair{Channel: x.Channel.Place.Channel, Pair: pair.SignedProof(), Until: d.UpdateUntil}})
	}
}

// unlock shows the locks of the peer behind the pair that is held, if one of them counts.
func (x *step) unlock() {
	d := x.Dispute
	held := &d.Held[x.Peer()]
	if held.Unlocked || !bytes.Equal(held.Proof, x.Received.Pair.Proof[:]) || !x.again(d.SubmittedLocks) {
		return
	}
	if !slices.ContainsFunc(x.Received.Locks, func(l *PendingLock) bool { return l.InTime() && !l.Disposed }) {
		return
	}
	d.SubmittedLocks = x.View.Clock
	x.emit(Submit{SubmitUnlock{
		Channel: x.Channel.Place.Channel, Sender: x.Peer(), Locks: encodeLocks(x.Received.Locks), Until: d.UnlockUntil,
	}})
}

// showDisposals takes own locks out again that the peer gave up and yet unlocked. The
// chain refuses a list with a lock that does not count; when it is not known which do,
// each goes alone.
func (x *step) showDisposals() {
	for which, claim := range [2]bool{false, true} {
		shown := x.shown(x.Side, claim)
		if !shown.Unlocked || !x.again(x.Dispute.SubmittedDisposals[which]) {
			continue
		}
		disposals := x.disposalsOf(shown.Counting)
		if len(disposals) == 0 {
			continue
		}
		x.Dispute.SubmittedDisposals[which] = x.View.Clock
		action := SubmitDisposals{Channel: x.Channel.Place.Channel, Sender: x.Side, Claim: claim, Disposals: disposals, Until: x.Dispute.SettleFrom}
		if shown.Counting != nil {
			x.emit(Submit{action})
			continue
		}
		for i := range disposals {
			action.Disposals = disposals[i : i+1]
			x.emit(Submit{action})
		}
	}
}

// disposalsOf returns the peer's disposals of own locks that count; of all if that is
// not known.
func (x *step) disposalsOf(counting []uint64) (disposals []types.Disposal) {
	add := func(l *PendingLock) {
		if l.Disposed && (counting == nil || slices.Contains(counting, l.ID)) && len(disposals) < types.MaxDisposals {
			disposals = append(disposals, types.Disposal{LockId: l.ID, Hash: bytes.Clone(l.Hash[:]), Signature: bytes.Clone(l.Disposal[:])})
		}
	}
	for _, l := range x.Sent.Locks {
		add(l)
	}
	for _, g := range x.Sent.Gone {
		add(&g.PendingLock)
	}
	return disposals
}
