package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/photon/invoice"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/x/channels/types"
)

// feeShare of the amount is paid to others at most, if the caller does not say: 1 %.
const feeShare = 100

// intent is what Pay makes of its request.
type intent struct {
	target  string // node id
	chainID string
	denom   string
	domain  types.Hash // of chain and denom, if a payment request names it
	amount  types.Uint128
	maxFee  types.Uint128 // of a swap: all that is paid
	id      [16]byte
	// Of a payment request.
	hash      types.Hash
	packetKey [32]byte
	expiry    time.Time
	// Of a swap.
	spend *Asset
	quote [16]byte
	hints []payment.Hint
}

// order for the router.
func (p *intent) order(data []byte) Order {
	return Order{
		Target: p.target, ChainID: p.chainID, Denom: p.denom, Domain: p.domain, Amount: p.amount, MaxFee: p.maxFee, PaymentID: p.id, Data: data,
		Hash: p.hash, PacketKey: p.packetKey, Spend: p.spend, Quote: p.quote, Hints: p.hints,
	}
}

// intent reads a request to pay.
func (s *Server) intent(ctx context.Context, req *PayRequest) (p intent, err error) {
	p.chainID = req.ChainId
	if err := s.spending(req, &p); err != nil {
		return p, err
	}
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
	if p.spend != nil {
		if p.spend.Denom == p.denom && (p.spend.ChainID == p.chainID || p.spend.ChainID == "" && len(s.cfg.Chains) == 1 && s.cfg.Chains[0].ID() == p.chainID) {
			return p, Fail(codes.InvalidArgument, ReasonInvalid, "spend %s: it is what arrives, too; leave it out", p.spend.Denom)
		}
		return p, nil
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

// spending reads what a swap is paid in.
func (s *Server) spending(req *PayRequest, p *intent) (err error) {
	if req.Spend == "" {
		if req.Quote != "" || req.SpendChainId != "" {
			return Fail(codes.InvalidArgument, ReasonInvalid, "spend is missing: quote and spend_chain_id are for payments in another denom")
		}
		return nil
	}
	p.spend = &Asset{ChainID: req.SpendChainId}
	if p.maxFee, p.spend.Denom, err = coin("spend", req.Spend); err != nil {
		return err
	}
	if req.Quote == "" {
		return nil
	}
	b, err := hex.DecodeString(req.Quote)
	if err != nil || len(b) != len(p.quote) {
		return Fail(codes.InvalidArgument, ReasonInvalid, "quote %.80q: must be 32 hexadecimal digits, as `route --spend` shows them", req.Quote)
	}
	copy(p.quote[:], b)
	return nil
}

// price reads the spend of a question for a quote: a denom, or a coin that is the most.
func price(req *QuoteRequest) (string, error) {
	if sdk.ValidateDenom(req.Spend) == nil {
		return types.MaxUint128.String() + req.Spend, nil
	}
	if req.Spend == "" {
		return "", Fail(codes.InvalidArgument, ReasonInvalid, "spend is missing: the denom to pay in, like usmt")
	}
	return req.Spend, nil
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
	switch {
	case err != nil && p.spend == nil:
		return err
	case err == nil: // a swap may end on a chain that this node is not on
		own, err := c.Domain(ctx, v.Denom)
		if err != nil {
			return failure(fmt.Errorf("domain of %s: %w", v.Denom, err))
		}
		if own != v.Domain {
			return Fail(codes.FailedPrecondition, ReasonWrongNetwork, "the request is for another chain that has the chain-id %s, too", v.ChainID)
		}
	}
	p.chainID, p.denom, p.domain, p.amount, p.id = v.ChainID, v.Denom, v.Domain, v.Amount, v.PaymentID
	p.hash, p.packetKey, p.expiry = v.Hash, v.PacketKey, v.Expiry
	if req.Amount != "" {
		amount, denom, err := coin("amount", req.Amount)
		if err != nil {
			return err
		}
		if denom != v.Denom || !v.Amount.IsZero() && amount != v.Amount {
			return Fail(codes.InvalidArgument, ReasonInvalid, "amount %s: the request asks for %s%s", req.Amount, v.Amount, v.Denom)
		}
		p.amount = amount
	}
	if p.amount.IsZero() && req.Amount == "" {
		return Fail(codes.InvalidArgument, ReasonInvalid, "amount is missing: the request leaves it to you; give it like 250%s", v.Denom)
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
