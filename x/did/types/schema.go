package types

import (
	"bytes"
	"encoding/hex"
	"slices"
	"time"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/segment"
)

// Tags of the operations that a device signs for its streams; their payloads are the
// layouts of package segment, not protobuf, so that a microcontroller lays out bytes.
const (
	TagSchema     Tag = "mesh/did/schema/v1"
	TagSubmitters Tag = "mesh/did/submitters/v1"
	TagClose      Tag = "mesh/did/close-schema/v1"
)

// MaxHeadStart is how long before its start a stream may be registered.
const MaxHeadStart = 366 * 24 * time.Hour

// ParseSchemaID reads a schema id in hexadecimal digits.
func ParseSchemaID(text string) (segment.ID, error) {
	b, err := hex.DecodeString(text)
	if err != nil {
		return segment.ID{}, errorsmod.Wrapf(ErrSchemaID, "schema %.80q: must be %d hexadecimal digits", text, 2*segment.IDLength)
	}
	return SchemaIDFromBytes(b)
}

// SchemaIDFromBytes checks the length of a schema id.
func SchemaIDFromBytes(b []byte) (segment.ID, error) {
	if len(b) != segment.IDLength {
		return segment.ID{}, errorsmod.Wrapf(ErrSchemaID, "schema has %d bytes: must have %d", len(b), segment.IDLength)
	}
	return segment.ID(b), nil
}

// ParseSubmitters reads accounts that may commit segments.
func ParseSubmitters(accounts []string) ([][]byte, error) {
	if len(accounts) > segment.MaxSubmitters {
		return nil, errorsmod.Wrapf(ErrSubmitters, "%d of them: must be 1 to %d", len(accounts), segment.MaxSubmitters)
	}
	addresses := make([][]byte, len(accounts))
	for i, account := range accounts {
		address, err := ParseAccount("submitters", account)
		if err != nil {
			return nil, err
		}
		addresses[i] = address
	}
	return addresses, registered(segment.ValidateSubmitters(addresses))
}

// SortSubmitters brings accounts into the order of their addresses' bytes.
func SortSubmitters(accounts []sdk.AccAddress) []string {
	sorted := slices.Clone(accounts)
	slices.SortFunc(sorted, func(a, b sdk.AccAddress) int { return bytes.Compare(a, b) })
	texts := make([]string, len(sorted))
	for i, account := range sorted {
		texts[i] = account.String()
	}
	return texts
}

// Stream returns the terms as package segment has them, and checks them.
func (t *SchemaTerms) Stream() (*segment.Schema, error) {
	submitters, err := ParseSubmitters(t.Submitters)
	if err != nil {
		return nil, err
	}
	// Package segment has bytes for these.
	switch {
	case t.Mac != MAC_FUNCTION_HMAC_SHA256 && t.Mac != MAC_FUNCTION_AES_CMAC:
		return nil, errorsmod.Wrapf(ErrMac, "mac %d: must be 1 (HMAC-SHA256) or 2 (AES-CMAC)", t.Mac)
	case t.MacLength > segment.MaxHMAC:
		return nil, errorsmod.Wrapf(ErrMac, "mac_length %d: must be at most %d bytes", t.MacLength, segment.MaxHMAC)
	case t.Hash != HASH_FUNCTION_SHA256 && t.Hash != HASH_FUNCTION_SHA3_256:
		return nil, errorsmod.Wrapf(ErrKeyChain, "hash %d: must be 1 (SHA-256) or 2 (SHA3-256)", t.Hash)
	case t.KeyLength > segment.MaxKey:
		return nil, errorsmod.Wrapf(ErrKeyChain, "key_length %d: must be %d to %d bytes", t.KeyLength, segment.MinKey, segment.MaxKey)
	}
	s := t.stream()
	s.Submitters = submitters
	return s, registered(s.Validate())
}

// stream converts terms that were checked when they were registered. Submitters stay
// as they are: text is compared with text.
func (t *SchemaTerms) stream() *segment.Schema {
	return &segment.Schema{
		MAC: segment.MAC(t.Mac), MACLength: int(t.MacLength), //nolint:gosec // out of range is no known function
		Chain: segment.Chain{Hash: segment.Hash(t.Hash), KeyLength: int(t.KeyLength), Salt: t.Salt}, //nolint:gosec // as above
		Root:  t.Root, UnitBytes: t.UnitBytes, UnitsPerKey: t.UnitsPerKey, Life: t.Life,
		Start: t.Start, Interval: t.Interval, Lag: t.Lag, ClockError: t.ClockError, Window: t.Window,
	}
}

// Terms returns a schema as messages have it.
func Terms(s *segment.Schema) SchemaTerms {
	accounts := make([]string, len(s.Submitters))
	for i, address := range s.Submitters {
		accounts[i] = sdk.AccAddress(address).String()
	}
	return SchemaTerms{
		Mac: MacFunction(s.MAC), MacLength: uint32(s.MACLength), Hash: HashFunction(s.Chain.Hash), KeyLength: uint32(s.Chain.KeyLength), //nolint:gosec // Validate bounds them
		Salt: s.Chain.Salt, Root: s.Root, UnitBytes: s.UnitBytes, UnitsPerKey: s.UnitsPerKey, Life: s.Life,
		Start: s.Start, Interval: s.Interval, Lag: s.Lag, ClockError: s.ClockError, Window: s.Window, Submitters: accounts,
	}
}

// Stream of a registered schema.
func (s *Schema) Stream() *segment.Schema { return s.Terms.stream() }

// EndsAt is when the schema is removed.
func (s *Schema) EndsAt() time.Time { return time.UnixMilli(int64(s.Ends)).UTC() } //nolint:gosec // bounded when it was registered

// CheckRunning refuses a schema that has ended and waits for its removal.
func (s *Schema) CheckRunning(now time.Time) error {
	if !now.Before(s.EndsAt()) {
		return errorsmod.Wrapf(ErrSchemaEnded, "schema ended at %s", stamp(s.EndsAt()))
	}
	return nil
}

// CheckNew refuses streams that are over, or begin long from now.
func CheckNew(stream *segment.Schema, now time.Time) error {
	if last := stream.Release(stream.Life); !last.After(now) {
		return errorsmod.Wrapf(ErrTiming, "the last key is released at %s: must be after %s", stamp(last), stamp(now))
	}
	if begin, limit := stream.Begin(0), now.Add(MaxHeadStart); begin.After(limit) {
		return errorsmod.Wrapf(ErrTiming, "start %s: must be at most %s", stamp(begin), stamp(limit))
	}
	return nil
}

// Slot of a segment in the ring of its stream.
func (s *Schema) Slot(t uint32) uint32 { return t % s.Terms.Window }

// CheckInterval refuses intervals that the stream does not have.
func (s *Schema) CheckInterval(t uint32) error {
	if t == 0 || t > s.Terms.Life {
		return errorsmod.Wrapf(ErrInterval, "t %d: must be 1 to life, %d", t, s.Terms.Life)
	}
	return nil
}
