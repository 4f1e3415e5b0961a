package api

import (
	"context"

	"google.golang.org/grpc/codes"
)

// errNoMediation says that the node mediates nothing.
func errNoMediation() error {
	return Fail(codes.Unimplemented, ReasonUnavailable, "this node mediates nothing")
}

// Rates implements PhotonServer.
func (s *Server) Rates(context.Context, *RatesRequest) (*RatesResponse, error) {
	if s.cfg.Mediation == nil {
		return &RatesResponse{}, nil
	}
	return &RatesResponse{Rates: s.cfg.Mediation.Rates()}, nil
}

// SetRate implements PhotonServer.
func (s *Server) SetRate(ctx context.Context, req *SetRateRequest) (*SetRateResponse, error) {
	switch {
	case s.cfg.Mediation == nil:
		return nil, errNoMediation()
	case req.Rate == nil || req.Rate.InDenom == "" || req.Rate.OutDenom == "":
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "rate: in_denom and out_denom must be given")
	case (req.Rate.AmountIn == 0) != (req.Rate.AmountOut == 0):
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "rate: %d%s for %d%s: both must be at least 1, or both 0 to end the swap",
			req.Rate.AmountIn, req.Rate.InDenom, req.Rate.AmountOut, req.Rate.OutDenom)
	}
	rate, err := s.cfg.Mediation.SetRate(ctx, req.Rate)
	if err != nil {
		return nil, failure(err)
	}
	return &SetRateResponse{Rate: rate}, nil
}

// Policies implements PhotonServer.
func (s *Server) Policies(context.Context, *PoliciesRequest) (*PoliciesResponse, error) {
	if s.cfg.Mediation == nil {
		return &PoliciesResponse{}, nil
	}
	return &PoliciesResponse{Policies: s.cfg.Mediation.Policies()}, nil
}

// SetPolicy implements PhotonServer.
func (s *Server) SetPolicy(_ context.Context, req *SetPolicyRequest) (*SetPolicyResponse, error) {
	if s.cfg.Mediation == nil {
		return nil, errNoMediation()
	}
	if req.Enable && req.Disable {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "enable and disable: give one of them")
	}
	ch, err := s.channel(req.Channel)
	if err != nil {
		return nil, err
	}
	policy, err := s.cfg.Mediation.SetPolicy(idOf(ch), req)
	if err != nil {
		return nil, failure(err)
	}
	return &SetPolicyResponse{Policy: policy}, nil
}

// PathFinder implements PhotonServer.
func (s *Server) PathFinder(context.Context, *PathFinderRequest) (*PathFinderResponse, error) {
	if s.cfg.Mediation == nil {
		return &PathFinderResponse{Finder: &Finder{}}, nil
	}
	return &PathFinderResponse{Finder: s.cfg.Mediation.PathFinder()}, nil
}

// SetPathFinder implements PhotonServer.
func (s *Server) SetPathFinder(ctx context.Context, req *SetPathFinderRequest) (*SetPathFinderResponse, error) {
	switch {
	case s.cfg.Mediation == nil:
		return nil, errNoMediation()
	case req.Finder == nil:
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "finder is missing")
	}
	f, err := s.cfg.Mediation.SetPathFinder(ctx, req.Finder)
	if err != nil {
		return nil, failure(err)
	}
	return &SetPathFinderResponse{Finder: f}, nil
}

// Earnings implements PhotonServer.
func (s *Server) Earnings(context.Context, *EarningsRequest) (*EarningsResponse, error) {
	if s.cfg.Ledger == nil {
		return &EarningsResponse{}, nil
	}
	return &EarningsResponse{Earnings: s.cfg.Ledger.Earnings()}, nil
}

// Transfers implements PhotonServer.
func (s *Server) Transfers(_ context.Context, req *TransfersRequest) (*TransfersResponse, error) {
	limit := int(req.Limit)
	if limit == 0 {
		limit = defaultPage
	}
	if limit > maxPage {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "limit %d: must be at most %d", limit, maxPage)
	}
	if s.cfg.Ledger == nil {
		return &TransfersResponse{}, nil
	}
	list, next, err := s.cfg.Ledger.Transfers(req.Before, limit)
	if err != nil {
		return nil, failure(err)
	}
	return &TransfersResponse{Transfers: list, Next: next}, nil
}
