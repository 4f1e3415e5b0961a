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
		&MsgCreateDid{}, &MsgUpdateDid{}, &MsgDeactivateDid{}, &MsgSetAuthority{}, &MsgIssueCertificates{},
		&MsgRenewCertificates{}, &MsgChangeCertificates{}, &MsgAttest{}, &MsgInquire{}, &MsgUpdateParams{},
		&MsgRegisterSchema{}, &MsgSetSubmitters{}, &MsgCloseSchema{}, &MsgCommitSegments{}, &MsgDiscloseKeys{})
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec names the messages for amino JSON, which hardware wallets
// sign. The names equal the amino.name options in tx.proto.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgCreateDid{}, "mesh/did/MsgCreateDid")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateDid{}, "mesh/did/MsgUpdateDid")
	legacy.RegisterAminoMsg(cdc, &MsgDeactivateDid{}, "mesh/did/MsgDeactivateDid")
	legacy.RegisterAminoMsg(cdc, &MsgSetAuthority{}, "mesh/did/MsgSetAuthority")
	legacy.RegisterAminoMsg(cdc, &MsgIssueCertificates{}, "mesh/did/MsgIssueCertificates")
	legacy.RegisterAminoMsg(cdc, &MsgRenewCertificates{}, "mesh/did/MsgRenewCertificates")
	legacy.RegisterAminoMsg(cdc, &MsgChangeCertificates{}, "mesh/did/MsgChangeCertificates")
	legacy.RegisterAminoMsg(cdc, &MsgAttest{}, "mesh/did/MsgAttest")
	legacy.RegisterAminoMsg(cdc, &MsgInquire{}, "mesh/did/MsgInquire")
	legacy.RegisterAminoMsg(cdc, &MsgRegisterSchema{}, "mesh/did/MsgRegisterSchema")
	legacy.RegisterAminoMsg(cdc, &MsgSetSubmitters{}, "mesh/did/MsgSetSubmitters")
	legacy.RegisterAminoMsg(cdc, &MsgCloseSchema{}, "mesh/did/MsgCloseSchema")
	legacy.RegisterAminoMsg(cdc, &MsgCommitSegments{}, "mesh/did/MsgCommitSegments")
	legacy.RegisterAminoMsg(cdc, &MsgDiscloseKeys{}, "mesh/did/MsgDiscloseKeys")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "mesh/did/MsgUpdateParams")
	cdc.RegisterConcrete(DataParams{}, "mesh/x/did/DataParams", nil)
	cdc.RegisterConcrete(Params{}, "mesh/x/did/Params", nil)
}
