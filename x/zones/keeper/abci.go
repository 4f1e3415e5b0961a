package keeper

import (
	"context"
	"time"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// EndBlock removes registrations that were never activated and zones whose
// retirement is over, at most max_prune_per_block of them; owners claim what is
// left of their bonds. It never fails a block: an error means that state is
// corrupt, which is logged, with nothing removed.
func (k Keeper) EndBlock(ctx context.Context) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	cached, write := sdkCtx.CacheContext()
	if err := k.prune(cached); err != nil {
		k.Logger(ctx).Error("expired zones are not removed: state is corrupt", "err", err)
		return nil
	}
	write()
	return nil
}

func (k Keeper) prune(ctx sdk.Context) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	var due []string
	expired := collections.NewPrefixUntilPairRange[time.Time, string](ctx.BlockTime())
	err = k.Deadlines.Walk(ctx, expired, func(key collections.Pair[time.Time, string]) (bool, error) {
		due = append(due, key.K2())
		return uint32(len(due)) >= params.MaxPrunePerBlock, nil // bounded by the parameter
	})
	if err != nil {
		return err
	}
	for _, name := range due {
		zone, err := k.Zones.Get(ctx, name)
		if err != nil {
			return err
		}
		if err := k.remove(ctx, zone, params); err != nil {
			return err
		}
	}
	return nil
}
