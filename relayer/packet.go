package relayer

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/client"
)

// packet is an IBC packet as an event told it. It is never changed.
type packet struct {
	channeltypes.Packet
	ack    []byte // only in write_acknowledgement
	height int64  // of the block that emitted it
}

// packetEvent is an event of the packet life cycle.
type packetEvent struct {
	kind string // one of the channeltypes.EventType… of packets
	packet
}

// parsePacketEvent reads an event of block height. Events that are not about packets give false.
// All of the packet is read where the chain emits all of it (sent, acknowledgement written); of the
// others only ports, channels and sequence.
func parsePacketEvent(ev abci.Event, height int64) (packetEvent, bool, error) {
	out := packetEvent{kind: ev.Type, packet: packet{height: height}}
	whole := false
	switch ev.Type {
	case channeltypes.EventTypeSendPacket, channeltypes.EventTypeWriteAck:
		whole = true
	case channeltypes.EventTypeRecvPacket, channeltypes.EventTypeAcknowledgePacket, channeltypes.EventTypeTimeoutPacket:
	default:
		return packetEvent{}, false, nil
	}
	r := attrReader{ev: ev}
	out.Sequence = r.number(channeltypes.AttributeKeySequence)
	out.SourcePort = r.text(channeltypes.AttributeKeySrcPort)
	out.SourceChannel = r.text(channeltypes.AttributeKeySrcChannel)
	out.DestinationPort = r.text(channeltypes.AttributeKeyDstPort)
	out.DestinationChannel = r.text(channeltypes.AttributeKeyDstChannel)
	if whole {
		out.Data = r.bytes(channeltypes.AttributeKeyDataHex)
		out.TimeoutTimestamp = r.number(channeltypes.AttributeKeyTimeoutTimestamp)
		out.TimeoutHeight = r.height(channeltypes.AttributeKeyTimeoutHeight)
	}
	if ev.Type == channeltypes.EventTypeWriteAck {
		out.ack = r.bytes(channeltypes.AttributeKeyAckHex)
	}
	if r.err == nil && out.Sequence == 0 {
		r.err = fmt.Errorf("%s is 0: sequences start at 1", channeltypes.AttributeKeySequence)
	}
	if r.err != nil {
		return packetEvent{}, false, fmt.Errorf("event %s of block %d: %w", ev.Type, height, r.err)
	}
	return out, true, nil
}

// attrReader reads attributes and keeps the first error.
type attrReader struct {
	ev  abci.Event
	err error
}

func (r *attrReader) text(key string) string {
	v, ok := client.EventAttr(r.ev, key)
	if (!ok || v == "") && r.err == nil {
		r.err = fmt.Errorf("%s is missing", key)
	}
	return v
}

func (r *attrReader) keep(key, value string, err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s %.80q: %w", key, value, err)
	}
}

func (r *attrReader) number(key string) uint64 {
	s := r.text(key)
	n, err := strconv.ParseUint(s, 10, 64)
	r.keep(key, s, err)
	return n
}

func (r *attrReader) bytes(key string) []byte {
	s := r.text(key)
	b, err := hex.DecodeString(s)
	r.keep(key, s, err)
	return b
}

func (r *attrReader) height(key string) clienttypes.Height {
	s := r.text(key)
	h, err := clienttypes.ParseHeight(s)
	r.keep(key, s, err)
	return h
}

// packetEvents returns the packet events among evs, and the errors of malformed ones.
func packetEvents(evs []abci.Event, height int64) (out []packetEvent, errs []error) {
	for _, ev := range evs {
		p, ok, err := parsePacketEvent(ev, height)
		if err != nil {
			errs = append(errs, err)
		}
		if ok {
			out = append(out, p)
		}
	}
	return out, errs
}

// clientUpdate is the news that a light client knows another height.
type clientUpdate struct {
	client string
	height clienttypes.Height
}

// clientUpdates returns the updates among evs; what is malformed is left out, as the next scan looks
// at the client itself.
func clientUpdates(evs []abci.Event) (out []clientUpdate) {
	for _, ev := range evs {
		if ev.Type != clienttypes.EventTypeUpdateClient {
			continue
		}
		id, _ := client.EventAttr(ev, clienttypes.AttributeKeyClientID)
		heights, _ := client.EventAttr(ev, clienttypes.AttributeKeyConsensusHeights)
		for s := range strings.SplitSeq(heights, ",") {
			if h, err := clienttypes.ParseHeight(s); err == nil {
				out = append(out, clientUpdate{client: id, height: h})
			}
		}
	}
	return out
}

// isFrom tells whether end is where the packet was sent.
func (p packet) isFrom(end End) bool {
	return p.SourceChannel == end.ChannelID && p.SourcePort == end.PortID
}

// isTo tells whether end is where the packet is to be received.
func (p packet) isTo(end End) bool {
	return p.DestinationChannel == end.ChannelID && p.DestinationPort == end.PortID
}

// expired tells whether a chain at the given head refuses the packet and can prove its time-out.
func (p packet) expired(h head, revision uint64) bool {
	timeout := channeltypes.NewTimeout(p.TimeoutHeight, p.TimeoutTimestamp)
	return timeout.Elapsed(clienttypes.NewHeight(revision, uint64(h.height)), uint64(h.time.UnixNano()))
}
