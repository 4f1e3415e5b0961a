package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// router makes payments with locks for the interface.
type router struct{ *Daemon }

var _ api.Router = router{}

func (r router) order(ctx context.Context, o api.Order) (order payment.Order, err error) {
	target, ok := mediator.NodeID(o.Target)
	if !ok {
		return order, fmt.Errorf("%w: node %q has no ed25519 key", payment.ErrOrder, o.Target)
	}
	order = payment.Order{
		ID: o.PaymentID, Target: target, Domain: o.Domain, Amount: o.Amount, MaxFee: o.MaxFee, Data: o.Data, Hash: o.Hash, PacketKey: o.PacketKey,
		Quote: o.Quote, Hints: o.Hints,
	}
	if order.Domain == (types.Hash{}) {
		if order.Domain, err = r.domainOf(ctx, o.ChainID, o.Denom); err != nil {
			return order, err
		}
	}
	if o.Spend != nil {
		order.From, err = r.domainOf(ctx, o.Spend.ChainID, o.Spend.Denom)
		if err == nil && order.From == order.Domain {
			err = fmt.Errorf("%w: %s is spent and arrives: nothing is to be swapped", payment.ErrOrder, o.Denom)
		}
	}
	if until, ok := ctx.Deadline(); ok {
		order.Timeout = max(1, uint64(max(0, time.Until(until)/time.Second)))
	}
	return order, err
}

func (r router) domainOf(ctx context.Context, chainID, denom string) (types.Hash, error) {
	n, err := r.networkWith(chainID, denom)
	if err != nil {
		return types.Hash{}, err
	}
	return n.Domain(ctx, denom)
}

// Pay implements api.Router.
func (r router) Pay(ctx context.Context, o api.Order) (api.Outcome, error) {
	order, err := r.order(ctx, o)
	if err != nil {
		return api.Outcome{}, err
	}
	done, err := r.mediator.Pay(ctx, order)
	if err != nil {
		return api.Outcome{}, err
	}
	out := api.Outcome{Fee: done.Fee, Hops: names(done.Hops), Secret: done.Secret}
	for _, n := range done.Names {
		name := node.PaymentName{Channel: n.Channel, Epoch: n.Epoch, Nonce: n.Nonce, Index: n.Index}
		if g, ok := r.node.Gauge(n.Channel); ok {
			name.Sender = g.Side
		}
		out.Names = append(out.Names, name)
	}
	return out, nil
}

// Route implements api.Router.
func (r router) Route(ctx context.Context, o api.Order) (api.Outcome, error) {
	order, err := r.order(ctx, o)
	if err != nil {
		return api.Outcome{}, err
	}
	routes, err := r.mediator.Routes(order.Target, order.Domain, order.Amount, order.MaxFee, 1)
	if err != nil {
		return api.Outcome{}, err
	}
	out := api.Outcome{}
	var hops []protocol.NodeID
	for _, hop := range routes[0] {
		hops = append(hops, hop.To)
	}
	out.Hops = names(hops)
	out.Fee, err = routes[0].Fee(order.Amount)
	return out, err
}

// Quote implements api.Router.
func (r router) Quote(ctx context.Context, o api.Order) (api.Quoted, error) {
	order, err := r.order(ctx, o)
	if err != nil {
		return api.Quoted{}, err
	}
	order.OnlyQuote = true
	done, err := r.mediator.Pay(ctx, order)
	if err != nil {
		return api.Quoted{}, err
	}
	q := done.Quote
	return api.Quoted{
		ID: q.ID, Mediator: mediator.PeerID(q.Node), Price: q.AmountIn, Fee: q.Fee, Hops: names(done.Hops),
		ValidUntil: time.Unix(int64(min(q.ValidUntil, 1<<40)), 0), //nolint:gosec // bounded
	}, nil
}

// Request implements api.Router.
func (r router) Request(domain types.Hash, amount types.Uint128, expiry time.Time) (api.Requested, error) {
	made, err := r.mediator.Request(domain, amount, uint64(max(expiry.Unix(), 0))) //nolint:gosec // not negative
	return api.Requested{ID: made.ID, Hash: made.Hash, PacketKey: r.mediator.PacketKey()}, err
}

// Pays implements api.Router.
func (r router) Pays(id [16]byte, expiry time.Time) bool {
	return r.mediator.Pays(id, uint64(max(expiry.Unix(), 0))) //nolint:gosec // not negative
}

// Paid implements api.Router.
func (r router) Paid(id [16]byte) bool { return r.mediator.Paid(id) }

// Finder implements api.Router.
func (r router) Finder(peer string) (price types.Uint128, in api.Asset, err error) {
	id, ok := mediator.NodeID(peer)
	if !ok {
		return price, in, fmt.Errorf("%w: node %q has no ed25519 key", payment.ErrOrder, peer)
	}
	a := r.mediator.Node(id)
	if a == nil || a.Features&protocol.FeaturePathFinder == 0 {
		return price, in, fmt.Errorf("%w: %s has announced no path-finding service", payment.ErrNoRoute, peer)
	}
	if a.Price.IsZero() {
		return price, in, nil
	}
	if in.ChainID, in.Denom = r.nameOf(a.PriceDomain); in.ChainID == "" {
		return price, in, fmt.Errorf("%w: %s asks for a price in domain %x..., which this node does not know", payment.ErrNoRoute, peer, a.PriceDomain[:4])
	}
	return a.Price, in, nil
}

// Ask implements api.Router.
func (r router) Ask(ctx context.Context, peer string, o api.Order, paid node.PaymentName) ([]payment.Hint, error) {
	order, err := r.order(ctx, o)
	if err != nil {
		return nil, err
	}
	id, ok := mediator.NodeID(peer)
	if !ok {
		return nil, fmt.Errorf("%w: node %q has no ed25519 key", payment.ErrOrder, peer)
	}
	name := protocol.PaymentName{ID: paid.Channel, Epoch: paid.Epoch, Nonce: paid.Nonce, Index: paid.Index}
	return r.mediator.FindRoutes(ctx, id, order, r.mediator.Self(), name)
}

func names(hops []protocol.NodeID) (out []string) {
	for _, hop := range hops {
		out = append(out, mediator.PeerID(hop))
	}
	return out
}
