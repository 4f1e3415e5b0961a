package app_test

import (
	"fmt"
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
