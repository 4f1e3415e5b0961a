package keeper

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// hold keeps a delivered payment, which lies with the account of holds, until its
// preimage appears or its deadline passes.
func (k Keeper) hold(ctx context.Context, to sdk.AccAddress, held types.Held) error {
	size, err := count(ctx, k.HeldSize, to)
	if err != nil {
		return err
	}
	if err := k.Held.Set(ctx, held.Transacket.Id, held); err != nil {
		return err
	}
	return k.HeldSize.Set(ctx, to, size+1)
}

// checkHolds refuses one hold too many. (Each has cost its sender a payment for up
// to max_timeout, and the receiver can give any of them back at once.)
func (k Keeper) checkHolds(ctx context.Context, to sdk.AccAddress, most uint32) error {
	size, err := count(ctx, k.HeldSize, to)
	if err == nil && size >= uint64(most) {
		err = errorsmod.Wrapf(types.ErrMaxHeld, "%d payments are held for %s: at most %d (max_held)", size, to, most)
	}
	return err
}

// take ends a hold, whose payment is then still with the account of holds.
func (k Keeper) take(ctx context.Context, id []byte) (types.Held, sdk.AccAddress, error) {
	held, err := k.getHold(ctx, id)
	if err != nil {
		return held, nil, err
	}
	to, err := sdk.AccAddressFromBech32(held.Transacket.To)
	if err != nil {
		return held, nil, err
	}
	if err := k.Held.Remove(ctx, id); err != nil {
		return held, nil, err
	}
	return held, to, decrement(ctx, k.HeldSize, to)
}

func (k Keeper) getHold(ctx context.Context, id []byte) (types.Held, error) {
	held, err := k.Held.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return held, errorsmod.Wrapf(types.ErrNoHold, "id %x: nothing is held for it (never was, is claimed or has gone back)", id)
	}
	return held, err
}

// claim pays the receiver against the preimage, and tells the sender the preimage.
func (k Keeper) claim(ctx sdk.Context, id, preimage []byte) error {
	held, err := k.getHold(ctx, id)
	if err != nil {
		return err
	}
	t := held.Transacket
	if t.Envelope.Due(ctx.BlockTime()) {
		return errorsmod.Wrapf(types.ErrDeadline, "id %s: the deadline was %s; the payment goes back with MsgExpire", t.IDHex(), deadline(t))
	}
	if !t.Envelope.Opens(preimage) {
		return errorsmod.Wrapf(types.ErrPreimage, "preimage %x: its SHA-256 must be %x", preimage, t.Envelope.HashLock)
	}
	_, to, err := k.take(ctx, id)
	if err != nil {
		return err
	}
	if err := k.bank.SendCoins(ctx, types.HoldAddress(), to, sdk.NewCoins(t.Payment)); err != nil {
		return errorsmod.Wrapf(types.ErrPayment, "payment %s: %s", t.Payment, err)
	}
	if err := k.free(ctx, to, t); err != nil {
		return err
	}
	event := &types.EventClaimed{Id: t.IDHex(), To: t.To, Payment: t.Payment, Preimage: hex.EncodeToString(preimage)}
	ack := types.TransacketAck{Height: uint64(ctx.BlockHeight()), Time: ctx.BlockTime().UTC(), Reply: held.Reply, Preimage: preimage}
	if err := k.tell(ctx, held, ack, event); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(event)
}

// tell sends the receipt for a claim to the sender, wherever it is.
func (k Keeper) tell(ctx sdk.Context, held types.Held, ack types.TransacketAck, event *types.EventClaimed) error {
	if held.Packet == nil {
		if !held.Transacket.Envelope.WantsReceipt() {
			return nil
		}
		return k.receiptHere(ctx, held.Transacket, ack)
	}
	// A closed channel must not keep the receiver from its money: what the other chain
	// has sent stays sent either way.
	if err := k.Acknowledgeable(ctx, *held.Packet); err != nil {
		event.Unacknowledged = err.Error()
		return nil
	}
	result, err := ack.Marshal()
	if err != nil {
		return err
	}
	return k.AcknowledgeLater(ctx, *held.Packet, channeltypes.NewResultAcknowledgement(result))
}

// expire sends a payment back: after the deadline for anybody, before it for the
// receiver, who thereby declines. The message goes with it.
func (k Keeper) expire(ctx sdk.Context, id []byte, signer string) error {
	held, err := k.getHold(ctx, id)
	if err != nil {
		return err
	}
	t := held.Transacket
	due := t.Envelope.Due(ctx.BlockTime())
	if !due && signer != t.To {
		return errorsmod.Wrapf(types.ErrNotDue, "id %s: until %s only the receiver %s may give it back", t.IDHex(), deadline(t), t.To)
	}
	_, to, err := k.take(ctx, id)
	if err != nil {
		return err
	}
	if err := k.withdraw(ctx, to, t); err != nil {
		return err
	}
	event := &types.EventExpired{Id: t.IDHex(), From: t.From, Payment: t.Payment, Declined: !due}
	if err := ctx.EventManager().EmitTypedEvent(event); err != nil {
		return err
	}
	if held.Packet == nil {
		return k.giveBack(ctx, t)
	}
	if err := k.Acknowledgeable(ctx, *held.Packet); err != nil {
		return k.Strand(ctx, t, types.HoldAddress(), err)
	}
	if err := k.Unwind(ctx, *held.Packet, types.HoldAddress(), t.Payment); err != nil {
		return err
	}
	reason := types.ErrDeadline
	if !due {
		reason = types.ErrHashLock
	}
	return k.AcknowledgeLater(ctx, *held.Packet, channeltypes.NewErrorAcknowledgementWithCodespace(reason))
}

// giveBack refunds a sender of this chain.
func (k Keeper) giveBack(ctx context.Context, t types.Transacket) error {
	sender, err := sdk.AccAddressFromBech32(t.From)
	if err != nil {
		return err
	}
	if t.Envelope.WantsReceipt() {
		if err := k.release(ctx, sender); err != nil {
			return err
		}
	}
	return k.bank.SendCoins(ctx, types.HoldAddress(), sender, sdk.NewCoins(t.Payment))
}

// free marks an entry's payment as the receiver's, if the entry is still there.
func (k Keeper) free(ctx context.Context, to sdk.AccAddress, t types.Transacket) error {
	entry, err := k.Inbox.Get(ctx, collections.Join(to, t.Number))
	if errors.Is(err, collections.ErrNotFound) {
		return nil // deleted, pruned, or handled by code
	} else if err != nil {
		return err
	}
	entry.Held = false
	return k.Inbox.Set(ctx, collections.Join(to, t.Number), entry)
}

// withdraw removes an entry whose payment goes back, if it is still there.
func (k Keeper) withdraw(ctx context.Context, to sdk.AccAddress, t types.Transacket) error {
	found, err := k.Inbox.Has(ctx, collections.Join(to, t.Number))
	if err != nil || !found {
		return err
	}
	return k.remove(ctx, collections.Join(to, t.Number))
}

// releaseStranded pays out what could not go back.
func (k Keeper) releaseStranded(ctx context.Context, id []byte, to sdk.AccAddress) error {
	stranded, err := k.Stranded.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(types.ErrNoHold, "id %x: nothing is stranded for it", id)
	} else if err != nil {
		return err
	}
	if k.bank.BlockedAddr(to) {
		return errorsmod.Wrapf(types.ErrReceiver, "to %s: must not be the account of a module", to)
	}
	if err := k.Stranded.Remove(ctx, id); err != nil {
		return err
	}
	if err := k.bank.SendCoins(ctx, types.HoldAddress(), to, sdk.NewCoins(stranded.Payment)); err != nil {
		return errorsmod.Wrapf(types.ErrPayment, "payment %s: %s", stranded.Payment, err)
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventReleased{
		Id: hex.EncodeToString(id), To: to.String(), Payment: stranded.Payment,
	})
}

func deadline(t types.Transacket) time.Time {
	return time.Unix(0, int64(t.Envelope.Deadline)).UTC() // Admit keeps it within max_timeout of now
}
