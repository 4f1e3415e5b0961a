package keeper

import (
	"context"
	"encoding/hex"

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
	to, err := sdk.AccAddressFromBech32(msg.To)
	if err != nil {
		return nil, errorsmod.Wrapf(types.ErrReceiver, "to %q: %s", msg.To, err)
	}
	sequence, err := k.Sequence.Next(ctx)
	if err != nil {
		return nil, err
	}
	source := types.Source{ChainId: sdkCtx.ChainID(), Channel: types.LocalChannel, Sequence: sequence}
	err = sdkCtx.EventManager().EmitTypedEvent(&types.EventSent{
		Id: hex.EncodeToString(source.ID()), From: sender.String(), To: to.String(), Payment: msg.Payment,
		Channel: types.LocalChannel, Sequence: sequence, Topic: msg.Envelope.Topic, Thread: msg.Envelope.ThreadHex(),
	})
	if err != nil {
		return nil, err
	}
	// Before the payment, as it is the cheaper one to refuse; both or neither remain.
	delivered, err := k.Deliver(ctx, to, types.Transacket{
		From: sender.String(), Source: source, Payment: msg.Payment, Envelope: msg.Envelope,
	})
	if err != nil {
		return nil, err
	}
	if err := k.bank.IsSendEnabledCoins(ctx, msg.Payment); err != nil {
		return nil, errorsmod.Wrapf(types.ErrPayment, "payment %s: %s", msg.Payment, err)
	}
	if err := k.bank.SendCoins(ctx, sender, to, sdk.NewCoins(msg.Payment)); err != nil {
		return nil, errorsmod.Wrapf(types.ErrPayment, "payment %s: %s", msg.Payment, err)
	}
	return &types.MsgSendResponse{Id: delivered.Id, Sequence: sequence, Number: delivered.Number}, nil
}

// sendThrough hands an ICS-20 transfer with the envelope in its memo to the
// transfer module, whose packet comes back through SendPacket.
func (k Keeper) sendThrough(ctx context.Context, msg *types.MsgSend) (*types.MsgSendResponse, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	if k.transfer == nil {
		return nil, errorsmod.Wrapf(types.ErrChannel, "channel %s: this chain sends to no other (no transfer keeper is wired)", msg.Channel)
	}
	timeout, err := k.timeout(ctx, msg)
	if err != nil {
		return nil, err
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
		clienttypes.ZeroHeight(), timeout, memo)
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

// timeout returns the timestamp, in Unix nanoseconds, from which the other chain
// must not deliver any more. Timestamps only: the heights of a zone that sleeps say
// nothing about time.
func (k Keeper) timeout(ctx context.Context, msg *types.MsgSend) (uint64, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	period := params.DefaultTimeout
	if msg.Timeout != nil {
		period = *msg.Timeout
	}
	if period <= 0 || period > params.MaxTimeout {
		return 0, errorsmod.Wrapf(types.ErrTimeout, "timeout %s: must be positive and at most %s (max_timeout)", period, params.MaxTimeout)
	}
	return uint64(sdk.UnwrapSDKContext(ctx).BlockTime().Add(period).UnixNano()), nil // after 1970
}
