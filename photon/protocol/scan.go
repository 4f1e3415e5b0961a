package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Op is an entry of a batch that touches the list of locks.
type Op struct {
	// Kind is EntryLock, EntryResolve or EntryRemove.
	Kind types.EntryKind
	// Index of the entry in the batch.
	Index uint32
	// PaymentID of the entry.
	PaymentID [16]byte
	// LockID of the lock that is added or taken out.
	LockID uint64
	// Amount of the lock; 0 in a remove.
	Amount types.Uint128
	// Hash of a new lock.
	Hash types.Hash
	// Expiry of a new lock, by the channel clock.
	Expiry uint64
	// Packet is the SHA-256 of the packet of a new lock.
	Packet types.Hash
	// Secret that resolves the lock.
	Secret [types.SecretLength]byte
}

// AppendTo appends the entry of the operation.
func (o *Op) AppendTo(b []byte) []byte {
	var data [80]byte
	binary.BigEndian.PutUint64(data[:], o.LockID)
	n := 8
	switch o.Kind {
	case types.EntryLock:
		n += copy(data[n:], o.Hash[:])
		binary.BigEndian.PutUint64(data[n:], o.Expiry)
		n += 8 + copy(data[n+8:], o.Packet[:])
	case types.EntryResolve:
		n += copy(data[n:], o.Secret[:])
	}
	return types.Entry{PaymentID: o.PaymentID, Amount: o.Amount, Kind: o.Kind, Data: data[:n]}.AppendTo(b)
}

// Summary is all that the channel machine needs to know of the entries of a batch.
type Summary struct {
	// Count of entries.
	Count uint32
	// Direct is the sum of direct payments and references.
	Direct types.Uint128
	// Ops on locks, in the order of the entries. The slice belongs to the Scanner.
	Ops []Op
	// Root of the tree over the entries.
	Root types.Hash
	// Size of the entries in bytes.
	Size uint32
}

// Scanner checks, sums and hashes entries where they lie. It keeps its buffers; use
// one per goroutine.
type Scanner struct {
	leaves []types.Hash
	ops    []Op
}

// Scan reads count entries that fill b. It refuses unknown kinds, data of the wrong
// length, payments of nothing and more than 2 × MaxLocks operations on locks. The
// summary's Ops hold until the next Scan.
func (s *Scanner) Scan(b []byte, count uint32) (sum Summary, err error) {
	if count > MaxEntries || len(b) > MaxEntriesLength {
		return sum, fmt.Errorf("%w: %d entries of %d bytes: must be at most %d and %d", ErrTooLarge, count, len(b), MaxEntries, MaxEntriesLength)
	}
	if int(count)*types.EntryHeaderLength > len(b) {
		return sum, fmt.Errorf("%w: %d entries in %d bytes: each has at least %d", ErrMalformed, count, len(b), types.EntryHeaderLength)
	}
	if cap(s.leaves) < int(count) {
		s.leaves = make([]types.Hash, count)
	}
	leaves := s.leaves[:count]
	s.ops = s.ops[:0]
	sum = Summary{Count: count, Size: uint32(len(b))} //nolint:gosec // bounded above
	for i := range leaves {
		n, kind, err := entryAt(b)
		if err != nil {
			return sum, fmt.Errorf("entry %d: %w", i, err)
		}
		amount := types.Uint128FromBytes(b[16:])
		if kind <= types.EntryReference {
			total, ok := sum.Direct.Add(amount)
			if !ok || amount.IsZero() {
				return sum, fmt.Errorf("%w: entry %d: amount %s: must be at least 1, all together below 2^128", ErrMalformed, i, amount)
			}
			sum.Direct = total
		} else if err := s.op(b[:n], kind, uint32(i), amount); err != nil { //nolint:gosec // below MaxEntries
			return sum, err
		}
		leaves[i] = types.LeafHash(b[:n])
		b = b[n:]
	}
	if len(b) > 0 {
		return sum, fmt.Errorf("%w: %d bytes are left over after %d entries", ErrMalformed, len(b), count)
	}
	sum.Ops = s.ops
	sum.Root = types.BatchRoot(leaves)
	return sum, nil
}

// entryAt returns length and kind of the entry at the start of b. It is ParseEntry
// without the copy: once per payment.
func entryAt(b []byte) (n int, kind types.EntryKind, err error) {
	if len(b) < types.EntryHeaderLength {
		return 0, 0, fmt.Errorf("%w: %d bytes are left: must be at least %d", ErrMalformed, len(b), types.EntryHeaderLength)
	}
	kind = types.EntryKind(b[32])
	data := int(binary.BigEndian.Uint16(b[33:]))
	n = types.EntryHeaderLength + data
	if n > len(b) || data > types.MaxEntryData {
		return 0, 0, fmt.Errorf("%w: data has %d bytes: must have at most %d and fit the %d that follow",
			ErrMalformed, data, types.MaxEntryData, len(b)-types.EntryHeaderLength)
	}
	if kind == types.EntryDirect {
		return n, kind, nil
	}
	if _, _, err := types.ParseEntry(b[:n]); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", ErrMalformed, err.Error())
	}
	return n, kind, nil
}

func (s *Scanner) op(entry []byte, kind types.EntryKind, index uint32, amount types.Uint128) error {
	if len(s.ops) == 2*types.MaxLocks {
		return fmt.Errorf("%w: more than %d entries on locks", ErrTooLarge, 2*types.MaxLocks)
	}
	if amount.IsZero() != (kind == types.EntryRemove) {
		return fmt.Errorf("%w: entry %d of kind %d: amount %s: must be 0 in a remove and at least 1 elsewhere", ErrMalformed, index, kind, amount)
	}
	data := entry[types.EntryHeaderLength:]
	o := Op{Kind: kind, Index: index, LockID: binary.BigEndian.Uint64(data), Amount: amount}
	copy(o.PaymentID[:], entry)
	switch kind {
	case types.EntryLock:
		copy(o.Hash[:], data[8:])
		o.Expiry = binary.BigEndian.Uint64(data[40:])
		copy(o.Packet[:], data[48:])
	case types.EntryResolve:
		copy(o.Secret[:], data[8:])
	}
	s.ops = append(s.ops, o)
	return nil
}
