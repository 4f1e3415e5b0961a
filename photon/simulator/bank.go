package simulator

import (
	"context"
	"fmt"

	"cosmossdk.io/core/address"
	"cosmossdk.io/math"
	storetypes "cosmossdk.io/store/types"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// pool is where bonds go that nobody deserves.
const pool = "pool"

// bank keeps balances in the store of the chain, so that a failed transaction leaves
// none behind. It is as much of x/bank, x/auth and x/distribution as x/channels uses.
type bank struct{ key *storetypes.KVStoreKey }

func (b bank) AddressCodec() address.Codec { return addresscodec.NewBech32Codec("cosmos") }

func (b bank) GetModuleAddress(name string) sdk.AccAddress { return authtypes.NewModuleAddress(name) }

func (b bank) GetModuleAccount(_ context.Context, name string) sdk.ModuleAccountI {
	return authtypes.NewEmptyModuleAccount(name)
}

func (b bank) GetAccount(_ context.Context, addr sdk.AccAddress) sdk.AccountI {
	return authtypes.NewBaseAccountWithAddress(addr)
}

func (b bank) BlockedAddr(sdk.AccAddress) bool { return false }

func (b bank) HasSupply(context.Context, string) bool { return true }

func (b bank) IsSendEnabledCoins(context.Context, ...sdk.Coin) error { return nil }

func (b bank) GetAllBalances(ctx context.Context, addr sdk.AccAddress) (coins sdk.Coins) {
	store := sdk.UnwrapSDKContext(ctx).KVStore(b.key)
	it := storetypes.KVStorePrefixIterator(store, addr)
	defer it.Close()
	for ; it.Valid(); it.Next() {
		amount, _ := math.NewIntFromString(string(it.Value()))
		coins = coins.Add(sdk.NewCoin(string(it.Key()[len(addr):]), amount))
	}
	return coins
}

func (b bank) SpendableCoins(ctx context.Context, addr sdk.AccAddress) sdk.Coins {
	return b.GetAllBalances(ctx, addr)
}

func (b bank) SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, coins sdk.Coins) error {
	return b.move(ctx, from, b.GetModuleAddress(module), coins)
}

func (b bank) SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, coins sdk.Coins) error {
	return b.move(ctx, b.GetModuleAddress(module), to, coins)
}

func (b bank) FundCommunityPool(ctx context.Context, coins sdk.Coins, from sdk.AccAddress) error {
	return b.move(ctx, from, b.GetModuleAddress(pool), coins)
}

func (b bank) balance(ctx context.Context, addr sdk.AccAddress, denom string) math.Int {
	bz := sdk.UnwrapSDKContext(ctx).KVStore(b.key).Get(append(addr.Bytes(), denom...))
	if bz == nil {
		return math.ZeroInt()
	}
	amount, _ := math.NewIntFromString(string(bz))
	return amount
}

func (b bank) set(ctx context.Context, addr sdk.AccAddress, denom string, amount math.Int) {
	sdk.UnwrapSDKContext(ctx).KVStore(b.key).Set(append(addr.Bytes(), denom...), []byte(amount.String()))
}

func (b bank) move(ctx context.Context, from, to sdk.AccAddress, coins sdk.Coins) error {
	for _, coin := range coins {
		left := b.balance(ctx, from, coin.Denom).Sub(coin.Amount)
		if left.IsNegative() {
			return fmt.Errorf("%s has %s less than %s", from, left.Neg(), coin)
		}
		b.set(ctx, from, coin.Denom, left)
		b.set(ctx, to, coin.Denom, b.balance(ctx, to, coin.Denom).Add(coin.Amount))
	}
	return nil
}
