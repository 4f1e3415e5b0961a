package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// checkPrice refuses a payment below what the receiver asks for the topic.
func (k Keeper) checkPrice(ctx context.Context, to sdk.AccAddress, topic string, payment sdk.Coin) error {
	list, err := k.Prices.Get(ctx, to)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return list.Check(topic, payment)
}

// setPrices replaces the prices of an account; none removes them.
func (k Keeper) setPrices(ctx context.Context, list types.PriceList) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if n := len(list.Prices); n > int(params.MaxPrices) {
		return errorsmod.Wrapf(types.ErrPriceList, "prices has %d entries: at most %d (max_prices)", n, params.MaxPrices)
	}
	account, err := sdk.AccAddressFromBech32(list.Account)
	if err != nil {
		return err
	}
	if len(list.Prices) == 0 {
		return k.Prices.Remove(ctx, account)
	}
	list.Account = account.String() // bech32 has two spellings
	return k.Prices.Set(ctx, account, list)
}
