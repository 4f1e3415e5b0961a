package app

import (
	"cosmossdk.io/x/feegrant"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"

	channelstypes "github.com/meshchain/meshchain/x/channels/types"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// icaAllowedMessages is the default allow-list of the interchain-accounts host:
// what an owner of tokens does. Nothing nested (authz exec), nothing that
// deploys code.
func icaAllowedMessages() []string {
	msgs := []sdk.Msg{
		&banktypes.MsgSend{}, &banktypes.MsgMultiSend{},
		&stakingtypes.MsgDelegate{}, &stakingtypes.MsgUndelegate{}, &stakingtypes.MsgBeginRedelegate{},
		&stakingtypes.MsgCancelUnbondingDelegation{},
		&distrtypes.MsgWithdrawDelegatorReward{}, &distrtypes.MsgSetWithdrawAddress{},
		&govv1.MsgVote{}, &govv1.MsgVoteWeighted{}, &govv1.MsgDeposit{},
		&authz.MsgGrant{}, &authz.MsgRevoke{},
		&feegrant.MsgGrantAllowance{}, &feegrant.MsgRevokeAllowance{},
		&transfertypes.MsgTransfer{},
		&transackettypes.MsgSend{}, &transackettypes.MsgAcknowledge{}, &transackettypes.MsgDelete{},
		&transackettypes.MsgSetPrices{}, &transackettypes.MsgClaim{}, &transackettypes.MsgExpire{},
		&transackettypes.MsgRegisterContent{}, &transackettypes.MsgRegisterRoot{},
		// Not MsgSetCollateralTerms: it lets a hot key draw on the account.
		&channelstypes.MsgOpenChannel{}, &channelstypes.MsgDeposit{}, &channelstypes.MsgGuaranteedDeposit{},
		&channelstypes.MsgWithdraw{}, &channelstypes.MsgCooperativeClose{}, &channelstypes.MsgClose{},
		&channelstypes.MsgUpdateBalanceProof{}, &channelstypes.MsgRegisterSecrets{}, &channelstypes.MsgUnlock{},
		&channelstypes.MsgShowDisposals{}, &channelstypes.MsgSettle{}, &channelstypes.MsgClaim{},
		&channelstypes.MsgAddCollateral{}, &channelstypes.MsgReleaseCollateral{},
		&didtypes.MsgCreateDid{}, &didtypes.MsgUpdateDid{}, &didtypes.MsgDeactivateDid{},
		&didtypes.MsgIssueCertificates{}, &didtypes.MsgRenewCertificates{}, &didtypes.MsgChangeCertificates{},
		&didtypes.MsgAttest{}, &didtypes.MsgInquire{},
	}
	urls := make([]string, len(msgs))
	for i, msg := range msgs {
		urls[i] = sdk.MsgTypeURL(msg)
	}
	return urls
}
