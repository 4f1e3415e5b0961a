package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

func coin(denom string, amount types.Uint128) sdk.Coin {
	return sdk.Coin{Denom: denom, Amount: amount.Int()}
}

func coins(denom string, amounts [2]types.Uint128) []sdk.Coin {
	return []sdk.Coin{coin(denom, amounts[0]), coin(denom, amounts[1])}
}

// escrow takes coins from an account.
func (k Keeper) escrow(ctx context.Context, from sdk.AccAddress, denom string, amount types.Uint128) error {
	if amount.IsZero() {
		return nil
	}
	return k.bank.SendCoinsFromAccountToModule(ctx, from, types.ModuleName, sdk.NewCoins(coin(denom, amount)))
}

// pay sends coins to an account. What cannot be sent (to an account that was blocked
// since, or that a restriction of the bank refuses) becomes a credit: nobody's
// settlement may depend on the other's account.
func (k Keeper) pay(ctx context.Context, account, denom string, amount types.Uint128) error {
	if amount.IsZero() {
		return nil
	}
	to, err := sdk.AccAddressFromBech32(account)
	if err != nil {
		return err
	}
	payout := sdk.NewCoins(coin(denom, amount))
	cached, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	failure := k.bank.SendCoinsFromModuleToAccount(cached, types.ModuleName, to, payout)
	if failure == nil {
		write()
		return nil
	}
	key := collections.Join(to, denom)
	credit, err := k.Credits.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		credit = types.Credit{Account: account, Amount: sdk.NewCoin(denom, payout[0].Amount)}
	} else if err != nil {
		return err
	} else {
		credit.Amount = credit.Amount.Add(payout[0])
	}
	if err := k.Credits.Set(ctx, key, credit); err != nil {
		return err
	}
	return emit(ctx, &types.EventCredited{Account: account, Amount: payout[0], Reason: failure.Error()})
}

// claim pays out a credit, to another account if its own still cannot receive.
func (k Keeper) claim(ctx context.Context, msg *types.MsgClaim) (sdk.Coin, error) {
	account, err := types.ParseAccount("account", msg.Account)
	if err != nil {
		return sdk.Coin{}, err
	}
	key := collections.Join(account, msg.Denom)
	credit, err := k.Credits.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return sdk.Coin{}, errorsmod.Wrapf(types.ErrNoCredit, "account %s has no credit in %s", msg.Account, msg.Denom)
	} else if err != nil {
		return sdk.Coin{}, err
	}
	recipient, name := account, msg.Account
	if msg.Recipient != "" {
		name = msg.Recipient
		if recipient, err = types.ParseAccount("recipient", msg.Recipient); err != nil {
			return sdk.Coin{}, err
		}
	}
	if err := k.Credits.Remove(ctx, key); err != nil {
		return sdk.Coin{}, err
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, recipient, sdk.NewCoins(credit.Amount)); err != nil {
		return sdk.Coin{}, err
	}
	return credit.Amount, emit(ctx, &types.EventClaimed{Account: msg.Account, Recipient: name, Amount: credit.Amount})
}
