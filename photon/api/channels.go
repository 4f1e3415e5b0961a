package api

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	mediated "github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// openValidity of the partner's signature over open terms, seconds of the channel clock.
	openValidity = 600
	// longest that a call waits for the chain and the peer.
	longest = 10 * time.Minute
)

// parseProof reads a balance proof.
func parseProof(b []byte) (types.BalanceProof, error) { return types.ParseBalanceProof(b) }

// coin reads an amount with its denom.
func coin(field, text string) (types.Uint128, string, error) {
	c, err := sdk.ParseCoinNormalized(text)
	if err != nil {
		return types.Uint128{}, "", Fail(codes.InvalidArgument, ReasonInvalid, "%s %.80q: must be a coin like 1000000usmt: %s", field, text, err)
	}
	amount, err := types.Uint128FromInt(c.Amount)
	if err != nil {
		return amount, "", fieldError(field, err)
	}
	return amount, c.Denom, nil
}

// positive reads an amount of at least 1 without denom.
func positive(field, text string) (types.Uint128, error) {
	amount, err := types.ParseUint128(text)
	if err != nil {
		return amount, fieldError(field, err)
	}
	if amount.IsZero() {
		return amount, Fail(codes.InvalidArgument, ReasonInvalid, "%s 0: must be at least 1", field)
	}
	return amount, nil
}

// OpenChannel implements PhotonServer.
func (s *Server) OpenChannel(ctx context.Context, req *OpenChannelRequest) (*OpenChannelResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	c, err := s.chain(req.ChainId)
	if err != nil {
		return nil, err
	}
	deposit, denom, err := coin("deposit", req.Deposit)
	if err != nil {
		return nil, err
	}
	peer, err := s.reach(ctx, req.Peer)
	if err != nil {
		return nil, err
	}
	if err := s.waitSeen(ctx, c); err != nil {
		return nil, err
	}
	terms, err := s.terms(ctx, c, peer, denom)
	if err != nil {
		return nil, failure(err)
	}
	terms.Deposit = deposit
	if terms.Challenge = req.Challenge; terms.Challenge == 0 {
		p, err := c.Query().Params(ctx, &types.QueryParamsRequest{})
		if err != nil {
			return nil, failure(fmt.Errorf("params of %s: %w", c.ID(), err))
		}
		terms.Challenge = p.Params.DefaultChallenge
	}
	signature, err := s.cfg.Node.RequestOpen(ctx, peer, terms)
	if err != nil {
		return nil, failure(fmt.Errorf("peer %s does not sign the terms: %w", peer, err))
	}
	id, err := c.OpenChannel(ctx, slog.New(slog.DiscardHandler), terms, denom, signature[:], nil)
	if err != nil {
		return nil, failure(err)
	}
	ref := &ChannelRef{ChainId: c.ID(), ChannelId: id}
	return &OpenChannelResponse{Channel: ref, Warning: tooShort(terms.Challenge)}, s.waitFor(ctx, ref)
}

// tooShort warns of a challenge in which no lock has the time that it needs: a lock lives at
// most challenge − reveal period − slack, so that its secret can be shown in a dispute, and the
// last one of a payment lives payment.Config.FinalDelta.
func tooShort(challenge uint64) string {
	final, slack := mediated.DefaultConfig(protocol.NodeID{}).FinalDelta, machine.DefaultConfig().LockSlack
	least := final + types.RevealPeriod + slack
	if challenge >= least {
		return ""
	}
	return fmt.Sprintf("challenge %d s: only direct payments will go in this channel. A payment with a lock, over others or of a request, needs at least %d s: "+
		"its lock lives %d s and must end %d s before the challenge would; each node on the way takes %d s more", challenge, least, final, types.RevealPeriod+slack, types.RevealPeriod)
}

// waitSeen waits until the node knows what was on chain when it started: what opens before would count
// as a channel that it has lost the data of.
func (s *Server) waitSeen(ctx context.Context, c *Network) error {
	if _, err := c.Look(ctx); err != nil {
		return failure(err)
	}
	for c.Clock() == 0 {
		select {
		case <-ctx.Done():
			return ended(ctx, "the node has not seen the chain yet")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// terms of a channel with a peer, without deposit and challenge.
func (s *Server) terms(ctx context.Context, c *Network, peer, denom string) (terms types.OpenTerms, err error) {
	if terms.Domain, err = c.Domain(ctx, denom); err != nil {
		return terms, err
	}
	account, key, err := s.cfg.Introduce(ctx, peer, terms.Domain)
	if err != nil {
		return terms, err
	}
	terms.Key = [2]types.ChannelKey{c.Key, key}
	for i, text := range []string{c.Address(), account} {
		if terms.Account[i], err = c.ParseAddress(text); err != nil {
			return terms, err
		}
	}
	clock, err := c.Query().Clock(ctx, &types.QueryClockRequest{})
	if err != nil {
		return terms, err
	}
	// Terms serve once: those of two channels alike that are opened in the same second have to differ.
	terms.ValidUntil = clock.Clock + openValidity - rand.Uint64N(openValidity/10)
	return terms, nil
}

// waitFor returns when the node knows a channel that is open on chain.
func (s *Server) waitFor(ctx context.Context, ref *ChannelRef) error {
	for {
		if _, err := s.channel(ref); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ended(ctx, fmt.Sprintf("channel %d is open on chain, but not seen by the follower", ref.ChannelId))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Deposit implements PhotonServer.
func (s *Server) Deposit(ctx context.Context, req *DepositRequest) (*DepositResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	amount, err := positive("amount", req.Amount)
	if err != nil {
		return nil, err
	}
	ch, err := s.channel(req.Channel)
	if err != nil {
		return nil, err
	}
	c, err := s.chain(ch.ChainID)
	if err != nil {
		return nil, err
	}
	side := ch.State.Side
	total, ok := ch.State.Channel.Deposit[side].Add(amount)
	if !ok {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "amount %s: the deposit would be above 2^128", amount)
	}
	if err := c.Deposit(ctx, slog.New(slog.DiscardHandler), ch.State.Channel.Channel, side, total); err != nil {
		return nil, failure(err)
	}
	for {
		now, err := s.channel(req.Channel)
		if err != nil || !now.State.Channel.Deposit[side].Less(total) {
			return &DepositResponse{Total: total.String()}, err
		}
		select {
		case <-ctx.Done():
			return nil, ended(ctx, "the deposit is on chain")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Withdraw implements PhotonServer.
func (s *Server) Withdraw(ctx context.Context, req *WithdrawRequest) (*WithdrawResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	amount, err := positive("amount", req.Amount)
	if err != nil {
		return nil, err
	}
	ch, err := s.channel(req.Channel)
	if err != nil {
		return nil, err
	}
	if balance := ch.State.Balance(); balance.Less(amount) {
		return nil, Fail(codes.FailedPrecondition, ReasonCapacity, "amount %s: the balance of this node in channel %d is %s", amount, ch.State.Channel.Channel, balance)
	}
	r := &WithdrawResponse{}
	err = s.run(ctx, ch, "the withdraw", machine.Agree{Agreement: protocol.AgreeWithdraw, Payout: amount, Now: s.now()}, func(n machine.Notice) bool {
		if w, ok := n.(machine.NoticeWithdrawn); ok {
			r.Epoch = w.Epoch
			return true
		}
		return false
	})
	return r, err
}

// CloseChannel implements PhotonServer.
func (s *Server) CloseChannel(ctx context.Context, req *CloseChannelRequest) (*CloseChannelResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	ch, err := s.channel(req.Channel)
	if err != nil {
		return nil, err
	}
	if !req.Alone && !req.Recovering {
		err := s.run(ctx, ch, "the close", machine.Agree{Agreement: protocol.AgreeClose, Now: s.now()}, func(n machine.Notice) bool {
			_, ok := n.(machine.NoticeEnded)
			return ok
		})
		if err != nil {
			return nil, err
		}
		return &CloseChannelResponse{Phase: "ended"}, nil
	}
	err = s.run(ctx, ch, "the close", machine.Close{Recovering: req.Recovering}, func(n machine.Notice) bool {
		_, ok := n.(machine.NoticeClosed)
		return ok
	})
	if err != nil {
		return nil, err
	}
	r := &CloseChannelResponse{Phase: "dispute"}
	if now, err := s.channel(req.Channel); err == nil && now.State.Dispute != nil {
		r.SettleFrom = now.State.Dispute.SettleFrom
	}
	return r, nil
}

// run gives an order to a channel and waits for what comes of it.
func (s *Server) run(ctx context.Context, ch node.Channel, what string, order machine.Event, done func(machine.Notice) bool) error {
	id := idOf(ch)
	result := make(chan error, 1)
	tell := func(err error) {
		select {
		case result <- err:
		default:
		}
	}
	stop := s.cfg.Node.Watch(func(about protocol.ChannelID, n machine.Notice) {
		if about != id {
			return
		}
		switch n := n.(type) {
		case machine.NoticeDraftRefused:
			tell(Fail(codes.FailedPrecondition, ReasonRefused, "the peer does not sign: %s", n.Text))
		case machine.NoticeVoid:
			tell(Fail(codes.Aborted, ReasonTimeout, "%s did not get on chain in time and is void; the channel goes on", n.What))
		default:
			if done(n) {
				tell(nil)
			}
		}
	})
	defer stop()
	if err := s.cfg.Node.Do(ctx, id, order); err != nil {
		return failure(fmt.Errorf("channel %d: %w", id.Channel, err))
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ended(ctx, what)
	}
}

// now is the time as machines take it.
func (s *Server) now() machine.Now {
	return machine.Now(min(max(s.cfg.Now().Unix(), 0), math.MaxInt64)) //nolint:gosec // not negative
}
