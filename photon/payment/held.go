package payment

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
)

// heldTime is how long an expired quote is remembered, in seconds, to say that it is expired.
const heldTime = 60

// heldQuote is a quote that this node asked for and did not use yet.
type heldQuote struct {
	*swap
	quote protocol.Quote
}

// keepQuote keeps a quote that the payer wants to look at first.
func (c *Core) keepQuote(s *swap, q *protocol.Quote) error {
	if _, _, err := c.checkQuote(s, q); err != nil {
		return err
	}
	if len(c.held) >= c.config.MaxQuotes {
		return fmt.Errorf("%w: %d quotes are held: must be at most %d", ErrQuote, len(c.held), c.config.MaxQuotes)
	}
	kept := *q
	c.held[q.ID] = &heldQuote{swap: s, quote: kept}
	p := s.payment
	p.quote, p.hops = &kept, append(p.hops[:0], s.mediator)
	for i := range s.rest {
		p.hops = append(p.hops, s.rest[i].To)
	}
	return nil
}

// goBy pays by a quote that was held. It holds for one attempt: what comes after it would
// be at another price than the payer was shown.
func (c *Core) goBy(p *payment) error {
	h := c.held[p.Quote]
	switch {
	case h == nil:
		return fmt.Errorf("%w: quote %x is unknown, used up, or long expired", ErrQuote, p.Quote)
	case c.now > h.quote.ValidUntil:
		return fmt.Errorf("%w: quote %x expired %d s ago", ErrQuote, p.Quote, c.now-h.quote.ValidUntil)
	case h.payment.Target != p.Target || h.quote.In != p.From || h.quote.Out != p.Domain || h.payment.Amount != p.Amount:
		return fmt.Errorf("%w: quote %x is for another target or amount", ErrQuote, p.Quote)
	}
	delete(c.held, p.Quote)
	s := *h.swap
	s.payment = p
	return c.takeQuote(&s, &h.quote)
}

func (c *Core) expireHeld() {
	for id, h := range c.held {
		if c.now > h.quote.ValidUntil+heldTime {
			delete(c.held, id)
		}
	}
}
