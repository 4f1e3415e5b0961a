package node

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/x/channels/types"
)

// headerLength of a stored batch:
//
//	time 8 | entries' length 4 | previous 32 | count 4 | ΔX 16 | pair 299
//
// The pair of an own batch has no acknowledgement: that lies under its own key, because
// it comes later.
const headerLength = 8 + 4 + types.HashLength + 4 + types.Uint128Length + protocol.PairLength

type batchHeader struct {
	time, entries uint64
	previous      types.Hash
	count         uint32
	delta         types.Uint128
	pair          protocol.Pair
}

func appendHeader(b []byte, r *machine.BatchRecord, time uint64, entries int) []byte {
	b = binary.BigEndian.AppendUint64(b, time)
	b = binary.BigEndian.AppendUint32(b, uint32(entries)) //nolint:gosec // bounded by the protocol
	b = append(b, r.Previous[:]...)
	b = binary.BigEndian.AppendUint32(b, r.Count)
	b = r.Delta.AppendTo(b)
	return r.Pair.AppendTo(b)
}

func parseHeader(b []byte) (h batchHeader, err error) {
	if len(b) != headerLength {
		return h, fmt.Errorf("%w: header of a batch has %d bytes: must have %d", store.ErrCorrupt, len(b), headerLength)
	}
	h.time, b = binary.BigEndian.Uint64(b), b[8:]
	h.entries, b = uint64(binary.BigEndian.Uint32(b)), b[4:]
	b = b[copy(h.previous[:], b):]
	h.count, b = binary.BigEndian.Uint32(b), b[4:]
	h.delta, b = types.Uint128FromBytes(b), b[types.Uint128Length:]
	b = b[copy(h.pair.Proof[:], b):]
	b = b[copy(h.pair.Signature[:], b):]
	copy(h.pair.Ack[:], b)
	return h, nil
}

// readHeader returns the header of a batch with whatever acknowledgement there is.
func (n *Node) readHeader(id protocol.ChannelID, epoch uint64, sender uint8, nonce uint64) (h batchHeader, err error) {
	b, err := n.store.Get(batchKey(prefixHeader, id, epoch, sender, nonce))
	if errors.Is(err, store.ErrNotFound) {
		return h, fmt.Errorf("%w: channel %s, epoch %d, sender %d, nonce %d", ErrNoPayment, id, epoch, sender, nonce)
	}
	if err != nil {
		return h, err
	}
	if h, err = parseHeader(b); err != nil {
		return h, err
	}
	return h, n.readAck(&h, id, epoch, sender, nonce)
}

func (n *Node) readAck(h *batchHeader, id protocol.ChannelID, epoch uint64, sender uint8, nonce uint64) error {
	if h.pair.Acked() {
		return nil
	}
	ack, err := n.store.Get(batchKey(prefixAck, id, epoch, sender, nonce))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	copy(h.pair.Ack[:], ack)
	return err
}

// readBody returns entries and packets of a batch.
func (n *Node) readBody(h *batchHeader, id protocol.ChannelID, epoch uint64, sender uint8, nonce uint64) (entries, packets []byte, err error) {
	body, err := n.store.ReadBody(batchKey(prefixBody, id, epoch, sender, nonce))
	if err != nil {
		return nil, nil, err
	}
	if uint64(len(body)) < h.entries {
		return nil, nil, fmt.Errorf("%w: body of batch %d has %d bytes, its entries have %d", store.ErrCorrupt, nonce, len(body), h.entries)
	}
	return body[:h.entries], body[h.entries:], nil
}
