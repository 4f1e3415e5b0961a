package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// InitGenesis writes a validated genesis state.
func (k Keeper) InitGenesis(ctx context.Context, genesis types.GenesisState) error {
	if err := genesis.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, genesis.Params); err != nil {
		return err
	}
	if err := k.Sequence.Set(ctx, genesis.NextSequence); err != nil {
		return err
	}
	if err := k.Number.Set(ctx, genesis.NextNumber); err != nil {
		return err
	}
	for _, t := range genesis.Transackets {
		to, err := sdk.AccAddressFromBech32(t.To)
		if err != nil {
			return err
		}
		size, err := k.size(ctx, to)
		if err != nil {
			return err
		}
		if err := k.insert(ctx, to, t, size); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis returns the whole state.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var genesis types.GenesisState
	var err error
	if genesis.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if genesis.NextSequence, err = k.Sequence.Peek(ctx); err != nil {
		return nil, err
	}
	if genesis.NextNumber, err = k.Number.Peek(ctx); err != nil {
		return nil, err
	}
	err = k.Inbox.Walk(ctx, nil, func(_ EntryKey, t types.Transacket) (bool, error) {
		genesis.Transackets = append(genesis.Transackets, t)
		return false, nil
	})
	return &genesis, err
}
