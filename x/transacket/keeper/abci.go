package keeper

import (
	"context"
	"time"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// EndBlock removes TransacKets and contents whose retention is over, the oldest
// first, at most max_prune_per_block of each. What is left waits for the next block; until then it
// can still be read. It never fails a block: an error means that state is corrupt,
// which is logged, with nothing pruned.
func (k Keeper) EndBlock(ctx context.Context) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	cached, write := sdkCtx.CacheContext()
	if err := k.prune(cached); err != nil {
		k.Logger(ctx).Error("what expired is not pruned: state is corrupt", "err", err)
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
	if err := k.pruneInboxes(ctx, params.MaxPrunePerBlock); err != nil {
		return err
	}
	return k.pruneContents(ctx, params.MaxPrunePerBlock)
}

func (k Keeper) pruneInboxes(ctx sdk.Context, most uint32) error {
	var due []EntryKey
	expired := collections.NewPrefixUntilPairRange[time.Time, EntryKey](ctx.BlockTime())
	err := k.Inbox.Indexes.Expiry.Walk(ctx, expired, func(_ time.Time, key EntryKey) (bool, error) {
		due = append(due, key)
		return uint32(len(due)) >= most, nil // bounded by the parameter
	})
	if err != nil {
		return err
	}
	for _, key := range due {
		t, err := k.Inbox.Get(ctx, key)
		if err != nil {
			return err
		}
		if err := k.remove(ctx, key); err != nil {
			return err
		}
		if err := ctx.EventManager().EmitTypedEvent(&types.EventPruned{Id: t.IDHex(), To: t.To, Number: t.Number, Read: t.Read}); err != nil {
			return err
		}
	}
	return nil
}
