package machine

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// snapshot takes the channel as it is in the state, after a gap in the events.
func (x *step) snapshot(e *Snapshot) error {
	ch := e.Channel
	if ch.Domain != x.Channel.Domain || ch.Place.Channel != x.Channel.Place.Channel {
		return fmt.Errorf("%w: snapshot of channel %d: must be channel %d", ErrNotMine, ch.Place.Channel, x.Channel.Place.Channel)
	}
	if ch.Epoch > x.Channel.Epoch {
		x.withdrawn(&Withdrawn{Epoch: ch.Epoch, Deposit: ch.Deposit, Key: ch.Key})
	} else if ch.Deposit != x.Channel.Deposit {
		x.Channel.Deposit = ch.Deposit
		x.dirty = true
	}
	if e.Dispute != nil {
		x.closed(&Closed{Closer: e.Dispute.Closer, Dispute: *e.Dispute})
	}
	return nil
}

func (x *step) deposited(e *Deposited) {
	if e.Participant > 1 || e.Total.Less(x.Channel.Deposit[e.Participant]) {
		return // deposits only grow within an epoch
	}
	x.Channel.Deposit[e.Participant] = e.Total
	x.dirty = true
}

// withdrawn begins an epoch: every proof of the one before is void, on both sides.
func (x *step) withdrawn(e *Withdrawn) {
	if e.Epoch <= x.Channel.Epoch {
		return
	}
	x.Channel.Epoch, x.Channel.Deposit, x.Channel.Key = e.Epoch, e.Deposit, e.Key
	x.Sent, x.Received = Outgoing{}, Incoming{}
	x.Pact, x.Closing, x.Restored, x.PeerRestored, x.Broken = nil, nil, nil, false, false
	x.Phase = PhaseOpen
	x.disconnected()
	x.Wait, x.dirty = WaitPeer, true
	x.notify(NoticeWithdrawn{Epoch: e.Epoch})
	x.emit(Hangup{Code: protocol.FaultNotYet, Text: fmt.Sprintf("epoch %d begins", e.Epoch), Retry: true})
}

// header takes a verified block: time passes.
func (x *step) header(e *Header) {
	if e.Height <= x.View.Height || x.Phase == PhaseEnded {
		return
	}
	before := x.View.Clock
	x.View.Height = e.Height
	x.View.Clock, x.View.Time = max(before, e.Clock), max(x.View.Time, e.Time)
	if x.Phase != PhaseDispute {
		x.View.Synced = x.View.Time
	}
	if x.dirty {
		x.dirty = false
		x.persist(PersistChain)
	}
	x.expire(before)
	switch x.Phase {
	case PhaseAgreed:
		x.agreedHeader()
	case PhaseClosing:
		x.closingHeader()
	case PhaseDispute:
		x.dispute()
	}
	x.registerSecrets(0)
}

// expire tells of received locks that have expired since the clock before. If their
// secret is known, the chain is asked first; so it is for own locks.
func (x *step) expire(before uint64) {
	for _, lock := range x.Received.Locks {
		if before <= lock.Expiry && lock.Expiry < x.View.Clock && !lock.HasSecret {
			x.notify(NoticeExpired{Lock: *lock})
		}
	}
}

// agreedHeader waits for the outcome of an agreement that this node signed: included,
// which is an event of its own, or a block at which it cannot be any more.
func (x *step) agreedHeader() {
	pact := x.Pact
	if x.View.Clock <= pact.ValidUntil {
		both := pact.Signatures[0] != (protocol.Signature{}) && pact.Signatures[1] != (protocol.Signature{})
		// A key rotates only if its owner submits.
		mine := pact.Mine || pact.Agreement == protocol.AgreeClose || pact.Signed[rotateOffset] == types.NoRotation
		if both && mine && x.again(pact.Submitted) {
			pact.Submitted = x.View.Clock
			x.submitPact()
		}
		return
	}
	x.Phase, x.Pact = pact.From, nil
	x.Wait = x.idle()
	x.persist(PersistVoid)
	x.notify(NoticeVoid{What: pact.Agreement.String()})
	x.disconnected() // what came meanwhile was not taken: begin anew
	x.emit(Hangup{Code: protocol.FaultNotYet, Text: "an agreement is void", Retry: true})
}

// rotateOffset of the rotate field in a withdraw.
const rotateOffset = types.WithdrawLength - 8 - types.KeyLength - 1

func (x *step) ended(e *Ended) {
	if x.Phase == PhaseEnded {
		return
	}
	x.Phase, x.Wait, x.Pact = PhaseEnded, WaitNothing, nil
	x.Connected, x.session = false, session{}
	// Told first: after a crash in between it is told twice, and not never.
	x.notify(NoticeEnded{Payouts: e.Payouts, Cooperative: e.Cooperative, Stale: e.Stale})
	x.persist(PersistChain)
	x.emit(Forget{})
}
