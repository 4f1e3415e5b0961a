package app_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
)

// class says who may send a message and what it can do.
type class string

const (
	normal     class = "normal"          // any account, for itself
	governance class = "governance-only" // refused from everybody but the authority
	nested     class = "nested"          // carries other messages, which must pass the same checks
	unrouted   class = "unrouted"        // known to the codec, served by nobody
)

// messages classifies every message that the chain can decode. A new message
// needs a line here, and with it a thought about who may send it, whether a
// zone may run it (role.go) and whether accounts of other chains may (ica.go).
var messages = map[string]class{
	"/cosmos.auth.v1beta1.MsgUpdateParams":                             governance,
	"/cosmos.authz.v1beta1.MsgExec":                                    nested,
	"/cosmos.authz.v1beta1.MsgGrant":                                   normal,
	"/cosmos.authz.v1beta1.MsgRevoke":                                  normal,
	"/cosmos.bank.v1beta1.MsgMultiSend":                                normal,
	"/cosmos.bank.v1beta1.MsgSend":                                     normal,
	"/cosmos.bank.v1beta1.MsgSetSendEnabled":                           governance,
	"/cosmos.bank.v1beta1.MsgUpdateParams":                             governance,
	"/cosmos.circuit.v1.MsgAuthorizeCircuitBreaker":                    governance, // and whom it authorized
	"/cosmos.circuit.v1.MsgResetCircuitBreaker":                        governance, // and whom it authorized
	"/cosmos.circuit.v1.MsgTripCircuitBreaker":                         governance, // and whom it authorized
	"/cosmos.consensus.v1.MsgUpdateParams":                             governance,
	"/cosmos.distribution.v1beta1.MsgCommunityPoolSpend":               governance,
	"/cosmos.distribution.v1beta1.MsgDepositValidatorRewardsPool":      normal,
	"/cosmos.distribution.v1beta1.MsgFundCommunityPool":                normal,
	"/cosmos.distribution.v1beta1.MsgSetWithdrawAddress":               normal,
	"/cosmos.distribution.v1beta1.MsgUpdateParams":                     governance,
	"/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward":          normal,
	"/cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission":      normal,
	"/cosmos.evidence.v1beta1.MsgSubmitEvidence":                       normal,
	"/cosmos.feegrant.v1beta1.MsgGrantAllowance":                       normal,
	"/cosmos.feegrant.v1beta1.MsgPruneAllowances":                      normal,
	"/cosmos.feegrant.v1beta1.MsgRevokeAllowance":                      normal,
	"/cosmos.gov.v1.MsgCancelProposal":                                 normal,
	"/cosmos.gov.v1.MsgDeposit":                                        normal,
	"/cosmos.gov.v1.MsgExecLegacyContent":                              governance,
	"/cosmos.gov.v1.MsgSubmitProposal":                                 nested,
	"/cosmos.gov.v1.MsgUpdateParams":                                   governance,
	"/cosmos.gov.v1.MsgVote":                                           normal,
	"/cosmos.gov.v1.MsgVoteWeighted":                                   normal,
	"/cosmos.gov.v1beta1.MsgDeposit":                                   normal,
	"/cosmos.gov.v1beta1.MsgSubmitProposal":                            nested,
	"/cosmos.gov.v1beta1.MsgVote":                                      normal,
	"/cosmos.gov.v1beta1.MsgVoteWeighted":                              normal,
	"/cosmos.mint.v1beta1.MsgUpdateParams":                             governance,
	"/cosmos.slashing.v1beta1.MsgUnjail":                               normal,
	"/cosmos.slashing.v1beta1.MsgUpdateParams":                         governance,
	"/cosmos.staking.v1beta1.MsgBeginRedelegate":                       normal,
	"/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation":             normal,
	"/cosmos.staking.v1beta1.MsgCreateValidator":                       normal,
	"/cosmos.staking.v1beta1.MsgDelegate":                              normal,
	"/cosmos.staking.v1beta1.MsgEditValidator":                         normal,
	"/cosmos.staking.v1beta1.MsgUndelegate":                            normal,
	"/cosmos.staking.v1beta1.MsgUpdateParams":                          governance,
	"/cosmos.upgrade.v1beta1.MsgCancelUpgrade":                         governance,
	"/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade":                       governance,
	"/cosmwasm.wasm.v1.MsgAddCodeUploadParamsAddresses":                governance,
	"/cosmwasm.wasm.v1.MsgClearAdmin":                                  normal,
	"/cosmwasm.wasm.v1.MsgExecuteContract":                             nested, // a contract sends messages
	"/cosmwasm.wasm.v1.MsgIBCCloseChannel":                             unrouted,
	"/cosmwasm.wasm.v1.MsgIBCSend":                                     unrouted,
	"/cosmwasm.wasm.v1.MsgInstantiateContract":                         nested,
	"/cosmwasm.wasm.v1.MsgInstantiateContract2":                        nested,
	"/cosmwasm.wasm.v1.MsgMigrateContract":                             nested,
	"/cosmwasm.wasm.v1.MsgPinCodes":                                    governance,
	"/cosmwasm.wasm.v1.MsgRemoveCodeUploadParamsAddresses":             governance,
	"/cosmwasm.wasm.v1.MsgStoreAndInstantiateContract":                 nested,
	"/cosmwasm.wasm.v1.MsgStoreAndMigrateContract":                     nested,
	"/cosmwasm.wasm.v1.MsgStoreCode":                                   normal,
	"/cosmwasm.wasm.v1.MsgSudoContract":                                governance,
	"/cosmwasm.wasm.v1.MsgUnpinCodes":                                  governance,
	"/cosmwasm.wasm.v1.MsgUpdateAdmin":                                 normal,
	"/cosmwasm.wasm.v1.MsgUpdateContractLabel":                         normal,
	"/cosmwasm.wasm.v1.MsgUpdateInstantiateConfig":                     normal,
	"/cosmwasm.wasm.v1.MsgUpdateParams":                                governance,
	"/ibc.applications.interchain_accounts.host.v1.MsgModuleQuerySafe": normal,
	"/ibc.applications.interchain_accounts.host.v1.MsgUpdateParams":    governance,
	"/ibc.applications.transfer.v1.MsgTransfer":                        normal,
	"/ibc.applications.transfer.v1.MsgUpdateParams":                    governance,
	"/ibc.core.channel.v1.MsgAcknowledgement":                          nested, // packets can hold messages
	"/ibc.core.channel.v1.MsgChannelCloseConfirm":                      normal,
	"/ibc.core.channel.v1.MsgChannelCloseInit":                         normal,
	"/ibc.core.channel.v1.MsgChannelOpenAck":                           normal,
	"/ibc.core.channel.v1.MsgChannelOpenConfirm":                       normal,
	"/ibc.core.channel.v1.MsgChannelOpenInit":                          normal,
	"/ibc.core.channel.v1.MsgChannelOpenTry":                           normal,
	"/ibc.core.channel.v1.MsgChannelUpgradeAck":                        normal,
	"/ibc.core.channel.v1.MsgChannelUpgradeCancel":                     normal,
	"/ibc.core.channel.v1.MsgChannelUpgradeConfirm":                    normal,
	"/ibc.core.channel.v1.MsgChannelUpgradeInit":                       governance,
	"/ibc.core.channel.v1.MsgChannelUpgradeOpen":                       normal,
	"/ibc.core.channel.v1.MsgChannelUpgradeTimeout":                    normal,
	"/ibc.core.channel.v1.MsgChannelUpgradeTry":                        normal,
	"/ibc.core.channel.v1.MsgPruneAcknowledgements":                    normal,
	"/ibc.core.channel.v1.MsgRecvPacket":                               nested,
	"/ibc.core.channel.v1.MsgTimeout":                                  nested,
	"/ibc.core.channel.v1.MsgTimeoutOnClose":                           nested,
	"/ibc.core.channel.v1.MsgUpdateParams":                             governance,
	"/ibc.core.client.v1.MsgCreateClient":                              normal,
	"/ibc.core.client.v1.MsgIBCSoftwareUpgrade":                        governance,
	"/ibc.core.client.v1.MsgRecoverClient":                             governance,
	"/ibc.core.client.v1.MsgSubmitMisbehaviour":                        normal,
	"/ibc.core.client.v1.MsgUpdateClient":                              normal,
	"/ibc.core.client.v1.MsgUpdateParams":                              governance,
	"/ibc.core.client.v1.MsgUpgradeClient":                             normal,
	"/ibc.core.connection.v1.MsgConnectionOpenAck":                     normal,
	"/ibc.core.connection.v1.MsgConnectionOpenConfirm":                 normal,
	"/ibc.core.connection.v1.MsgConnectionOpenInit":                    normal,
	"/ibc.core.connection.v1.MsgConnectionOpenTry":                     normal,
	"/ibc.core.connection.v1.MsgUpdateParams":                          governance,
	"/mesh.channels.v1.MsgAddCollateral":                               normal,
	"/mesh.channels.v1.MsgClaim":                                       normal,
	"/mesh.channels.v1.MsgClose":                                       normal,
	"/mesh.channels.v1.MsgCooperativeClose":                            normal,
	"/mesh.channels.v1.MsgDeposit":                                     normal,
	"/mesh.channels.v1.MsgGuaranteedDeposit":                           normal,
	"/mesh.channels.v1.MsgOpenChannel":                                 normal,
	"/mesh.channels.v1.MsgRegisterSecrets":                             normal,
	"/mesh.channels.v1.MsgReleaseCollateral":                           normal,
	"/mesh.channels.v1.MsgSetCollateralTerms":                          normal,
	"/mesh.channels.v1.MsgSettle":                                      normal,
	"/mesh.channels.v1.MsgShowDisposals":                               normal,
	"/mesh.channels.v1.MsgUnlock":                                      normal,
	"/mesh.channels.v1.MsgUpdateBalanceProof":                          normal,
	"/mesh.channels.v1.MsgUpdateParams":                                governance,
	"/mesh.channels.v1.MsgWithdraw":                                    normal,
	"/mesh.did.v1.MsgCloseSchema":                                      normal,
	"/mesh.did.v1.MsgCommitSegments":                                   normal,
	"/mesh.did.v1.MsgCreateDid":                                        normal,
	"/mesh.did.v1.MsgDeactivateDid":                                    normal,
	"/mesh.did.v1.MsgDiscloseKeys":                                     normal,
	"/mesh.did.v1.MsgRegisterSchema":                                   normal,
	"/mesh.did.v1.MsgSetSubmitters":                                    normal,
	"/mesh.did.v1.MsgAttest":                                           normal,
	"/mesh.did.v1.MsgChangeCertificates":                               normal,
	"/mesh.did.v1.MsgInquire":                                          normal,
	"/mesh.did.v1.MsgIssueCertificates":                                normal,
	"/mesh.did.v1.MsgRenewCertificates":                                normal,
	"/mesh.did.v1.MsgSetAuthority":                                     governance,
	"/mesh.did.v1.MsgUpdateDid":                                        normal,
	"/mesh.did.v1.MsgUpdateParams":                                     governance,
	"/mesh.transacket.v1.MsgAbandonInFlight":                           governance,
	"/mesh.transacket.v1.MsgAcknowledge":                               normal,
	"/mesh.transacket.v1.MsgClaim":                                     normal, // anybody, for the receiver
	"/mesh.transacket.v1.MsgDelete":                                    normal,
	"/mesh.transacket.v1.MsgExpire":                                    normal, // anybody, when it is due
	"/mesh.transacket.v1.MsgRegisterContent":                           normal,
	"/mesh.transacket.v1.MsgRegisterRoot":                              normal,
	"/mesh.transacket.v1.MsgReleaseStranded":                           governance,
	"/mesh.transacket.v1.MsgSetPrices":                                 normal,
	"/mesh.transacket.v1.MsgSend":                                      normal,
	"/mesh.transacket.v1.MsgUpdateParams":                              governance,
	"/mesh.zones.v1.MsgAnnounce":                                       normal, // anybody, for the zone
	"/mesh.zones.v1.MsgClaimBond":                                      normal,
	"/mesh.zones.v1.MsgPinHub":                                         normal, // the owner, once; then governance
	"/mesh.zones.v1.MsgRegisterZone":                                   normal,
	"/mesh.zones.v1.MsgRetireZone":                                     normal, // and governance
	"/mesh.zones.v1.MsgUpdateParams":                                   governance,
	"/mesh.zones.v1.MsgUpdateZone":                                     normal,
	"/ratelimit.v1.MsgAddRateLimit":                                    governance,
	"/ratelimit.v1.MsgRemoveRateLimit":                                 governance,
	"/ratelimit.v1.MsgResetRateLimit":                                  governance,
	"/ratelimit.v1.MsgUpdateRateLimit":                                 governance,

	// The controller of interchain accounts is not wired; its types come with the
	// host's.
	"/ibc.applications.interchain_accounts.controller.v1.MsgRegisterInterchainAccount": unrouted,
	"/ibc.applications.interchain_accounts.controller.v1.MsgSendTx":                    unrouted,
	"/ibc.applications.interchain_accounts.controller.v1.MsgUpdateParams":              unrouted,
}

// messagesOf are the messages of one class, sorted.
func messagesOf(c class) []string {
	var urls []string
	for url, of := range messages {
		if of == c {
			urls = append(urls, url)
		}
	}
	slices.Sort(urls)
	return urls
}

func TestEveryMessageIsClassified(t *testing.T) {
	f := fixture.Unstarted(t)
	known := f.App.InterfaceRegistry().ListImplementations(sdk.MsgInterfaceProtoName)
	for _, url := range known {
		class, classified := messages[url]
		require.True(t, classified, "%s is not classified: add it to the table, and see role.go and ica.go", url)
		routed := f.App.MsgServiceRouter().HandlerByTypeURL(url) != nil
		require.Equal(t, class != unrouted, routed, "%s is %s", url, class)
	}
	for _, url := range slices.Sorted(maps.Keys(messages)) {
		require.Contains(t, known, url, "%s is classified, but no such message is known", url)
	}
	for _, url := range app.MainOnlyMessages() {
		require.Contains(t, known, url, "main-only")
	}
	for _, url := range app.ICAMessages() {
		require.Equal(t, normal, messages[url], "%s: accounts of other chains run normal messages only", url)
	}
	for _, url := range app.WasmMessages() {
		require.Contains(t, known, url, "disabled by default")
	}
}
