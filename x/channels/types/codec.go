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
		&MsgOpenChannel{}, &MsgDeposit{}, &MsgGuaranteedDeposit{}, &MsgWithdraw{}, &MsgCooperativeClose{}, &MsgClose{},
		&MsgUpdateBalanceProof{}, &MsgRegisterSecrets{}, &MsgUnlock{}, &MsgShowDisposals{}, &MsgSettle{}, &MsgClaim{},
		&MsgSetCollateralTerms{}, &MsgAddCollateral{}, &MsgReleaseCollateral{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec names the messages for amino JSON, which hardware wallets
// sign. The names equal the amino.name options in tx.proto.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgOpenChannel{}, "mesh/channels/MsgOpenChannel")
	legacy.RegisterAminoMsg(cdc, &MsgDeposit{}, "mesh/channels/MsgDeposit")
	legacy.RegisterAminoMsg(cdc, &MsgGuaranteedDeposit{}, "mesh/channels/MsgGuaranteedDeposit")
	legacy.RegisterAminoMsg(cdc, &MsgWithdraw{}, "mesh/channels/MsgWithdraw")
	legacy.RegisterAminoMsg(cdc, &MsgCooperativeClose{}, "mesh/channels/MsgCooperativeClose")
	legacy.RegisterAminoMsg(cdc, &MsgClose{}, "mesh/channels/MsgClose")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateBalanceProof{}, "mesh/channels/MsgUpdateBalanceProof")
	legacy.RegisterAminoMsg(cdc, &MsgRegisterSecrets{}, "mesh/channels/MsgRegisterSecrets")
	legacy.RegisterAminoMsg(cdc, &MsgUnlock{}, "mesh/channels/MsgUnlock")
	legacy.RegisterAminoMsg(cdc, &MsgShowDisposals{}, "mesh/channels/MsgShowDisposals")
	legacy.RegisterAminoMsg(cdc, &MsgSettle{}, "mesh/channels/MsgSettle")
	legacy.RegisterAminoMsg(cdc, &MsgClaim{}, "mesh/channels/MsgClaim")
	legacy.RegisterAminoMsg(cdc, &MsgSetCollateralTerms{}, "mesh/channels/MsgSetCollateralTerms")
	legacy.RegisterAminoMsg(cdc, &MsgAddCollateral{}, "mesh/channels/MsgAddCollateral")
	legacy.RegisterAminoMsg(cdc, &MsgReleaseCollateral{}, "mesh/channels/MsgReleaseCollateral")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "mesh/channels/MsgUpdateParams")
	cdc.RegisterConcrete(Params{}, "mesh/x/channels/Params", nil)
}
