package segment

import (
	"crypto/sha256"
	"crypto/sha3"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
)

// Bounds of keys and salts, in bytes.
const (
	// MinKey is 128 bits: what Galileo's chains use, and an AES-128 key.
	MinKey = 16
	// MaxKey is the whole output of the hash functions.
	MaxKey = 32
	// MinSalt is the 48 bits of Galileo's chains.
	MinSalt = 6
	// MaxSalt keeps the input of a step within one block of SHA-256.
	MaxSalt = 16
)

// Hash is the one-way function of a chain of keys.
type Hash uint8

// The hash functions, numbered as on the wire.
const (
	SHA256 Hash = 1
	SHA3   Hash = 2
)

// Errors of keys that are disclosed.
var (
	// ErrKeyLength says that a key has not the chain's length.
	ErrKeyLength = errors.New("key of the wrong length")
	// ErrKnown says that the key follows from one that is known.
	ErrKnown = errors.New("key is known already")
	// ErrGap says that too many keys were skipped.
	ErrGap = errors.New("too many keys skipped")
	// ErrForeignKey says that a key does not hash back to the known one.
	ErrForeignKey = errors.New("key is not of this chain")
)

// Chain says how the keys of a stream hang together.
type Chain struct {
	// Hash is the one-way function.
	Hash Hash
	// KeyLength of every key in bytes, MinKey to MaxKey.
	KeyLength int
	// Salt α keeps tables of one chain useless against another, MinSalt to MaxSalt bytes.
	Salt []byte
}

// Step replaces k_{index+1}, in key[:KeyLength], by k_index. It allocates nothing.
func (c *Chain) Step(key []byte, index uint32) {
	var input [MaxKey + 4 + MaxSalt]byte
	n := copy(input[:], key[:c.KeyLength])
	binary.BigEndian.PutUint32(input[n:], index)
	n += 4
	n += copy(input[n:], c.Salt)
	var sum [MaxKey]byte
	if c.Hash == SHA3 {
		sum = sha3.Sum256(input[:n])
	} else {
		sum = sha256.Sum256(input[:n])
	}
	copy(key[:c.KeyLength], sum[:])
}

// Back replaces k_from by k_to, from ≥ to, in from − to steps.
func (c *Chain) Back(key []byte, from, to uint32) {
	for ; from > to; from-- {
		c.Step(key, from-1)
	}
}

// Check tells whether key is k_t of the chain whose k_last is known: it must hash back
// to it in at most gap steps. It fails with ErrKeyLength, ErrKnown, ErrGap or
// ErrForeignKey.
func (c *Chain) Check(key []byte, t uint32, known []byte, last, gap uint32) error {
	if err := c.CheckPosition(key, t, last, gap); err != nil {
		return err
	}
	var walked [MaxKey]byte
	copy(walked[:], key)
	c.Back(walked[:], t, last)
	if subtle.ConstantTimeCompare(walked[:c.KeyLength], known) != 1 {
		return fmt.Errorf("%w: key %d does not hash back to key %d", ErrForeignKey, t, last)
	}
	return nil
}

// CheckPosition checks what needs no hashing: length, order and gap.
func (c *Chain) CheckPosition(key []byte, t, last, gap uint32) error {
	switch {
	case len(key) != c.KeyLength:
		return fmt.Errorf("%w: key %d has %d bytes: must have %d", ErrKeyLength, t, len(key), c.KeyLength)
	case t <= last:
		return fmt.Errorf("%w: key %d: must be above %d, the last one disclosed", ErrKnown, t, last)
	case t-last > gap:
		return fmt.Errorf("%w: key %d is %d steps from key %d: must be at most %d; disclose key %d first, which follows from it",
			ErrGap, t, t-last, last, gap, last+gap)
	}
	return nil
}
