package relayer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/log"
	"github.com/cosmos/cosmos-sdk/types/query"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
)

const (
	pageSize       = 1000
	queryChunk     = 500 // sequences per question
	searchesAtOnce = 300 // searches per scan; the rest follows in the next, at once
)

// scanRequest says which packets and acknowledgements each side is known to have emitted already.
type scanRequest struct {
	sent, acks [2]map[uint64]bool
}

// scanResult is what the chains' state says is pending beyond that.
type scanResult struct {
	events  [2][]packetEvent // emitted by that side
	clients [2]*lightClient  // living on that side
	// channels are the ends on each side
	channels [2]*channeltypes.Channel
	more     bool   // there is more: scan again at once
	chain    string // where err happened
	err      error
}

type scanSide struct {
	chain *Chain
	end   End
}

// scanner finds what is pending from the chains' state alone.
type scanner struct {
	sides   [2]scanSide
	log     log.Logger
	metrics *Metrics
	lost    [2]bool // bodies that no index has were reported
	// storeless tells which chains keep no packets in their state
	storeless [2]bool
	// walked is up to where blocks were read for events of a type, in vain for some
	walked [2]map[string]int64
}

func newScanner(w *worker) *scanner {
	return &scanner{sides: w.ends(), log: w.log, metrics: w.metrics, walked: [2]map[string]int64{{}, {}}}
}

func (s *scanner) run(ctx context.Context, requests <-chan scanRequest, out chan<- scanResult) error {
	for {
		select {
		case req := <-requests:
			select {
			case out <- s.scan(ctx, req):
			case <-ctx.Done():
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *scanner) scan(ctx context.Context, req scanRequest) (r scanResult) {
	for i, side := range s.sides {
		r.chain = side.chain.id
		lc, err := side.chain.lightClient(ctx, side.end.ClientID)
		if err == nil {
			err = lc.usable(time.Now())
			r.clients[i] = &lc
		}
		if err != nil {
			r.err = fmt.Errorf("client %s on %s: %w", side.end.ClientID, side.chain.id, err)
			return r
		}
		if r.channels[i], err = side.chain.channel(ctx, side.end); err != nil {
			r.err = err
			return r
		}
	}
	for i := range s.sides {
		if err := s.scanSide(ctx, i, req, &r); err != nil {
			r.err = err
			return r
		}
	}
	return r
}

// scanSide follows the packets that side i sent and that are not finished: those not received on the
// other side, and those received whose acknowledgement is still over there.
func (s *scanner) scanSide(ctx context.Context, i int, req scanRequest, r *scanResult) error {
	from, to := s.sides[i], s.sides[1-i]
	r.chain = from.chain.id
	open, err := from.chain.commitments(ctx, from.end)
	if err != nil || len(open) == 0 {
		return err
	}
	r.chain = to.chain.id
	wanted, err := to.chain.unreceived(ctx, to.end, open)
	if err != nil {
		return err
	}
	var missing, received []uint64
	for _, seq := range open {
		if !wanted[seq] {
			received = append(received, seq)
		} else if !req.sent[i][seq] {
			missing = append(missing, seq)
		}
	}
	written, err := to.chain.acknowledged(ctx, to.end, received)
	if err != nil {
		return err
	}
	var unknown []uint64
	for _, seq := range received {
		if written[seq] && !req.acks[1-i][seq] {
			unknown = append(unknown, seq)
		}
	}
	if len(missing)+len(unknown) > 0 {
		s.log.Info("scan found packets pending", "from", from.chain.id, "to", to.chain.id, "packets", len(missing), "acks", len(unknown))
	}
	r.chain = from.chain.id
	if err := s.fetch(ctx, i, channeltypes.EventTypeSendPacket, missing, r); err != nil {
		return err
	}
	r.chain = to.chain.id
	return s.fetch(ctx, 1-i, channeltypes.EventTypeWriteAck, unknown, r)
}

// fetch finds the events that carry the bodies of packets, on the side that emitted them: in the
// chain's state, else by the node's index, else by reading the newest blocks. A block is read whole,
// so that one search finds all of its packets.
func (s *scanner) fetch(ctx context.Context, i int, eventType string, seqs []uint64, r *scanResult) error {
	side := s.sides[i]
	want := make(map[uint64]bool, len(seqs))
	for _, seq := range seqs {
		want[seq] = true
	}
	if eventType == channeltypes.EventTypeSendPacket {
		if err := s.stored(ctx, i, want, r); err != nil {
			return err
		}
	}
	slices.Sort(seqs)
	searches := 0
	unindexed := map[uint64]bool{}
	for _, seq := range seqs {
		if !want[seq] {
			continue
		}
		if searches++; searches > searchesAtOnce {
			r.more = true
			return nil
		}
		height, err := side.chain.search(ctx, side.end, eventType, seq)
		if err != nil {
			return err
		}
		if height == 0 {
			unindexed[seq] = true
			continue
		}
		evs, err := side.chain.events(ctx, height)
		if err != nil {
			return err
		}
		s.take(i, evs, height, eventType, want, r)
	}
	if len(unindexed) == 0 {
		return nil
	}
	if err := s.walk(ctx, i, eventType, unindexed, r); err != nil {
		return err
	}
	for seq := range unindexed {
		s.metrics.errors.WithLabelValues(side.chain.id, kindNoBody).Inc()
		if !s.lost[i] {
			s.lost[i] = true
			s.log.Error("the node does not index a packet that is pending: use one with tx_index and all blocks of the last days",
				"chain", side.chain.id, "channel", side.end.ChannelID, "sequence", seq, "event", eventType)
		}
	}
	return nil
}

// emitted tells whether an event is about this end of the path, as far as this end can tell.
func (s scanSide) emitted(ev packetEvent) bool {
	if ev.kind == channeltypes.EventTypeSendPacket {
		return ev.isFrom(s.end)
	}
	return ev.isTo(s.end)
}

// search returns the height of the block that emitted the event of a packet, 0 if the node's
// indices do not know it.
func (c *Chain) search(ctx context.Context, end End, eventType string, seq uint64) (int64, error) {
	// Asking for the channel too would make the node walk every packet that the channel ever had.
	q := fmt.Sprintf("%s.%s='%d'", eventType, channeltypes.AttributeKeySequence, seq)
	per, side := 30, scanSide{c, end}
	for page := 1; page <= 10; page++ {
		r, err := c.client.RPC.TxSearch(ctx, q, false, &page, &per, "desc")
		if err != nil && strings.Contains(err.Error(), "indexing is disabled") {
			return 0, nil
		}
		if err != nil {
			return 0, fmt.Errorf("search %s on %s: %w", q, c.id, err)
		}
		for _, tx := range r.Txs {
			found, _ := packetEvents(tx.TxResult.Events, tx.Height)
			for _, ev := range found {
				if ev.kind == eventType && ev.Sequence == seq && side.emitted(ev) {
					return tx.Height, nil
				}
			}
		}
		if page*per >= r.TotalCount {
			break
		}
	}
	// What a chain emits at the end of a block is in no transaction.
	page := 1
	r, err := c.client.RPC.BlockSearch(ctx, q, &page, &per, "desc")
	if err != nil {
		return 0, fmt.Errorf("search blocks for %s on %s: %w", q, c.id, err)
	}
	for _, b := range r.Blocks {
		if b.Block == nil {
			continue
		}
		evs, err := c.events(ctx, b.Block.Height)
		if err != nil {
			return 0, err
		}
		found, _ := packetEvents(evs, b.Block.Height)
		for _, ev := range found {
			if ev.kind == eventType && ev.Sequence == seq && side.emitted(ev) {
				return b.Block.Height, nil
			}
		}
	}
	return 0, nil
}

// commitments returns the sequences of packets sent over an end that are neither acknowledged nor
// timed out, lowest first as far as pages go, at most maxHeld.
func (c *Chain) commitments(ctx context.Context, end End) (out []uint64, err error) {
	q := channeltypes.NewQueryClient(c.client)
	var next []byte
	for len(out) < maxHeld {
		r, err := q.PacketCommitments(ctx, &channeltypes.QueryPacketCommitmentsRequest{
			PortId: end.PortID, ChannelId: end.ChannelID,
			Pagination: &query.PageRequest{Limit: pageSize, Key: next},
		})
		if err != nil {
			return nil, err
		}
		for _, p := range r.Commitments {
			if p != nil {
				out = append(out, p.Sequence)
			}
		}
		if next = r.Pagination.GetNextKey(); len(next) == 0 || len(r.Commitments) == 0 {
			break
		}
	}
	return out, nil
}

// unreceived returns which of the packets an end has not received.
func (c *Chain) unreceived(ctx context.Context, end End, seqs []uint64) (map[uint64]bool, error) {
	return inChunks(seqs, func(part []uint64) ([]uint64, error) {
		r, err := channeltypes.NewQueryClient(c.client).UnreceivedPackets(ctx, &channeltypes.QueryUnreceivedPacketsRequest{
			PortId: end.PortID, ChannelId: end.ChannelID, PacketCommitmentSequences: part,
		})
		if err != nil {
			return nil, err
		}
		return r.Sequences, nil
	})
}

// unacknowledged returns which of the packets that an end sent are still open there.
func (c *Chain) unacknowledged(ctx context.Context, end End, seqs []uint64) (map[uint64]bool, error) {
	return inChunks(seqs, func(part []uint64) ([]uint64, error) {
		r, err := channeltypes.NewQueryClient(c.client).UnreceivedAcks(ctx, &channeltypes.QueryUnreceivedAcksRequest{
			PortId: end.PortID, ChannelId: end.ChannelID, PacketAckSequences: part,
		})
		if err != nil {
			return nil, err
		}
		return r.Sequences, nil
	})
}

// acknowledged returns for which of the packets that an end received it has written an
// acknowledgement.
func (c *Chain) acknowledged(ctx context.Context, end End, seqs []uint64) (map[uint64]bool, error) {
	return inChunks(seqs, func(part []uint64) ([]uint64, error) {
		r, err := channeltypes.NewQueryClient(c.client).PacketAcknowledgements(ctx, &channeltypes.QueryPacketAcknowledgementsRequest{
			PortId: end.PortID, ChannelId: end.ChannelID, PacketCommitmentSequences: part,
		})
		if err != nil {
			return nil, err
		}
		var out []uint64
		for _, a := range r.Acknowledgements {
			if a != nil {
				out = append(out, a.Sequence)
			}
		}
		return out, nil
	})
}

func inChunks(seqs []uint64, ask func([]uint64) ([]uint64, error)) (map[uint64]bool, error) {
	out := map[uint64]bool{}
	for part := range slices.Chunk(seqs, queryChunk) {
		got, err := ask(part)
		if err != nil {
			return nil, err
		}
		for _, seq := range got {
			out[seq] = true
		}
	}
	return out, nil
}
