package payment

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// askTimeout is how long a mediator may take to quote, in seconds.
const askTimeout = 5

// swap is a quote that this node, as a payer, waits for.
type swap struct {
	payment  *payment
	mediator protocol.NodeID
	first    protocol.RouteHop // to the mediator
	rest     Route             // from there on
	hint     int               // that rest is, counted from 1
	since    uint64
}

// startSwap asks the first mediator that has a route on the other side for its rate.
func (c *Core) startSwap(p *payment) error {
	if p.Quote != [16]byte{} {
		return c.goBy(p)
	}
	reason := fmt.Errorf("%w: no peer with a channel offers it", ErrNoQuote)
	for _, mediator := range c.router.Mediators(p.From) {
		if mediator == p.Target || p.refused[mediator] {
			continue
		}
		rest, hint, err := c.onward(p, mediator)
		if err != nil {
			reason = err
			continue
		}
		amounts, _, err := locks(rest, p.unsent, 0)
		if err != nil {
			return err
		}
		first, err := c.router.Route(Query{From: c.config.Self, To: mediator, Domain: p.From, Amount: types.NewUint128(1), MaxHops: 1, Local: c.Local, Now: c.now})
		if err != nil {
			reason = err
			continue
		}
		c.lastAsk++
		c.asked[c.lastAsk] = &swap{payment: p, mediator: mediator, first: first[0], rest: rest, hint: hint, since: c.now}
		p.swaps++
		c.do(AskQuote{Peer: mediator, Request: protocol.QuoteRequest{Number: c.lastAsk, In: p.From, Out: p.Domain, Amount: amounts[0]}})
		return nil
	}
	return reason
}

// quoted goes on with a swap, if the rate is within the payer's limit.
func (c *Core) quoted(q protocol.Quote) {
	s := c.asked[q.Number]
	if s == nil || q.Node != s.mediator {
		return
	}
	delete(c.asked, q.Number)
	s.payment.swaps--
	take := c.takeQuote
	if s.payment.OnlyQuote {
		take = c.keepQuote
	}
	if err := take(s, &q); err != nil {
		c.unquoted(s, err)
	}
	c.advance(s.payment)
}

// unquoted tries the next mediator after one that does not swap at a price that is taken.
func (c *Core) unquoted(s *swap, err error) {
	p := s.payment
	p.refused[s.mediator] = true
	if p.err == nil && c.now < p.deadline && c.startSwap(p) != nil {
		p.err = err
	}
}

// checkQuote checks a quote and computes what is to be locked after the mediator.
func (c *Core) checkQuote(s *swap, q *protocol.Quote) (amounts []types.Uint128, expiries []uint64, err error) {
	p := s.payment
	if amounts, expiries, err = locks(s.rest, p.unsent, q.OutClock+c.config.FinalDelta); err != nil {
		return nil, nil, err
	}
	switch {
	case q.ID == [16]byte{}:
		err = fmt.Errorf("%w: %s does not swap this now", ErrNoQuote, s.mediator)
	case q.Verify() != nil:
		err = fmt.Errorf("%w: the quote of %s is not signed by it", ErrNoQuote, s.mediator)
	case q.In != p.From || q.Out != p.Domain || q.AmountOut != amounts[0]:
		err = fmt.Errorf("%w: the quote of %s is for another payment", ErrNoQuote, s.mediator)
	case c.now > q.ValidUntil || q.ValidUntil > c.now+protocol.MaxQuoteLife:
		err = fmt.Errorf("%w: the quote of %s is valid until %d: must be %d to %d", ErrNoQuote, s.mediator, q.ValidUntil, c.now, c.now+protocol.MaxQuoteLife)
	case p.MaxFee.Less(q.AmountIn):
		err = fmt.Errorf("%w: %s takes %s: at most %s are allowed", ErrFeeCap, s.mediator, q.AmountIn, p.MaxFee)
	}
	return amounts, expiries, err
}

func (c *Core) takeQuote(s *swap, q *protocol.Quote) error {
	p := s.payment
	amounts, expiries, err := c.checkQuote(s, q)
	if err != nil {
		return err
	}
	first, ok := c.links.Link(s.first.ID)
	if !ok {
		return fmt.Errorf("%w: channel %s is not this node's", ErrNoRoute, s.first.ID)
	}
	// The lock to the mediator must outlive the one that it pays, in wall time; both chains'
	// headers may be off by the lag that it allows.
	life := expiries[0] - q.OutClock + uint64(q.Delta) + 2*c.config.HeaderLag
	return c.send(p, &part{
		payment: p, route: append(Route{s.first}, s.rest...), amounts: append([]types.Uint128{q.AmountIn}, amounts...),
		expiries: append([]uint64{first.Clock + life}, expiries...), share: p.unsent, fee: q.AmountIn, hint: s.hint,
	}, 1, q.ID)
}

func (c *Core) staleAsks() (numbers []uint64) {
	for number, s := range c.asked {
		if c.now >= s.since+askTimeout {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// quoteAsked answers a payer that wants to swap: with a rate that holds for one payment
// and a few seconds, or with a quote without id.
func (c *Core) quoteAsked(peer protocol.NodeID, r protocol.QuoteRequest) {
	q := protocol.Quote{Number: r.Number, Node: c.config.Self, In: r.In, Out: r.Out, AmountOut: r.Amount}
	rate, ok := c.config.Rates[Pair{r.In, r.Out}]
	if ok && c.config.Mediate && len(c.quotes) < c.config.MaxQuotes && c.quotesOf(peer) < max(1, c.config.MaxQuotes/16) {
		c.fill(&q, peer, &r, rate)
	}
	if q.ID != [16]byte{} {
		kept := q
		c.quotes[q.ID] = &kept
		c.quotePeers[q.ID] = peer
	}
	c.do(AnswerQuote{Peer: peer, Quote: q})
}

func (c *Core) quotesOf(peer protocol.NodeID) (n int) {
	for _, p := range c.quotePeers {
		if p == peer {
			n++
		}
	}
	return n
}

// fill computes the price, if the mediator has fresh views of both chains.
func (c *Core) fill(q *protocol.Quote, peer protocol.NodeID, r *protocol.QuoteRequest, rate Rate) {
	var in, out Link
	var okIn, okOut bool
	for _, id := range c.links.To(peer, r.In) {
		if in, okIn = c.links.Link(id); okIn {
			break
		}
	}
	if id, ok := c.router.OwnChannel(r.Out); ok {
		out, okOut = c.links.Link(id)
	}
	if !okIn || !okOut || !c.current(&in) || !c.current(&out) || r.Amount.IsZero() || !rate.Max.IsZero() && rate.Max.Less(r.Amount) {
		return
	}
	price, ok := rate.price(r.Amount)
	if !ok {
		return
	}
	fee, ok := c.config.Policy.Fee(price)
	if !ok {
		return
	}
	if price, ok = price.Add(fee); !ok {
		return
	}
	id, err := c.randomID()
	if err != nil {
		return
	}
	q.ID, q.AmountIn, q.Fee, q.Delta, q.OutClock, q.ValidUntil = id, price, fee, types.RevealPeriod, out.Clock, c.now+c.config.QuoteLife
	if in.Chain != out.Chain {
		q.Delta = CrossDelta
	}
}

// current tells whether a swap may go over a link now.
func (c *Core) current(l *Link) bool {
	return max(c.now, l.Time)-min(c.now, l.Time) <= c.config.HeaderLag
}

// price of an amount, rounded up.
func (r Rate) price(out types.Uint128) (types.Uint128, bool) {
	n := new(big.Int).Mul(out.Big(), new(big.Int).SetUint64(r.In))
	d := new(big.Int).SetUint64(r.Out)
	n.Add(n, new(big.Int).Sub(d, big.NewInt(1)))
	price, err := types.Uint128FromBig(n.Quo(n, d))
	return price, err == nil && !price.IsZero()
}

// swapAcceptable checks a swap against the quote that it names.
func (c *Core) swapAcceptable(in *incoming, from, to *Link, f *Forward) protocol.Reason {
	q := c.quotes[f.Quote]
	switch {
	case q == nil || c.now > q.ValidUntil || q.In != from.ID.Domain || q.Out != to.ID.Domain:
		return protocol.ReasonQuote
	case f.Amount != q.AmountOut || in.amount.Less(q.AmountIn):
		return protocol.ReasonQuote
	case !c.current(from) || !c.current(to):
		return protocol.ReasonStale
	}
	return 0
}

func (c *Core) expireQuotes() {
	c.expireHeld()
	for id, q := range c.quotes {
		if c.now > q.ValidUntil {
			delete(c.quotes, id)
			delete(c.quotePeers, id)
		}
	}
}
