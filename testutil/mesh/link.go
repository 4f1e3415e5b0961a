package mesh

import (
	"fmt"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
	ibctesting "github.com/cosmos/ibc-go/v8/testing"

	"github.com/meshchain/meshchain/testutil/fixture"
)

// Link is a transfer channel between the main chain and a zone.
type Link struct {
	t *testing.T
	// Main and Zone are the chains at its ends.
	Main, Zone *Chain
	// Path holds clients, connections and channel; end A is the main chain's.
	Path *ibctesting.Path
}

// connect makes clients, a connection and a transfer channel. The trusting
// period is the app's.
func (m *Mesh) connect(main, zone *Chain) *Link {
	m.t.Helper()
	path := ibctesting.NewTransferPath(main.Test, zone.Test)
	m.Coordinator.Setup(path)
	return &Link{t: m.t, Main: main, Zone: zone, Path: path}
}

// MainChannel is the main chain's end of the channel.
func (l *Link) MainChannel() string { return l.Path.EndpointA.ChannelID }

// ZoneChannel is the zone's end of the channel.
func (l *Link) ZoneChannel() string { return l.Path.EndpointB.ChannelID }

// Voucher is the denom, on the chain at the other end, of a denom of that chain
// that crossed this channel.
func (l *Link) Voucher(from *Chain, denom string) string {
	to := l.end(from).Counterparty
	return transfertypes.ParseDenomTrace(transfertypes.GetPrefixedDenom(transfertypes.PortID, to.ChannelID, fullPath(l.t, from, denom))).IBCDenom()
}

// end is the endpoint on that chain.
func (l *Link) end(chain *Chain) *ibctesting.Endpoint {
	if chain == l.Main {
		return l.Path.EndpointA
	}
	require.Same(l.t, l.Zone, chain, "chain %s is not on this link", chain.ChainID)
	return l.Path.EndpointB
}

func (l *Link) other(chain *Chain) *Chain {
	if chain == l.Main {
		return l.Zone
	}
	return l.Main
}

// Source is the chain that sent the packet, found by its commitment; nil if
// neither end holds one, since the packet is done with or was never sent.
func (l *Link) Source(packet channeltypes.Packet) *Chain {
	for _, chain := range []*Chain{l.Main, l.Zone} {
		if l.end(chain).ChannelID == packet.SourceChannel && l.committed(chain, packet) {
			return chain
		}
	}
	return nil
}

func (l *Link) committed(chain *Chain, packet channeltypes.Packet) bool {
	commitment := chain.App.IBCKeeper.ChannelKeeper.GetPacketCommitment(chain.Ctx(), packet.SourcePort, packet.SourceChannel, packet.Sequence)
	return string(commitment) == string(channeltypes.CommitPacket(chain.App.AppCodec(), packet))
}

func (l *Link) mustSource(packet channeltypes.Packet) *Chain {
	l.t.Helper()
	source := l.Source(packet)
	require.NotNil(l.t, source, "packet %d of %s is on neither chain", packet.Sequence, packet.SourceChannel)
	return source
}

// ReceiveMsg is the message that brings a packet, with its proof, to its
// destination, whose light client it updates. It stays valid when the packet is
// long delivered.
func (l *Link) ReceiveMsg(packet channeltypes.Packet) sdk.Msg {
	l.t.Helper()
	source := l.mustSource(packet)
	to := l.other(source)
	require.NoError(l.t, l.end(to).UpdateClient())
	proof, height := source.Test.QueryProof(host.PacketCommitmentKey(packet.SourcePort, packet.SourceChannel, packet.Sequence))
	return channeltypes.NewMsgRecvPacket(packet, proof, height, to.Relayer().String())
}

// Receive brings a packet to its destination. The error is the transaction's.
func (l *Link) Receive(packet channeltypes.Packet, opts ...fixture.TxOption) (*abci.ExecTxResult, error) {
	l.t.Helper()
	to := l.other(l.mustSource(packet))
	return to.Send(to.Relayer(), []sdk.Msg{l.ReceiveMsg(packet)}, opts...)
}

// Acknowledge brings a packet's acknowledgement home. The error is the
// transaction's.
func (l *Link) Acknowledge(packet channeltypes.Packet) error {
	l.t.Helper()
	source := l.mustSource(packet)
	return l.AcknowledgeWith(packet, l.other(source).Ack(packet))
}

// AcknowledgeWith is Acknowledge with bytes that need not be what was written.
func (l *Link) AcknowledgeWith(packet channeltypes.Packet, ack []byte) error {
	l.t.Helper()
	return l.AcknowledgeFrom(l.mustSource(packet), packet, ack)
}

// AcknowledgeFrom is AcknowledgeWith for a packet that its source may have
// forgotten.
func (l *Link) AcknowledgeFrom(source *Chain, packet channeltypes.Packet, ack []byte) error {
	l.t.Helper()
	require.NoError(l.t, l.end(source).UpdateClient())
	return l.end(source).AcknowledgePacket(packet, ack)
}

// Timeout proves to a packet's source that it was not received in time. The
// error is the transaction's.
func (l *Link) Timeout(packet channeltypes.Packet) error {
	l.t.Helper()
	end := l.end(l.mustSource(packet))
	require.NoError(l.t, end.UpdateClient())
	return end.TimeoutPacket(packet)
}

// Relay brings a packet to its destination and the acknowledgement, which it
// returns, home. Both transactions must succeed.
func (l *Link) Relay(packet channeltypes.Packet) []byte {
	l.t.Helper()
	to := l.other(l.mustSource(packet))
	_, err := l.Receive(packet)
	require.NoError(l.t, err)
	require.NoError(l.t, l.Acknowledge(packet))
	return to.Ack(packet)
}

// Open are the packets of the link, in either direction, whose senders do not know
// their fate yet.
func (l *Link) Open() []channeltypes.Packet {
	var open []channeltypes.Packet
	for _, source := range []*Chain{l.Main, l.Zone} {
		for _, packet := range source.Sent {
			if packet.SourceChannel == l.end(source).ChannelID && l.committed(source, packet) {
				open = append(open, packet)
			}
		}
	}
	return open
}

// RelayAll relays every packet that waits, in either direction.
func (l *Link) RelayAll() {
	l.t.Helper()
	for _, source := range []*Chain{l.Main, l.Zone} {
		for _, packet := range source.Sent {
			if packet.SourceChannel != l.end(source).ChannelID || !l.committed(source, packet) {
				continue
			}
			if l.other(source).Ack(packet) == nil {
				_, err := l.Receive(packet)
				require.NoError(l.t, err)
			}
			require.NoError(l.t, l.Acknowledge(packet))
		}
	}
}

// CheckConservation fails the test unless, for each chain and denom, what the
// channel's escrow holds is the supply of vouchers at the other end plus what is
// in flight, to the last unit.
func (l *Link) CheckConservation() {
	l.t.Helper()
	l.checkFrom(l.Main)
	l.checkFrom(l.Zone)
}

func (l *Link) checkFrom(from *Chain) {
	l.t.Helper()
	to, channel := l.other(from), l.end(from).ChannelID
	prefix := transfertypes.GetDenomPrefix(transfertypes.PortID, l.end(to).ChannelID)

	owed := sdk.NewCoins() // in the denoms of from
	for _, trace := range to.App.TransferKeeper.GetAllDenomTraces(to.Ctx()) {
		path := trace.GetFullDenomPath()
		if len(path) <= len(prefix) || path[:len(prefix)] != prefix {
			continue
		}
		supply := to.App.BankKeeper.GetSupply(to.Ctx(), trace.IBCDenom())
		owed = owed.Add(sdk.NewCoin(transfertypes.ParseDenomTrace(path[len(prefix):]).IBCDenom(), supply.Amount))
	}
	owed = owed.Add(l.inFlight(from, func(path string) (string, bool) {
		return path, !transfertypes.SenderChainIsSource(transfertypes.PortID, channel, path) // vouchers that go home were burned
	})...)
	owed = owed.Add(l.inFlight(to, func(path string) (string, bool) {
		home := transfertypes.ReceiverChainIsSource(transfertypes.PortID, l.end(to).ChannelID, path)
		if home {
			path = path[len(prefix):]
		}
		return path, !home
	})...)

	escrow := from.App.BankKeeper.GetAllBalances(from.Ctx(), transfertypes.GetEscrowAddress(transfertypes.PortID, channel))
	require.Equal(l.t, owed.String(), escrow.String(), "%s %s: vouchers and packets in flight (expected) against escrow (actual)", from.ChainID, channel)
}

// inFlight sums the packets that a chain sent through the link and whose value
// has neither arrived nor come back. pick turns a packet's denom into the path on
// the chain that holds the escrow, and tells whether to skip it.
func (l *Link) inFlight(source *Chain, pick func(path string) (string, bool)) sdk.Coins {
	l.t.Helper()
	sum := sdk.NewCoins()
	for _, packet := range source.Sent {
		if packet.SourceChannel != l.end(source).ChannelID || !l.committed(source, packet) || l.taken(packet) {
			continue
		}
		var data transfertypes.FungibleTokenPacketData
		require.NoError(l.t, transfertypes.ModuleCdc.UnmarshalJSON(packet.Data, &data))
		path, skip := pick(data.Denom)
		if skip {
			continue
		}
		coin, err := sdk.ParseCoinNormalized(fmt.Sprintf("%s%s", data.Amount, transfertypes.ParseDenomTrace(path).IBCDenom()))
		require.NoError(l.t, err)
		sum = sum.Add(coin)
	}
	return sum
}

// taken tells whether the destination has the packet's value: it has received the
// packet and not acknowledged an error, be it that it will answer later.
func (l *Link) taken(packet channeltypes.Packet) bool {
	to := l.other(l.Source(packet))
	_, received := to.App.IBCKeeper.ChannelKeeper.GetPacketReceipt(to.Ctx(), packet.DestinationPort, packet.DestinationChannel, packet.Sequence)
	ack := to.Ack(packet)
	return received && (ack == nil || succeeded(ack))
}

// succeeded tells whether an acknowledgement is there and no error.
func succeeded(bz []byte) bool {
	if bz == nil {
		return false
	}
	var ack channeltypes.Acknowledgement
	return transfertypes.ModuleCdc.UnmarshalJSON(bz, &ack) == nil && ack.Success()
}

// fullPath is the denom with all hops that it took, as packets carry it.
func fullPath(t *testing.T, chain *Chain, denom string) string {
	t.Helper()
	if len(denom) < 4 || denom[:4] != "ibc/" {
		return denom
	}
	path, err := chain.App.TransferKeeper.DenomPathFromHash(chain.Ctx(), denom)
	require.NoError(t, err)
	return path
}
