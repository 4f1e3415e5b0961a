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
	registry.RegisterImplementations((*sdk.Msg)(nil), &MsgSend{}, &MsgAcknowledge{}, &MsgDelete{},
		&MsgSetPrices{}, &MsgClaim{}, &MsgExpire{}, &MsgRegisterContent{}, &MsgRegisterRoot{}, &MsgReleaseStranded{},
		&MsgAbandonInFlight{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec names the messages for amino JSON, which hardware
// wallets sign. The names equal the amino.name options in tx.proto.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	cdc.RegisterInterface((*isEnvelope_Body)(nil), nil)
	cdc.RegisterConcrete(&Envelope_Inband{}, "mesh/transacket/Inband", nil)
	cdc.RegisterConcrete(&Envelope_OutOfBand{}, "mesh/transacket/OutOfBand", nil)
	legacy.RegisterAminoMsg(cdc, &MsgSend{}, "mesh/transacket/MsgSend")
	legacy.RegisterAminoMsg(cdc, &MsgAcknowledge{}, "mesh/transacket/MsgAcknowledge")
	legacy.RegisterAminoMsg(cdc, &MsgDelete{}, "mesh/transacket/MsgDelete")
	legacy.RegisterAminoMsg(cdc, &MsgSetPrices{}, "mesh/transacket/MsgSetPrices")
	legacy.RegisterAminoMsg(cdc, &MsgClaim{}, "mesh/transacket/MsgClaim")
	legacy.RegisterAminoMsg(cdc, &MsgExpire{}, "mesh/transacket/MsgExpire")
	legacy.RegisterAminoMsg(cdc, &MsgRegisterContent{}, "mesh/transacket/MsgRegisterContent")
	legacy.RegisterAminoMsg(cdc, &MsgRegisterRoot{}, "mesh/transacket/MsgRegisterRoot")
	legacy.RegisterAminoMsg(cdc, &MsgReleaseStranded{}, "mesh/transacket/MsgReleaseStranded")
	legacy.RegisterAminoMsg(cdc, &MsgAbandonInFlight{}, "mesh/transacket/MsgAbandonInFlight")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "mesh/transacket/MsgUpdateParams")
	cdc.RegisterConcrete(Params{}, "mesh/x/transacket/Params", nil)
}
