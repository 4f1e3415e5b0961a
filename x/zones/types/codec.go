package types

import (
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/legacy"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces registers the messages.
func RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	registry.RegisterImplementations((*sdk.Msg)(nil),
		&MsgRegisterZone{}, &MsgUpdateZone{}, &MsgRetireZone{}, &MsgClaimBond{}, &MsgUpdateParams{}, &MsgPinHub{}, &MsgAnnounce{})
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec names the messages for amino JSON, which hardware
// wallets sign. The names equal the amino.name options in tx.proto.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgRegisterZone{}, "mesh/zones/MsgRegisterZone")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateZone{}, "mesh/zones/MsgUpdateZone")
	legacy.RegisterAminoMsg(cdc, &MsgRetireZone{}, "mesh/zones/MsgRetireZone")
	legacy.RegisterAminoMsg(cdc, &MsgClaimBond{}, "mesh/zones/MsgClaimBond")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "mesh/zones/MsgUpdateParams")
	legacy.RegisterAminoMsg(cdc, &MsgPinHub{}, "mesh/zones/MsgPinHub")
	legacy.RegisterAminoMsg(cdc, &MsgAnnounce{}, "mesh/zones/MsgAnnounce")
	cdc.RegisterConcrete(Params{}, "mesh/x/zones/Params", nil)
}
