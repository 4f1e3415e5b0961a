package types

import (
	"crypto/sha256"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

// MaxEntryData is the longest message of a payment in bytes; both ends enforce it.
const MaxEntryData = 256

// ReferenceLength of an entry's data that refers to a larger message: hash 32 | size 8.
const ReferenceLength = 40

// LogArity is how many children a node of a batch's tree has at most. It was
// decided by BenchmarkMerkleArity; see README.md, "Speed".
const LogArity = 16

// Prefixes that keep the hashes of a batch apart.
const (
	prefixLeaf  = 0
	prefixNode  = 1
	prefixHead  = 2
	prefixFirst = 3
)

// EntryKind says what an entry of a batch does.
type EntryKind uint8

// Kinds of entries.
const (
	// EntryDirect pays now and carries its message.
	EntryDirect EntryKind = 1
	// EntryReference pays now; its data is hash 32 | size 8 of a message elsewhere.
	EntryReference EntryKind = 2
	// EntryLock adds a lock: lock id 8 | hash 32 | expiry 8 | ciphertext hash 32.
	EntryLock EntryKind = 3
	// EntryResolve pays a lock by its secret: lock id 8 | secret 32.
	EntryResolve EntryKind = 4
	// EntryRemove drops a lock that expired or was disposed of: lock id 8.
	EntryRemove EntryKind = 5
)

// entryDataLength is the only length of the data of a kind, or −1 for 0 to 256.
var entryDataLength = [...]int{EntryDirect: -1, EntryReference: ReferenceLength, EntryLock: 80, EntryResolve: 40, EntryRemove: 8}

// Entry is one payment of a batch.
type Entry struct {
	PaymentID [16]byte
	Amount    Uint128
	Kind      EntryKind
	Data      []byte
}

// EntryHeaderLength is the length of an entry without its data.
const EntryHeaderLength = 35

// AppendTo appends the bytes of the entry:
//
//	payment id 16 | amount 16 | kind 1 | length 2 | data
func (e Entry) AppendTo(b []byte) []byte {
	b = append(b, e.PaymentID[:]...)
	b = e.Amount.AppendTo(b)
	b = append(b, byte(e.Kind))
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.Data))) //nolint:gosec // at most 256
	return append(b, e.Data...)
}

// Validate checks kind and length of the data.
func (e Entry) Validate() error {
	if e.Kind < EntryDirect || e.Kind > EntryRemove {
		return errorsmod.Wrapf(ErrBytes, "entry: kind %d: must be 1 to 5", e.Kind)
	}
	if want := entryDataLength[e.Kind]; want >= 0 && len(e.Data) != want {
		return errorsmod.Wrapf(ErrBytes, "entry of kind %d: data has %d bytes: must have %d", e.Kind, len(e.Data), want)
	}
	if len(e.Data) > MaxEntryData {
		return errorsmod.Wrapf(ErrBytes, "entry: data has %d bytes: must have at most %d", len(e.Data), MaxEntryData)
	}
	return nil
}

// ParseEntry reads and checks the entry at the start of b and returns what follows it.
func ParseEntry(b []byte) (e Entry, rest []byte, err error) {
	if len(b) < EntryHeaderLength {
		return e, nil, errorsmod.Wrapf(ErrBytes, "entry has %d bytes: must have at least %d", len(b), EntryHeaderLength)
	}
	r := reader{b}
	copy(e.PaymentID[:], r.take(16))
	e.Amount, e.Kind = r.amount(), EntryKind(r.uint8())
	n := int(r.uint16())
	if n > MaxEntryData || n > len(r.b) {
		return e, nil, errorsmod.Wrapf(ErrBytes, "entry: length %d: must be at most %d and fit the %d bytes that follow", n, MaxEntryData, len(r.b))
	}
	e.Data = r.take(n)
	return e, r.b, e.Validate()
}

// LeafHash of an encoded entry: SHA-256(00 | entry).
func LeafHash(entry []byte) Hash {
	var buffer [1 + EntryHeaderLength + MaxEntryData]byte
	buffer[0] = prefixLeaf
	return sha256.Sum256(buffer[:1+copy(buffer[1:], entry)])
}

// nodeHash of up to LogArity children: SHA-256(01 | children).
func nodeHash(children []Hash) Hash {
	var buffer [1 + LogArity*HashLength]byte
	b := append(buffer[:0], prefixNode)
	for i := range children {
		b = append(b, children[i][:]...)
	}
	return sha256.Sum256(b)
}

// BatchRoot of the leaves of a batch. Leaves are grouped from the left, LogArity at a
// time; a group of one moves up unchanged. No leaves have the root zero. The slice
// is used as scratch space.
func BatchRoot(level []Hash) Hash { return merkleRoot(level, LogArity) }

func merkleRoot(level []Hash, arity int) Hash {
	if len(level) == 0 {
		return Hash{}
	}
	for len(level) > 1 {
		n := 0
		for i := 0; i < len(level); i += arity {
			group := level[i:min(i+arity, len(level))]
			if len(group) == 1 {
				level[n] = group[0]
			} else {
				level[n] = nodeHash(group)
			}
			n++
		}
		level = level[:n]
	}
	return level[0]
}

// FirstHead of an epoch: SHA-256(03 | domain 32 | channel 8 | epoch 8 | sender 1).
func FirstHead(place Place, sender uint8) Hash {
	b := append(make([]byte, 0, 50), prefixFirst)
	b = append(b, place.Domain[:]...)
	b = binary.BigEndian.AppendUint64(b, place.Channel)
	b = binary.BigEndian.AppendUint64(b, place.Epoch)
	return sha256.Sum256(append(b, sender))
}

// Head of one batch, chained to the one before.
type Head struct {
	Previous Hash
	Epoch    uint64
	Nonce    uint64
	// Count of entries.
	Count uint32
	// Delta is what transferred grew by.
	Delta Uint128
	Root  Hash
}

// HeadLength of the encoded fields of a head.
const HeadLength = 100

// AppendTo appends previous head 32 | epoch 8 | nonce 8 | count 4 | ΔX 16 | root 32.
func (h Head) AppendTo(b []byte) []byte {
	b = append(b, h.Previous[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Epoch)
	b = binary.BigEndian.AppendUint64(b, h.Nonce)
	b = binary.BigEndian.AppendUint32(b, h.Count)
	b = h.Delta.AppendTo(b)
	return append(b, h.Root[:]...)
}

// Hash of the head: SHA-256(02 | fields). It is log_head of the batch's proof.
func (h Head) Hash() Hash {
	return sha256.Sum256(h.AppendTo(append(make([]byte, 0, 1+HeadLength), prefixHead)))
}

// ParseHead reads the fields of a head.
func ParseHead(b []byte) (h Head, err error) {
	if len(b) != HeadLength {
		return h, errorsmod.Wrapf(ErrBytes, "head has %d bytes: must have %d", len(b), HeadLength)
	}
	r := reader{b}
	h.Previous, h.Epoch, h.Nonce = r.hash(), r.uint64(), r.uint64()
	h.Count = binary.BigEndian.Uint32(r.take(4))
	h.Delta, h.Root = r.amount(), r.hash()
	return h, nil
}
