package relayer

import (
	"context"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

const (
	// storePage is what x/transacket gives at once, storePages bounds a scan.
	storePage  = 200
	storePages = 50
)

// stored finds those of the packets that side i sent which its chain keeps whole in its state
// (x/transacket: every packet with a TransacKet, until it is acknowledged), and strikes them off. They
// need no index, and one question finds 200. What is not kept, or a chain without that module, is left
// to the index.
func (s *scanner) stored(ctx context.Context, i int, want map[uint64]bool, r *scanResult) error {
	side := s.sides[i]
	if side.end.PortID != transfertypes.PortID || s.storeless[i] || len(want) == 0 {
		return nil
	}
	tip, err := side.chain.head(ctx) // what the answer has was there at this height, or in the next block
	if err != nil {
		return err
	}
	q := transackettypes.NewQueryClient(side.chain.client)
	var next []byte
	for range storePages {
		page, err := q.Packets(ctx, &transackettypes.QueryPacketsRequest{
			Channel: side.end.ChannelID, Pagination: &query.PageRequest{Limit: storePage, Key: next},
		})
		if err != nil && strings.Contains(err.Error(), "unknown query path") {
			s.storeless[i] = true
			return nil
		}
		if err != nil {
			return err
		}
		for _, p := range page.Packets {
			if want[p.Sequence] {
				delete(want, p.Sequence)
				r.events[i] = append(r.events[i], packetEvent{kind: channeltypes.EventTypeSendPacket, packet: packet{Packet: p, height: tip.height}})
			}
		}
		if next = page.Pagination.GetNextKey(); len(next) == 0 || len(want) == 0 {
			break
		}
	}
	return nil
}

// walk reads the newest blocks of side i, back to where an earlier walk began or maxReplay blocks, for
// events that no index has. What comes later the poller sees.
func (s *scanner) walk(ctx context.Context, i int, eventType string, want map[uint64]bool, r *scanResult) error {
	side := s.sides[i]
	tip, err := side.chain.head(ctx)
	if err != nil {
		return err
	}
	newest := tip.height - 1 // whose results are there
	for height := newest; height > max(s.walked[i][eventType], newest-maxReplay, 0) && len(want) > 0; height-- {
		evs, err := side.chain.events(ctx, height)
		if isPruned(err) {
			break
		}
		if err != nil {
			return err
		}
		s.take(i, evs, height, eventType, want, r)
	}
	if len(want) > 0 { // it was read to its end, in vain
		s.walked[i][eventType] = newest
	}
	return nil
}

// take keeps the events about packets that are wanted and strikes these off.
func (s *scanner) take(i int, evs []abci.Event, height int64, eventType string, want map[uint64]bool, r *scanResult) {
	found, _ := packetEvents(evs, height)
	for _, ev := range found {
		if ev.kind == eventType && want[ev.Sequence] && s.sides[i].emitted(ev) {
			delete(want, ev.Sequence)
			r.events[i] = append(r.events[i], ev)
		}
	}
}
