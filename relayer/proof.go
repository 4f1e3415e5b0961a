package relayer

import (
	"bytes"
	"context"
	"fmt"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
	"golang.org/x/sync/errgroup"
)

// proofsAtOnce bounds the proofs asked from a node at the same time.
const proofsAtOnce = 8

// outstanding drops parcels that the receiving chain no longer waits for.
func (c *courier) outstanding(ctx context.Context, ps []parcel, o *outcome) ([]parcel, error) {
	var packets, commitments []uint64
	for _, p := range ps {
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
	var todo []parcel
	for _, p := range ps {
		if p.kind == parcelRecv && wanted[p.Sequence] || p.kind != parcelRecv && open[p.Sequence] {
			todo = append(todo, p)
		} else {
			o.done = append(o.done, p.id())
		}
	}
	return todo, nil
}

// prove fetches the proofs of all parcels for the header at height, several at a time. Parcels that
// turn out to be settled are reported done; those whose content is not what the chain committed to,
// failed.
func (c *courier) prove(ctx context.Context, ps []parcel, height int64, o *outcome) ([]message, error) {
	type result struct {
		message
		settled bool
		bad     error
	}
	results := make([]result, len(ps))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(proofsAtOnce)
	for i, p := range ps {
		g.Go(func() (err error) {
			r := &results[i]
			r.message, r.settled, r.bad, err = c.proveOne(gctx, p, height)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var ready []message
	for _, r := range results {
		switch {
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

func (c *courier) proveOne(ctx context.Context, p parcel, height int64) (m message, settled bool, bad, err error) {
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
	case parcelTimeout:
		key = host.PacketReceiptKey(p.DestinationPort, p.DestinationChannel, p.Sequence)
	}
	value, proof, err := c.from.prove(ctx, key, height)
	if err != nil {
		return m, false, nil, err
	}
	if (len(value) == 0) != (p.kind == parcelTimeout) {
		return m, true, nil, nil // acknowledged or timed out long since; or received after all
	}
	if p.kind != parcelTimeout && !bytes.Equal(value, want) {
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
		// nextSequenceRecv only matters on ordered channels.
		msg := channeltypes.NewMsgTimeout(p.Packet, p.Sequence, proof, at, signer)
		m.msg, m.size = msg, msg.Size()
	}
	return m, false, nil, nil
}
