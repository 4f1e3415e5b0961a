package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/x/channels/types"
)

// MaxHistory is how many batches History returns at most.
const MaxHistory = 1_000

// Receipt implements Service.
func (n *Node) Receipt(name PaymentName) (r types.Receipt, err error) {
	h, err := n.readHeader(name.Channel, name.Epoch, name.Sender, name.Nonce)
	if err != nil {
		return r, err
	}
	if !h.pair.Acked() {
		return r, fmt.Errorf("%w: batch %d", ErrUnacknowledged, name.Nonce)
	}
	entries, _, err := n.readBody(&h, name.Channel, name.Epoch, name.Sender, name.Nonce)
	if err != nil {
		return r, err
	}
	if name.Index >= h.count {
		return r, fmt.Errorf("%w: index %d in a batch of %d", ErrNoPayment, name.Index, h.count)
	}
	r = types.Receipt{Pair: h.pair.SignedProof(), Previous: h.previous, Count: h.count, Delta: h.delta, Index: name.Index}
	leaves := make([]types.Hash, 0, h.count)
	for i := uint32(0); len(entries) > 0; i++ {
		_, rest, err := types.ParseEntry(entries)
		if err != nil {
			return r, fmt.Errorf("%w: entry %d of batch %d: %w", store.ErrCorrupt, i, name.Nonce, err)
		}
		entry := entries[:len(entries)-len(rest)]
		if i == name.Index {
			r.Entry = entry
		}
		leaves = append(leaves, types.LeafHash(entry))
		entries = rest
	}
	if len(leaves) != int(h.count) {
		return r, fmt.Errorf("%w: batch %d has %d entries, its header says %d", store.ErrCorrupt, name.Nonce, len(leaves), h.count)
	}
	r.Path = types.MerklePath(leaves, int(name.Index))
	return r, nil
}

// History implements Service.
func (n *Node) History(id protocol.ChannelID, epoch uint64, sender uint8, before uint64, limit int) (out []Batch, err error) {
	if limit < 1 || limit > MaxHistory {
		return nil, fmt.Errorf("limit %d: must be 1 to %d", limit, MaxHistory)
	}
	start, end := batchKey(prefixHeader, id, epoch, sender, 0), batchKey(prefixHeader, id, epoch, sender, before)
	if before == 0 {
		end = after(start[:len(start)-8])
	}
	var failed error
	err = n.store.ScanDown(start, end, func(key, value []byte) bool {
		b, err := n.batch(id, epoch, sender, nonceOfKey(key), value)
		failed = err
		out = append(out, b)
		return err == nil && len(out) < limit
	})
	return out, errors.Join(err, failed)
}

// batch puts a stored batch together.
func (n *Node) batch(id protocol.ChannelID, epoch uint64, sender uint8, nonce uint64, header []byte) (b Batch, err error) {
	h, err := parseHeader(header)
	if err != nil {
		return b, err
	}
	if err := n.readAck(&h, id, epoch, sender, nonce); err != nil {
		return b, err
	}
	b = Batch{
		Channel: id, Epoch: epoch, Sender: sender, Nonce: nonce, Count: h.count, Delta: h.delta, Acknowledged: h.pair.Acked(), Time: h.time,
	}
	b.Entries, b.Packets, err = n.readBody(&h, id, epoch, sender, nonce)
	if errors.Is(err, store.ErrDropped) {
		err = nil
	}
	return b, err
}

// receiveChunk is how many batches Receive reads before it hands them over.
const receiveChunk = 64

// Receive implements Service.
func (n *Node) Receive(ctx context.Context, id protocol.ChannelID, from uint64, take func(Batch) error) error {
	c, err := n.channel(id)
	if err != nil {
		return err
	}
	for {
		delivered := c.deliveries()
		snapshot, err := n.Channel(id)
		if err != nil {
			return err
		}
		place, peer := snapshot.State.Channel.Place, snapshot.State.Peer()
		next, err := n.receiveSome(id, place.Epoch, peer, from, take)
		if err != nil {
			return err
		}
		if next != from {
			from = next
			continue
		}
		select {
		case <-delivered:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// receiveSome hands over some batches from a nonce on and returns where to go on.
func (n *Node) receiveSome(id protocol.ChannelID, epoch uint64, sender uint8, from uint64, take func(Batch) error) (uint64, error) {
	start := batchKey(prefixHeader, id, epoch, sender, from)
	var nonces []uint64
	var headers [][]byte
	if err := n.store.Scan(start, after(start[:len(start)-8]), func(key, value []byte) bool {
		nonces, headers = append(nonces, nonceOfKey(key)), append(headers, append([]byte(nil), value...))
		return len(nonces) < receiveChunk
	}); err != nil {
		return from, err
	}
	for i, nonce := range nonces {
		b, err := n.batch(id, epoch, sender, nonce, headers[i])
		if err != nil {
			return from, err
		}
		from = nonce + 1
		if b.Entries == nil {
			continue // dropped by retention
		}
		if err := take(b); err != nil {
			return from, err
		}
	}
	return from, nil
}
