package relayer

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
	"golang.org/x/sync/errgroup"
)

// proofsAtOnce bounds the proofs asked from a node at the same time.
const proofsAtOnce = 8

// outstanding drops parcels that the receiving chain no longer waits for, and on an ordered channel
// those that are not next in line.
func (c *courier) outstanding(ctx context.Context, d delivery, o *outcome) ([]parcel, error) {
	var packets, commitments []uint64
	for _, p := range d.parcels {
		if p.kind == parcelRecv {
			packets = append(packets, p.Sequence)
		} else { // acknowledgements and time-outs end a packet that the chain itself sent
			commitments = append(commitments, p.Sequence)
		}
	}
	wanted, err := c.to.unreceived(ctx, c.toEnd, packets)
	if err != nil {
		return nil, err
	}
	open, err := c.to.unacknowledged(ctx, c.toEnd, commitments)
	if err != nil {
		return nil, err
	}
	next := map[parcelKind]uint64{}
	if d.ordered {
		if next, err = c.to.nextInLine(ctx, c.toEnd); err != nil {
			return nil, err
		}
	}
	var todo []parcel
	for _, p := range d.parcels {
		switch {
		case p.kind == parcelRecv && !wanted[p.Sequence], p.kind != parcelRecv && !open[p.Sequence]:
			o.done = append(o.done, p.id())
			o.redundant++
		case next[p.kind] == 0:
			todo = append(todo, p)
		case p.Sequence == next[p.kind]:
			todo = append(todo, p)
			next[p.kind]++
		}
	}
	return todo, nil
}

// nextInLine returns the sequences that an end of an ordered channel takes next.
func (c *Chain) nextInLine(ctx context.Context, e End) (map[parcelKind]uint64, error) {
	out := map[parcelKind]uint64{}
	for kind, key := range map[parcelKind][]byte{
		parcelRecv: host.NextSequenceRecvKey(e.PortID, e.ChannelID), parcelAck: host.NextSequenceAckKey(e.PortID, e.ChannelID),
	} {
		bz, err := c.value(ctx, key)
		if err != nil {
			return nil, err
		}
		if len(bz) != 8 {
			return nil, fmt.Errorf("%s on %s: has %d bytes, want 8", key, c.id, len(bz))
		}
		out[kind] = binary.BigEndian.Uint64(bz)
	}
	return out, nil
}

// prove fetches the proofs of all parcels for the header at height, several at a time. Parcels that
// turn out to be settled are reported done; those whose content is not what the chain committed to,
// failed.
func (c *courier) prove(ctx context.Context, ps []parcel, height int64, ordered bool, o *outcome) ([]message, error) {
	type result struct {
		message
		settled bool
		bad     error // the packet is not what the chain committed to
		odd     error // the node gave no proof
	}
	results := make([]result, len(ps))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(proofsAtOnce)
	for i, p := range ps {
		g.Go(func() (err error) {
			r := &results[i]
			r.message, r.settled, r.bad, err = c.proveOne(gctx, p, height, ordered)
			if kind := errorKind(err); err != nil && kind != kindUnreachable && gctx.Err() == nil {
				r.parcel, r.odd = p, err // of this packet alone, perhaps
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	odd := 0
	for _, r := range results {
		if r.odd != nil {
			odd++
		}
	}
	if odd > 0 && odd == len(results) {
		return nil, results[0].odd // the node is to blame, no packet
	}
	var ready []message
	for _, r := range results {
		switch {
		case r.odd != nil:
			o.failed[r.id()] = r.odd
		case r.bad != nil:
			o.failed[r.id()] = r.bad
		case r.settled:
			o.done = append(o.done, r.id())
		default:
			ready = append(ready, r.message)
		}
	}
	return ready, nil
}

func (c *courier) proveOne(ctx context.Context, p parcel, height int64, ordered bool) (m message, settled bool, bad, err error) {
	m.parcel = p
	var want []byte
	var key []byte
	switch p.kind {
	case parcelRecv:
		key = host.PacketCommitmentKey(p.SourcePort, p.SourceChannel, p.Sequence)
		want = channeltypes.CommitPacket(c.to.client.Encoding.Codec, p.Packet)
	case parcelAck:
		key = host.PacketAcknowledgementKey(p.DestinationPort, p.DestinationChannel, p.Sequence)
		want = channeltypes.CommitAcknowledgement(p.ack)
	case parcelTimeout, parcelClose:
		key = host.PacketReceiptKey(p.DestinationPort, p.DestinationChannel, p.Sequence)
		if ordered { // no receipts there, only the sequence that is next
			key = host.NextSequenceRecvKey(p.DestinationPort, p.DestinationChannel)
		}
	}
	value, proof, err := c.from.prove(ctx, key, height)
	if err != nil {
		return m, false, nil, err
	}
	next := p.Sequence
	ends := p.kind == parcelTimeout || p.kind == parcelClose
	switch {
	case ends && ordered:
		if len(value) != 8 {
			return m, false, nil, fmt.Errorf("%s on %s: has %d bytes, want 8", key, c.from.id, len(value))
		}
		if next = binary.BigEndian.Uint64(value); next > p.Sequence {
			return m, true, nil, nil // received after all
		}
	case (len(value) == 0) != ends:
		return m, true, nil, nil // acknowledged or timed out long since; or received after all
	case !ends && !bytes.Equal(value, want):
		return m, false, fmt.Errorf("%s %d of %s is not what the chain committed to", p.kind, p.Sequence, c.from.id), nil
	}
	at, signer := c.from.at(height), c.to.Address()
	switch p.kind {
	case parcelRecv:
		msg := channeltypes.NewMsgRecvPacket(p.Packet, proof, at, signer)
		m.msg, m.size = msg, msg.Size()
	case parcelAck:
		msg := channeltypes.NewMsgAcknowledgement(p.Packet, p.ack, proof, at, signer)
		m.msg, m.size = msg, msg.Size()
	case parcelTimeout:
		msg := channeltypes.NewMsgTimeout(p.Packet, next, proof, at, signer)
		m.msg, m.size = msg, msg.Size()
	case parcelClose:
		end, closed, err := c.from.prove(ctx, host.ChannelKey(p.DestinationPort, p.DestinationChannel), height)
		if err != nil {
			return m, false, nil, err
		}
		var channel channeltypes.Channel
		if err := c.from.client.Encoding.Codec.Unmarshal(end, &channel); err != nil {
			return m, false, nil, fmt.Errorf("channel %s on %s: %w", p.DestinationChannel, c.from.id, err)
		}
		msg := channeltypes.NewMsgTimeoutOnCloseWithCounterpartyUpgradeSequence(p.Packet, next, proof, closed, at, signer, channel.UpgradeSequence)
		m.msg, m.size = msg, msg.Size()
	}
	return m, false, nil, nil
}
