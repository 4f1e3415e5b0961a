package keeper

import (
	"bytes"
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

func chargeSignatures(ctx context.Context, acknowledged bool) {
	gas := uint64(signatureGas)
	if acknowledged {
		gas *= 2
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(gas, "channels: balance proof")
}

// updateBalanceProof takes an acknowledged pair of either direction. It must raise the
// pair that is held or contradict a claim; the very pair that is held is a cheap
// no-op, as several towers may show it.
func (k Keeper) updateBalanceProof(ctx context.Context, msg *types.MsgUpdateBalanceProof) (effect, error) {
	ch, clock, err := k.channelIn(ctx, msg.ChannelId, "update", types.PHASE_UPDATE)
	if err != nil {
		return effect{}, err
	}
	p, err := types.ParseBalanceProof(msg.Pair.Proof)
	if err != nil {
		return effect{}, err
	}
	d := ch.Dispute
	dir := &d.Directions[p.Sender]
	if dir.Held != nil && bytes.Equal(dir.Held.Signed.Proof, msg.Pair.Proof) {
		return effect{}, nil
	}
	if _, err := checkProof(ctx, ch, &msg.Pair, p.Sender, true); err != nil {
		return effect{}, err
	}
	var heldNonce uint64
	if dir.Held != nil {
		held, err := types.ParseBalanceProof(dir.Held.Signed.Proof)
		if err != nil {
			return effect{}, err
		}
		heldNonce = held.Nonce
	}
	e, err := apply(d, p, msg.Pair)
	if err != nil {
		return e, err
	}
	if e == (effect{}) {
		return e, errorsmod.Wrapf(types.ErrNotNewer, "pair of participant %d has nonce %d: must be above %d, what is held", p.Sender, p.Nonce, heldNonce)
	}
	named, err := k.nameTower(ctx, ch, msg, p, e.raised, clock)
	if err != nil {
		return e, err
	}
	if err := k.save(ctx, ch); err != nil {
		return e, err
	}
	return e, emit(ctx, &types.EventBalanceProofUpdated{
		ChannelId: ch.Id, Sender: uint32(p.Sender), Nonce: p.Nonce, Pair: msg.Pair,
		Raised: e.raised, Stale: e.stale || e.refuted, Submitter: msg.Submitter, Tower: named,
	})
}

// nameTower puts down the submitter for the reward, if the receiver of the proof
// delegated to it and had a quarter of the challenge to act itself. A delegation that
// is wrong is an error; one that comes early is no reason to refuse the pair.
func (k Keeper) nameTower(ctx context.Context, ch *types.Channel, msg *types.MsgUpdateBalanceProof, p types.BalanceProof, raised bool, clock uint64) (bool, error) {
	if msg.Delegation == nil || !raised {
		return false, nil
	}
	tower, err := types.ParseAccount("delegation.tower", msg.Delegation.Tower)
	if err != nil {
		return false, err
	}
	if msg.Delegation.Expiry < clock {
		return false, errorsmod.Wrapf(types.ErrDelegation, "delegation expired at clock %d: it is %d", msg.Delegation.Expiry, clock)
	}
	delegator := 1 - p.Sender
	delegation := types.DelegationOf{Place: ch.Place(), Delegator: delegator, Tower: tower, Reward: msg.Delegation.Reward, Expiry: msg.Delegation.Expiry}
	if err := verify(ctx, ch.Participants[delegator].Key, "delegation", delegation.Bytes(), msg.Delegation.Signature); err != nil {
		return false, err
	}
	if clock < ch.Dispute.ClosedAt+ch.Terms.Challenge/4 {
		return false, nil
	}
	dir := &ch.Dispute.Directions[p.Sender]
	dir.Tower, dir.Reward = msg.Delegation.Tower, msg.Delegation.Reward
	return true, nil
}
