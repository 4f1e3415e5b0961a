package payment

import (
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

func (p *part) edge(i int) Edge { return Edge{Channel: p.route[i].ID, Side: p.route[i].Side} }

// partPaid: the secret of a part is known. The target has all parts, or gave the rest away.
func (c *Core) partPaid(o *outgoing, secret [types.SecretLength]byte) {
	p := o.part.payment
	c.ended(o.part)
	c.widen(o.part)
	p.paid, p.secret = true, secret
	p.fees, _ = p.fees.Add(o.part.fee)
	p.arrived, _ = p.arrived.Add(o.part.share)
	if o.part.name != (Name{}) {
		p.names = append(p.names, o.part.name)
	}
	edges := make([]Edge, len(o.part.route))
	for i := range edges {
		edges[i] = o.part.edge(i)
	}
	c.router.Succeeded(edges, o.part.amounts, c.now)
	c.advance(p)
}

// partFailed: a part will never be paid. Who is to blame learns the router; then the part
// is sent another way.
func (c *Core) partFailed(o *outgoing, reason protocol.Reason, failure []byte) {
	part := o.part
	p := part.payment
	c.ended(part)
	p.sent--
	p.unsent, _ = p.unsent.Add(part.share)
	if part.hint > 0 {
		p.tried[part.hint] = true
	}
	last, err := c.blame(o, reason, failure)
	if err == nil && p.Quote != ([16]byte{}) {
		err = fmt.Errorf("%w: quote %x: the payment failed on its way, reason %d", ErrQuote, p.Quote, last)
	}
	switch {
	case err != nil && p.err == nil:
		p.err = err
	case err == nil && last == protocol.ReasonSlots && p.err == nil && !p.waits && !p.paid && c.now < p.deadline:
		c.block(p) // until the next tick
		return
	}
	c.advance(p)
}

func (c *Core) ended(part *part) {
	p := part.payment
	if at := slices.Index(p.parts, part); at >= 0 {
		p.parts = slices.Delete(p.parts, at, at+1)
		c.fly(part, -1)
	}
}

// blame finds the edge that failed and for what reason, and returns an error if trying
// again is no use.
func (c *Core) blame(o *outgoing, reason protocol.Reason, blob []byte) (protocol.Reason, error) {
	part, last := o.part, len(o.part.route)-1
	if !o.locked {
		c.router.Failed(part.edge(0), part.amounts[0], reason, c.now)
		return reason, nil
	}
	for i, s := range part.sessions {
		f, err := s.openFailure(o.hash, blob)
		if err != nil {
			continue
		}
		if i == last { // the target itself
			switch f.Reason {
			case protocol.ReasonPaid:
				return f.Reason, fmt.Errorf("%w: %w, says %s", ErrRefused, ErrPaid, part.payment.Target)
			case protocol.ReasonExpired:
				return f.Reason, fmt.Errorf("%w: %w, says %s", ErrRefused, ErrExpired, part.payment.Target)
			case protocol.ReasonUnknownPayment, protocol.ReasonPacket:
				return f.Reason, fmt.Errorf("%w: %s: reason %d: it expects no such payment, or another amount", ErrRefused, part.payment.Target, f.Reason)
			}
			c.router.Failed(part.edge(i), part.amounts[i], f.Reason, c.now)
			return f.Reason, nil
		}
		if f.Update != nil && f.Update.ID == part.route[i+1].ID && f.Update.Side == part.route[i+1].Side {
			c.router.Update(f.Update, c.now)
			if f.Update.Policy != part.route[i+1].Policy {
				return f.Reason, nil // not the edge failed, but what was known of it
			}
		}
		if !c.narrow(part.edge(i+1), f.Reason) {
			c.router.Failed(part.edge(i+1), part.amounts[i+1], f.Reason, c.now)
		}
		return f.Reason, nil
	}
	// Nobody said so readably: a node lost the packet in a restart, or somebody hides. All
	// edges but the own one are suspect.
	for i := range part.route {
		if i > 0 || last == 0 {
			c.router.Failed(part.edge(i), part.amounts[i], reason, c.now)
		}
	}
	return reason, nil
}

// expirePayments gives up what waits for quotes too long. Parts in flight are waited for:
// they are decided by their expiry at the latest.
func (c *Core) expirePayments() {
	for _, number := range c.staleAsks() {
		s := c.asked[number]
		delete(c.asked, number)
		s.payment.swaps--
		c.unquoted(s, fmt.Errorf("%w: %s did not answer", ErrNoQuote, s.mediator))
		c.advance(s.payment)
	}
}
