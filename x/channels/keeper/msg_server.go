package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/channels/types"
)

type msgServer struct{ Keeper }

// NewMsgServerImpl serves the messages of the module. Every handler validates its
// message again: contracts and other modules call it without the ante chain.
func NewMsgServerImpl(k Keeper) types.MsgServer { return msgServer{k} }

// OpenChannel implements types.MsgServer.
func (s msgServer) OpenChannel(ctx context.Context, msg *types.MsgOpenChannel) (*types.MsgOpenChannelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	id, err := s.openChannel(ctx, msg)
	return &types.MsgOpenChannelResponse{ChannelId: id}, err
}

// Deposit implements types.MsgServer.
func (s msgServer) Deposit(ctx context.Context, msg *types.MsgDeposit) (*types.MsgDepositResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgDepositResponse{}, s.deposit(ctx, msg)
}

// GuaranteedDeposit implements types.MsgServer.
func (s msgServer) GuaranteedDeposit(ctx context.Context, msg *types.MsgGuaranteedDeposit) (*types.MsgGuaranteedDepositResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgGuaranteedDepositResponse{}, s.guaranteedDeposit(ctx, msg)
}

// Withdraw implements types.MsgServer.
func (s msgServer) Withdraw(ctx context.Context, msg *types.MsgWithdraw) (*types.MsgWithdrawResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	epoch, err := s.withdraw(ctx, msg)
	return &types.MsgWithdrawResponse{Epoch: epoch}, err
}

// CooperativeClose implements types.MsgServer.
func (s msgServer) CooperativeClose(ctx context.Context, msg *types.MsgCooperativeClose) (*types.MsgCooperativeCloseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgCooperativeCloseResponse{}, s.cooperativeClose(ctx, msg)
}

// Close implements types.MsgServer.
func (s msgServer) Close(ctx context.Context, msg *types.MsgClose) (*types.MsgCloseResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	d, err := s.closeChannel(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgCloseResponse{UpdateUntil: d.UpdateUntil, SettleFrom: d.SettleFrom}, nil
}

// UpdateBalanceProof implements types.MsgServer.
func (s msgServer) UpdateBalanceProof(ctx context.Context, msg *types.MsgUpdateBalanceProof) (*types.MsgUpdateBalanceProofResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	e, err := s.updateBalanceProof(ctx, msg)
	return &types.MsgUpdateBalanceProofResponse{Raised: e.raised, Stale: e.stale || e.refuted}, err
}

// RegisterSecrets implements types.MsgServer.
func (s msgServer) RegisterSecrets(ctx context.Context, msg *types.MsgRegisterSecrets) (*types.MsgRegisterSecretsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	clock, err := s.registerSecrets(ctx, msg.Secrets)
	return &types.MsgRegisterSecretsResponse{RegisteredAt: clock}, err
}

// Unlock implements types.MsgServer.
func (s msgServer) Unlock(ctx context.Context, msg *types.MsgUnlock) (*types.MsgUnlockResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	amount, err := s.unlock(ctx, msg)
	return &types.MsgUnlockResponse{UnlockedAmount: amount}, err
}

// ShowDisposals implements types.MsgServer.
func (s msgServer) ShowDisposals(ctx context.Context, msg *types.MsgShowDisposals) (*types.MsgShowDisposalsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	amount, err := s.showDisposals(ctx, msg)
	return &types.MsgShowDisposalsResponse{UnlockedAmount: amount}, err
}

// Settle implements types.MsgServer.
func (s msgServer) Settle(ctx context.Context, msg *types.MsgSettle) (*types.MsgSettleResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	payouts, err := s.settle(ctx, msg.ChannelId)
	return &types.MsgSettleResponse{Payouts: payouts}, err
}

// Claim implements types.MsgServer.
func (s msgServer) Claim(ctx context.Context, msg *types.MsgClaim) (*types.MsgClaimResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	amount, err := s.claim(ctx, msg)
	return &types.MsgClaimResponse{Amount: amount}, err
}

// SetCollateralTerms implements types.MsgServer.
func (s msgServer) SetCollateralTerms(ctx context.Context, msg *types.MsgSetCollateralTerms) (*types.MsgSetCollateralTermsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgSetCollateralTermsResponse{}, s.setCollateralTerms(ctx, msg)
}

// AddCollateral implements types.MsgServer.
func (s msgServer) AddCollateral(ctx context.Context, msg *types.MsgAddCollateral) (*types.MsgAddCollateralResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgAddCollateralResponse{}, s.addCollateral(ctx, msg)
}

// ReleaseCollateral implements types.MsgServer.
func (s msgServer) ReleaseCollateral(ctx context.Context, msg *types.MsgReleaseCollateral) (*types.MsgReleaseCollateralResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgReleaseCollateralResponse{}, s.releaseCollateral(ctx, msg)
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
	return &types.MsgUpdateParamsResponse{}, emit(ctx, &types.EventParamsUpdated{Params: msg.Params})
}
