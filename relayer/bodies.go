package relayer

import (
	"bytes"
	"context"
	"strings"

	"github.com/cosmos/cosmos-sdk/types/query"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

const (
	// storePage is what x/transacket gives at once, storePages bounds a scan.
	storePage  = 200
	storePages = 50
)

// stored returns those of the packets that side i sent which its chain keeps whole in its state
// (x/transacket: every packet with a TransacKet, until it is acknowledged). They need no index, and
// one question finds 200. What is not kept, or a chain without that module, is left to the index.
func (s *scanner) stored(ctx context.Context, i int, want map[uint64]bool) (map[uint64]packet, error) {
	side, out := s.sides[i], map[uint64]packet{}
	if side.end.PortID != transfertypes.PortID || s.storeless[i] || len(want) == 0 {
		return out, nil
	}
	tip, err := side.chain.head(ctx) // what the answer has was there at this height, or in the next block
	if err != nil {
		return nil, err
	}
	q := transackettypes.NewQueryClient(side.chain.client)
	var next []byte
	for range storePages {
		r, err := q.Packets(ctx, &transackettypes.QueryPacketsRequest{
			Channel: side.end.ChannelID, Pagination: &query.PageRequest{Limit: storePage, Key: next},
		})
		if err != nil && strings.Contains(err.Error(), "unknown query path") {
			s.storeless[i] = true
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for _, p := range r.Packets {
			if want[p.Sequence] {
				out[p.Sequence] = packet{Packet: p, height: tip.height}
			}
		}
		if next = r.Pagination.GetNextKey(); len(next) == 0 || len(out) == len(want) {
			break
		}
	}
	return out, nil
}

// usualAck is the acknowledgement of a packet whose receipt went well, as nearly all are.
var usualAck = channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()

// guess returns the acknowledgement that side i wrote for a packet of the other side, if no index
// has it, the other side keeps the packet and the commitment is that of the usual one.
func (s *scanner) guess(ctx context.Context, i int, p packet) (packetEvent, bool, error) {
	side := s.sides[i]
	tip, err := side.chain.head(ctx)
	if err != nil {
		return packetEvent{}, false, err
	}
	value, err := side.chain.value(ctx, host.PacketAcknowledgementKey(p.DestinationPort, p.DestinationChannel, p.Sequence))
	if err != nil || !bytes.Equal(value, channeltypes.CommitAcknowledgement(usualAck)) {
		return packetEvent{}, false, err
	}
	return packetEvent{kind: channeltypes.EventTypeWriteAck, packet: packet{Packet: p.Packet, ack: usualAck, height: tip.height}}, true, nil
}
