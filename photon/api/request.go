package api

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	ma "github.com/multiformats/go-multiaddr"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/photon/invoice"
)

const (
	defaultExpiry = 3600
	maxExpiry     = 30 * 24 * 3600
)

// Invoice implements PhotonServer.
func (s *Server) Invoice(ctx context.Context, req *InvoiceRequest) (*InvoiceResponse, error) {
	c, err := s.chain(req.ChainId)
	if err != nil {
		return nil, err
	}
	v := &invoice.Invoice{ChainID: c.ID(), Memo: req.Memo, NodeKey: s.cfg.NodeKey}
	if sdk.ValidateDenom(req.Amount) == nil {
		v.Denom = req.Amount // the payer chooses the amount
	} else {
		if v.Amount, v.Denom, err = coin("amount", req.Amount); err != nil {
			return nil, err
		}
		if v.Amount.IsZero() {
			return nil, Fail(codes.InvalidArgument, ReasonInvalid, "amount 0%s: must be at least 1; give %q alone to let the payer choose", v.Denom, v.Denom)
		}
	}
	seconds := req.Expiry
	if seconds == 0 {
		seconds = defaultExpiry
	}
	if seconds > maxExpiry {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "expiry %d s: must be at most %d", seconds, maxExpiry)
	}
	v.Expiry = s.cfg.Now().Add(time.Duration(seconds) * time.Second) //nolint:gosec // at most 30 days
	if v.Domain, err = c.Domain(ctx, v.Denom); err != nil {
		return nil, failure(fmt.Errorf("domain of %s: %w", v.Denom, err))
	}
	if s.cfg.Router == nil {
		return nil, Fail(codes.Unimplemented, ReasonUnavailable, "this node takes no payments with locks")
	}
	expected, err := s.cfg.Router.Request(v.Domain, v.Amount, v.Expiry)
	if err != nil {
		return nil, failure(err)
	}
	v.PaymentID, v.Hash, v.PacketKey = expected.ID, expected.Hash, expected.PacketKey
	v.Addresses = s.reachable()
	text, err := v.Sign(s.cfg.Sign)
	if err != nil {
		return nil, failure(err)
	}
	return &InvoiceResponse{Request: text, PaymentId: hex.EncodeToString(v.PaymentID[:]), Hash: hex.EncodeToString(v.Hash[:]), ExpiresAt: v.Expiry.Unix()}, nil
}

// reachable returns this node's first addresses in binary, without the identity, which the
// request has anyway.
func (s *Server) reachable() (out [][]byte) {
	for _, text := range s.cfg.Node.Addresses() {
		m, err := ma.NewMultiaddr(text)
		if err != nil {
			continue
		}
		if bare, _ := ma.SplitFunc(m, func(c ma.Component) bool { return c.Protocol().Code == ma.P_P2P }); len(bare) > 0 {
			if b := bare.Bytes(); len(b) <= invoice.MaxAddress && len(out) < invoice.MaxAddresses {
				out = append(out, b)
			}
		}
	}
	return out
}
