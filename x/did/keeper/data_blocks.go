package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// The time of a block is when validators voted for the block before it (CometBFT, "BFT
// time"). After a halt of an hour the first block has a time of before the halt, while
// devices have disclosed their keys to everybody: a forged segment in that block would
// pass the safe-packet test. The time of the *next* block tells when a block was
// decided, so BeginBlock compares that with the earliest time at which a key of the
// last block's segments may have been known, and notes the block if it was too late.

// noteCommits notes that a block has segments, and the earliest time at which a key of
// them may be known.
func (k Keeper) noteCommits(ctx context.Context, height int64, deadline time.Time) error {
	noted, err := k.LastCommits.Get(ctx)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	ns := deadline.UnixNano()
	if err == nil && noted.Height == height && noted.Time <= ns {
		return nil
	}
	return k.LastCommits.Set(ctx, types.BlockTime{Height: height, Time: ns})
}

// sealCommits notes whether the last block was decided too late for one of its segments.
func (k Keeper) sealCommits(ctx context.Context) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	noted, err := k.LastCommits.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	now := sdkCtx.BlockTime().UnixNano()
	if err != nil || noted.Height != sdkCtx.BlockHeight()-1 || now < noted.Time {
		return err
	}
	return k.LateBlocks.Set(ctx, noted.Height, now)
}

// decidedInTime tells whether the block of a segment was decided before its key may
// have been known.
func (k Keeper) decidedInTime(ctx context.Context, stream *segment.Schema, s *types.Segment) (bool, error) {
	decided, err := k.LateBlocks.Get(ctx, s.Height)
	if errors.Is(err, collections.ErrNotFound) {
		return true, nil
	}
	return err == nil && stream.Safe(s.T, time.Unix(0, decided)), err
}

// pruneData removes what is over, the oldest first: at most limit entries.
func (k Keeper) pruneData(ctx context.Context, params types.DataParams) error {
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	left := int(params.MaxPrunePerBlock)
	if err := k.pruneLateBlocks(ctx, now.Add(-params.EarlyBy()-params.Disclosure()-segment.MaxDelay*time.Millisecond), left); err != nil {
		return err
	}
	for left > 0 {
		key, found, err := first(ctx, k.SchemaExpiry)
		if err != nil || !found || now.Before(time.UnixMilli(int64(key.K1()))) { //nolint:gosec // a schema's end is bounded
			return err
		}
		if left, err = k.removeSchema(ctx, key.K2(), left); err != nil {
			return err
		}
	}
	return nil
}

// pruneLateBlocks forgets late blocks none of whose segments can be opened any more.
func (k Keeper) pruneLateBlocks(ctx context.Context, before time.Time, limit int) error {
	var heights []int64
	err := k.LateBlocks.Walk(ctx, nil, func(height, decided int64) (bool, error) {
		if decided >= before.UnixNano() {
			return true, nil
		}
		heights = append(heights, height)
		return len(heights) >= limit, nil
	})
	if err != nil {
		return err
	}
	for _, height := range heights {
		if err := k.LateBlocks.Remove(ctx, height); err != nil {
			return err
		}
	}
	return nil
}

// first entry of a set.
func first[K any](ctx context.Context, set collections.KeySet[K]) (key K, found bool, err error) {
	err = set.Walk(ctx, nil, func(k K) (bool, error) {
		key, found = k, true
		return true, nil
	})
	return key, found, err
}

// removeSchema removes segments of a schema that has ended, and when none is left the
// schema, up to left entries, and returns how many more may be removed.
func (k Keeper) removeSchema(ctx context.Context, id []byte, left int) (int, error) {
	var keys []SegmentKey
	err := k.Segments.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint32](id), func(key SegmentKey, _ types.Segment) (bool, error) {
		keys = append(keys, key)
		return len(keys) >= left, nil
	})
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		if err := k.Segments.Remove(ctx, key); err != nil {
			return 0, err
		}
	}
	if left -= len(keys); left == 0 {
		return 0, nil
	}
	schema, err := k.schema(ctx, id)
	if err != nil {
		return 0, err
	}
	if err := k.Schemas.Remove(ctx, id); err != nil {
		return 0, err
	}
	if err := k.Disclosed.Remove(ctx, id); err != nil {
		return 0, err
	}
	if err := k.SchemasByDevice.Remove(ctx, collections.Join(schema.Did, id)); err != nil {
		return 0, err
	}
	if err := k.SchemaExpiry.Remove(ctx, collections.Join(schema.Ends, id)); err != nil {
		return 0, err
	}
	return left - 1, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSchemaEnded{Schema: segment.ID(id).String(), Did: schema.Did})
}
