package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/channels/types"
)

// closeChannel starts a dispute, or adds the second participant's claim to one.
func (k Keeper) closeChannel(ctx context.Context, msg *types.MsgClose) (*types.Dispute, error) {
	ch, clock, err := k.channelIn(ctx, msg.ChannelId, "close", types.PHASE_OPEN, types.PHASE_UPDATE)
	if err != nil {
		return nil, err
	}
	first := ch.Dispute == nil
	switch {
	case first:
	case ch.Dispute.Directions[msg.Closer].Closed:
		return nil, errorsmod.Wrapf(types.ErrAlreadyClosed, "channel %d: participant %d closed at clock %d; show newer pairs with UpdateBalanceProof until %d",
			ch.Id, msg.Closer, ch.Dispute.ClosedAt, ch.Dispute.UpdateUntil)
	case msg.Recovering:
		return nil, errorsmod.Wrapf(types.ErrRecovering, "channel %d is closed already; show pairs with UpdateBalanceProof until clock %d", ch.Id, ch.Dispute.UpdateUntil)
	}
	claim, partner, err := checkClose(ctx, ch, msg, clock)
	if err != nil {
		return nil, err
	}
	if first {
		if err := k.startDispute(ctx, ch, msg, clock); err != nil {
			return nil, err
		}
	}

	d := ch.Dispute
	own := &d.Directions[msg.Closer]
	own.Closed = true
	if claim != nil {
		own.Claim = &types.Evidence{Signed: *msg.Claim}
	}
	if own.Held != nil { // pairs were shown before the second close
		held, err := types.ParseBalanceProof(own.Held.Signed.Proof)
		if err != nil {
			return nil, err
		}
		judge(d, held, own.Held.Signed.Proof)
	}
	if claim != nil && len(msg.Claim.AckSignature) > 0 {
		if _, err := apply(d, *claim, *msg.Claim); err != nil {
			return nil, err
		}
	}
	if partner != nil {
		if _, err := apply(d, *partner, *msg.PartnerPair); err != nil {
			return nil, err
		}
	}
	if err := k.save(ctx, ch); err != nil {
		return nil, err
	}
	return d, emit(ctx, &types.EventChannelClosed{ChannelId: ch.Id, Closer: msg.Closer, Dispute: *d})
}

// checkClose verifies the closer's authorisation and its evidence.
func checkClose(ctx context.Context, ch *types.Channel, msg *types.MsgClose, clock uint64) (claim, partner *types.BalanceProof, err error) {
	closer, other := ch.Participants[msg.Closer], ch.Participants[1-msg.Closer]
	if err := checkValidity("close authorisation", clock, msg.ValidUntil, types.MaxCloseValidity); err != nil {
		return nil, nil, err
	}
	authorization := types.CloseAuthorization{
		Place:        ch.Place(),
		Closer:       uint8(msg.Closer), //nolint:gosec // 0 or 1
		Recovering:   msg.Recovering,
		PartnerProof: types.ProofHash(msg.PartnerPair),
		Claim:        types.ProofHash(msg.Claim),
		ValidUntil:   msg.ValidUntil,
	}
	if err := verify(ctx, closer.Key, "close authorisation", authorization.Bytes(), msg.Signature); err != nil {
		return nil, nil, err
	}
	if msg.Claim != nil {
		p, err := checkProof(ctx, ch, msg.Claim, authorization.Closer, len(msg.Claim.AckSignature) > 0)
		if err != nil {
			return nil, nil, errorsmod.Wrap(err, "claim")
		}
		claim = &p
	}
	if msg.PartnerPair != nil {
		p, err := checkProof(ctx, ch, msg.PartnerPair, 1-authorization.Closer, true)
		if err != nil {
			return nil, nil, errorsmod.Wrapf(err, "partner_pair of %s", other.Account)
		}
		partner = &p
	}
	return claim, partner, nil
}

// checkProof verifies a proof of one participant and, if asked, the other's
// acknowledgement.
func checkProof(ctx context.Context, ch *types.Channel, signed *types.SignedProof, sender uint8, acknowledged bool) (types.BalanceProof, error) {
	chargeSignatures(ctx, acknowledged)
	p, err := signed.CheckSender(ch.Place(), sender, ch.Participants[sender].Key)
	if err != nil || !acknowledged {
		return p, err
	}
	return p, signed.CheckAck(p, ch.Participants[1-sender].Key)
}

// startDispute takes the bond and fixes the deadlines.
func (k Keeper) startDispute(ctx context.Context, ch *types.Channel, msg *types.MsgClose, clock uint64) error {
	t := ch.Terms
	rate, challenge := t.BondBp, t.Challenge
	if msg.Recovering {
		rate, challenge = t.RecoveryBondBp, max(2*t.Challenge, t.RecoveryPeriod)
	}
	payer, err := types.ParseAccount("submitter", msg.Submitter)
	if err != nil {
		return err
	}
	bond := types.Bond(t.MinBond, types.Sums{Deposit: ch.Deposits()}.Total(), rate)
	if err := k.escrow(ctx, payer, ch.Denom, bond); err != nil {
		return errorsmod.Wrapf(err, "bond of %s%s", bond, ch.Denom)
	}
	ch.Dispute = &types.Dispute{
		Closer:      msg.Closer,
		Recovering:  msg.Recovering,
		ClosedAt:    clock,
		UpdateUntil: clock + challenge,
		UnlockUntil: clock + challenge + t.UnlockPeriod,
		SettleFrom:  clock + challenge + t.UnlockPeriod + t.EvidencePeriod,
		Bond:        bond,
		BondPayer:   msg.Submitter,
		Directions:  make([]types.Direction, 2),
	}
	return k.ByDeadline.Set(ctx, collections.Join(ch.Dispute.UpdateUntil, ch.Id))
}

// effect of a pair on a dispute.
type effect struct{ raised, stale, refuted bool }

// apply judges the sender's claim by an acknowledged pair, and holds the pair if its
// nonce is the highest yet.
func apply(d *types.Dispute, p types.BalanceProof, signed types.SignedProof) (e effect, err error) {
	e.stale, e.refuted = judge(d, p, signed.Proof)
	dir := &d.Directions[p.Sender]
	if dir.Held != nil {
		held, err := types.ParseBalanceProof(dir.Held.Signed.Proof)
		if err != nil || p.Nonce <= held.Nonce {
			return e, err
		}
	}
	dir.Held = &types.Evidence{Signed: signed}
	dir.Tower, dir.Reward = "", types.Uint128{} // whoever raised it before did not decide
	e.raised = true
	return e, nil
}

// judge marks the sender's claim as stale if the acknowledged proof p contradicts it:
// a higher nonce, a higher transferred, or the same nonce and other bytes. A
// participant that closed without a claim said that it never signed. One that is
// recovering said nothing; it is refuted by a proof that paid.
func judge(d *types.Dispute, p types.BalanceProof, proof []byte) (stale, refuted bool) {
	dir := &d.Directions[p.Sender]
	if d.Recovering && uint32(p.Sender) == d.Closer {
		refuted = !d.Refuted && !p.Transferred.IsZero()
		d.Refuted = d.Refuted || refuted
		return false, refuted
	}
	if !dir.Closed || dir.Stale {
		return false, false
	}
	var claimed types.BalanceProof
	if dir.Claim != nil {
		claimed, _ = types.ParseBalanceProof(dir.Claim.Signed.Proof) // was parsed when it came in
	}
	dir.Stale = p.Nonce > claimed.Nonce || claimed.Transferred.Less(p.Transferred) ||
		p.Nonce == claimed.Nonce && !bytes.Equal(proof, dir.Claim.Signed.Proof)
	return dir.Stale, false
}
