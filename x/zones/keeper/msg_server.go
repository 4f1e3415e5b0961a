package keeper

import (
	"context"
	"encoding/hex"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

type msgServer struct{ Keeper }

// NewMsgServerImpl serves the messages of the module. Which of them a chain of this
// role serves is checked before, for all messages alike (app/role.go). Every
// handler validates its message again: contracts and other modules call it without
// the ante chain.
func NewMsgServerImpl(k Keeper) types.MsgServer { return msgServer{k} }

// RegisterZone implements types.MsgServer.
func (s msgServer) RegisterZone(ctx context.Context, msg *types.MsgRegisterZone) (*types.MsgRegisterZoneResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	zone, err := s.register(sdkCtx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgRegisterZoneResponse{Nonce: zone.Nonce}, sdkCtx.EventManager().EmitTypedEvent(&types.EventZoneRegistered{
		Name: zone.Name, Owner: zone.Owner, ChainId: zone.ChainId, Nonce: hex.EncodeToString(zone.Nonce), Bond: zone.Bond,
	})
}

// UpdateZone implements types.MsgServer.
func (s msgServer) UpdateZone(ctx context.Context, msg *types.MsgUpdateZone) (*types.MsgUpdateZoneResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	zone, err := s.update(sdkCtx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgUpdateZoneResponse{}, sdkCtx.EventManager().EmitTypedEvent(&types.EventZoneUpdated{Name: zone.Name, ChannelId: zone.ChannelId})
}

// RetireZone implements types.MsgServer.
func (s msgServer) RetireZone(ctx context.Context, msg *types.MsgRetireZone) (*types.MsgRetireZoneResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgRetireZoneResponse{}, s.retire(sdk.UnwrapSDKContext(ctx), msg)
}

// ClaimBond implements types.MsgServer.
func (s msgServer) ClaimBond(ctx context.Context, msg *types.MsgClaimBond) (*types.MsgClaimBondResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	owner, err := sdk.AccAddressFromBech32(msg.Owner)
	if err != nil {
		return nil, err
	}
	amount, err := s.claim(sdk.UnwrapSDKContext(ctx), owner)
	if err != nil {
		return nil, err
	}
	return &types.MsgClaimBondResponse{Amount: amount}, nil
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

// PinHub implements types.MsgServer.
func (s msgServer) PinHub(ctx context.Context, msg *types.MsgPinHub) (*types.MsgPinHubResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgPinHubResponse{}, s.pinHub(sdk.UnwrapSDKContext(ctx), msg)
}

// Announce implements types.MsgServer.
func (s msgServer) Announce(ctx context.Context, msg *types.MsgAnnounce) (*types.MsgAnnounceResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	sequence, err := s.announce(sdk.UnwrapSDKContext(ctx), msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgAnnounceResponse{Sequence: sequence}, nil
}
