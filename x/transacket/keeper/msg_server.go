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
	filled := *msg // the message stays as it was signed
	if err := s.setDeadline(ctx, &filled); err != nil {
		return nil, err
	}
	if !filled.Leaves() {
		return s.sendLocal(ctx, &filled)
	}
	if filled.Channel == "" {
		var err error
		if filled.Channel, err = s.route(ctx, &filled.Envelope); err != nil {
			return nil, err
		}
	}
	return s.sendThrough(ctx, &filled)
}

// SetPrices implements types.MsgServer.
func (s msgServer) SetPrices(ctx context.Context, msg *types.MsgSetPrices) (*types.MsgSetPricesResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.setPrices(ctx, types.PriceList{Account: msg.Account, Prices: msg.Prices}); err != nil {
		return nil, err
	}
	return &types.MsgSetPricesResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(
		&types.EventPricesSet{Account: msg.Account, Prices: msg.Prices})
}

// Claim implements types.MsgServer.
func (s msgServer) Claim(ctx context.Context, msg *types.MsgClaim) (*types.MsgClaimResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.claim(sdk.UnwrapSDKContext(ctx), msg.Id, msg.Preimage); err != nil {
		return nil, err
	}
	return &types.MsgClaimResponse{}, nil
}

// Expire implements types.MsgServer.
func (s msgServer) Expire(ctx context.Context, msg *types.MsgExpire) (*types.MsgExpireResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.expire(sdk.UnwrapSDKContext(ctx), msg.Id, msg.Signer); err != nil {
		return nil, err
	}
	return &types.MsgExpireResponse{}, nil
}

// RegisterContent implements types.MsgServer.
func (s msgServer) RegisterContent(ctx context.Context, msg *types.MsgRegisterContent) (*types.MsgRegisterContentResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	content := types.Content{Owner: msg.Owner, Sha256: msg.Sha256, Size_: msg.Size_, MediaType: msg.MediaType}
	if err := s.register(ctx, content); err != nil {
		return nil, err
	}
	return &types.MsgRegisterContentResponse{}, nil
}

// RegisterRoot implements types.MsgServer.
func (s msgServer) RegisterRoot(ctx context.Context, msg *types.MsgRegisterRoot) (*types.MsgRegisterRootResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	content := types.Content{Owner: msg.Owner, Sha256: msg.Root, Leaves: msg.Leaves, MediaType: msg.MediaType}
	if err := s.register(ctx, content); err != nil {
		return nil, err
	}
	return &types.MsgRegisterRootResponse{}, nil
}

// ReleaseStranded implements types.MsgServer.
func (s msgServer) ReleaseStranded(ctx context.Context, msg *types.MsgReleaseStranded) (*types.MsgReleaseStrandedResponse, error) {
	if err := s.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	to, err := sdk.AccAddressFromBech32(msg.To)
	if err != nil {
		return nil, err
	}
	if err := s.releaseStranded(ctx, msg.Id, to); err != nil {
		return nil, err
	}
	return &types.MsgReleaseStrandedResponse{}, nil
}

func (s msgServer) checkAuthority(authority string) error {
	if authority != s.authority {
		return errorsmod.Wrapf(types.ErrAuthority, "authority %s: must be %s", authority, s.authority)
	}
	return nil
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
	if err := s.checkAuthority(msg.Authority); err != nil {
		return nil, err
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
