package mesh

import (
	"bytes"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// GenesisHash is what the zones of a mesh are registered with.
var GenesisHash = bytes.Repeat([]byte{7}, zonestypes.HashLength)

// owned names the first account as the owner of a zone in its genesis.
func owned() fixture.Option {
	return fixture.Genesis(func(a *app.App, state app.GenesisState) {
		fixture.Edit(a, state, zonestypes.ModuleName, &zonestypes.GenesisState{}, func(zones *zonestypes.GenesisState) {
			if !zones.Identity.IsMain() {
				zones.Owner = fixture.NewAccount("account 0").String()
			}
		})
	})
}

// Owner registers zones, and is the owner that their genesis names.
func (m *Mesh) Owner() *fixture.Account { return m.Main.Accounts[0] }

// Register enters zones into the registry of the main chain and lets them activate
// themselves; each then has the main chain as its hub.
func (m *Mesh) Register(zones ...string) {
	m.t.Helper()
	for _, name := range zones {
		link := m.Link(name)
		m.PinHub(name)
		nonce := m.Claim(name, link.MainChannel())
		link.Relay(link.Zone.MustSend(m.Owner(), &zonestypes.MsgAnnounce{Sender: m.Owner().String(), Nonce: nonce, GenesisHash: GenesisHash}))
		route, err := zonestypes.NewQueryClient(m.Main).Route(m.Main.Ctx(), &zonestypes.QueryRouteRequest{Name: name})
		require.NoError(m.t, err)
		require.Equal(m.t, link.MainChannel(), route.ChannelId)
	}
}

// PinHub makes the link the way of a zone to the main chain, and pays for what it
// will announce.
func (m *Mesh) PinHub(name string) {
	m.t.Helper()
	link := m.Link(name)
	hub := zonestypes.Hub{ClientId: link.Path.EndpointB.ClientID, ConnectionId: link.Path.EndpointB.ConnectionID, ChannelId: link.ZoneChannel()}
	_, err := link.Zone.Send(m.Owner(), []sdk.Msg{
		&zonestypes.MsgPinHub{Signer: m.Owner().String(), Hub: hub},
		banktypes.NewMsgSend(m.Owner().Address, zonestypes.RegistryAddress(), sdk.NewCoins(link.Zone.Native(10))),
	})
	require.NoError(m.t, err)
}

// Claim registers a zone with that channel and returns its nonce.
func (m *Mesh) Claim(name, channel string) []byte {
	m.t.Helper()
	result, err := m.Main.Send(m.Owner(), []sdk.Msg{&zonestypes.MsgRegisterZone{
		Owner: m.Owner().String(), Name: name, ChainId: name + "-1", GenesisHash: GenesisHash,
		Bond: zonestypes.DefaultParams().Bond, ChannelId: channel,
	}})
	require.NoError(m.t, err)
	var response zonestypes.MsgRegisterZoneResponse
	require.NoError(m.t, m.Main.Response(result, &response))
	return response.Nonce
}
