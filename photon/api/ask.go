package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// answer of a path-finding service, and what was paid for it.
type answer struct {
	hints []payment.Hint
	price string
	paid  node.PaymentName
}

// askRoute answers Route by asking another node.
func (s *Server) askRoute(ctx context.Context, p intent, req *RouteRequest) (*RouteResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, defaultPayTime)
	defer cancel()
	found, err := s.ask(ctx, p, req.Ask, req.MaxPrice, req.Paid)
	if err != nil {
		return nil, err
	}
	best := found.hints[0].Route
	fee, err := best.Fee(p.amount)
	if err != nil {
		return nil, failure(err)
	}
	if p.maxFee.Less(fee) {
		return nil, Fail(codes.FailedPrecondition, ReasonFee, "the way that %s found costs %s: at most %s are allowed", req.Ask, fee, p.maxFee)
	}
	r := &RouteResponse{Fee: fee.String(), Price: found.price}
	for i := range best {
		r.Hops = append(r.Hops, nodeText(best[i].To))
	}
	if found.paid != (node.PaymentName{}) {
		r.Paid = s.nameOf(found.paid)
	}
	return r, nil
}

// ask pays the price of a path-finding service, if it is not paid and not too high, and asks.
func (s *Server) ask(ctx context.Context, p intent, service, maxPrice, paid string) (a answer, err error) {
	if s.cfg.Router == nil {
		return a, Fail(codes.Unimplemented, ReasonUnavailable, "this node pays nothing over others")
	}
	peer, err := s.reach(ctx, service)
	if err != nil {
		return a, err
	}
	price, in, err := s.cfg.Router.Finder(peer)
	if err != nil {
		return a, failure(err)
	}
	switch {
	case paid != "":
		if a.paid, err = s.paymentName(paid); err != nil {
			return a, err
		}
	case !price.IsZero():
		if a.paid, err = s.payPrice(ctx, peer, price, in, maxPrice); err != nil {
			return a, err
		}
		a.price = price.String() + in.Denom
	}
	if a.hints, err = s.cfg.Router.Ask(ctx, peer, p.order(nil), a.paid); err != nil {
		err = failure(err)
		if a.price != "" {
			return a, Fail(status.Code(err), ReasonOf(err), "%s was paid for the answer: %s", a.price, status.Convert(err).Message())
		}
		return a, err
	}
	return a, nil
}

// payPrice pays for one answer in a channel with the service.
func (s *Server) payPrice(ctx context.Context, peer string, price types.Uint128, in Asset, maxPrice string) (name node.PaymentName, err error) {
	var most types.Uint128
	denom := in.Denom
	if maxPrice != "" {
		if most, denom, err = coin("max_price", maxPrice); err != nil {
			return name, err
		}
	}
	if denom != in.Denom || most.Less(price) {
		return name, Fail(codes.FailedPrecondition, ReasonFee, "node %s asks for %s%s for an answer: max_price is %s", peer, price, in.Denom, maxPrice)
	}
	p := intent{target: peer, chainID: in.ChainID, denom: in.Denom, amount: price}
	if _, err := rand.Read(p.id[:]); err != nil {
		return name, failure(err)
	}
	ch, why := s.direct(p, nil)
	if why != nil {
		return name, why
	}
	return s.payIn(ctx, p, ch, nil)
}

// paymentName reads chain-id/channel/epoch/sender/nonce/index.
func (s *Server) paymentName(text string) (name node.PaymentName, err error) {
	parts := strings.Split(text, "/")
	wrong := Fail(codes.InvalidArgument, ReasonInvalid, "paid %.100q: must be chain-id/channel/epoch/sender/nonce/index", text)
	if len(parts) != 6 {
		return name, wrong
	}
	var n [5]uint64
	for i, digits := range parts[1:] {
		if n[i], err = strconv.ParseUint(digits, 10, 64); err != nil {
			return name, wrong
		}
	}
	if n[2] > 1 || n[4] > 1<<32-1 {
		return name, wrong
	}
	ch, err := s.channel(&ChannelRef{ChainId: parts[0], ChannelId: n[0]})
	if err != nil {
		return name, fmt.Errorf("paid: %w", err)
	}
	return node.PaymentName{Channel: idOf(ch), Epoch: n[1], Sender: uint8(n[2]), Nonce: n[3], Index: uint32(n[4])}, nil
}

// nodeText is the identity of a node as people know it.
func nodeText(id protocol.NodeID) string { return mediator.PeerID(id) }
