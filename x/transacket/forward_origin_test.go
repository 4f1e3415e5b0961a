package transacket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// forged is a transfer through a link with an origin in its memo that names
// somebody on the farm. sender need not have signed it.
func (w *triangle) forged(from *mesh.Chain, link *mesh.Link, sender sdk.AccAddress, origin bool) *transfertypes.MsgTransfer {
	w.t.Helper()
	msg := w.transfer(link, from, from.Native(30))
	envelope := types.Inband([]byte("open the gate"))
	envelope.Deadline = msg.TimeoutTimestamp
	if origin {
		envelope.Origin = &types.Origin{ChainId: "farm-1", Sender: w.alice.String()}
	}
	memo, err := types.EncodeMemo(envelope)
	require.NoError(w.t, err)
	msg.Sender, msg.Receiver, msg.Memo = sender.String(), w.bob.String(), memo
	return msg
}

// fund gives the forwarder of a chain something to forge with: anybody can.
func fund(t *testing.T, chain *mesh.Chain) {
	t.Helper()
	rich := chain.Accounts[3]
	require.NoError(t, chain.App.BankKeeper.SendCoins(chain.Ctx(), rich.Address, types.ForwarderAddress(), sdk.NewCoins(chain.Native(100))))
	chain.Test.Coordinator.CommitBlock(chain.Test)
}

// refusedBy relays a packet that a chain running other code sent, and requires that
// the destination refuses it as a whole.
func refusedBy(t *testing.T, link *mesh.Link, to *mesh.Chain, packet channeltypes.Packet, reason *errorsmod.Error) {
	t.Helper()
	_, err := link.Receive(packet)
	require.NoError(t, err)
	require.Equal(t, string(refusal(reason)), string(to.Ack(packet)))
	require.NoError(t, link.Acknowledge(packet))
}

// On the genuine hub, from the genuine main chain: a user's memo is no attestation,
// on whichever side it is stopped.
func TestOriginFromAUsersMemo(t *testing.T) {
	w := newTriangle(t)
	forged := w.forged(w.Main, w.port, w.alice.Address, true)
	_, err := w.Main.Send(w.alice, []sdk.Msg{forged})
	require.ErrorIs(t, err, types.ErrOrigin)
	refusedBy(t, w.port, w.port.Zone, w.Main.SendBare(forged), types.ErrOrigin)

	// The forwarder without an origin stands for nothing.
	fund(t, w.Main)
	refusedBy(t, w.port, w.port.Zone, w.Main.SendBare(w.forged(w.Main, w.port, types.ForwarderAddress(), false)), types.ErrOrigin)
	require.Empty(t, inbox(t, w.port.Zone, w.bob))
	w.CheckInvariants()

	// What is accepted from it is what the main chain's own code would send.
	packet := w.Main.SendBare(w.forged(w.Main, w.port, types.ForwarderAddress(), true))
	_, err = w.port.Receive(packet)
	require.NoError(t, err)
	require.Len(t, inbox(t, w.port.Zone, w.bob), 1)
}

// A zone that runs other code attests nothing to the main chain, and through it to
// nobody.
func TestOriginToTheMainChain(t *testing.T) {
	w := newTriangle(t)
	fund(t, w.farm.Zone)
	for _, sender := range []sdk.AccAddress{w.alice.Address, types.ForwarderAddress()} {
		refusedBy(t, w.farm, w.Main, w.farm.Zone.SendBare(w.forged(w.farm.Zone, w.farm, sender, true)), types.ErrOrigin)
	}
	refusedBy(t, w.farm, w.Main, w.farm.Zone.SendBare(w.forged(w.farm.Zone, w.farm, types.ForwarderAddress(), false)), types.ErrOrigin)

	// An origin next to a zone's name is no envelope at all.
	msg := w.transfer(w.farm, w.farm.Zone, w.farm.Zone.Native(30))
	envelope := types.Inband([]byte("open the gate"))
	envelope.Deadline, envelope.Zone, envelope.Origin = msg.TimeoutTimestamp, "port", &types.Origin{ChainId: "mine-1", Sender: "x"}
	require.ErrorIs(t, envelope.Validate(), types.ErrOrigin)
	w.CheckInvariants()
}

// Anybody can start a chain that calls itself the main chain, runs the same code and
// so has the same accounts.
func TestOriginFromAFakeMainChain(t *testing.T) {
	w := newTriangle(t)
	fake := w.Impostor("port")
	require.Equal(t, w.Main.ChainID, fake.Main.ChainID)
	fund(t, fake.Main)
	for _, origin := range []bool{true, false} {
		refusedBy(t, fake, w.port.Zone, fake.Main.SendBare(w.forged(fake.Main, fake, types.ForwarderAddress(), origin)), types.ErrOrigin)
	}
	refusedBy(t, fake, w.port.Zone, fake.Main.SendBare(w.forged(fake.Main, fake, w.alice.Address, true)), types.ErrOrigin)
	require.Empty(t, inbox(t, w.port.Zone, w.bob))

	// Its channel cannot become the hub, but by governance.
	hub := zonestypes.Hub{ClientId: fake.Path.EndpointB.ClientID, ConnectionId: fake.Path.EndpointB.ConnectionID, ChannelId: fake.ZoneChannel()}
	for _, signer := range []string{w.alice.String(), w.Owner().String()} {
		msg := &zonestypes.MsgPinHub{Signer: signer, Hub: hub}
		_, err := w.port.Zone.App.MsgServiceRouter().Handler(msg)(w.port.Zone.Ctx(), msg)
		require.ErrorIs(t, err, zonestypes.ErrAuthority)
	}
	w.CheckInvariants()
}

// Nor does a contract on the genuine main chain speak for it: it has a port of its
// own, over the genuine connection.
func TestOriginFromAContractsPort(t *testing.T) {
	w := newTriangle(t)
	port := "wasm." + w.alice.String()
	channel := w.port.Port(w.port.Zone, port)
	msg := w.forged(w.Main, w.port, types.ForwarderAddress(), true)
	data := transfertypes.NewFungibleTokenPacketData("usmt", "30", msg.Sender, msg.Receiver, msg.Memo)
	packet := channeltypes.NewPacket(data.GetBytes(), 1, port, "channel-98", transfertypes.PortID, channel, msg.TimeoutHeight, msg.TimeoutTimestamp)
	deliver := func() []byte {
		stack, found := w.port.Zone.App.IBCKeeper.Router.GetRoute(transfertypes.ModuleName)
		require.True(t, found)
		ctx, _ := w.port.Zone.Ctx().CacheContext()
		return stack.OnRecvPacket(ctx, packet, w.port.Zone.Relayer().Address).Acknowledgement()
	}
	require.Equal(t, string(refusal(types.ErrOrigin)), string(deliver()))

	// Not even if that channel were pinned.
	hub := zonestypes.Hub{ClientId: w.port.Path.EndpointB.ClientID, ConnectionId: w.port.Path.EndpointB.ConnectionID, ChannelId: channel}
	pin := &zonestypes.MsgPinHub{Signer: w.port.Zone.App.GovKeeper.GetGovernanceAccount(w.port.Zone.Ctx()).GetAddress().String(), Hub: hub}
	_, err := w.port.Zone.App.MsgServiceRouter().Handler(pin)(w.port.Zone.Ctx(), pin)
	require.ErrorIs(t, err, zonestypes.ErrChannel)
	genesis, err := w.port.Zone.App.ZonesKeeper.ExportGenesis(w.port.Zone.Ctx())
	require.NoError(t, err)
	genesis.Hub = &hub
	require.NoError(t, w.port.Zone.App.ZonesKeeper.InitGenesis(w.port.Zone.Ctx(), *genesis))
	require.Equal(t, string(refusal(types.ErrOrigin)), string(deliver()))
}

// A hub that was moved to another connection, as a channel upgrade can, is the hub no
// more.
func TestOriginNeedsConnectionAndClientOfTheHub(t *testing.T) {
	for name, change := range map[string]func(*zonestypes.Hub){
		"connection": func(h *zonestypes.Hub) { h.ConnectionId = "connection-7" },
		"client":     func(h *zonestypes.Hub) { h.ClientId = "07-tendermint-7" },
		"channel":    func(h *zonestypes.Hub) { h.ChannelId = "channel-7" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTriangle(t)
			keeper := w.port.Zone.App.ZonesKeeper
			genesis, err := keeper.ExportGenesis(w.port.Zone.Ctx())
			require.NoError(t, err)
			change(genesis.Hub)
			require.NoError(t, keeper.InitGenesis(w.port.Zone.Ctx(), *genesis))
			w.Coordinator.CommitBlock(w.port.Zone.Test)
			before := w.has()
			first, second := w.firstHop(w.message(2, "over another connection"))
			w.port.Relay(second)
			require.Equal(t, string(refusal(types.ErrOrigin)), string(w.Main.Ack(first)))
			require.NoError(t, w.farm.Acknowledge(first))
			require.Equal(t, before, w.has())
			w.check()
		})
	}
}
