package mediator

import (
	"context"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// onwardTime is how long a mediator may take to say how a swap goes on.
	onwardTime = 5 * time.Second
	// maxOnward mediators are asked.
	maxOnward = 4
)

// onward asks the mediators that a swap could go over how they reach the target. A payer is
// often not on the chain where its payment arrives, and believes nothing that is
// announced there; the mediator is, and is paid for the swap only if it gets there.
func (m *Mediator) onward(ctx context.Context, o payment.Order) (hints []payment.Hint) {
	var ask []protocol.NodeID
	m.working.Lock()
	for _, peer := range m.router.Mediators(o.From) {
		_, err := m.router.Route(payment.Query{
			From: peer, To: o.Target, Domain: o.Domain, Amount: o.Amount, MaxFee: types.MaxUint128, MaxHops: protocol.MaxHops - 1, Now: m.now(),
		})
		if err != nil && peer != o.Target && len(ask) < maxOnward {
			ask = append(ask, peer)
		}
	}
	m.working.Unlock()
	for _, peer := range ask {
		asking, cancel := context.WithTimeout(ctx, onwardTime)
		found, err := m.FindRoutes(asking, peer, o, peer, protocol.PaymentName{})
		cancel()
		if err != nil {
			m.config.Logger.Debug("a mediator does not say how a swap goes on", "mediator", peer, "error", err)
			continue
		}
		hints = append(hints, found...)
	}
	return hints[:min(len(hints), payment.MaxHints)]
}

// FindRoutes asks a connected peer for ways from a node to the target of an order, and
// checks what it says. If the service has a price, paid names a payment of it to the peer.
func (m *Mediator) FindRoutes(ctx context.Context, service protocol.NodeID, o payment.Order, from protocol.NodeID, paid protocol.PaymentName) ([]payment.Hint, error) {
	answer, err := m.AskRoutes(ctx, service, protocol.RouteRequest{
		From: from, To: o.Target, Domain: o.Domain, Amount: o.Amount, MaxFee: types.MaxUint128, Paid: paid,
	})
	if err != nil {
		return nil, err
	}
	key := o.PacketKey
	switch {
	case len(answer.Routes) == 0:
		return nil, fmt.Errorf("%w: %s says: %s", payment.ErrNoRoute, PeerID(service), answer.Reason)
	case key != [32]byte{}: // from a payment request
		for _, route := range answer.Routes {
			if len(route) > 0 {
				route[len(route)-1].PacketKey = key
			}
		}
	case answer.Target == nil || answer.Target.Node != o.Target || answer.Target.Verify() != nil:
		return nil, fmt.Errorf("%w: %s shows no announcement that the target signed", payment.ErrNoRoute, PeerID(service))
	default:
		key = answer.Target.PacketKey
	}
	var hints []payment.Hint
	for _, route := range answer.Routes {
		h := payment.Hint{From: from, Route: route}
		if err := payment.CheckHint(h, o.Target, key, o.Domain); err != nil {
			return nil, fmt.Errorf("%s: %w", PeerID(service), err)
		}
		hints = append(hints, h)
	}
	return hints, nil
}
