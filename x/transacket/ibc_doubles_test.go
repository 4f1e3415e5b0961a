package transacket_test

import (
	"context"

	"cosmossdk.io/core/address"
	storetypes "cosmossdk.io/store/types"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	porttypes "github.com/cosmos/ibc-go/v8/modules/core/05-port/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	solomachine "github.com/cosmos/ibc-go/v8/modules/light-clients/06-solomachine"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
	localhost "github.com/cosmos/ibc-go/v8/modules/light-clients/09-localhost"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// transferApp pays by a mark in a store, which core can undo, and notes callbacks.
type transferApp struct {
	porttypes.IBCModule
	key          *storetypes.KVStoreKey
	async        bool
	refuse, fail error
	acknowledged []byte
	timedOut     bool
}

func (a *transferApp) OnRecvPacket(ctx sdk.Context, _ channeltypes.Packet, _ sdk.AccAddress) ibcexported.Acknowledgement {
	if a.refuse != nil {
		return channeltypes.NewErrorAcknowledgement(a.refuse)
	}
	ctx.KVStore(a.key).Set([]byte("paid"), []byte{1})
	if a.async {
		return nil
	}
	return channeltypes.NewResultAcknowledgement([]byte{1})
}

func (a *transferApp) OnAcknowledgementPacket(_ sdk.Context, _ channeltypes.Packet, bz []byte, _ sdk.AccAddress) error {
	a.acknowledged = bz
	return a.fail
}

func (a *transferApp) OnTimeoutPacket(sdk.Context, channeltypes.Packet, sdk.AccAddress) error {
	a.timedOut = true
	return a.fail
}

// channels: 0 leads to farm-1, 1 to this chain, 6 to a solo machine.
type channels struct{ types.ChannelKeeper }

func (channels) GetChannelClientState(_ sdk.Context, _, channel string) (string, ibcexported.ClientState, error) {
	switch channel {
	case "channel-0":
		return "07-tendermint-0", &ibctm.ClientState{ChainId: "farm-1"}, nil
	case "channel-1":
		return "09-localhost", &localhost.ClientState{}, nil
	case "channel-6":
		return "06-solomachine-0", &solomachine.ClientState{}, nil
	}
	return "", nil, channeltypes.ErrChannelNotFound
}

type accounts struct{ types.AccountKeeper }

func (accounts) AddressCodec() address.Codec {
	return addresscodec.NewBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix())
}

type bank struct{ types.BankKeeper }

func (bank) BlockedAddr(a sdk.AccAddress) bool { return a.Equals(blocked) }

func (bank) HasSupply(context.Context, string) bool { return true }
