package routing

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// serviceHops that routes for others have at most.
const serviceHops = 4

// Service answers requests for routes of light nodes, which keep no graph. Each answer
// costs a price, which the client pays as a direct payment before it asks; the request
// names that payment. Payments of a channel are used in rising order, so that what must
// be remembered of them is one name per channel.
type Service struct {
	router *Router
	// price of an answer, in a domain.
	domain types.Hash
	price  types.Uint128
	used   map[protocol.ChannelID]protocol.PaymentName
}

// NewService returns a service; price 0 makes it free.
func NewService(router *Router, domain types.Hash, price types.Uint128) *Service {
	return &Service{router: router, domain: domain, price: price, used: map[protocol.ChannelID]protocol.PaymentName{}}
}

// SetPrice changes what an answer costs.
func (s *Service) SetPrice(domain types.Hash, price types.Uint128) { s.domain, s.price = domain, price }

// Use restores the newest payment of a channel that was used in an earlier run.
func (s *Service) Use(name protocol.PaymentName) { s.used[name.ID] = name }

// Forget forgets a channel that ended: no payment of it can be named any more.
func (s *Service) Forget(id protocol.ChannelID) { delete(s.used, id) }

// Answer finds routes. paid looks up the amount of a payment that the peer made to this
// node; not ok if there is none. The name is returned if the payment was used now, and
// is to be made durable.
func (s *Service) Answer(m protocol.RouteRequest, now uint64, paid func(protocol.PaymentName) (types.Uint128, bool)) (*protocol.Routes, *protocol.PaymentName) {
	answer := &protocol.Routes{Number: m.Number}
	name, err := s.charge(m.Paid, paid)
	if err != nil {
		answer.Reason = err.Error()
		return answer, nil
	}
	return s.Find(m, now), name
}

// Find finds routes for nothing.
func (s *Service) Find(m protocol.RouteRequest, now uint64) *protocol.Routes {
	answer := &protocol.Routes{Number: m.Number}
	if m.Amount.IsZero() || m.From == m.To {
		answer.Reason = "amount must be at least 1, and the ends must differ"
		return answer
	}
	routes, err := s.router.Routes(payment.Query{
		From: m.From, To: m.To, Domain: m.Domain, Amount: m.Amount, MaxFee: m.MaxFee, MaxHops: serviceHops, Now: now,
	}, protocol.MaxRoutes)
	if err != nil {
		answer.Reason = err.Error()
	}
	for _, route := range routes {
		answer.Routes = append(answer.Routes, route)
		answer.Target = s.router.graph.Node(m.To)
	}
	return answer
}

// charge uses up the payment that a request names.
func (s *Service) charge(name protocol.PaymentName, paid func(protocol.PaymentName) (types.Uint128, bool)) (*protocol.PaymentName, error) {
	if s.price.IsZero() {
		return nil, nil //nolint:nilnil // free: nothing is used and nothing is wrong
	}
	if name.ID.Domain != s.domain {
		return nil, fmt.Errorf("price: pay %s in domain %x... and name the payment", s.price, s.domain[:4])
	}
	if last, ok := s.used[name.ID]; ok && !after(name, last) {
		return nil, fmt.Errorf("price: payment %d/%d/%d was used, or one after it", name.Epoch, name.Nonce, name.Index)
	}
	amount, ok := paid(name)
	if !ok || amount.Less(s.price) {
		return nil, fmt.Errorf("price: payment %d/%d/%d is of %s: must be at least %s", name.Epoch, name.Nonce, name.Index, amount, s.price)
	}
	s.used[name.ID] = name
	return &name, nil
}

func after(a, b protocol.PaymentName) bool {
	switch {
	case a.Epoch != b.Epoch:
		return a.Epoch > b.Epoch
	case a.Nonce != b.Nonce:
		return a.Nonce > b.Nonce
	default:
		return a.Index > b.Index
	}
}
