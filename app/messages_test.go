package app_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	protov2 "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	msgv1 "cosmossdk.io/api/cosmos/msg/v1"
	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"
	circuittypes "cosmossdk.io/x/circuit/types"
	upgradetypes "cosmossdk.io/x/upgrade/types"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	connectiontypes "github.com/cosmos/ibc-go/v8/modules/core/03-connection/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	commitmenttypes "github.com/cosmos/ibc-go/v8/modules/core/23-commitment/types"
	ibcerrors "github.com/cosmos/ibc-go/v8/modules/core/errors"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
	channelstypes "github.com/meshchain/meshchain/x/channels/types"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
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

// disabled is a message that can be enabled again.
const disabled = "/cosmos.bank.v1beta1.MsgMultiSend"

// examples are messages of that signer, valid but for who signed them. Messages
// that need no content to reach their handler are made by newMessage.
func examples(t *testing.T, signer string) map[string]sdk.Msg {
	t.Helper()
	const contract = "mesh14hj2tavq8fpesdwxxcu44rty3hh90vhujrvcmstl4zr3txmfvw9sysl6kf" // no contract lives there
	call := []byte("{}")
	softwareUpgrade, err := clienttypes.NewMsgIBCSoftwareUpgrade(signer, upgradetypes.Plan{Name: "next", Height: 1_000_000}, ibctm.NewClientState(
		"mesh-main-1", ibctm.DefaultTrustLevel, app.TrustingPeriod, app.UnbondingTime, time.Minute, clienttypes.NewHeight(1, 1_000_000),
		commitmenttypes.GetSDKSpecs(), []string{"upgrade", "upgradedIBCState"}))
	require.NoError(t, err)
	limit := ratelimittypes.NewMsgAddRateLimit("usmt", "channel-0", math.OneInt(), math.OneInt(), 1)
	limit.Authority = signer
	update := ratelimittypes.NewMsgUpdateRateLimit("usmt", "channel-0", math.OneInt(), math.OneInt(), 1)
	update.Authority = signer
	remove, reset := ratelimittypes.NewMsgRemoveRateLimit("usmt", "channel-0"), ratelimittypes.NewMsgResetRateLimit("usmt", "channel-0")
	remove.Authority, reset.Authority = signer, signer

	byURL := make(map[string]sdk.Msg)
	for _, msg := range []sdk.Msg{
		&circuittypes.MsgResetCircuitBreaker{Authority: signer, MsgTypeUrls: []string{disabled}},
		&circuittypes.MsgTripCircuitBreaker{Authority: signer, MsgTypeUrls: []string{"/cosmos.bank.v1beta1.MsgSend"}},
		&wasmtypes.MsgAddCodeUploadParamsAddresses{Authority: signer, Addresses: []string{signer}},
		&wasmtypes.MsgRemoveCodeUploadParamsAddresses{Authority: signer, Addresses: []string{signer}},
		&wasmtypes.MsgPinCodes{Authority: signer, CodeIDs: []uint64{1}},
		&wasmtypes.MsgUnpinCodes{Authority: signer, CodeIDs: []uint64{1}},
		&wasmtypes.MsgSudoContract{Authority: signer, Contract: contract, Msg: call},
		&wasmtypes.MsgUpdateParams{Authority: signer, Params: wasmtypes.DefaultParams()},
		&transackettypes.MsgAbandonInFlight{Authority: signer, Channel: "channel-0", Sequences: []uint64{1}},
		&zonestypes.MsgRegisterZone{Owner: signer, Name: "farm", ChainId: "farm-1", GenesisHash: make([]byte, 32), Bond: zonestypes.DefaultParams().Bond, Level: 1},
		&zonestypes.MsgUpdateZone{Owner: signer, Name: "farm", Level: 1},
		&zonestypes.MsgRetireZone{Signer: signer, Name: "farm"},
		&zonestypes.MsgUpdateParams{Authority: signer, Params: zonestypes.DefaultParams()},
		&channelstypes.MsgUpdateParams{Authority: signer, Params: channelstypes.DefaultParams()},
		&didtypes.MsgUpdateParams{Authority: signer, Params: didtypes.DefaultParams()},
		&didtypes.MsgSetAuthority{Signer: signer, Did: authorityDID(t), Kinds: []didtypes.CertificateKind{didtypes.CERTIFICATE_KIND_NODE}, Name: "maker"},
		&transackettypes.MsgReleaseStranded{Authority: signer, Id: make([]byte, transackettypes.IDLength), To: signer},
		channeltypes.NewMsgChannelUpgradeInit("transfer", "channel-0", channeltypes.UpgradeFields{
			Ordering: channeltypes.UNORDERED, ConnectionHops: []string{"connection-0"}, Version: "ics20-1",
		}, signer),
		channeltypes.NewMsgUpdateChannelParams(signer, channeltypes.DefaultParams()),
		softwareUpgrade,
		clienttypes.NewMsgRecoverClient(signer, "07-tendermint-0", "07-tendermint-1"),
		clienttypes.NewMsgUpdateParams(signer, clienttypes.DefaultParams()),
		connectiontypes.NewMsgUpdateParams(signer, connectiontypes.DefaultParams()),
		&transackettypes.MsgUpdateParams{Authority: signer, Params: transackettypes.DefaultParams()},
		limit, update, remove, reset,
	} {
		byURL[sdk.MsgTypeURL(msg)] = msg
	}
	return byURL
}

// authorityDID is a DID of the main chain.
func authorityDID(t *testing.T) string {
	t.Helper()
	key := secp256k1.GenPrivKeyFromSecret([]byte("maker")).PubKey().Bytes()
	did, err := didtypes.NewDID(didtypes.NamespaceMain, didtypes.Secp256k1Key(key))
	require.NoError(t, err)
	return did.String()
}

// newMessage makes a message of that signer.
func newMessage(t *testing.T, f *fixture.Fixture, url, signer string) sdk.Msg {
	t.Helper()
	if example, ok := examples(t, signer)[url]; ok {
		return example
	}
	registry, err := proto.MergedRegistry()
	require.NoError(t, err)
	descriptor, err := registry.FindDescriptorByName(protoreflect.FullName(strings.TrimPrefix(url, "/")))
	require.NoError(t, err)
	signers, ok := protov2.GetExtension(descriptor.Options(), msgv1.E_Signer).([]string)
	require.True(t, ok)
	require.Len(t, signers, 1, url)

	msg, err := f.App.InterfaceRegistry().Resolve(url)
	require.NoError(t, err)
	value := reflect.ValueOf(msg).Elem()
	for i := range value.NumField() {
		if strings.Contains(value.Type().Field(i).Tag.Get("protobuf"), "name="+signers[0]+",") {
			value.Field(i).SetString(signer)
			return msg
		}
	}
	require.Fail(t, "no signer", "%s has no field %s", url, signers[0])
	return nil
}

// handle runs a message's handler, and nothing before it, on a state that is
// thrown away. A panic is an error: the message may be empty but for its signer.
func handle(f *fixture.Fixture, msg sdk.Msg) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	ctx, _ := f.Ctx().CacheContext()
	_, err = f.App.MsgServiceRouter().Handler(msg)(ctx, msg)
	return err
}

// refusals are the errors with which handlers refuse a signer who is not the
// authority.
var refusals = []*errorsmod.Error{
	govtypes.ErrInvalidSigner, sdkerrors.ErrUnauthorized, ibcerrors.ErrUnauthorized,
	transackettypes.ErrAuthority, zonestypes.ErrAuthority, channelstypes.ErrAuthority, didtypes.ErrAuthority,
}

func refusesSigner(err error) bool {
	for _, words := range []string{"as only signer for proposal message", "invalid authority; expected"} {
		if err != nil && strings.Contains(err.Error(), words) {
			return true // x/auth, x/upgrade and wasm have no code for it
		}
	}
	return slices.ContainsFunc(refusals, func(refusal *errorsmod.Error) bool { return errorsmod.IsOf(err, refusal) })
}

func TestGovernanceMessagesRefuseEverybodyElse(t *testing.T) {
	// What governs is not disabled, so that each handler has to refuse by itself.
	f := fixture.New(t, openWasm, fixture.Genesis(func(a *app.App, state app.GenesisState) {
		fixture.Edit(a, state, circuittypes.ModuleName, &circuittypes.GenesisState{}, func(circuit *circuittypes.GenesisState) {
			circuit.DisabledTypeUrls = []string{disabled}
		})
	}))
	for _, url := range messagesOf(governance) {
		t.Run(url, func(t *testing.T) {
			err := handle(f, newMessage(t, f, url, f.Accounts[0].String()))
			require.True(t, refusesSigner(err), "from an account: %v", err)
			err = handle(f, newMessage(t, f, url, fixture.Authority()))
			require.False(t, refusesSigner(err), "from the authority: %v", err)
		})
	}
}

// A message for the main chain only is refused on a zone whichever way it comes.
func TestMainOnlyMessagesAreRefusedOnZones(t *testing.T) {
	zone, main := fixture.New(t, fixture.Zone("farm")), fixture.New(t)
	require.NotEmpty(t, app.MainOnlyMessages())
	alice := zone.Accounts[0]
	for _, url := range app.MainOnlyMessages() {
		t.Run(url, func(t *testing.T) {
			err := handle(zone, newMessage(t, zone, url, fixture.Authority()))
			require.ErrorIs(t, err, zonestypes.ErrMainOnly)
			err = handle(main, newMessage(t, main, url, fixture.Authority()))
			require.NotErrorIs(t, err, zonestypes.ErrMainOnly)

			own := newMessage(t, zone, url, alice.String())
			if empty, ok := own.(sdk.HasValidateBasic); ok && empty.ValidateBasic() != nil {
				return // a transaction is refused for the content before anybody asks for the role
			}
			_, err = zone.Deliver(alice, own)
			require.ErrorIs(t, err, zonestypes.ErrMainOnly)
			require.ErrorContains(t, err, "farm")

			exec := authz.NewMsgExec(alice.Address, []sdk.Msg{own})
			_, err = zone.Deliver(alice, &exec)
			require.ErrorIs(t, err, zonestypes.ErrMainOnly)
			twice := authz.NewMsgExec(alice.Address, []sdk.Msg{&exec})
			_, err = zone.Deliver(alice, &twice)
			require.ErrorIs(t, err, zonestypes.ErrMainOnly)
		})
	}

	remove := ratelimittypes.NewMsgRemoveRateLimit("usmt", "channel-0")
	remove.Authority = fixture.Authority()
	require.ErrorContains(t, zone.Govern(remove), zonestypes.ErrMainOnly.Error())
	require.ErrorContains(t, main.Govern(remove), ratelimittypes.ErrRateLimitNotFound.Error(), "it got as far as to look")
}
