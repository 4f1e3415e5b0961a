package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/photon/invoice"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	defaultPayTime = 60 * time.Second
	maxPayTime     = 10 * time.Minute
	// feeShare of the amount is paid to others at most, if the caller does not say: 1 %.
	feeShare = 100
)

// intent is what Pay makes of its request.
type intent struct {
	target  string // node id
	chainID string
	denom   string
	amount  types.Uint128
	maxFee  types.Uint128
	id      [16]byte
}

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
	p, err := s.payment(ctx, req)
	if err != nil {
		return nil, err
	}
	ch, why := s.direct(p, req.Channel)
	if why != nil && (s.cfg.Router == nil || req.Channel != nil) {
		return nil, why
	}
	if why == nil {
		return s.payDirect(ctx, p, ch, req.Data)
	}
	out, err := s.cfg.Router.Pay(ctx, Order{Target: p.target, ChainID: p.chainID, Denom: p.denom, Amount: p.amount, MaxFee: p.maxFee, PaymentID: p.id, Data: req.Data})
	if err != nil {
		return nil, unroutable(p, why, err)
	}
	r := &PayResponse{PaymentId: hex.EncodeToString(p.id[:]), Fee: out.Fee.String(), Hops: out.Hops}
	for _, n := range out.Names {
		r.Names = append(r.Names, s.nameOf(n))
	}
	return r, nil
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

// payment reads a request to pay.
func (s *Server) payment(ctx context.Context, req *PayRequest) (p intent, err error) {
	p.chainID = req.ChainId
	if invoice.Is(req.Target) {
		if err := s.fromInvoice(ctx, req, &p); err != nil {
			return p, err
		}
	} else {
		if p.amount, p.denom, err = coin("amount", req.Amount); err != nil {
			return p, err
		}
		if p.target, err = targetID(req.Target); err != nil {
			return p, err
		}
		if _, err := rand.Read(p.id[:]); err != nil {
			return p, failure(err)
		}
	}
	if p.amount.IsZero() {
		return p, Fail(codes.InvalidArgument, ReasonInvalid, "amount 0: must be at least 1")
	}
	if p.target == s.cfg.Node.ID() {
		return p, Fail(codes.InvalidArgument, ReasonInvalid, "target %s is this node itself", p.target)
	}
	if req.MaxFee == "" {
		share := types.Uint128{Lo: p.amount.Lo / feeShare}
		if p.amount.Hi > 0 {
			share = p.amount.MulDivCeil(1, feeShare)
		}
		p.maxFee = share.Max(types.NewUint128(1))
		return p, nil
	}
	if p.maxFee, err = types.ParseUint128(req.MaxFee); err != nil {
		return p, fieldError("max_fee", err)
	}
	return p, nil
}

func (s *Server) fromInvoice(ctx context.Context, req *PayRequest, p *intent) error {
	v, err := invoice.Parse(req.Target)
	if err == nil {
		err = v.Check(s.cfg.Now())
	}
	if err != nil {
		return failure(err)
	}
	c, err := s.chain(v.ChainID)
	if err != nil {
		return err
	}
	own, err := c.Domain(ctx, v.Denom)
	if err != nil {
		return failure(fmt.Errorf("domain of %s: %w", v.Denom, err))
	}
	if own != v.Domain {
		return Fail(codes.FailedPrecondition, ReasonWrongNetwork, "the request is for another chain that has the chain-id %s, too", v.ChainID)
	}
	p.chainID, p.denom, p.amount, p.id = v.ChainID, v.Denom, v.Amount, v.PaymentID
	if req.Amount != "" {
		amount, denom, err := coin("amount", req.Amount)
		if err != nil {
			return err
		}
		if denom != v.Denom || !v.Amount.IsZero() && amount.Less(v.Amount) {
			return Fail(codes.InvalidArgument, ReasonInvalid, "amount %s: the request asks for %s%s", req.Amount, v.Amount, v.Denom)
		}
		p.amount = amount
	}
	key, err := crypto.UnmarshalEd25519PublicKey(v.NodeKey[:])
	if err != nil {
		return fieldError("target", err)
	}
	id, err := peer.IDFromPublicKey(key)
	if err != nil {
		return fieldError("target", err)
	}
	p.target = id.String()
	return nil
}

// targetID reads a node id, with or without address.
func targetID(text string) (string, error) {
	if strings.HasPrefix(text, "/") {
		info, err := peer.AddrInfoFromString(text)
		if err != nil {
			return "", fieldError("address", err)
		}
		return info.ID.String(), nil
	}
	id, err := peer.Decode(text)
	if err != nil {
		return "", Fail(codes.InvalidArgument, ReasonUnknownPeer, "%.100q is no node id (12D3Koo…), address (/ip4/…/p2p/12D3Koo…) or payment request (photon1…): %s", text, err)
	}
	return id.String(), nil
}

// reach connects to a node if it must, and returns its id.
func (s *Server) reach(ctx context.Context, text string) (string, error) {
	id, err := targetID(text)
	if err != nil {
		return "", err
	}
	for _, p := range s.cfg.Node.Peers() {
		if p.ID == id && p.Connected {
			return id, nil
		}
	}
	addresses := []string{text}
	if !strings.HasPrefix(text, "/") {
		addresses = s.knownAddresses(id)
		if len(addresses) == 0 {
			return "", Fail(codes.NotFound, ReasonUnknownPeer, "peer %s is not connected and no address of it is known: give /ip4/…/p2p/%s", id, id)
		}
	}
	var reasons []error
	for _, address := range addresses {
		got, err := s.cfg.Node.Connect(ctx, address)
		if err == nil {
			return got, nil
		}
		reasons = append(reasons, err)
	}
	err = errors.Join(reasons...)
	if r := ReasonOf(failure(err)); r == ReasonVersion || r == ReasonBusy || r == ReasonWrongNetwork {
		return "", failure(err)
	}
	return "", Fail(codes.Unavailable, ReasonUnknownPeer, "peer %s cannot be reached: %s", id, err)
}

func (s *Server) knownAddresses(id string) []string {
	for _, p := range s.cfg.Node.Peers() {
		if p.ID != id {
			continue
		}
		var out []string
		for _, a := range p.Addresses {
			if m, err := ma.NewMultiaddr(a); err == nil {
				if _, err := m.ValueForProtocol(ma.P_P2P); err != nil {
					a += "/p2p/" + id
				}
				out = append(out, a)
			}
		}
		return out
	}
	return nil
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
