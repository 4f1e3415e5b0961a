package payment

import (
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// maxPayments bounds own payments that are under way.
const maxPayments = 65_536

// Order is a payment that this node is to make.
type Order struct {
	// ID of the payment, for both ends; drawn if it is zero.
	ID [16]byte
	// Target that is paid. PacketKey of the target if no announcement has it; else zero.
	Target    protocol.NodeID
	PacketKey [32]byte
	// Domain that the payment arrives in. From is the one that it is paid in; zero if it is
	// the same, else the payment is swapped on the way.
	Domain, From types.Hash
	// Amount that arrives, and MaxFee on top of it. In a swap MaxFee is the most that is
	// paid altogether, in From.
	Amount, MaxFee types.Uint128
	// Hash of a payment request; zero if the payer draws the secret.
	Hash types.Hash
	// Data for the target, at most MaxData bytes.
	Data []byte
	// Timeout in seconds; 0 for the default.
	Timeout uint64
	// Hops of the route at most; 0 for the default.
	MaxHops int
	// Hints are ways that somebody else found, tried in their order where this node finds none.
	Hints []Hint
	// Quote of an earlier order to go by; zero asks for one. OnlyQuote asks for one and pays nothing.
	Quote     [16]byte
	OnlyQuote bool
}

// payment is an own payment under way.
type payment struct {
	Order
	secret   [types.SecretLength]byte
	drawn    bool // the secret is this node's own
	deadline uint64
	attempts int
	unsent   types.Uint128
	parts    []*part // in flight
	sent     int     // parts that were sent and did not fail
	fees     types.Uint128
	arrived  types.Uint128
	paid     bool
	hops     []protocol.NodeID
	err      error
	swaps    int  // quotes that are waited for
	waits    bool // for a slot
	names    []Name
	quote    *protocol.Quote
	// tried are hints, by their place, and mediators that led nowhere.
	tried   map[int]bool
	refused map[protocol.NodeID]bool
}

// part is one lock of an own payment, with what is needed to read its failure.
type part struct {
	payment  *payment
	route    Route
	amounts  []types.Uint128
	expiries []uint64
	sessions []*session
	share    types.Uint128 // of the amount that arrives
	fee      types.Uint128
	hint     int // that it goes by, counted from 1; 0 for none
	name     Name
}

// pay begins a payment.
func (c *Core) pay(order Order) {
	p, err := c.newPayment(order)
	if err != nil {
		c.do(Finished{ID: order.ID, Err: err})
		return
	}
	c.payments[p.ID] = p
	c.advance(p)
}

func (c *Core) newPayment(order Order) (*payment, error) {
	if order.From == (types.Hash{}) {
		order.From = order.Domain
	}
	switch {
	case order.Amount.IsZero():
		return nil, fmt.Errorf("%w: amount is 0: must be at least 1", ErrOrder)
	case order.Target == c.config.Self || order.Target.IsZero():
		return nil, fmt.Errorf("%w: target %s: must be another node", ErrOrder, order.Target)
	case len(order.Data) > MaxData:
		return nil, fmt.Errorf("%w: data has %d bytes: must have at most %d", ErrOrder, len(order.Data), MaxData)
	case order.MaxHops < 0 || order.MaxHops > protocol.MaxHops:
		return nil, fmt.Errorf("%w: %d hops: must be at most %d", ErrOrder, order.MaxHops, protocol.MaxHops)
	case len(c.payments) >= maxPayments:
		return nil, fmt.Errorf("%w: %d payments: must be at most %d", ErrInFlight, len(c.payments), maxPayments)
	}
	if order.MaxHops == 0 {
		order.MaxHops = c.config.MaxHops
	}
	if order.Timeout == 0 {
		order.Timeout = c.config.Timeout
	}
	p := &payment{
		Order: order, deadline: c.now + order.Timeout, unsent: order.Amount, tried: map[int]bool{}, refused: map[protocol.NodeID]bool{},
	}
	var err error
	if p.ID == [16]byte{} {
		if p.ID, err = c.randomID(); err != nil {
			return nil, err
		}
	}
	if p.Hash == (types.Hash{}) {
		var half [2][16]byte
		for i := range half {
			if half[i], err = c.randomID(); err != nil {
				return nil, err
			}
			copy(p.secret[16*i:], half[i][:])
		}
		p.drawn, p.Hash = true, hashOf(p.secret)
	}
	if c.payments[p.ID] != nil {
		return nil, fmt.Errorf("%w: %x", ErrInFlight, p.ID)
	}
	if !p.drawn && c.hashPending(p.Hash) {
		return nil, fmt.Errorf("%w: hash %x: an earlier attempt is not decided", ErrInFlight, p.Hash)
	}
	return p, nil
}

// hashPending tells whether own locks with a hash are pending: another payment for the
// same request could pay it twice.
func (c *Core) hashPending(hash types.Hash) bool {
	for _, o := range c.out {
		if o.hash == hash && o.in == nil && !o.known {
			return true
		}
	}
	for _, p := range c.payments {
		if p.Hash == hash {
			return true
		}
	}
	return false
}

// advance sends what is not sent, and ends the payment when all is decided.
func (c *Core) advance(p *payment) {
	if c.payments[p.ID] != p {
		return // it ended while it waited for a slot: the secret came by another part
	}
	if p.err == nil && !p.paid && !p.unsent.IsZero() && p.swaps == 0 && !p.waits && p.quote == nil {
		c.full = false
		if p.err = c.sendRest(p); p.err != nil && c.full && c.now < p.deadline {
			c.block(p)
		}
	}
	if len(p.parts) > 0 || p.swaps > 0 || p.err == nil && !p.paid && p.quote == nil {
		return
	}
	delete(c.payments, p.ID)
	done := Finished{ID: p.ID, Secret: p.secret, Amount: p.arrived, Fee: p.fees, Parts: p.sent, Attempts: p.attempts, Hops: p.hops, Names: p.names, Quote: p.quote}
	if p.paid {
		done.Order, done.Requested = &p.Order, !p.drawn
	}
	if !p.paid && p.quote == nil {
		done = Finished{ID: p.ID, Attempts: p.attempts, Err: p.err}
	}
	c.do(done)
}

// block lets a payment wait: what it needs is in use by payments that end soon.
func (c *Core) block(p *payment) {
	p.waits, p.err = true, nil
	c.blocked = append(c.blocked, p)
}

// unblock tries payments that wait, until one has to wait on.
func (c *Core) unblock() {
	waiting := c.blocked
	c.blocked = nil
	for i, p := range waiting {
		p.waits = false
		c.advance(p)
		if p.waits {
			c.blocked = append([]*payment{p}, waiting[i+1:]...)
			return
		}
	}
}

// sendRest sends what is not sent, in as few parts as routes can be found for. Nothing is
// sent unless all of it can be: parts without the others would only lock coins.
func (c *Core) sendRest(p *payment) error {
	switch {
	case p.attempts >= c.config.Attempts:
		return fmt.Errorf("%w after %d attempts", ErrGaveUp, p.attempts)
	case c.now >= p.deadline:
		return fmt.Errorf("%w after %d s", ErrGaveUp, p.Timeout)
	}
	if p.From != p.Domain {
		return c.startSwap(p)
	}
	parts, err := c.split(p)
	if err != nil {
		hinted, ok := c.hinted(p)
		if !ok {
			return err
		}
		parts = append(parts[:0], hinted)
	}
	for _, part := range parts {
		if err := c.send(p, part, -1, [16]byte{}); err != nil {
			return err
		}
	}
	return nil
}

// split finds routes for what is not sent. Parts get smaller while capacity is what lacks.
func (c *Core) split(p *payment) (parts []*part, err error) {
	taken, fees := map[Edge]types.Uint128{}, p.feeLeft()
	for _, flying := range p.parts {
		flying.take(taken)
	}
	floor := p.Amount.MulDivCeil(1, uint32(4*c.config.MaxParts)) //nolint:gosec // at most 128
	for amount, left := p.unsent, p.unsent; !left.IsZero(); amount = left {
		var next *part
		for {
			route, err := c.router.Route(Query{
				From: c.config.Self, To: p.Target, Domain: p.Domain, Amount: amount, MaxFee: fees, MaxHops: p.MaxHops, Local: c.Local, Taken: taken, Now: c.now,
			})
			if err == nil {
				if next, err = c.plan(p, route, amount); err != nil {
					return nil, err
				}
				break
			}
			// Only too little capacity gets better with smaller parts; one more must be allowed.
			if !errors.Is(err, ErrNoCapacity) || len(p.parts)+len(parts)+2 > c.config.MaxParts || !floor.Less(amount) {
				return nil, err
			}
			amount = amount.MulDivCeil(1, 2).Max(floor)
		}
		if !c.fits(next) {
			c.full = true // until a payment that is in flight ends
			return nil, fmt.Errorf("%w: %w: too many payments are in flight", ErrNoRoute, ErrNoCapacity)
		}
		parts = append(parts, next)
		next.take(taken)
		left, _ = left.Sub(amount)
		fees, _ = fees.Sub(next.fee)
	}
	return parts, nil
}

// take adds what a part locks in each channel.
func (p *part) take(taken map[Edge]types.Uint128) {
	for i := range p.route {
		taken[p.edge(i)], _ = taken[p.edge(i)].Add(p.amounts[i])
	}
}

func (p *payment) feeLeft() types.Uint128 {
	left, ok := p.MaxFee.Sub(p.fees)
	for _, part := range p.parts {
		if ok {
			left, ok = left.Sub(part.fee)
		}
	}
	if !ok {
		return types.Uint128{}
	}
	return left
}

// Local tells what this node can lock in one of its own channels.
func (c *Core) Local(id protocol.ChannelID) (types.Uint128, bool) {
	link, ok := c.links.Link(id)
	if !ok || link.Err != nil {
		return types.Uint128{}, false
	}
	left, free := c.room(&link)
	c.full = c.full || !free
	return left, free
}

// plan makes a part that goes along a route in one domain.
func (c *Core) plan(p *payment, route Route, amount types.Uint128) (*part, error) {
	first, ok := c.links.Link(route[0].ID)
	if !ok {
		return nil, fmt.Errorf("%w: channel %s is not this node's", ErrNoRoute, route[0].ID)
	}
	amounts, expiries, err := locks(route, amount, first.Clock+c.config.FinalDelta)
	if err != nil {
		return nil, err
	}
	fee, _ := amounts[0].Sub(amount)
	return &part{payment: p, route: route, amounts: amounts, expiries: expiries, share: amount, fee: fee}, nil
}

// locks computes what is locked in each channel of a route and until when, from the end:
// each mediator keeps its fee, and the time that it needs to claim after it paid.
func locks(route Route, amount types.Uint128, expiry uint64) (amounts []types.Uint128, expiries []uint64, err error) {
	amounts, expiries = make([]types.Uint128, len(route)), make([]uint64, len(route))
	for i := len(route) - 1; i >= 0; i-- {
		amounts[i], expiries[i] = amount, expiry
		if i == 0 {
			break
		}
		fee, ok := route[i].Fee(amount)
		if ok {
			amount, ok = amount.Add(fee)
		}
		if !ok {
			return nil, nil, fmt.Errorf("%w: amount and fees do not fit 128 bits", ErrOrder)
		}
		expiry += uint64(route[i].Delta)
	}
	return amounts, expiries, nil
}

// send locks the first channel of a route. At the hop with index swap the mediator goes
// by a quote.
func (c *Core) send(p *payment, part *part, swap int, quote [16]byte) error {
	id, err := c.randomID()
	if err != nil {
		return err
	}
	packet, err := c.wrap(p, part, swap, quote)
	if err != nil {
		return err
	}
	p.parts = append(p.parts, part)
	c.fly(part, 1)
	p.unsent, _ = p.unsent.Sub(part.share)
	p.attempts++
	p.sent++
	p.hops = p.hops[:0]
	for i := range part.route {
		p.hops = append(p.hops, part.route[i].To)
	}
	c.lock(&outgoing{outKey: outKey{part.route[0].ID, id}, amount: part.amounts[0], hash: p.Hash, part: part}, part.expiries[0], packet)
	return nil
}

// wrap encrypts the packets of a route from the end. Its length does not tell how far the
// target is: it has up to three layers' worth of padding.
func (c *Core) wrap(p *payment, part *part, swap int, quote [16]byte) ([]byte, error) {
	route := part.route
	var dice [1]byte
	if _, err := c.random.Read(dice[:]); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	final := Final{Total: p.Amount, ID: p.ID, Data: p.Data}
	if p.drawn {
		final.Secret = p.secret
	}
	plain := final.appendTo(nil, int(dice[0]&3)*(layer+forwardLength))
	part.sessions = make([]*session, len(route))
	for i := len(route) - 1; ; i-- {
		key := route[i].PacketKey
		if i == len(route)-1 && p.PacketKey != ([32]byte{}) {
			key = p.PacketKey
		}
		s, err := c.keys.with(key, c.now, c.config.SessionPackets, c.config.SessionAge)
		if err != nil {
			return nil, fmt.Errorf("%w: packet key of %s: %w", ErrNoRoute, route[i].To, err)
		}
		nonce, err := randomNonce(c.random)
		if err != nil {
			return nil, err
		}
		part.sessions[i] = s
		packet := s.seal(nonce, p.Hash, plain)
		if i == 0 {
			return packet, nil
		}
		forward := Forward{Next: route[i].ID, Amount: part.amounts[i], Expiry: part.expiries[i], Packet: packet}
		if i == swap {
			forward.Quote = quote
		}
		plain = forward.appendTo(make([]byte, 0, forwardLength+len(packet)))
	}
}
