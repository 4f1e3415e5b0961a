package keeper

import (
	"context"
	"encoding/hex"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// checkFunds says what is wrong with a payment in words that help; the bank would
// only say that it failed.
func (k Keeper) checkFunds(ctx context.Context, msg *types.MsgSend) error {
	if !k.bank.HasSupply(ctx, msg.Payment.Denom) {
		return errorsmod.Wrapf(types.ErrPayment, "payment %s: there is no denom %q on this chain", msg.Payment, msg.Payment.Denom)
	}
	sender, err := sdk.AccAddressFromBech32(msg.Sender)
	if err != nil {
		return errorsmod.Wrapf(types.ErrSender, "sender %q: %s", msg.Sender, err)
	}
	if spendable := k.bank.SpendableCoin(ctx, sender, msg.Payment.Denom); spendable.IsLT(msg.Payment) {
		return errorsmod.Wrapf(types.ErrPayment, "payment %s: %s can spend %s", msg.Payment, msg.Sender, spendable)
	}
	return nil
}

// sendLocal pays and delivers on this chain.
func (k Keeper) sendLocal(ctx context.Context, msg *types.MsgSend) (*types.MsgSendResponse, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	sender, err := sdk.AccAddressFromBech32(msg.Sender)
	if err != nil {
		return nil, errorsmod.Wrapf(types.ErrSender, "sender %q: %s", msg.Sender, err)
	}
	to, err := k.Resolve(ctx, msg.To)
	if err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	t := types.Transacket{From: sender.String(), Payment: msg.Payment, Envelope: msg.Envelope}
	// What the receiver does not take is refused before any state changes.
	if err := k.admit(ctx, to, params, t); err != nil {
		return nil, err
	}
	if t.Envelope.Locked() {
		if err := k.checkPeriod(ctx, t.Envelope); err != nil {
			return nil, err
		}
	}
	if err := k.checkThread(ctx, t.Envelope.Thread); err != nil {
		return nil, err
	}
	if t.Envelope.WantsReceipt() {
		if err := k.reserve(ctx, msg.Sender); err != nil {
			return nil, err
		}
	}
	sequence, err := k.Sequence.Next(ctx)
	if err != nil {
		return nil, err
	}
	t.Source = types.Source{ChainId: sdkCtx.ChainID(), Channel: types.LocalChannel, Sequence: sequence}
	err = sdkCtx.EventManager().EmitTypedEvent(&types.EventSent{
		Id: hex.EncodeToString(t.Source.ID()), From: sender.String(), To: to.String(), Payment: msg.Payment,
		Channel: types.LocalChannel, Sequence: sequence, Topic: msg.Envelope.Topic, Thread: msg.Envelope.ThreadHex(),
	})
	if err != nil {
		return nil, err
	}
	// The receiver's code must find the payment there.
	if err := k.pay(ctx, sender, to, t); err != nil {
		return nil, err
	}
	delivered, err := k.deliver(ctx, to, params, t, nil)
	if err != nil {
		return nil, err
	}
	if t.Envelope.WantsReceipt() && !delivered.Held {
		ack := types.TransacketAck{Height: uint64(delivered.Height), Time: delivered.Time, Reply: delivered.Reply}
		if err := k.receiptHere(ctx, delivered.Transacket, ack); err != nil {
			return nil, err
		}
	}
	return &types.MsgSendResponse{Id: delivered.Id, Sequence: sequence, Number: delivered.Number, Reply: delivered.Reply}, nil
}

// pay moves the payment from a sender of this chain to where delivery needs it.
func (k Keeper) pay(ctx context.Context, sender, to sdk.AccAddress, t types.Transacket) error {
	payee, err := k.Payee(ctx, to, t)
	if err != nil {
		return err
	}
	if err := k.bank.IsSendEnabledCoins(ctx, t.Payment); err != nil {
		return errorsmod.Wrapf(types.ErrPayment, "payment %s: %s", t.Payment, err)
	}
	if err := k.bank.SendCoins(ctx, sender, payee, sdk.NewCoins(t.Payment)); err != nil {
		return errorsmod.Wrapf(types.ErrPayment, "payment %s: %s", t.Payment, err)
	}
	return nil
}

// checkThread refuses to answer what was never here: the thread must lie in an inbox
// of this chain, or have an answer in one. Of threads that continue on another chain
// nothing is known here, so what leaves is not checked.
func (k Keeper) checkThread(ctx context.Context, thread []byte) error {
	if len(thread) == 0 {
		return nil
	}
	if _, err := k.Inbox.Indexes.ID.MatchExact(ctx, thread); err == nil || !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	answered := false
	err := k.Inbox.Indexes.Thread.Walk(ctx, collections.NewPrefixedPairRange[[]byte, EntryKey](thread), func(ThreadKey) (bool, error) {
		answered = true
		return true, nil
	})
	if err == nil && !answered {
		err = errorsmod.Wrapf(types.ErrUnknownThread, "envelope.thread %x: must be the id of a TransacKet in an inbox of this chain, or have an answer here", thread)
	}
	return err
}

// sendThrough hands an ICS-20 transfer with the envelope in its memo to the
// transfer module, whose packet comes back through SendPacket.
func (k Keeper) sendThrough(ctx context.Context, msg *types.MsgSend) (*types.MsgSendResponse, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	if k.transfer == nil {
		return nil, errorsmod.Wrapf(types.ErrChannel, "channel %s: this chain sends to no other (no transfer keeper is wired)", msg.Channel)
	}
	source, err := k.outgoing(sdkCtx, transfertypes.PortID, msg.Channel)
	if err != nil {
		return nil, err
	}
	memo, err := types.EncodeMemo(msg.Envelope)
	if err != nil {
		return nil, err
	}
	transfer := transfertypes.NewMsgTransfer(transfertypes.PortID, msg.Channel, msg.Payment, msg.Sender, msg.To,
		clienttypes.ZeroHeight(), msg.Envelope.Deadline, memo)
	if err := transfer.ValidateBasic(); err != nil {
		return nil, err
	}
	response, err := k.transfer.Transfer(ctx, transfer)
	if err != nil {
		return nil, errorsmod.Wrapf(err, "channel %s", msg.Channel)
	}
	source.Sequence = response.Sequence
	return &types.MsgSendResponse{Id: source.ID(), Sequence: response.Sequence}, nil
}
