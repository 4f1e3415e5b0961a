package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Bounds of one batch. A batch of 8,000 payments of 256 bytes has 2.3 MB.
const (
	// MaxEntries in a batch.
	MaxEntries = 1 << 16
	// MaxEntriesLength of all entries of a batch in bytes.
	MaxEntriesLength = 4 << 20
	// MaxPacketsLength of all packets of a batch in bytes.
	MaxPacketsLength = 1 << 20
	// MaxPacket is the longest packet in bytes.
	MaxPacket = 4096

	batchFixed = types.ProofLength + types.SignatureLength + types.HashLength + 4 + types.Uint128Length + 4 + 4
)

// Batch carries payments: the sender's new balance proof and the entries that lead to
// it. Slices alias the frame; nothing is copied.
type Batch struct {
	// Proof are the 171 bytes of the balance proof.
	Proof []byte
	// Signature of the sender over Proof.
	Signature []byte
	// Previous head that the batch goes on from: a receiver that holds another one has
	// missed a batch and re-establishes.
	Previous types.Hash
	// Count of entries.
	Count uint32
	// Delta is what transferred grew by.
	Delta types.Uint128
	// Entries one after the other, in the encoding of types.Entry.
	Entries []byte
	// Packets are what mediated payments carry to the next hop, encrypted:
	// (lock id 8 | length 2 | bytes) each. A lock's entry has the SHA-256 of the bytes.
	Packets []byte
}

// Kind implements Message.
func (*Batch) Kind() Kind { return KindBatch }

// ChannelID of the channel that the proof is for; zero if there is no proof.
func (m *Batch) ChannelID() ChannelID {
	if len(m.Proof) != types.ProofLength {
		return ChannelID{}
	}
	r := reader{b: m.Proof[types.TagLength:]}
	return r.channelID()
}

// AppendTo implements Message:
//
//	proof 171 | signature 64 | previous head 32 | count 4 | ΔX 16 | entries' length 4 | packets' length 4 | entries | packets
func (m *Batch) AppendTo(b []byte) []byte {
	b = m.AppendHeader(b)
	return append(append(b, m.Entries...), m.Packets...)
}

// AppendHeader appends the body up to the entries, so that large bodies need not be
// copied.
func (m *Batch) AppendHeader(b []byte) []byte {
	b = append(append(append(b, m.Proof...), m.Signature...), m.Previous[:]...)
	b = binary.BigEndian.AppendUint32(b, m.Count)
	b = m.Delta.AppendTo(b)
	b = binary.BigEndian.AppendUint32(b, uint32(len(m.Entries)))    //nolint:gosec // bounded by MaxEntriesLength
	return binary.BigEndian.AppendUint32(b, uint32(len(m.Packets))) //nolint:gosec // bounded by MaxPacketsLength
}

// BatchHeaderLength is the length of a body up to the entries.
const BatchHeaderLength = batchFixed

// ParseBatch reads a body. Entries and packets are checked by Scanner.Scan and
// EachPacket.
func ParseBatch(b []byte) (*Batch, error) {
	r := reader{message: "batch", b: b}
	m := &Batch{
		Proof:     r.take("proof", types.ProofLength),
		Signature: r.take("signature", types.SignatureLength),
		Previous:  r.hash("previous"),
		Count:     r.uint32("count"),
		Delta:     r.amount("delta"),
	}
	entries, packets := r.uint32("entries' length"), r.uint32("packets' length")
	if m.Count > MaxEntries || entries > MaxEntriesLength || packets > MaxPacketsLength {
		return nil, fmt.Errorf("%w: batch: %d entries of %d bytes, %d bytes of packets: must be at most %d, %d and %d",
			ErrTooLarge, m.Count, entries, packets, MaxEntries, MaxEntriesLength, MaxPacketsLength)
	}
	m.Entries = r.take("entries", int(entries))
	m.Packets = r.take("packets", int(packets))
	if err := r.done(); err != nil {
		return nil, err
	}
	return m, nil
}

// AppendPacket appends lock id 8 | length 2 | bytes.
func AppendPacket(b []byte, lock uint64, packet []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, lock)
	b = binary.BigEndian.AppendUint16(b, uint16(len(packet))) //nolint:gosec // at most MaxPacket
	return append(b, packet...)
}

// EachPacket calls do for each packet until it returns an error.
func EachPacket(packets []byte, do func(lock uint64, packet []byte) error) error {
	for r := (reader{message: "packets", b: packets}); len(r.b) > 0; {
		lock, n := r.uint64("lock id"), int(r.uint16("length"))
		if n > MaxPacket {
			return fmt.Errorf("%w: packet of lock %d has %d bytes: must have at most %d", ErrTooLarge, lock, n, MaxPacket)
		}
		packet := r.take("packet", n)
		if r.missing != "" {
			return r.done()
		}
		if err := do(lock, packet); err != nil {
			return err
		}
	}
	return nil
}
