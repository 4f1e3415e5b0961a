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

// SetAuthority implements types.MsgServer.
func (s msgServer) SetAuthority(ctx context.Context, msg *types.MsgSetAuthority) (*types.MsgSetAuthorityResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	number, err := s.setAuthority(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgSetAuthorityResponse{Number: number}, nil
}

// IssueCertificates implements types.MsgServer.
func (s msgServer) IssueCertificates(ctx context.Context, msg *types.MsgIssueCertificates) (*types.MsgIssueCertificatesResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgIssueCertificatesResponse{}, s.issue(ctx, msg)
}

// RenewCertificates implements types.MsgServer.
func (s msgServer) RenewCertificates(ctx context.Context, msg *types.MsgRenewCertificates) (*types.MsgRenewCertificatesResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgRenewCertificatesResponse{}, s.renew(ctx, msg)
}

// ChangeCertificates implements types.MsgServer.
func (s msgServer) ChangeCertificates(ctx context.Context, msg *types.MsgChangeCertificates) (*types.MsgChangeCertificatesResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgChangeCertificatesResponse{}, s.change(ctx, msg)
}

// Attest implements types.MsgServer.
func (s msgServer) Attest(ctx context.Context, msg *types.MsgAttest) (*types.MsgAttestResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgAttestResponse{}, s.attest(ctx, msg)
}

// Inquire implements types.MsgServer.
func (s msgServer) Inquire(ctx context.Context, msg *types.MsgInquire) (*types.MsgInquireResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	inquiry, err := s.inquire(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgInquireResponse{Channel: inquiry.Channel, Sequence: inquiry.Sequence}, nil
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
