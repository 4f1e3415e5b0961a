package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// register enters content into the index for content_retention. What the owner has
// registered before keeps its first time, and stays for as long from now.
//
// There is no deposit: an entry is paid for by the gas of its registration, and goes
// by itself unless somebody pays again. A deposit would need a denom for each chain
// and would still leave what its owner forgot.
func (k Keeper) register(ctx context.Context, content types.Content) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	owner, err := sdk.AccAddressFromBech32(content.Owner)
	if err != nil {
		return err
	}
	content.Owner = owner.String() // bech32 has two spellings
	key := collections.Join(content.Sha256, owner)
	content.Time = sdkCtx.BlockTime().UTC()
	content.Expires = content.Time.Add(params.ContentRetention)
	switch before, err := k.Contents.Get(ctx, key); {
	case err == nil:
		content.Time = before.Time
	case !errors.Is(err, collections.ErrNotFound):
		return err
	}
	if err := k.Contents.Set(ctx, key, content); err != nil {
		return err
	}
	return sdkCtx.EventManager().EmitTypedEvent(&types.EventContentRegistered{Content: content})
}

// pruneContents removes what nobody registered again, no more entries than most.
func (k Keeper) pruneContents(ctx sdk.Context, most uint32) error {
	var due []ContentKey
	err := k.Contents.Indexes.Expiry.Walk(ctx, collections.NewPrefixUntilPairRange[time.Time, ContentKey](ctx.BlockTime()), func(_ time.Time, key ContentKey) (bool, error) {
		due = append(due, key)
		return uint32(len(due)) >= most, nil
	})
	if err != nil {
		return err
	}
	for _, key := range due {
		content, err := k.Contents.Get(ctx, key)
		if err != nil {
			return err
		}
		if err := k.Contents.Remove(ctx, key); err != nil {
			return err
		}
		if err := ctx.EventManager().EmitTypedEvent(&types.EventContentExpired{Owner: content.Owner, Sha256: content.HashHex()}); err != nil {
			return err
		}
	}
	return nil
}
