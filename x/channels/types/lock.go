package types

import (
	"crypto/sha256"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

const (
	// LockLength of one lock in bytes.
	LockLength = 64
	// MaxLocks in one direction at one time.
	MaxLocks = 256
	// SecretLength of the preimage of a lock's hash, in bytes.
	SecretLength = 32
)

// Lock is an amount promised against a preimage (a hash time lock).
type Lock struct {
	// ID counts per direction and is never used again in an epoch; from 1.
	ID uint64
	// Amount is at least 1.
	Amount Uint128
	// Hash is the SHA-256 of the secret.
	Hash Hash
	// Expiry by the channel clock: the secret counts if it was registered up to then.
	Expiry uint64
}

// AppendTo appends the bytes of the lock: id 8 | amount 16 | hash 32 | expiry 8.
func (l Lock) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, l.ID)
	b = l.Amount.AppendTo(b)
	b = append(b, l.Hash[:]...)
	return binary.BigEndian.AppendUint64(b, l.Expiry)
}

// Locks is a lock list, sorted by id.
type Locks []Lock

// Bytes of the list, lock after lock.
func (l Locks) Bytes() []byte {
	b := make([]byte, 0, len(l)*LockLength)
	for _, lock := range l {
		b = lock.AppendTo(b)
	}
	return b
}

// Root is what stands for the list in a balance proof: zero for an empty list, else
//
//	SHA-256(tag "mesh/locks/v1" 16 | count 2 | locks)
func (l Locks) Root() Hash {
	if len(l) == 0 {
		return Hash{}
	}
	return LocksRoot(l.Bytes())
}

// LocksRoot is the root of an encoded list.
func LocksRoot(encoded []byte) Hash {
	if len(encoded) == 0 {
		return Hash{}
	}
	b := appendTag(make([]byte, 0, TagLength+2+len(encoded)), TagLocks)
	b = binary.BigEndian.AppendUint16(b, uint16(len(encoded)/LockLength)) //nolint:gosec // at most MaxLocks
	return sha256.Sum256(append(b, encoded...))
}

// Sum of the amounts; not ok if it does not fit 128 bits.
func (l Locks) Sum() (sum Uint128, ok bool) {
	for _, lock := range l {
		if sum, ok = sum.Add(lock.Amount); !ok {
			return sum, false
		}
	}
	return sum, true
}

// ParseLocks reads and checks an encoded list.
func ParseLocks(b []byte) (Locks, error) {
	if len(b)%LockLength != 0 {
		return nil, errorsmod.Wrapf(ErrLocks, "lock list has %d bytes: must be a multiple of %d", len(b), LockLength)
	}
	n := len(b) / LockLength
	if n > MaxLocks {
		return nil, errorsmod.Wrapf(ErrTooMany, "lock list has %d locks: must have at most %d", n, MaxLocks)
	}
	locks := make(Locks, n)
	r := reader{b}
	for i := range locks {
		locks[i] = Lock{ID: r.uint64(), Amount: r.amount(), Hash: r.hash(), Expiry: r.uint64()}
	}
	return locks, locks.Validate()
}

// Validate checks ids, order and amounts.
func (l Locks) Validate() error {
	if len(l) > MaxLocks {
		return errorsmod.Wrapf(ErrTooMany, "lock list has %d locks: must have at most %d", len(l), MaxLocks)
	}
	for i, lock := range l {
		if lock.ID == 0 || lock.Amount.IsZero() {
			return errorsmod.Wrapf(ErrLocks, "lock %d has id %d and amount %s: both must be at least 1", i, lock.ID, lock.Amount)
		}
		if i > 0 && lock.ID <= l[i-1].ID {
			return errorsmod.Wrapf(ErrLockOrder, "lock %d has id %d after id %d: ids must rise", i, lock.ID, l[i-1].ID)
		}
	}
	if _, ok := l.Sum(); !ok {
		return errorsmod.Wrap(ErrAmount, "lock list: the sum of the amounts must be below 2^128")
	}
	return nil
}

// CheckAgainst checks that the list is the one behind a proof.
func (l Locks) CheckAgainst(p BalanceProof) error {
	if len(l) != int(p.LockCount) || l.Root() != p.LocksRoot {
		return errorsmod.Wrapf(ErrLocksRoot, "lock list has %d locks and root %x: the proof says %d and %x", len(l), l.Root(), p.LockCount, p.LocksRoot)
	}
	if sum, _ := l.Sum(); sum != p.Locked {
		return errorsmod.Wrapf(ErrLocksRoot, "locks sum up to %s: the proof says %s", sum, p.Locked)
	}
	return nil
}
