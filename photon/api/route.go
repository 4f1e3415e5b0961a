package api

import (
	"context"
	"encoding/hex"
	"math/big"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/x/channels/types"
)

// rateDigits behind the point of a rate that is shown.
const rateDigits = 9

// Route implements PhotonServer.
func (s *Server) Route(ctx context.Context, req *RouteRequest) (*RouteResponse, error) {
	p, err := s.intent(ctx, &PayRequest{Target: req.Target, Amount: req.Amount, MaxFee: req.MaxFee})
	if err != nil {
		return nil, err
	}
	if req.Ask != "" {
		return s.askRoute(ctx, p, req)
	}
	_, why := s.direct(p, nil)
	if why == nil {
		return &RouteResponse{Hops: []string{p.target}, Fee: "0"}, nil
	}
	if s.cfg.Router == nil {
		return nil, why
	}
	out, err := s.cfg.Router.Route(ctx, p.order(nil))
	if err != nil {
		return nil, unroutable(p, why, err)
	}
	return &RouteResponse{Hops: out.Hops, Fee: out.Fee.String()}, nil
}

// Quote implements PhotonServer.
func (s *Server) Quote(ctx context.Context, req *QuoteRequest) (*QuoteResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, defaultPayTime)
	defer cancel()
	spend, err := price(req)
	if err != nil {
		return nil, err
	}
	p, err := s.intent(ctx, &PayRequest{Target: req.Target, Amount: req.Amount, ChainId: req.ChainId, Spend: spend, SpendChainId: req.SpendChainId})
	if err != nil {
		return nil, err
	}
	if s.cfg.Router == nil {
		return nil, Fail(codes.Unimplemented, ReasonUnavailable, "this node pays nothing over others")
	}
	q, err := s.cfg.Router.Quote(ctx, p.order(nil))
	if err != nil {
		return nil, failure(err)
	}
	net, _ := q.Price.Sub(q.Fee)
	return &QuoteResponse{
		Quote: hex.EncodeToString(q.ID[:]), Mediator: q.Mediator, Amount: p.amount.String() + p.denom, Price: q.Price.String() + p.spend.Denom,
		Fee: q.Fee.String() + p.spend.Denom, Rate: ratio(net, p.amount), ValidUntil: q.ValidUntil.Unix(), Hops: q.Hops,
	}, nil
}

// ratio is a / b as a decimal number without zeros at its end.
func ratio(a, b types.Uint128) string {
	text := new(big.Rat).SetFrac(a.Big(), b.Big()).FloatString(rateDigits)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}
