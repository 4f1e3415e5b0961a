package mediator

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Self is this node.
func (m *Mediator) Self() protocol.NodeID { return m.self }

// PacketKey that packets for this node are encrypted to.
func (m *Mediator) PacketKey() [32]byte { return m.core.Keys().Public() }

// Totals since the start.
func (m *Mediator) Totals() Totals {
	m.working.Lock()
	defer m.working.Unlock()
	return m.totals
}

// Pay makes a payment and waits until it is decided. If ctx ends before, the payment goes
// on. The error is Finished.Err.
func (m *Mediator) Pay(ctx context.Context, order payment.Order) (payment.Finished, error) {
	swap := order.From != (types.Hash{}) && order.From != order.Domain
	if swap && order.Quote == ([16]byte{}) && len(order.Hints) == 0 {
		order.Hints = m.onward(ctx, order)
	}
	done, err := m.Begin(order)
	if err != nil {
		return payment.Finished{ID: order.ID, Err: err}, err
	}
	select {
	case f := <-done:
		return f, f.Err
	case <-ctx.Done():
		return payment.Finished{ID: order.ID, Err: ctx.Err()}, ctx.Err()
	}
}

// Begin starts a payment; the channel gets its outcome. An order without ID gets one.
func (m *Mediator) Begin(order payment.Order) (<-chan payment.Finished, error) {
	if order.ID == [16]byte{} {
		order.ID = newID()
	}
	done := make(chan payment.Finished, 1)
	m.mu.Lock()
	switch {
	case m.closed || !m.started:
		m.mu.Unlock()
		return nil, fmt.Errorf("%w: no payments are taken", ErrClosed)
	case len(m.queue) >= maxQueue:
		m.mu.Unlock()
		return nil, fmt.Errorf("%w: %d events wait", ErrBusy, maxQueue)
	case m.waiting[order.ID] != nil:
		m.mu.Unlock()
		return nil, fmt.Errorf("%w: %x", payment.ErrInFlight, order.ID)
	}
	m.waiting[order.ID] = done
	m.mu.Unlock()
	m.enqueue(queued{event: payment.Pay{Order: order}})
	return done, nil
}

// Request makes a payment request of this node: who pays its Hash with its ID pays once,
// and holds the secret as a proof. Amount 0 leaves it to the payer.
func (m *Mediator) Request(domain types.Hash, amount types.Uint128, expiry uint64) (payment.Request, error) {
	r := payment.Request{ID: newID(), Domain: domain, Amount: amount, Expiry: expiry}
	m.working.Lock()
	r.Hash = m.core.Keys().RequestHash(r.ID)
	room := m.core.Open()
	m.working.Unlock()
	if room <= 0 {
		return r, fmt.Errorf("%w: too many payment requests are open", ErrBusy)
	}
	if expiry < m.now() {
		return r, fmt.Errorf("expiry %d: must not be past", expiry)
	}
	applied := make(chan struct{})
	m.enqueue(queued{event: payment.Expect{Request: r}})
	m.enqueue(queued{do: func() { close(applied) }})
	select {
	case <-applied:
		return r, nil
	case <-m.stop:
		return r, ErrClosed
	}
}

// Routes finds up to limit routes from this node, the best first, or says why there is
// none: capacity, fee cap, offline, hops, unknown target.
func (m *Mediator) Routes(to protocol.NodeID, domain types.Hash, amount, maxFee types.Uint128, limit int) ([]payment.Route, error) {
	m.working.Lock()
	defer m.working.Unlock()
	return m.router.Routes(payment.Query{
		From: m.self, To: to, Domain: domain, Amount: amount, MaxFee: maxFee, MaxHops: m.config.Payment.MaxHops, Local: m.core.Local, Now: m.now(),
	}, limit)
}

// Known returns how many nodes and channels were announced, and Node what is known of one.
func (m *Mediator) Known() (nodes, channels int) {
	m.working.Lock()
	defer m.working.Unlock()
	return m.graph.Size()
}

// Node returns the announcement of a node, or nil.
func (m *Mediator) Node(id protocol.NodeID) *protocol.AnnounceNode {
	m.working.Lock()
	defer m.working.Unlock()
	return m.graph.Node(id)
}

// AskRoutes asks the path-finding service of a connected peer. If it has a price, paid
// names a payment of it to the peer.
func (m *Mediator) AskRoutes(ctx context.Context, service protocol.NodeID, request protocol.RouteRequest) (*protocol.Routes, error) {
	answer := make(chan *protocol.Routes, 1)
	m.working.Lock()
	m.lastAsk++
	request.Number = m.lastAsk
	m.asking[request.Number] = question{service, answer}
	m.working.Unlock()
	defer func() {
		m.working.Lock()
		delete(m.asking, request.Number)
		m.working.Unlock()
	}()
	if err := m.send(service, request); err != nil {
		return nil, err
	}
	select {
	case routes := <-answer:
		return routes, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answerRoutes is the path-finding service.
func (m *Mediator) answerRoutes(peer string, request protocol.RouteRequest) {
	if !m.mayAsk(peer) {
		_ = m.node.SendTo(peer, &protocol.Routes{Number: request.Number, Reason: "too many requests: ask again in a second"})
		return
	}
	amount, known := types.Uint128{}, false
	if request.Paid != (protocol.PaymentName{}) {
		amount, known = m.paidBy(peer, request.Paid) // reads the log, so not under the lock
	}
	m.working.Lock()
	// Who swaps says for nothing how it goes on: the swap is what it earns from.
	if swaps := len(m.core.Rates()) > 0; swaps && request.From == m.self {
		answer := m.paths.Find(request, m.now())
		m.working.Unlock()
		_ = m.node.SendTo(peer, answer) // gone meanwhile
		return
	}
	if m.config.Features&protocol.FeaturePathFinder == 0 {
		m.working.Unlock()
		_ = m.node.SendTo(peer, &protocol.Routes{Number: request.Number, Reason: "this node finds no routes for others"})
		return
	}
	answer, used := m.paths.Answer(request, m.now(), func(protocol.PaymentName) (types.Uint128, bool) { return amount, known })
	m.working.Unlock()
	if used != nil {
		value := binary.BigEndian.AppendUint64(nil, used.Epoch)
		value = binary.BigEndian.AppendUint64(value, used.Nonce)
		m.node.Keep(usedName(used.ID), binary.BigEndian.AppendUint32(value, used.Index))
	}
	_ = m.node.SendTo(peer, answer) // gone meanwhile
}

// Requests for routes that one peer may make at once, and in a second after that: each takes some
// milliseconds, in which nothing else is decided.
const (
	routeBurst = 20
	routeRate  = 5
)

// allowance is what a peer may still ask for.
type allowance struct {
	left  int
	since uint64
}

func (m *Mediator) mayAsk(peer string) bool {
	m.working.Lock()
	defer m.working.Unlock()
	now := m.now()
	a := m.allowed[peer]
	if a == nil {
		a = &allowance{left: routeBurst, since: now}
		m.allowed[peer] = a
	}
	if now > a.since {
		a.left = min(routeBurst, a.left+routeRate*int(min(now-a.since, routeBurst))) //nolint:gosec // bounded
		a.since = now
	}
	if a.left <= 0 {
		return false
	}
	a.left--
	return true
}

// paidBy looks a payment of a peer to this node up in the log.
func (m *Mediator) paidBy(peer string, name protocol.PaymentName) (types.Uint128, bool) {
	g, ok := m.node.Gauge(name.ID)
	if !ok || g.Peer != peer {
		return types.Uint128{}, false
	}
	r, err := m.node.Receipt(node.PaymentName{Channel: name.ID, Epoch: name.Epoch, Sender: 1 - g.Side, Nonce: name.Nonce, Index: name.Index})
	if err != nil {
		return types.Uint128{}, false
	}
	entry, _, err := types.ParseEntry(r.Entry)
	if err != nil || entry.Kind > types.EntryReference {
		return types.Uint128{}, false
	}
	return entry.Amount, true
}
