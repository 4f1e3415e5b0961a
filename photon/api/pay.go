package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	mediated "github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	defaultPayTime = 60 * time.Second
	maxPayTime     = 10 * time.Minute
)

// Pay implements PhotonServer.
func (s *Server) Pay(ctx context.Context, req *PayRequest) (*PayResponse, error) {
	timeout := time.Duration(req.Timeout) * time.Second
	if timeout == 0 {
		timeout = defaultPayTime
	}
	ctx, cancel := context.WithTimeout(ctx, min(timeout, maxPayTime))
	defer cancel()
	if err := s.cfg.Node.Accepting(); err != nil {
		return nil, Fail(codes.ResourceExhausted, ReasonBusy, "this node takes no payments now: %s", err)
	}
	p, err := s.intent(ctx, req)
	if err != nil {
		return nil, err
	}
	if req.Ask == "" && req.MaxPrice != "" {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "max_price is for the answer of another node: name it in ask")
	}
	switch {
	case p.spend != nil:
		return s.paySwap(ctx, p, req)
	case p.hash != types.Hash{}:
		return s.payRequest(ctx, p, req)
	}
	ch, why := s.direct(p, req.Channel)
	if why != nil && (s.cfg.Router == nil || req.Channel != nil) {
		return nil, why
	}
	if why == nil {
		return s.payDirect(ctx, p, ch, req.Data)
	}
	r, err := s.payOver(ctx, p, req)
	if err != nil {
		return nil, unroutable(p, why, err)
	}
	return r, nil
}

// payOver pays with locks, over others or in a channel with the target itself.
func (s *Server) payOver(ctx context.Context, p intent, req *PayRequest) (*PayResponse, error) {
	if req.Ask != "" {
		if _, err := s.cfg.Router.Route(ctx, p.order(nil)); err != nil {
			found, err := s.ask(ctx, p, req.Ask, req.MaxPrice, "")
			if err != nil {
				return nil, err
			}
			p.hints = found.hints
		}
	}
	out, err := s.cfg.Router.Pay(ctx, p.order(req.Data))
	if err != nil {
		return nil, err
	}
	r := &PayResponse{PaymentId: hex.EncodeToString(p.id[:]), Fee: out.Fee.String(), Hops: out.Hops, Secret: hex.EncodeToString(out.Secret[:])}
	paid, _ := p.amount.Add(out.Fee)
	r.Paid = paid.String() + p.denom
	if p.spend != nil { // the price has all of it
		r.Fee, r.Paid = "0", out.Fee.String()+p.spend.Denom
	}
	for _, n := range out.Names {
		r.Names = append(r.Names, s.nameOf(n))
	}
	return r, nil
}

// paySwap pays in another denom, or on another chain, than the amount arrives in.
func (s *Server) paySwap(ctx context.Context, p intent, req *PayRequest) (*PayResponse, error) {
	if s.cfg.Router == nil || req.Channel != nil || req.Ask != "" {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "channel or ask, and spend: a mediator's quote decides which way a swap goes")
	}
	r, err := s.payOver(ctx, p, req)
	return r, failure(err)
}

// payRequest pays a payment request that names a hash: with a lock under it, also in a
// channel with the target itself, because then the target takes it once and the secret
// proves that it did. Where no lock can be had, without the chain above all, it is a direct
// payment, which this node makes once.
func (s *Server) payRequest(ctx context.Context, p intent, req *PayRequest) (*PayResponse, error) {
	if s.cfg.Router == nil {
		return nil, Fail(codes.Unimplemented, ReasonUnavailable, "this node makes no payments with locks")
	}
	if s.cfg.Router.Paid(p.id) {
		return nil, paidTwice(p, "by this node")
	}
	var locked error
	if req.Channel == nil && len(req.Data) <= mediated.MaxData {
		r, err := s.payOver(ctx, p, req)
		if err == nil {
			s.cfg.Router.Pays(p.id, p.expiry)
			return r, nil
		}
		if locked = failure(err); errors.Is(err, mediated.ErrPaid) {
			return nil, paidTwice(p, "says its node")
		}
		switch ReasonOf(locked) {
		case ReasonNoRoute, ReasonCapacity, ReasonOffline, ReasonChain:
		default:
			return nil, locked
		}
	}
	ch, why := s.direct(p, req.Channel)
	if why != nil {
		if locked != nil {
			return nil, unroutable(p, why, locked)
		}
		return nil, why
	}
	if !s.cfg.Router.Pays(p.id, p.expiry) {
		return nil, paidTwice(p, "by this node")
	}
	return s.payDirect(ctx, p, ch, req.Data)
}

func paidTwice(p intent, who string) error {
	return Fail(codes.FailedPrecondition, ReasonState, "request %x was paid already, %s: it is paid once", p.id, who)
}

// unroutable says why a payment does not get to its target: what is wrong with the channel that there
// is, or with the way over others.
func unroutable(p intent, why, err error) error {
	err = failure(err)
	switch reason := ReasonOf(err); reason {
	case ReasonNoRoute, ReasonCapacity, ReasonOffline, ReasonFee, ReasonChain:
		if ReasonOf(why) != ReasonNoRoute {
			return why
		}
		return Fail(status.Code(err), reason, "no route to %s in %s: %s", p.target, p.denom, status.Convert(err).Message())
	}
	return err
}

// direct finds a channel with the target that carries the payment, or says why there is none.
func (s *Server) direct(p intent, ref *ChannelRef) (node.Channel, error) {
	why := Fail(codes.FailedPrecondition, ReasonNoRoute, "no route to %s: no channel with it in %s", p.target, p.denom)
	for _, c := range s.cfg.Node.Channels() {
		if ref != nil && (c.State.Channel.Channel != ref.ChannelId || ref.ChainId != "" && c.ChainID != ref.ChainId) {
			continue
		}
		if c.Peer != p.target && (ref == nil || c.Peer != "") || c.State.Channel.Denom != p.denom || p.chainID != "" && c.ChainID != p.chainID {
			continue
		}
		if err := c.State.MayPay(s.now()); err != nil && !errors.Is(err, machine.ErrWindow) {
			why = failure(fmt.Errorf("channel %d with %s: %w", c.State.Channel.Channel, p.target, err))
			continue
		}
		if available := c.State.Available(); available.Less(p.amount) {
			why = Fail(codes.FailedPrecondition, ReasonCapacity, "amount %s: channel %d can send %s", p.amount, c.State.Channel.Channel, available)
			continue
		}
		return c, nil
	}
	return node.Channel{}, why
}
