package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

type msgServer struct{ Keeper }

// NewMsgServerImpl serves the messages of the module. Every handler validates its
// message again: contracts and other modules call it without the ante chain.
func NewMsgServerImpl(k Keeper) types.MsgServer { return msgServer{k} }

// Send implements types.MsgServer.
func (s msgServer) Send(ctx context.Context, msg *types.MsgSend) (*types.MsgSendResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.checkFunds(ctx, msg); err != nil {
		return nil, err
	}
	if msg.Channel == "" {
		return s.sendLocal(ctx, msg)
	}
	return s.sendThrough(ctx, msg)
}

// Acknowledge implements types.MsgServer.
func (s msgServer) Acknowledge(ctx context.Context, msg *types.MsgAcknowledge) (*types.MsgAcknowledgeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.eachNumber(ctx, msg.Receiver, msg.Numbers, s.markRead); err != nil {
		return nil, err
	}
	return &types.MsgAcknowledgeResponse{}, nil
}

// Delete implements types.MsgServer.
func (s msgServer) Delete(ctx context.Context, msg *types.MsgDelete) (*types.MsgDeleteResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.eachNumber(ctx, msg.Receiver, msg.Numbers, s.delete); err != nil {
		return nil, err
	}
	return &types.MsgDeleteResponse{}, nil
}

// UpdateParams implements types.MsgServer.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != s.authority {
		return nil, errorsmod.Wrapf(types.ErrAuthority, "authority %s: must be %s", msg.Authority, s.authority)
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.Params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventParamsUpdated{Params: msg.Params})
}

// eachNumber applies do to every number of a batch; the first error undoes all, as
// a failed message leaves no state.
func (s msgServer) eachNumber(
	ctx context.Context, receiver string, numbers []uint64,
	do func(ctx context.Context, receiver sdk.AccAddress, number uint64) error,
) error {
	params, err := s.Params.Get(ctx)
	if err != nil {
		return err
	}
	if len(numbers) > int(params.MaxBatch) {
		return errorsmod.Wrapf(types.ErrBatch, "numbers has %d entries: at most %d (max_batch)", len(numbers), params.MaxBatch)
	}
	address, err := sdk.AccAddressFromBech32(receiver)
	if err != nil {
		return err
	}
	for _, number := range numbers {
		if err := do(ctx, address, number); err != nil {
			return err
		}
	}
	return nil
}
