package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// counter counts something of each account; 0 is absent.
type counter = collections.Map[sdk.AccAddress, uint64]

func count(ctx context.Context, c counter, of sdk.AccAddress) (uint64, error) {
	n, err := c.Get(ctx, of)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

func decrement(ctx context.Context, c counter, of sdk.AccAddress) error {
	n, err := count(ctx, c, of)
	switch {
	case err != nil:
		return err
	case n <= 1:
		return c.Remove(ctx, of)
	}
	return c.Set(ctx, of, n-1)
}
