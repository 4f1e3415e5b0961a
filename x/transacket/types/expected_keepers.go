package types

import (
	"context"

	"cosmossdk.io/core/address"

	sdk "github.com/cosmos/cosmos-sdk/types"

	capabilitytypes "github.com/cosmos/ibc-go/modules/capability/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
)

// AccountKeeper is what the module needs of x/auth.
type AccountKeeper interface {
	AddressCodec() address.Codec
	GetAccount(ctx context.Context, address sdk.AccAddress) sdk.AccountI // simulation
}

// BankKeeper is what the module needs of x/bank.
type BankKeeper interface {
	BlockedAddr(address sdk.AccAddress) bool
	BurnCoins(ctx context.Context, module string, coins sdk.Coins) error
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin // invariants
	HasSupply(ctx context.Context, denom string) bool
	IsSendEnabledCoins(ctx context.Context, coins ...sdk.Coin) error
	SendCoins(ctx context.Context, from, to sdk.AccAddress, coins sdk.Coins) error
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, coins sdk.Coins) error
	SpendableCoin(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
	SpendableCoins(ctx context.Context, address sdk.AccAddress) sdk.Coins // simulation
}

// ChannelKeeper is what the module needs of IBC channels.
type ChannelKeeper interface {
	GetChannel(ctx sdk.Context, portID, channelID string) (channeltypes.Channel, bool)
	GetChannelClientState(ctx sdk.Context, portID, channelID string) (string, ibcexported.ClientState, error)
}

// ScopedKeeper has the capabilities of the transfer port's channels.
type ScopedKeeper interface {
	GetCapability(ctx sdk.Context, name string) (*capabilitytypes.Capability, bool)
}

// ContractKeeper calls contracts.
type ContractKeeper interface {
	HasContractInfo(ctx context.Context, contract sdk.AccAddress) bool
	Execute(ctx sdk.Context, contract, caller sdk.AccAddress, msg []byte, funds sdk.Coins) ([]byte, error)
}

// RateLimits of channels.
type RateLimits interface {
	// Returned counts as outflow what came in with a packet, was counted as inflow and
	// now goes back with its acknowledgement. It refuses nothing.
	Returned(ctx sdk.Context, packet channeltypes.Packet) error
}

// TransferKeeper sends ICS-20 packets, and counts what is escrowed.
type TransferKeeper interface {
	GetTotalEscrowForDenom(ctx sdk.Context, denom string) sdk.Coin
	OnTimeoutPacket(ctx sdk.Context, packet channeltypes.Packet, data transfertypes.FungibleTokenPacketData) error
	SetTotalEscrowForDenom(ctx sdk.Context, coin sdk.Coin)
	Transfer(ctx context.Context, msg *transfertypes.MsgTransfer) (*transfertypes.MsgTransferResponse, error)
}
