package app_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	circuittypes "cosmossdk.io/x/circuit/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"

	"github.com/CosmWasm/wasmd/x/wasm/keeper/testdata"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
)

// openWasm is a genesis in which everybody may upload and start contracts.
var openWasm = fixture.Genesis(func(a *app.App, state app.GenesisState) {
	fixture.Edit(a, state, circuittypes.ModuleName, &circuittypes.GenesisState{}, func(circuit *circuittypes.GenesisState) {
		circuit.DisabledTypeUrls = nil
	})
	fixture.Edit(a, state, wasmtypes.ModuleName, &wasmtypes.GenesisState{}, func(wasm *wasmtypes.GenesisState) {
		wasm.Params = wasmtypes.Params{CodeUploadAccess: wasmtypes.AllowEverybody, InstantiateDefaultPermission: wasmtypes.AccessTypeEverybody}
	})
})

func storeCode(sender string) *wasmtypes.MsgStoreCode {
	return &wasmtypes.MsgStoreCode{Sender: sender, WASMByteCode: testdata.HackatomContractWasm()}
}

// instantiate starts the escrow contract of code 1: the verifier may release
// its funds to the beneficiary.
func instantiate(t *testing.T, sender string, verifier, beneficiary *fixture.Account, funds sdk.Coin) *wasmtypes.MsgInstantiateContract {
	t.Helper()
	init, err := json.Marshal(map[string]string{"verifier": verifier.String(), "beneficiary": beneficiary.String()})
	require.NoError(t, err)
	return &wasmtypes.MsgInstantiateContract{Sender: sender, CodeID: 1, Label: "escrow", Msg: init, Funds: sdk.NewCoins(funds)}
}

func TestContractsAreClosedToEverybody(t *testing.T) {
	for name, role := range roles {
		t.Run(name, func(t *testing.T) {
			f := fixture.New(t, role)
			alice := f.Accounts[0]

			_, err := f.Deliver(alice, storeCode(alice.String()))
			require.ErrorIs(t, err, sdkerrors.ErrUnauthorized)
			require.ErrorContains(t, err, "x/circuit")
			exec := authz.NewMsgExec(alice.Address, []sdk.Msg{storeCode(alice.String())})
			_, err = f.Deliver(alice, &exec)
			require.ErrorContains(t, err, "x/circuit")
			require.ErrorContains(t, f.Govern(storeCode(fixture.Authority())), "x/circuit", "not even governance may")
			for _, url := range app.WasmMessages() {
				allowed, err := f.App.CircuitKeeper.IsAllowed(f.Ctx(), url)
				require.NoError(t, err)
				require.False(t, allowed, url)
			}
			_, err = wasmtypes.NewQueryClient(f).Code(f.Ctx(), &wasmtypes.QueryCodeRequest{CodeId: 1})
			require.Error(t, err, "no code came in")

			// Without the circuit breaker wasm's own permissions still bind accounts.
			require.NoError(t, f.Govern(&circuittypes.MsgResetCircuitBreaker{Authority: fixture.Authority(), MsgTypeUrls: app.WasmMessages()}))
			_, err = f.Deliver(alice, storeCode(alice.String()))
			require.ErrorIs(t, err, sdkerrors.ErrUnauthorized)
			require.NotContains(t, err.Error(), "x/circuit")

			// And governance may, once it has opened the gate.
			require.NoError(t, f.Govern(storeCode(fixture.Authority())))
			require.NoError(t, f.Govern(&wasmtypes.MsgUpdateParams{Authority: fixture.Authority(), Params: wasmtypes.Params{
				CodeUploadAccess: wasmtypes.AllowEverybody, InstantiateDefaultPermission: wasmtypes.AccessTypeEverybody,
			}}))
			f.MustDeliver(alice, storeCode(alice.String()))
			f.CheckInvariants()
		})
	}
}

func TestContractHoldsAndReleasesFunds(t *testing.T) {
	f := fixture.New(t, openWasm)
	alice, bob, carol := f.Accounts[0], f.Accounts[1], f.Accounts[2]
	f.MustDeliver(alice, storeCode(alice.String()))
	result := f.MustDeliver(alice, instantiate(t, alice.String(), bob, carol, f.Native(500)))
	var escrow wasmtypes.MsgInstantiateContractResponse
	require.NoError(t, f.Response(result, &escrow))

	release := func(by *fixture.Account) *wasmtypes.MsgExecuteContract {
		return &wasmtypes.MsgExecuteContract{Sender: by.String(), Contract: escrow.Address, Msg: []byte(`{"release":{}}`)}
	}
	_, err := f.Deliver(alice, release(alice))
	require.ErrorIs(t, err, wasmtypes.ErrExecuteFailed)
	f.MustDeliver(bob, release(bob))
	require.Equal(t, f.Native(fixture.Balance+500), f.Balance(carol, "usmt"))
	f.CheckInvariants()
}
