package payment

import (
	"crypto/sha256"
	"errors"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
)

// reasonOf says for what reason a lock was not signed.
func reasonOf(err error) protocol.Reason {
	switch {
	case errors.Is(err, machine.ErrCapacity):
		return protocol.ReasonCapacity
	case errors.Is(err, machine.ErrStale):
		return protocol.ReasonStale
	case errors.Is(err, machine.ErrLock):
		return protocol.ReasonExpiry
	default:
		return protocol.ReasonNoRoute
	}
}

// received takes a new lock of a peer: it goes on, or it ends here.
func (c *Core) received(e *Received) {
	link, ok := c.links.Link(e.Channel)
	if !ok {
		return
	}
	ref := LockRef{Channel: e.Channel, Epoch: link.Epoch, Lock: e.Lock.ID}
	if c.in[ref] != nil {
		return
	}
	in := &incoming{ref: ref, amount: e.Lock.Amount, hash: e.Lock.Hash, expiry: e.Lock.Expiry, peer: link.Peer, since: c.now}
	c.in[ref] = in
	if sha256.Sum256(e.Packet) != e.Lock.Packet {
		c.refuse(in, protocol.ReasonPacket, protocol.ChannelID{})
		return
	}
	forward, final, session, err := c.keys.open(e.Packet, in.hash)
	in.session = session
	switch {
	case err != nil:
		c.refuse(in, protocol.ReasonPacket, protocol.ChannelID{})
	case final != nil:
		c.arrived(in, &link, final)
	default:
		c.forward(in, &link, forward)
	}
}

// forward passes a payment on, if all the limits of this node allow it.
func (c *Core) forward(in *incoming, from *Link, f *Forward) {
	if !c.config.Mediate {
		c.refuse(in, protocol.ReasonNoRoute, f.Next)
		return
	}
	named, ok := c.links.Link(f.Next)
	if !ok || named.Peer == from.Peer {
		c.refuse(in, protocol.ReasonNoRoute, f.Next)
		return
	}
	if f.Amount.IsZero() {
		c.refuse(in, protocol.ReasonPacket, f.Next)
		return
	}
	policy := c.Policy(f.Next)
	if reason := c.acceptable(in, from, &named, f, &policy); reason != 0 {
		c.refuse(in, reason, f.Next)
		return
	}
	to, reason := c.choose(&named, f, in.peer)
	if reason == 0 {
		reason = c.hold(in, to, f.Amount)
	}
	if reason != 0 {
		c.refuse(in, reason, f.Next)
		return
	}
	if f.Quote != [16]byte{} {
		delete(c.quotes, f.Quote) // it holds for one payment
		delete(c.quotePeers, f.Quote)
	}
	o := &outgoing{outKey: outKey{to.ID, c.keys.forwardID(in.ref)}, amount: f.Amount, hash: in.hash, in: in}
	in.out = o
	c.lock(o, f.Expiry, f.Packet)
}

// acceptable checks fee, amount and time against the policy or the quote.
func (c *Core) acceptable(in *incoming, from, to *Link, f *Forward, policy *protocol.Policy) protocol.Reason {
	if from.Err == nil && !c.fresh(from) || to.Err == nil && !c.fresh(to) {
		return protocol.ReasonStale
	}
	if f.Amount.Less(policy.Min) || policy.Max.Less(f.Amount) {
		return protocol.ReasonCapacity
	}
	if policy.Disabled {
		return protocol.ReasonNoRoute
	}
	if from.ID.Domain == to.ID.Domain {
		fee, ok := policy.Fee(f.Amount)
		need, fits := f.Amount.Add(fee)
		if !ok || !fits || in.amount.Less(need) {
			return protocol.ReasonFee
		}
	} else if reason := c.swapAcceptable(in, from, to, f); reason != 0 {
		return reason
	}
	return c.timely(in.expiry, from, to, f.Expiry, uint64(policy.Delta))
}

// fresh tells whether the newest header of a link's chain is close to now.
func (c *Core) fresh(l *Link) bool {
	lag := max(c.now, l.Time) - min(c.now, l.Time)
	return lag <= 4*c.config.HeaderLag
}

// timely checks the margins. On one chain both expiries are by one clock: in − out ≥
// delta ≥ the reveal period. Across chains they are compared in wall time: the incoming
// lock must outlive the outgoing one by CrossDelta. A channel clock never runs faster
// than time, so the incoming lock lives at least as long as computed here; that the
// outgoing chain may halt is what CrossDelta is for.
func (c *Core) timely(inExpiry uint64, from, to *Link, outExpiry, delta uint64) protocol.Reason {
	if outExpiry < to.Clock+c.config.MinFinal || outExpiry > to.Deadline {
		return protocol.ReasonExpiry
	}
	if from.Chain == to.Chain {
		if inExpiry < outExpiry+delta {
			return protocol.ReasonExpiry
		}
		return 0
	}
	if inExpiry < from.Clock || from.Time+(inExpiry-from.Clock) < to.Time+(outExpiry-to.Clock)+CrossDelta {
		return protocol.ReasonExpiry
	}
	return 0
}

// choose takes the named channel, or another one with the same peer that can carry more.
func (c *Core) choose(named *Link, f *Forward, payer protocol.NodeID) (*Link, protocol.Reason) {
	reason := protocol.ReasonNoRoute
	try := func(l *Link) bool {
		if l.Err != nil {
			return false
		}
		left, free := c.room(l)
		switch {
		case !free:
			reason = protocol.ReasonSlots
		case left.Less(f.Amount):
			reason = protocol.ReasonCapacity
		case !c.withinShare(payer, l, f.Amount):
			reason = protocol.ReasonSlots
		default:
			return true
		}
		return false
	}
	if try(named) {
		return named, 0
	}
	for _, id := range c.links.To(named.Peer, named.ID.Domain) {
		if l, ok := c.links.Link(id); ok && id != named.ID && try(&l) {
			return &l, 0
		}
	}
	return nil, reason
}
