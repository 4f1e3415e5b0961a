package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// BeginBlock notes whether the last block was decided in time for its segments. It
// never fails a block: an error means that state is corrupt, which is logged.
func (k Keeper) BeginBlock(ctx context.Context) error {
	return k.guarded(ctx, "late segments are not noticed", func(ctx context.Context, _ types.Params) error {
		return k.sealCommits(ctx)
	})
}

// EndBlock removes what is over, at most max_prune_per_block entries of each kind.
func (k Keeper) EndBlock(ctx context.Context) error {
	return k.guarded(ctx, "nothing is pruned", func(ctx context.Context, params types.Params) error {
		return k.pruneData(ctx, params.Data)
	})
}

// guarded does everything or nothing, and never fails.
func (k Keeper) guarded(ctx context.Context, consequence string, do func(context.Context, types.Params) error) error {
	cached, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	params, err := k.Params.Get(cached)
	if err == nil {
		err = do(cached, params)
	}
	if err != nil {
		k.Logger(ctx).Error(consequence+": state is corrupt", "err", err)
		return nil
	}
	write()
	return nil
}
