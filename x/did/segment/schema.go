package segment

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Bounds of a schema that no parameter of a chain moves.
const (
	// MaxLife is the largest number of keys: 194 days of one per second.
	MaxLife = 1 << 24
	// MaxLag is the largest disclosure lag in intervals.
	MaxLag = 1 << 10
	// MaxDelay of a key after its interval began, lag × interval: 31 days, in milliseconds.
	MaxDelay = 31 * 24 * 3_600_000
	// MaxWindow is the largest number of segments that a chain keeps of one stream.
	MaxWindow = 1 << 12
	// MaxSubmitters is how many accounts may commit for one stream.
	MaxSubmitters = 8
	// MaxAddress is the length of the longest account address in bytes.
	MaxAddress = 32
	// MaxSpan from t0 to the release of the last key: ten years, in milliseconds.
	MaxSpan = 10 * 366 * 24 * 3_600_000
	// MaxStart is the latest t0, the year 2240, in Unix milliseconds: nanoseconds of all
	// that follows fit in 64 bits.
	MaxStart = 8_520_336_000_000
)

// IDLength of a schema in bytes.
const IDLength = sha256.Size

// ID of a schema.
type ID [IDLength]byte

// SchemaID is the SHA-256 of the bytes that the device signs to register the schema
// (x/did/README.md, "Signed operations"). The device knows it before the chain does.
func SchemaID(signed []byte) ID { return sha256.Sum256(signed) }

// String is the id in hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Errors of schemas; each names one rule.
var (
	ErrMAC        = errors.New("unknown MAC or MAC length")
	ErrChain      = errors.New("unknown hash, or key or salt out of bounds")
	ErrUnit       = errors.New("unit size out of bounds")
	ErrLife       = errors.New("life cycle out of bounds")
	ErrTiming     = errors.New("timing out of bounds")
	ErrWindow     = errors.New("window out of bounds")
	ErrSubmitters = errors.New("invalid submitters")
)

// Schema is what a device signs once for a whole stream.
type Schema struct {
	// MAC that authenticates segments, and its length in bytes, to which it is cut.
	MAC       MAC
	MACLength int
	// Chain of the keys; Root is k_0.
	Chain Chain
	Root  []byte
	// UnitBytes is the size of a data unit, UnitsPerKey how many one segment holds at
	// most. The chain never sees the data; readers refuse more.
	UnitBytes, UnitsPerKey uint32
	// Life is n, the number of keys.
	Life uint32
	// Start is t0, in Unix milliseconds: interval t begins at t0 + tΔ.
	Start uint64
	// Interval is Δ, in milliseconds.
	Interval uint32
	// Lag is L: k_t is released at t0 + (t+L)Δ.
	Lag uint32
	// ClockError is ε, by how much the device's clock may be off, in milliseconds.
	ClockError uint32
	// Window is how many segments the chain keeps; segment t gives way to t + Window.
	Window uint32
	// Submitters are the addresses that may commit segments.
	Submitters [][]byte
}

// Validate checks every field; the errors are those above.
func (s *Schema) Validate() error {
	lowest, highest := MinHMAC, MaxHMAC
	if s.MAC == AESCMAC {
		lowest, highest = MinCMAC, MaxCMAC
	}
	switch c := &s.Chain; {
	case s.MAC != HMACSHA256 && s.MAC != AESCMAC:
		return fmt.Errorf("%w: mac %d: must be 1 (HMAC-SHA256) or 2 (AES-CMAC)", ErrMAC, s.MAC)
	case s.MACLength < lowest || s.MACLength > highest:
		return fmt.Errorf("%w: mac_length %d: must be %d to %d bytes", ErrMAC, s.MACLength, lowest, highest)
	case c.Hash != SHA256 && c.Hash != SHA3:
		return fmt.Errorf("%w: hash %d: must be 1 (SHA-256) or 2 (SHA3-256)", ErrChain, c.Hash)
	case c.KeyLength < MinKey || c.KeyLength > MaxKey:
		return fmt.Errorf("%w: key_length %d: must be %d to %d bytes", ErrChain, c.KeyLength, MinKey, MaxKey)
	case len(c.Salt) < MinSalt || len(c.Salt) > MaxSalt:
		return fmt.Errorf("%w: salt has %d bytes: must have %d to %d", ErrChain, len(c.Salt), MinSalt, MaxSalt)
	case len(s.Root) != c.KeyLength:
		return fmt.Errorf("%w: root has %d bytes: must have key_length, %d", ErrChain, len(s.Root), c.KeyLength)
	case s.UnitBytes == 0 || s.UnitsPerKey == 0:
		return fmt.Errorf("%w: unit_bytes %d, units_per_key %d: each must be at least 1", ErrUnit, s.UnitBytes, s.UnitsPerKey)
	case s.Life == 0 || s.Life > MaxLife:
		return fmt.Errorf("%w: life %d: must be 1 to %d keys", ErrLife, s.Life, MaxLife)
	}
	if err := s.validateTiming(); err != nil {
		return err
	}
	if s.Window <= s.Lag || s.Window > MaxWindow {
		return fmt.Errorf("%w: window %d: must be above lag, %d, and at most %d", ErrWindow, s.Window, s.Lag, MaxWindow)
	}
	return ValidateSubmitters(s.Submitters)
}

func (s *Schema) validateTiming() error {
	switch {
	case s.Start == 0 || s.Start > MaxStart:
		return fmt.Errorf("%w: start %d: must be 1 to %d Unix ms", ErrTiming, s.Start, uint64(MaxStart))
	case s.Interval == 0:
		return fmt.Errorf("%w: interval 0: must be at least 1 ms", ErrTiming)
	case s.Lag == 0 || s.Lag > MaxLag:
		return fmt.Errorf("%w: lag %d: must be 1 to %d intervals", ErrTiming, s.Lag, MaxLag)
	case uint64(s.Lag)*uint64(s.Interval) > MaxDelay:
		return fmt.Errorf("%w: lag × interval is %d ms: must be at most %d", ErrTiming, uint64(s.Lag)*uint64(s.Interval), uint64(MaxDelay))
	case uint64(s.ClockError) >= uint64(s.Lag)*uint64(s.Interval):
		return fmt.Errorf("%w: clock_error %d ms: must be below lag × interval, %d ms, or no segment can be safe",
			ErrTiming, s.ClockError, uint64(s.Lag)*uint64(s.Interval))
	}
	if span := (uint64(s.Life) + uint64(s.Lag)) * uint64(s.Interval); span > MaxSpan {
		return fmt.Errorf("%w: (life + lag) × interval is %d ms: must be at most %d", ErrTiming, span, uint64(MaxSpan))
	}
	return nil
}

// ValidateSubmitters checks a list of addresses: 1 to MaxSubmitters, strictly ascending,
// so that there is one order to sign and no duplicate.
func ValidateSubmitters(submitters [][]byte) error {
	if len(submitters) == 0 || len(submitters) > MaxSubmitters {
		return fmt.Errorf("%w: %d of them: must be 1 to %d", ErrSubmitters, len(submitters), MaxSubmitters)
	}
	for i, address := range submitters {
		if len(address) == 0 || len(address) > MaxAddress {
			return fmt.Errorf("%w: number %d has %d bytes: must have 1 to %d", ErrSubmitters, i, len(address), MaxAddress)
		}
		if i > 0 && string(submitters[i-1]) >= string(address) {
			return fmt.Errorf("%w: number %d: must be above the one before it, by its bytes", ErrSubmitters, i)
		}
	}
	return nil
}

// Begin of interval t.
func (s *Schema) Begin(t uint32) time.Time { return s.at(uint64(t)) }

// Release is when the device may disclose k_t: t0 + (t+L)Δ.
func (s *Schema) Release(t uint32) time.Time { return s.at(uint64(t) + uint64(s.Lag)) }

func (s *Schema) at(intervals uint64) time.Time {
	return time.UnixMilli(int64(s.Start + intervals*uint64(s.Interval))).UTC() //nolint:gosec // Validate bounds both terms
}

// Skew is ε.
func (s *Schema) Skew() time.Duration { return time.Duration(s.ClockError) * time.Millisecond }

// Safe is RFC 4082's safe-packet test: nobody can know k_t yet if now + ε < t0 + (t+L)Δ.
// Equality is unsafe.
func (s *Schema) Safe(t uint32, now time.Time) bool { return now.Add(s.Skew()).Before(s.Release(t)) }

// IntervalAt returns the interval that now lies in: 0 before the first, Life after the last.
func (s *Schema) IntervalAt(now time.Time) uint32 { return s.clamp(now.Sub(s.at(0))) }

// Released returns the newest key that may be disclosed now, 0 for none.
func (s *Schema) Released(now time.Time) uint32 { return s.clamp(now.Sub(s.Release(0))) }

// clamp turns the time since interval 0 into a number of 0 to Life.
func (s *Schema) clamp(since time.Duration) uint32 {
	if since < 0 {
		return 0
	}
	return uint32(min(int64(since/(time.Duration(s.Interval)*time.Millisecond)), int64(s.Life))) //nolint:gosec // at most Life
}

// Bytes is the schema as the device signs it; README.md has the layout. It fails
// where Validate does.
func (s *Schema) Bytes() ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	b := []byte{byte(s.MAC), byte(s.MACLength), byte(s.Chain.Hash), byte(s.Chain.KeyLength), byte(len(s.Chain.Salt))}
	b = append(b, s.Chain.Salt...)
	b = append(b, s.Root...)
	for _, number := range []uint32{s.UnitBytes, s.UnitsPerKey, s.Life} {
		b = binary.BigEndian.AppendUint32(b, number)
	}
	b = binary.BigEndian.AppendUint64(b, s.Start)
	for _, number := range []uint32{s.Interval, s.Lag, s.ClockError, s.Window} {
		b = binary.BigEndian.AppendUint32(b, number)
	}
	return appendSubmitters(b, s.Submitters), nil
}

// SubmittersBytes is a change of submitters as the device signs it.
func SubmittersBytes(schema ID, submitters [][]byte) ([]byte, error) {
	if err := ValidateSubmitters(submitters); err != nil {
		return nil, err
	}
	return appendSubmitters(append([]byte(nil), schema[:]...), submitters), nil
}

func appendSubmitters(b []byte, submitters [][]byte) []byte {
	b = append(b, byte(len(submitters)))
	for _, address := range submitters {
		b = append(b, byte(len(address)))
		b = append(b, address...)
	}
	return b
}
