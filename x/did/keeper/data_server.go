package keeper

import (
	"context"

	"github.com/meshchain/meshchain/x/did/types"
)

// RegisterSchema implements types.MsgServer.
func (s msgServer) RegisterSchema(ctx context.Context, msg *types.MsgRegisterSchema) (*types.MsgRegisterSchemaResponse, error) {
	id, err := s.registerSchema(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgRegisterSchemaResponse{Schema: id[:]}, nil
}

// SetSubmitters implements types.MsgServer.
func (s msgServer) SetSubmitters(ctx context.Context, msg *types.MsgSetSubmitters) (*types.MsgSetSubmittersResponse, error) {
	return &types.MsgSetSubmittersResponse{}, s.setSubmitters(ctx, msg)
}

// CloseSchema implements types.MsgServer.
func (s msgServer) CloseSchema(ctx context.Context, msg *types.MsgCloseSchema) (*types.MsgCloseSchemaResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgCloseSchemaResponse{}, s.closeSchema(ctx, msg)
}

// CommitSegments implements types.MsgServer.
func (s msgServer) CommitSegments(ctx context.Context, msg *types.MsgCommitSegments) (*types.MsgCommitSegmentsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	refused, err := s.commitSegments(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgCommitSegmentsResponse{Refused: refused}, nil
}

// DiscloseKeys implements types.MsgServer.
func (s msgServer) DiscloseKeys(ctx context.Context, msg *types.MsgDiscloseKeys) (*types.MsgDiscloseKeysResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	res, err := s.discloseKeys(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &res, nil
}
