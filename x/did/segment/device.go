package segment

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Errors of a device.
var (
	// ErrSeed says that the secret of the stream cannot be used.
	ErrSeed = errors.New("invalid seed")
	// ErrInterval says that there is nothing to sign or disclose now.
	ErrInterval = errors.New("not in this interval")
)

// Device is the sending half of one stream. After NewDevice it allocates nothing. It is
// not safe for concurrent use.
type Device struct {
	schema *Schema
	id     ID
	keys   Traversal
	// key is k_t of the interval that the traversal is at.
	key [MaxKey]byte
	// used says that this interval's MAC was given out.
	used bool
}

// NewSeed draws the secret of a stream, k_N, from random, such as crypto/rand.Reader.
func NewSeed(random io.Reader, keyLength int) ([]byte, error) {
	if keyLength < MinKey || keyLength > MaxKey {
		return nil, fmt.Errorf("%w: key_length %d: must be %d to %d bytes", ErrChain, keyLength, MinKey, MaxKey)
	}
	seed := make([]byte, keyLength)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSeed, err)
	}
	return seed, nil
}

// Root computes k_0 of a seed, for the schema.
func Root(chain Chain, seed []byte, life uint32) ([]byte, error) {
	if len(seed) != chain.KeyLength {
		return nil, fmt.Errorf("%w: it has %d bytes: must have key_length, %d", ErrSeed, len(seed), chain.KeyLength)
	}
	if life == 0 || life > MaxLife {
		return nil, fmt.Errorf("%w: life %d: must be 1 to %d keys", ErrLife, life, MaxLife)
	}
	var keys Traversal
	root := make([]byte, chain.KeyLength)
	keys.Reset(&chain, seed, life, root)
	return root, nil
}

// NewDevice begins the stream of a schema, whose root must be that of the seed. It
// hashes as often as the schema has keys, at most twice.
func NewDevice(schema *Schema, id ID, seed []byte) (*Device, error) {
	if err := schema.Validate(); err != nil {
		return nil, err
	}
	if len(seed) != schema.Chain.KeyLength {
		return nil, fmt.Errorf("%w: it has %d bytes: must have key_length, %d", ErrSeed, len(seed), schema.Chain.KeyLength)
	}
	d := &Device{schema: schema, id: id}
	var root [MaxKey]byte
	d.keys.Reset(&schema.Chain, seed, schema.Life, root[:])
	if string(root[:schema.Chain.KeyLength]) != string(schema.Root) {
		return nil, fmt.Errorf("%w: its root is not the schema's", ErrSeed)
	}
	return d, nil
}

// Sign writes the MAC of the digest, in the interval that now lies in, to mac, which
// must hold MACLength bytes, and returns the interval. One segment per interval: the
// chain takes no second one. It fails with ErrInterval before the first interval, after
// the last one, and if this one is signed.
func (d *Device) Sign(now time.Time, digest *[DigestLength]byte, mac []byte) (uint32, error) {
	t := d.schema.IntervalAt(now)
	if t == 0 || !now.Before(d.schema.Begin(d.schema.Life).Add(time.Duration(d.schema.Interval)*time.Millisecond)) {
		return 0, ErrInterval
	}
	if t < d.keys.Position() || (t == d.keys.Position() && d.used) || len(mac) < d.schema.MACLength {
		return 0, ErrInterval
	}
	d.advance(t)
	d.used = true
	var full [MaxHMAC]byte
	authenticate(d.schema.MAC, d.key[:d.schema.Chain.KeyLength], &d.id, t, digest, &full)
	copy(mac[:d.schema.MACLength], full[:])
	return t, nil
}

// Disclose writes the newest key that may be known now to key, which must hold
// KeyLength bytes, and returns its number. All earlier keys follow from it. It fails
// with ErrInterval before the first release.
func (d *Device) Disclose(now time.Time, key []byte) (uint32, error) {
	t := d.schema.Released(now)
	if t == 0 || len(key) < d.schema.Chain.KeyLength {
		return 0, ErrInterval
	}
	if t > d.keys.Position() {
		d.advance(t)
	}
	var out [MaxKey]byte
	copy(out[:], d.key[:])
	// Hashing back is cheap, as the lag is short: no need to store the last L keys.
	d.schema.Chain.Back(out[:], d.keys.Position(), t)
	copy(key, out[:d.schema.Chain.KeyLength])
	return t, nil
}

// advance moves to interval t, which lies ahead or is the current one.
func (d *Device) advance(t uint32) {
	for d.keys.Position() < t {
		d.keys.Next(d.key[:])
		d.used = false
	}
}

// Schema of the stream.
func (d *Device) Schema() *Schema { return d.schema }

// ID of the schema.
func (d *Device) ID() ID { return d.id }

// Authenticate returns the MAC of a segment under k_t. Devices call Device.Sign, which
// knows the interval and does not allocate.
func (s *Schema) Authenticate(id *ID, key []byte, t uint32, digest *[DigestLength]byte) []byte {
	var full [MaxHMAC]byte
	authenticate(s.MAC, key, id, t, digest, &full)
	return full[:s.MACLength]
}

// VerifySegment tells whether mac is that of a segment under k_t.
func (s *Schema) VerifySegment(id *ID, key []byte, t uint32, digest *[DigestLength]byte, mac []byte) bool {
	return len(key) == s.Chain.KeyLength && len(mac) == s.MACLength && verify(s.MAC, key, id, t, digest, mac)
}
