package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// reserve keeps a place in the sender's inbox for the receipt it asks for, so that
// others cannot fill the inbox meanwhile.
func (k Keeper) reserve(ctx context.Context, sender string) error {
	address, err := sdk.AccAddressFromBech32(sender)
	if err != nil {
		return errorsmod.Wrapf(types.ErrReceipt, "envelope.receipt: sender %.80q has no inbox here: %s", sender, err)
	}
	if k.bank.BlockedAddr(address) {
		return errorsmod.Wrapf(types.ErrReceipt, "envelope.receipt: sender %s is the account of a module, which has no inbox", sender)
	}
	if err := k.checkRoom(ctx, address); err != nil {
		return errorsmod.Wrap(err, "envelope.receipt needs a place in the inbox of the sender")
	}
	reserved, err := count(ctx, k.Reserved, address)
	if err != nil {
		return err
	}
	return k.Reserved.Set(ctx, address, reserved+1)
}

// release gives a reserved place back.
func (k Keeper) release(ctx context.Context, sender sdk.AccAddress) error {
	return decrement(ctx, k.Reserved, sender)
}

// fileReceipt puts a receipt into the inbox of the sender, in a place that was
// reserved, whatever max_inbox is meanwhile.
func (k Keeper) fileReceipt(ctx context.Context, sender sdk.AccAddress, receipt types.Transacket) (uint64, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	receipt.Height = sdkCtx.BlockHeight()
	receipt.Time = sdkCtx.BlockTime().UTC()
	receipt.Expires = receipt.Time.Add(params.Retention)
	if err := receipt.Validate(); err != nil {
		return 0, err
	}
	if err := k.checkNew(ctx, receipt); err != nil {
		return 0, err
	}
	if receipt.Number, err = k.Number.Next(ctx); err != nil {
		return 0, err
	}
	size, err := count(ctx, k.Size, sender)
	if err != nil {
		return 0, err
	}
	return receipt.Number, k.insert(ctx, sender, receipt, size)
}

// receiptHere files the receipt for what was sent and delivered on this chain, whose
// sender asked for it.
func (k Keeper) receiptHere(ctx context.Context, t types.Transacket, ack types.TransacketAck) error {
	sender, err := sdk.AccAddressFromBech32(t.From)
	if err != nil {
		return err
	}
	if err := k.release(ctx, sender); err != nil {
		return err
	}
	number, err := k.fileReceipt(ctx, sender, types.NewReceipt(t.Source, sender, t.To, t.Envelope.Topic, t.Payment, ack))
	if err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventReceipt{Id: t.IDHex(), From: t.From, Number: number})
}

// Settle closes the books on a packet that left with a TransacKet and whose fate is
// known. With a receipt, and if the sender asked for one, it goes into the sender's
// inbox, and its number is returned. An error means that state is corrupt; a receipt
// that finds no place is lost, with the reason.
func (k Keeper) Settle(ctx sdk.Context, packet channeltypes.Packet, data types.Packet, receipt *types.TransacketAck) (number uint64, lost string, err error) {
	key := collections.Join(packet.SourceChannel, packet.Sequence)
	known, err := k.Packets.Has(ctx, key)
	if err != nil {
		return 0, "", err
	}
	if known {
		if err := k.Packets.Remove(ctx, key); err != nil {
			return 0, "", err
		}
	}
	if !data.Envelope.WantsReceipt() {
		return 0, "", nil
	}
	sender, err := sdk.AccAddressFromBech32(data.Transfer.Sender)
	if err != nil {
		return 0, err.Error(), nil // transfer would have failed
	}
	if known {
		if err := k.release(ctx, sender); err != nil {
			return 0, "", err
		}
	}
	if receipt == nil {
		return 0, "there is none", nil
	}
	if !known { // nothing is reserved: it left without passing this module
		if err := k.checkRoom(ctx, sender); err != nil {
			return 0, err.Error(), nil
		}
	}
	payment, err := SentPayment(data.Transfer)
	if err != nil {
		return 0, err.Error(), nil
	}
	cached, write := ctx.CacheContext()
	number, err = k.fileReceipt(cached, sender, types.NewReceipt(k.sentSource(ctx, packet), sender, data.Transfer.Receiver, data.Envelope.Topic, payment, *receipt))
	if err != nil {
		return 0, err.Error(), nil
	}
	write()
	return number, "", nil
}
