package payment

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// MaxHints of one order.
const MaxHints = 16

// maxHintDelta bounds the time that a node of a hint may ask for, in seconds.
const maxHintDelta = 86_400

// Hint is a way to the target that somebody else found: a path-finding service, or the
// mediator of a swap. What is untrue in it costs an attempt and nothing else, as long as
// the packet key at its end is the target's: who finds a way for others must not be able
// to put itself there.
type Hint struct {
	// From is the node that it starts at: this one, or the mediator of a swap.
	From  protocol.NodeID
	Route Route
}

// CheckHint refuses a way that does not lead to the target in one domain, or asks for
// fees and times out of all bounds. Key is the target's packet key, as the target signed it.
func CheckHint(h Hint, target protocol.NodeID, key [32]byte, domain types.Hash) error {
	if len(h.Route) == 0 || len(h.Route) > protocol.MaxHops {
		return fmt.Errorf("%w: a way of %d hops: must have 1 to %d", ErrNoRoute, len(h.Route), protocol.MaxHops)
	}
	for i := range h.Route {
		hop := &h.Route[i]
		if hop.ID.Domain != domain || hop.FeeRate > protocol.MaxFeeRate || hop.Delta > maxHintDelta || hop.Max.Less(hop.Min) {
			return fmt.Errorf("%w: hop %d is in another domain, or its policy is out of bounds", ErrNoRoute, i+1)
		}
		if i > 0 && hop.Delta < types.RevealPeriod {
			return fmt.Errorf("%w: hop %d leaves %d s: must be at least %d", ErrNoRoute, i+1, hop.Delta, types.RevealPeriod)
		}
	}
	last := &h.Route[len(h.Route)-1]
	if last.To != target || last.PacketKey != key {
		return fmt.Errorf("%w: the way ends at %s, or with a packet key that %s did not sign", ErrNoRoute, last.To, target)
	}
	return nil
}

// hinted makes one part of all that is not sent, along the first hint that was not tried.
func (c *Core) hinted(p *payment) (*part, bool) {
	for i, h := range p.Hints {
		if h.From != c.config.Self || p.tried[i+1] || len(h.Route) > p.MaxHops {
			continue
		}
		link, ok := c.links.Link(h.Route[0].ID)
		if !ok || link.Err != nil || link.Peer != h.Route[0].To {
			continue
		}
		part, err := c.plan(p, h.Route, p.unsent)
		if err != nil || p.feeLeft().Less(part.fee) {
			continue
		}
		if left, free := c.room(&link); !free || left.Less(part.amounts[0]) || !c.fits(part) {
			continue
		}
		part.hint = i + 1
		return part, true
	}
	return nil, false
}

// onward returns a way from the mediator of a swap to the target: the node's own, or else
// what it was told.
func (c *Core) onward(p *payment, mediator protocol.NodeID) (Route, int, error) {
	rest, err := c.router.Route(Query{
		From: mediator, To: p.Target, Domain: p.Domain, Amount: p.unsent, MaxFee: types.MaxUint128, MaxHops: p.MaxHops - 1, Now: c.now,
	})
	if err == nil {
		return rest, 0, nil
	}
	for i, h := range p.Hints {
		if h.From == mediator && !p.tried[i+1] && len(h.Route) < p.MaxHops {
			return h.Route, i + 1, nil
		}
	}
	return nil, 0, err
}
