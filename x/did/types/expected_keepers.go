package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// AccountKeeper is what the module needs of x/auth.
type AccountKeeper interface {
	GetModuleAddress(name string) sdk.AccAddress
	GetAccount(ctx context.Context, address sdk.AccAddress) sdk.AccountI // simulation
}

// BankKeeper is what the module needs of x/bank.
type BankKeeper interface {
	GetAllBalances(ctx context.Context, address sdk.AccAddress) sdk.Coins
	SpendableCoins(ctx context.Context, address sdk.AccAddress) sdk.Coins // simulation
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, coins sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, from, to string, coins sdk.Coins) error
	BurnCoins(ctx context.Context, module string, coins sdk.Coins) error
}

// ZonesKeeper says what this chain is.
type ZonesKeeper interface {
	Identity(ctx context.Context) (zonestypes.Identity, error)
	// ZoneOwner that genesis names; empty on the main chain and if it names none.
	ZoneOwner(ctx context.Context) (string, error)
	// Hub of this zone, if there is one.
	Hub(ctx context.Context) (zonestypes.Hub, bool, error)
	// RouteByZone returns the channel to a zone, on the main chain.
	RouteByZone(ctx context.Context, name string) (string, error)
}
