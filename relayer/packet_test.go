package relayer

import (
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"github.com/stretchr/testify/require"
)

func event(kind string, attrs ...string) abci.Event {
	ev := abci.Event{Type: kind}
	for i := 0; i < len(attrs); i += 2 {
		ev.Attributes = append(ev.Attributes, abci.EventAttribute{Key: attrs[i], Value: attrs[i+1]})
	}
	return ev
}

func goodAttrs() []string {
	return []string{
		"packet_data_hex", "7b7d", "packet_ack_hex", "01ff", "packet_timeout_height", "1-77", "packet_timeout_timestamp", "1700000000000000000",
		"packet_sequence", "42", "packet_src_port", "transfer", "packet_src_channel", "channel-0", "packet_dst_port", "transfer", "packet_dst_channel", "channel-7",
	}
}

func TestParsePacketEvent(t *testing.T) {
	ev, ok, err := parsePacketEvent(event(channeltypes.EventTypeWriteAck, goodAttrs()...), 9)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, packetEvent{kind: channeltypes.EventTypeWriteAck, packet: packet{
		Packet: channeltypes.NewPacket([]byte("{}"), 42, "transfer", "channel-0", "transfer", "channel-7", clienttypes.NewHeight(1, 77), 1700000000000000000),
		ack:    []byte{1, 0xff}, height: 9,
	}}, ev)
	require.True(t, ev.isFrom(End{PortID: "transfer", ChannelID: "channel-0"}))
	require.False(t, ev.isFrom(End{PortID: "icahost", ChannelID: "channel-0"}))
	require.True(t, ev.isTo(End{PortID: "transfer", ChannelID: "channel-7"}))

	_, ok, err = parsePacketEvent(event("transfer", goodAttrs()...), 9)
	require.NoError(t, err)
	require.False(t, ok)

	// Acknowledged and timed-out packets come without their data.
	ev, ok, err = parsePacketEvent(event(channeltypes.EventTypeTimeoutPacket, goodAttrs()[8:]...), 9)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, uint64(42), ev.Sequence)
}

func TestParsePacketEventRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"sequence missing":  {"packet_sequence", ""},
		"sequence zero":     {"packet_sequence", "0"},
		"sequence negative": {"packet_sequence", "-1"},
		"sequence huge":     {"packet_sequence", "18446744073709551616"},
		"data not hex":      {"packet_data_hex", "zz"},
		"ack odd":           {"packet_ack_hex", "1"},
		"height":            {"packet_timeout_height", "77"},
		"time":              {"packet_timeout_timestamp", "soon"},
		"channel missing":   {"packet_dst_channel", ""},
	} {
		t.Run(name, func(t *testing.T) {
			attrs := goodAttrs()
			for i := 0; i < len(attrs); i += 2 {
				if attrs[i] == change[0] {
					attrs[i+1] = change[1]
				}
			}
			_, ok, err := parsePacketEvent(event(channeltypes.EventTypeWriteAck, attrs...), 9)
			require.ErrorContains(t, err, change[0])
			require.ErrorContains(t, err, "block 9")
			require.False(t, ok)
		})
	}
}

func FuzzParsePacketEvent(f *testing.F) {
	f.Add(channeltypes.EventTypeSendPacket, "42", "7b7d", "1-77", "1700000000000000000", "channel-0", "01")
	f.Add(channeltypes.EventTypeWriteAck, "18446744073709551615", "", "0-0", "0", "", "zz")
	f.Add(channeltypes.EventTypeRecvPacket, "x", "\x00", "1-77-3", "-9", "channel-18446744073709551616", "0")
	f.Fuzz(func(t *testing.T, kind, seq, data, height, stamp, channel, ack string) {
		ev, ok, err := parsePacketEvent(event(kind, "packet_sequence", seq, "packet_data_hex", data, "packet_timeout_height", height,
			"packet_timeout_timestamp", stamp, "packet_src_channel", channel, "packet_src_port", "p", "packet_dst_channel", channel,
			"packet_dst_port", "p", "packet_ack_hex", ack), 1)
		if ok && err != nil {
			t.Fatal("an event is both understood and refused")
		}
		if ok && (ev.Sequence == 0 || ev.SourceChannel == "" || ev.DestinationPort == "") {
			t.Fatalf("incomplete packet accepted: %+v", ev)
		}
	})
}

func TestExpired(t *testing.T) {
	at := time.Unix(1000, 0)
	byTime := packet{Packet: channeltypes.Packet{TimeoutTimestamp: uint64(at.UnixNano())}}
	require.False(t, byTime.expired(head{5, at.Add(-1)}, 1))
	require.True(t, byTime.expired(head{5, at}, 1))
	byHeight := packet{Packet: channeltypes.Packet{TimeoutHeight: clienttypes.NewHeight(1, 5)}}
	require.False(t, byHeight.expired(head{4, at}, 1))
	require.True(t, byHeight.expired(head{5, at}, 1))
	require.False(t, packet{}.expired(head{5, at}, 1), "no time-out at all")
}
