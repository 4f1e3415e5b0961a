package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// BeginBlock advances the channel clock. It does nothing per channel: deadlines are
// compared with the clock when somebody acts. It never fails a block: an error means
// that state is corrupt, which is logged; the clock then stands still and nobody's
// window closes.
func (k Keeper) BeginBlock(ctx context.Context) error {
	return k.guarded(ctx, "the channel clock stands still", func(ctx context.Context, params types.Params) error {
		return k.advanceClock(ctx, params)
	})
}

// EndBlock forgets secrets, records and used terms whose time is over, the oldest
// first, at most max_prune_per_block of each.
func (k Keeper) EndBlock(ctx context.Context) error {
	return k.guarded(ctx, "nothing is pruned", k.prune)
}

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

func (k Keeper) prune(ctx context.Context, params types.Params) error {
	clock, err := k.Clock(ctx)
	if err != nil {
		return err
	}
	limit := int(params.MaxPrunePerBlock)
	terms, err := due(ctx, k.UsedTerms, clock, limit)
	if err != nil {
		return err
	}
	for _, key := range terms {
		if err := k.UsedTerms.Remove(ctx, key); err != nil {
			return err
		}
	}
	secrets, err := due(ctx, k.SecretExpiry, clock, limit)
	if err != nil {
		return err
	}
	for _, key := range secrets {
		if err := k.SecretExpiry.Remove(ctx, key); err != nil {
			return err
		}
		if err := k.Secrets.Remove(ctx, key.K2()); err != nil {
			return err
		}
	}
	records, err := due(ctx, k.EndedExpiry, clock, limit)
	if err != nil {
		return err
	}
	for _, key := range records {
		if err := k.forget(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// due returns the first entries whose time is below the clock.
func due[K any](ctx context.Context, set collections.KeySet[collections.Pair[uint64, K]], clock uint64, limit int) ([]collections.Pair[uint64, K], error) {
	var keys []collections.Pair[uint64, K]
	err := set.Walk(ctx, nil, func(key collections.Pair[uint64, K]) (bool, error) {
		if key.K1() >= clock {
			return true, nil
		}
		keys = append(keys, key)
		return len(keys) >= limit, nil
	})
	return keys, err
}
