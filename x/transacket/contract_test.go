package transacket_test

import (
	"encoding/json"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	circuittypes "cosmossdk.io/x/circuit/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/CosmWasm/wasmd/x/wasm/keeper/testdata"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	wasmvmtypes "github.com/CosmWasm/wasmvm/v2/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/transacket/types"
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

// start uploads and starts a contract.
func start(t *testing.T, chain *mesh.Chain, by *fixture.Account, code []byte, init string, funds ...sdk.Coin) sdk.AccAddress {
	t.Helper()
	result, err := chain.Send(by, []sdk.Msg{&wasmtypes.MsgStoreCode{Sender: by.String(), WASMByteCode: code}})
	require.NoError(t, err)
	var stored wasmtypes.MsgStoreCodeResponse
	require.NoError(t, chain.Response(result, &stored))
	result, err = chain.Send(by, []sdk.Msg{&wasmtypes.MsgInstantiateContract{
		Sender: by.String(), CodeID: stored.CodeID, Label: "contract", Msg: []byte(init), Funds: sdk.NewCoins(funds...),
	}})
	require.NoError(t, err)
	var started wasmtypes.MsgInstantiateContractResponse
	require.NoError(t, chain.Response(result, &started))
	return sdk.MustAccAddressFromBech32(started.Address)
}

// caller is the account that calls for the sender on the other chain.
func (c crossing) caller(of *fixture.Account) sdk.AccAddress {
	return types.CallerAddress(types.Transacket{From: of.String(), Source: types.Source{DestinationChannel: c.back()}})
}

// safe starts a contract that pays out to the beneficiary if the verifier says so.
func (c crossing) safe(verifier sdk.AccAddress, beneficiary *fixture.Account) sdk.AccAddress {
	c.t.Helper()
	init, err := json.Marshal(map[string]string{"verifier": verifier.String(), "beneficiary": beneficiary.String()})
	require.NoError(c.t, err)
	return start(c.t, c.to, c.to.Accounts[3], testdata.HackatomContractWasm(), string(init))
}

func (c crossing) call(contract sdk.AccAddress, by *fixture.Account, message string) channeltypes.Packet {
	c.t.Helper()
	msg := c.message(90, message)
	msg.Sender, msg.To, msg.Envelope.Receipt = by.String(), contract.String(), types.RECEIPT_PROCESSED
	return c.from.MustSend(by, msg)
}

func TestCallOverIBC(t *testing.T) {
	c := newCrossing(t, true, openWasm)
	safe := c.safe(c.caller(c.sender), c.receiver)

	// The payment is attached, the caller is the sender's, and the contract's data comes
	// back as the reply.
	packet := c.call(safe, c.sender, `{"release":{}}`)
	c.link.Relay(packet)
	require.EqualValues(t, 90, c.received())
	require.Empty(t, c.inbox(c.receiver))
	mail := c.mail()
	require.Len(t, mail, 1)
	require.Equal(t, []byte{0xF0, 0x0B, 0xAA}, mail[0].Receipt.Reply)
	c.CheckInvariants()

	// Nobody else calls as the sender, and a contract that fails refunds.
	other := c.from.Accounts[1]
	for _, message := range []string{`{"release":{}}`, `{"panic":{}}`, `{"no_such":{}}`, `{"cpu_loop":{}}`, `{"storage_loop":{}}`} {
		before := c.from.Balance(other, "usmt")
		packet := c.call(safe, other, message)
		_, err := c.link.Receive(packet, fixture.Gas(5_000_000))
		require.NoError(t, err, "%s: a refusal is an acknowledgement", message)
		require.False(t, succeeded(t, c.to.Ack(packet)), message)
		require.NoError(t, c.link.Acknowledge(packet))
		require.Equal(t, before, c.from.Balance(other, "usmt"), message)
		require.EqualValues(t, 90, c.received())
		c.CheckInvariants()
	}
	require.Equal(t, c.to.AppHash(), c.to.Replica().AppHash())
}

func succeeded(t *testing.T, bz []byte) bool {
	t.Helper()
	var ack channeltypes.Acknowledgement
	require.NoError(t, transfertypes.ModuleCdc.UnmarshalJSON(bz, &ack))
	return ack.Success()
}

// A relayer with too little gas fails, at every limit, and never turns a good call
// into a refund.
func TestTooLittleGasIsNoRefund(t *testing.T) {
	c := newCrossing(t, true, openWasm)
	safe := c.safe(c.caller(c.sender), c.receiver)
	packet := c.call(safe, c.sender, `{"release":{}}`)
	failures := 0
	for gas := uint64(100_000); ; gas += 100_000 {
		require.Less(t, gas, uint64(3_000_000))
		_, err := c.link.Receive(packet, fixture.Gas(gas))
		if err == nil {
			break
		}
		failures++
		require.ErrorContains(t, err, "out of gas")
		require.Nil(t, c.to.Ack(packet))
	}
	require.Greater(t, failures, 5)
	require.NoError(t, c.link.Acknowledge(packet))
	require.EqualValues(t, 90, c.received())
}

// A contract sends and reads TransacKets with what CosmWasm has: no code of ours.
func TestContractSendsAndQueries(t *testing.T) {
	c := newCrossing(t, true, openWasm)
	chain, owner, friend := c.to, c.to.Accounts[0], c.to.Accounts[1]
	robot := start(t, chain, owner, testdata.ReflectContractWasm(), `{}`, chain.Native(1_000))

	send := &types.MsgSend{Sender: robot.String(), To: friend.String(), Payment: chain.Native(30), Envelope: types.Inband([]byte("from a robot"))}
	prices := &types.MsgSetPrices{Account: robot.String(), Prices: []types.Price{{Minimum: chain.Native(7)}}}
	act := func(msgs ...sdk.Msg) error {
		var anys []wasmvmtypes.CosmosMsg
		for _, msg := range msgs {
			bz, err := proto.Marshal(msg)
			require.NoError(t, err)
			anys = append(anys, wasmvmtypes.CosmosMsg{Any: &wasmvmtypes.AnyMsg{TypeURL: sdk.MsgTypeURL(msg), Value: bz}})
		}
		execute, err := json.Marshal(testdata.ReflectHandleMsg{Reflect: &testdata.ReflectPayload{Msgs: anys}})
		require.NoError(t, err)
		_, err = chain.Send(owner, []sdk.Msg{&wasmtypes.MsgExecuteContract{Sender: owner.String(), Contract: robot.String(), Msg: execute}})
		return err
	}
	require.NoError(t, act(send, prices))
	require.Equal(t, robot.String(), c.inbox(friend)[0].From)
	forged := *send
	forged.Sender = owner.String()
	require.Error(t, act(&forged), "a contract signs for itself alone")

	ask := func(path string, request, response proto.Message) error {
		bz, err := proto.Marshal(request)
		require.NoError(t, err)
		question, err := json.Marshal(testdata.ReflectQueryMsg{Chain: &testdata.ChainQuery{Request: &wasmvmtypes.QueryRequest{
			Grpc: &wasmvmtypes.GrpcQuery{Path: path, Data: bz},
		}}})
		require.NoError(t, err)
		answer, err := wasmtypes.NewQueryClient(chain).SmartContractState(chain.Ctx(), &wasmtypes.QuerySmartContractStateRequest{Address: robot.String(), QueryData: question})
		if err != nil {
			return err
		}
		var wrapped testdata.ChainResponse
		require.NoError(t, json.Unmarshal(answer.Data, &wrapped))
		return proto.Unmarshal(wrapped.Data, response)
	}
	var inbox types.QueryInboxResponse
	require.NoError(t, ask("/mesh.transacket.v1.Query/Inbox", &types.QueryInboxRequest{Receiver: friend.String()}, &inbox))
	require.Equal(t, c.inbox(friend), inbox.Transackets)
	var posted types.QueryPricesResponse
	require.NoError(t, ask("/mesh.transacket.v1.Query/Prices", &types.QueryPricesRequest{Account: robot.String()}, &posted))
	require.Equal(t, prices.Prices, posted.Prices)
	require.ErrorContains(t, ask("/mesh.transacket.v1.Query/Stranded", &types.QueryStrandedRequest{}, &types.QueryStrandedResponse{}), "not allowed")
}
