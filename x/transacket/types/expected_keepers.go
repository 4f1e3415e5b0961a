package types

import (
	"context"

	"cosmossdk.io/core/address"

	sdk "github.com/cosmos/cosmos-sdk/types"

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
	HasSupply(ctx context.Context, denom string) bool
	IsSendEnabledCoins(ctx context.Context, coins ...sdk.Coin) error
	SendCoins(ctx context.Context, from, to sdk.AccAddress, coins sdk.Coins) error
	SpendableCoin(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
	SpendableCoins(ctx context.Context, address sdk.AccAddress) sdk.Coins // simulation
}

// ChannelKeeper is what the module needs of IBC channels.
type ChannelKeeper interface {
	GetChannel(ctx sdk.Context, portID, channelID string) (channeltypes.Channel, bool)
	GetChannelClientState(ctx sdk.Context, portID, channelID string) (string, ibcexported.ClientState, error)
}

// TransferKeeper sends ICS-20 packets.
type TransferKeeper interface {
	Transfer(ctx context.Context, msg *transfertypes.MsgTransfer) (*transfertypes.MsgTransferResponse, error)
}
