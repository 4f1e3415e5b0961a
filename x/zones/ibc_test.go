package zones_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/mesh"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	"github.com/meshchain/meshchain/x/zones/types"
)

func announce(m *mesh.Mesh, nonce []byte) *types.MsgAnnounce {
	msg := &types.MsgAnnounce{Sender: m.Main.Accounts[3].String(), Nonce: nonce}
	if nonce != nil {
		msg.GenesisHash = mesh.GenesisHash
	}
	return msg
}

func zone(t *testing.T, m *mesh.Mesh, name string) types.ZoneInfo {
	t.Helper()
	response, err := types.NewQueryClient(m.Main).Zone(m.Main.Ctx(), &types.QueryZoneRequest{Name: name})
	require.NoError(t, err)
	return response.Zone
}

// refused relays a packet to the main chain, which must refuse it as a whole, and
// brings the refusal home.
func refused(t *testing.T, link *mesh.Link, packet channeltypes.Packet, reason *errorsmod.Error) {
	t.Helper()
	_, err := link.Receive(packet)
	require.NoError(t, err)
	require.Equal(t, string(channeltypes.NewErrorAcknowledgementWithCodespace(reason).Acknowledgement()), string(link.Main.Ack(packet)))
	require.NoError(t, link.Acknowledge(packet))
}

// A zone registers, activates itself and beats, over real light clients.
func TestLifeOfAZone(t *testing.T) {
	m := mesh.New(t, []string{"farm"})
	farm := m.Link("farm")
	m.PinHub("farm")
	nonce := m.Claim("farm", farm.MainChannel())
	require.Equal(t, types.STATUS_PENDING, zone(t, m, "farm").Status)
	funds := farm.Zone.App.BankKeeper.GetBalance(farm.Zone.Ctx(), types.RegistryAddress(), "ufarm")

	refused(t, farm, farm.Zone.MustSend(m.Main.Accounts[3], announce(m, nil)), types.ErrNotFromZone) // no heart without life
	require.Equal(t, funds, farm.Zone.App.BankKeeper.GetBalance(farm.Zone.Ctx(), types.RegistryAddress(), "ufarm"), "refunded")

	activation := farm.Zone.MustSend(m.Main.Accounts[3], announce(m, nonce))
	receive := farm.ReceiveMsg(activation)
	farm.Relay(activation)
	info := zone(t, m, "farm")
	require.Equal(t, types.STATUS_ACTIVE, info.Status)
	require.Equal(t, farm.Path.EndpointA.ClientID, info.Zone.ClientId)
	require.Equal(t, farm.Path.EndpointA.ConnectionID, info.Zone.ConnectionId)
	_, _ = m.Main.Send(m.Main.Relayer(), []sdk.Msg{receive}) // once more: core remembers
	refused(t, farm, farm.Zone.MustSend(m.Main.Accounts[3], announce(m, nonce)), types.ErrStatus)

	farm.Relay(farm.Zone.MustSend(m.Main.Accounts[3], announce(m, nil)))
	beat := zone(t, m, "farm").Zone.Heartbeat
	require.NotNil(t, beat)
	require.Positive(t, beat.Height)
	require.Less(t, beat.Height, uint64(farm.Zone.Height()))
	left := farm.Zone.App.BankKeeper.GetBalance(farm.Zone.Ctx(), types.RegistryAddress(), "ufarm")
	require.Equal(t, funds.SubAmount(sdkmath.NewInt(2)), left, "the main chain took two announcements")

	// Silence makes it stale, and an update of its client fresh again.
	m.Coordinator.IncrementTimeBy(types.DefaultParams().StaleAfter)
	m.Coordinator.CommitBlock(m.Main.Test)
	require.Equal(t, types.STATUS_STALE, zone(t, m, "farm").Status)
	m.Coordinator.CommitBlock(farm.Zone.Test)
	require.NoError(t, farm.Path.EndpointA.UpdateClient())
	require.Equal(t, types.STATUS_ACTIVE, zone(t, m, "farm").Status)
	m.CheckInvariants()
}

// An account of the zone that is not its registry cannot speak for it, whatever it
// writes into a memo, nor can the registry's account on another chain.
func TestOnlyTheZoneItselfActivates(t *testing.T) {
	m := mesh.New(t, []string{"farm", "port"})
	farm, port := m.Link("farm"), m.Link("port")
	m.PinHub("farm")
	m.PinHub("port")
	nonce := m.Claim("farm", farm.MainChannel())
	mallory := m.Main.Accounts[2]

	body, err := (&types.Activation{Nonce: nonce, Name: "farm", Owner: m.Owner().String(), GenesisHash: mesh.GenesisHash}).Marshal()
	require.NoError(t, err)
	envelope := transackettypes.Inband(body)
	envelope.Topic = types.TopicActivate
	fromMallory := &transackettypes.MsgSend{
		Sender: mallory.String(), To: types.RegistryAddress().String(), Payment: farm.Zone.Native(1), Envelope: envelope, Channel: farm.ZoneChannel(),
	}
	refused(t, farm, farm.Zone.MustSend(mallory, fromMallory), types.ErrNotFromZone)
	local := *fromMallory
	local.Channel, local.Payment = "", m.Main.Native(1)
	_, err = m.Main.Send(mallory, []sdk.Msg{&local})
	require.ErrorIs(t, err, types.ErrNotFromZone)

	// The port, which runs other code, sends it from its own registry account.
	envelope.Deadline = uint64(port.Zone.Test.CurrentHeader.Time.Add(time.Hour).UnixNano())
	memo, err := transackettypes.EncodeMemo(envelope)
	require.NoError(t, err)
	forged := transfertypes.NewMsgTransfer(transfertypes.PortID, port.ZoneChannel(), port.Zone.Native(1), types.RegistryAddress().String(),
		types.RegistryAddress().String(), clienttypes.ZeroHeight(), envelope.Deadline, memo)
	refused(t, port, port.Zone.SendBare(forged), types.ErrNotFromZone)
	require.Equal(t, types.STATUS_PENDING, zone(t, m, "farm").Status)
	m.CheckInvariants()
}

// Mallory registers somebody else's zone with its true channel. The zone names its
// owner itself, so she waits in vain, and the owner's turn comes.
func TestSquatting(t *testing.T) {
	m := mesh.New(t, []string{"farm"})
	farm := m.Link("farm")
	m.PinHub("farm")
	mallory := m.Main.Accounts[2]
	squat := &types.MsgRegisterZone{
		Owner: mallory.String(), Name: "farm", ChainId: "farm-1", GenesisHash: mesh.GenesisHash, Bond: types.DefaultParams().Bond, ChannelId: farm.MainChannel(),
	}
	result, err := m.Main.Send(mallory, []sdk.Msg{squat})
	require.NoError(t, err)
	var response types.MsgRegisterZoneResponse
	require.NoError(t, m.Main.Response(result, &response))
	refused(t, farm, farm.Zone.MustSend(m.Main.Accounts[3], announce(m, response.Nonce)), types.ErrNotOwner)

	// Under another name the channel is not hers either.
	squat.Name, squat.ChainId = "ranch", "ranch-1"
	_, err = m.Main.Send(mallory, []sdk.Msg{squat})
	require.ErrorIs(t, err, types.ErrChannel)

	m.Coordinator.IncrementTimeBy(types.DefaultParams().PendingPeriod)
	m.Coordinator.CommitBlock(m.Main.Test)
	m.Coordinator.CommitBlock(farm.Zone.Test)
	nonce := m.Claim("farm", farm.MainChannel())
	farm.Relay(farm.Zone.MustSend(m.Main.Accounts[3], announce(m, nonce)))
	require.Equal(t, types.STATUS_ACTIVE, zone(t, m, "farm").Status)
	require.Equal(t, m.Owner().String(), zone(t, m, "farm").Zone.Owner)
	m.CheckInvariants()
}

// A chain that calls itself farm-1 has a channel of its own, and can have the name
// only if it comes first and its owner agrees; then the true one cannot take it away.
func TestNamesakeChain(t *testing.T) {
	m := mesh.New(t, []string{"farm"})
	m.Register("farm")
	second := m.Reconnect("farm") // as far as the main chain can see, any chain farm-1
	_, err := m.Main.Send(m.Main.Accounts[2], []sdk.Msg{&types.MsgRegisterZone{
		Owner: m.Main.Accounts[2].String(), Name: "farm", ChainId: "farm-1", GenesisHash: mesh.GenesisHash, Bond: types.DefaultParams().Bond, ChannelId: second.MainChannel(),
	}})
	require.ErrorIs(t, err, types.ErrNameTaken)
	_, err = types.NewQueryClient(m.Main).ZoneByChannel(m.Main.Ctx(), &types.QueryZoneByChannelRequest{ChannelId: second.MainChannel()})
	require.Error(t, err)
}

func TestRoles(t *testing.T) {
	m := mesh.New(t, []string{"farm"})
	owner := m.Owner()
	beat := announce(m, nil)
	beat.Sender = owner.String()
	_, err := m.Main.Send(owner, []sdk.Msg{beat})
	require.ErrorIs(t, err, types.ErrZoneOnly)
	pin := &types.MsgPinHub{Signer: owner.String(), Hub: types.Hub{ClientId: "07-tendermint-0", ConnectionId: "connection-0", ChannelId: "channel-0"}}
	_, err = m.Main.Send(owner, []sdk.Msg{pin})
	require.ErrorIs(t, err, types.ErrZoneOnly)
	_, err = m.Link("farm").Zone.Send(owner, []sdk.Msg{&types.MsgRetireZone{Signer: owner.String(), Name: "farm"}})
	require.ErrorIs(t, err, types.ErrMainOnly)
}
