package mesh

import (
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"

	"github.com/meshchain/meshchain/testutil/fixture"
)

// Impostor starts another chain that calls itself the main chain, runs the same
// code, and has a channel of its own to that zone.
func (m *Mesh) Impostor(zone string) *Link {
	m.t.Helper()
	return m.connect(m.start(fixture.Main(), nil), m.Zones[zone])
}

// Reconnect opens another channel, over clients and a connection of its own, between
// the main chain and that zone. Mesh does not watch it.
func (m *Mesh) Reconnect(zone string) *Link {
	m.t.Helper()
	return m.connect(m.Main, m.Zones[zone])
}

// Port opens, on one end of a link, a channel over the link's own connection whose
// other end is a contract's port, and returns its identifier.
func (l *Link) Port(chain *Chain, counterparty string) string {
	l.t.Helper()
	const channel = "channel-99"
	chain.App.IBCKeeper.ChannelKeeper.SetChannel(chain.Ctx(), transfertypes.PortID, channel, channeltypes.NewChannel(channeltypes.OPEN, channeltypes.UNORDERED,
		channeltypes.NewCounterparty(counterparty, "channel-98"), []string{l.end(chain).ConnectionID}, transfertypes.Version))
	return channel
}

// Close closes one end of the channel, as no user of ICS-20 can.
func (l *Link) Close(chain *Chain) {
	l.t.Helper()
	require.NoError(l.t, l.end(chain).SetChannelState(channeltypes.CLOSED))
}

// TimeoutOnClose proves to a packet's source that the other end of the channel was
// closed before it was received. The error is the transaction's.
func (l *Link) TimeoutOnClose(packet channeltypes.Packet) error {
	l.t.Helper()
	source := l.mustSource(packet)
	to := l.other(source)
	require.NoError(l.t, l.end(source).UpdateClient())
	unreceived, height := to.Test.QueryProof(host.PacketReceiptKey(packet.DestinationPort, packet.DestinationChannel, packet.Sequence))
	closed, _ := to.Test.QueryProof(host.ChannelKey(packet.DestinationPort, packet.DestinationChannel))
	_, err := source.Send(source.Relayer(), []sdk.Msg{
		channeltypes.NewMsgTimeoutOnCloseWithCounterpartyUpgradeSequence(packet, 1, unreceived, closed, height, source.Relayer().String(), 0),
	})
	return err
}
