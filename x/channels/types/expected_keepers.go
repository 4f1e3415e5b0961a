package types

import (
	"context"

	"cosmossdk.io/core/address"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// AccountKeeper is what the module needs of x/auth.
type AccountKeeper interface {
	AddressCodec() address.Codec
	GetModuleAddress(name string) sdk.AccAddress
	GetModuleAccount(ctx context.Context, name string) sdk.ModuleAccountI
	GetAccount(ctx context.Context, address sdk.AccAddress) sdk.AccountI // simulation
}

// BankKeeper is what the module needs of x/bank.
type BankKeeper interface {
	BlockedAddr(address sdk.AccAddress) bool
	HasSupply(ctx context.Context, denom string) bool
	IsSendEnabledCoins(ctx context.Context, coins ...sdk.Coin) error
	GetAllBalances(ctx context.Context, address sdk.AccAddress) sdk.Coins
	SpendableCoins(ctx context.Context, address sdk.AccAddress) sdk.Coins // simulation
	SendCoinsFromAccountToModule(ctx context.Context, sender sdk.AccAddress, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, recipient sdk.AccAddress, amount sdk.Coins) error
}

// DistributionKeeper is what the module needs of x/distribution.
type DistributionKeeper interface {
	FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error
}
