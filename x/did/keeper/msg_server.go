package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

type msgServer struct{ Keeper }

// NewMsgServerImpl serves the messages of the module. Every handler validates its
// message again: contracts and other modules call it without the ante chain.
func NewMsgServerImpl(k Keeper) types.MsgServer { return msgServer{k} }

// CreateDid implements types.MsgServer.
func (s msgServer) CreateDid(ctx context.Context, msg *types.MsgCreateDid) (*types.MsgCreateDidResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgCreateDidResponse{}, s.create(ctx, msg)
}

// UpdateDid implements types.MsgServer.
func (s msgServer) UpdateDid(ctx context.Context, msg *types.MsgUpdateDid) (*types.MsgUpdateDidResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	version, err := s.update(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgUpdateDidResponse{VersionId: version}, nil
}

// DeactivateDid implements types.MsgServer.
func (s msgServer) DeactivateDid(ctx context.Context, msg *types.MsgDeactivateDid) (*types.MsgDeactivateDidResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgDeactivateDidResponse{}, s.deactivate(ctx, msg)
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
