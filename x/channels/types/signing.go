package types

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

// TagLength is the length of the tag that each kind of signed bytes starts with:
// ASCII, padded with zeros at the end.
const TagLength = 16

// Tags of signed and hashed bytes.
const (
	TagProof        = "mesh/bp/v1"
	TagAck          = "mesh/ack/v1"
	TagOpen         = "mesh/open/v1"
	TagWithdraw     = "mesh/withdraw/v1"
	TagCooperative  = "mesh/coop/v1"
	TagClose        = "mesh/close/v1"
	TagDisposal     = "mesh/dispose/v1"
	TagDelegation   = "mesh/deleg/v1"
	TagApproval     = "mesh/guar/v1"
	TagReestablish  = "mesh/hello/v1"
	TagDomain       = "mesh/domain/v1"
	TagInstance     = "mesh/instance/v1"
	TagLocks        = "mesh/locks/v1"
	HashLength      = sha256.Size
	AccountLength   = 33
	maxAccountBytes = AccountLength - 1
)

// Hash is a SHA-256 hash.
type Hash = [HashLength]byte

// Place is where signed bytes hold: one epoch of one channel of one domain.
type Place struct {
	Domain  Hash
	Channel uint64
	Epoch   uint64
}

// Domain names a chain and a denom:
//
//	SHA-256(tag "mesh/domain/v1" 16 | instance 32 | len 2 | chain-id | len 2 | denom)
//
// instance is drawn once at the first genesis, so that copies of a chain that share
// its chain-id do not share its domains.
func Domain(instance Hash, chainID, denom string) Hash {
	b := appendTag(nil, TagDomain)
	b = append(b, instance[:]...)
	for _, text := range []string{chainID, denom} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(text))) //nolint:gosec // both are bounded far below 2^16
		b = append(b, text...)
	}
	return sha256.Sum256(b)
}

func appendTag(b []byte, tag string) []byte {
	var padded [TagLength]byte
	copy(padded[:], tag)
	return append(b, padded[:]...)
}

func (p Place) appendTo(b []byte, tag string) []byte {
	b = appendTag(b, tag)
	b = append(b, p.Domain[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Channel)
	return binary.BigEndian.AppendUint64(b, p.Epoch)
}

// Check refuses bytes that were signed for another place, and names the first
// difference.
func (p Place) Check(what string, want Place) error {
	switch {
	case p.Domain != want.Domain:
		return errorsmod.Wrapf(ErrDomain, "%s: domain %x, this channel's is %x", what, p.Domain, want.Domain)
	case p.Channel != want.Channel:
		return errorsmod.Wrapf(ErrWrongChannel, "%s: channel %d, this is channel %d", what, p.Channel, want.Channel)
	case p.Epoch != want.Epoch:
		return errorsmod.Wrapf(ErrEpoch, "%s: epoch %d, the channel is in epoch %d", what, p.Epoch, want.Epoch)
	}
	return nil
}

// reader takes fixed-width fields off bytes whose total length was checked.
type reader struct{ b []byte }

// newReader checks length and tag; what names the kind in errors.
func newReader(what, tag string, length int, b []byte) (*reader, error) {
	if len(b) != length {
		return nil, errorsmod.Wrapf(ErrBytes, "%s has %d bytes: must have %d", what, len(b), length)
	}
	if want := appendTag(nil, tag); !bytes.Equal(b[:TagLength], want) {
		return nil, errorsmod.Wrapf(ErrBytes, "%s has tag %q: must be %q padded with zeros", what, b[:TagLength], tag)
	}
	return &reader{b[TagLength:]}, nil
}

func (r *reader) take(n int) []byte {
	field := r.b[:n]
	r.b = r.b[n:]
	return field
}

func (r *reader) hash() (h Hash)  { copy(h[:], r.take(HashLength)); return h }
func (r *reader) uint8() uint8    { return r.take(1)[0] }
func (r *reader) uint16() uint16  { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) uint64() uint64  { return binary.BigEndian.Uint64(r.take(8)) }
func (r *reader) amount() Uint128 { return Uint128FromBytes(r.take(Uint128Length)) }
func (r *reader) place() (p Place) {
	return Place{Domain: r.hash(), Channel: r.uint64(), Epoch: r.uint64()}
}

func (r *reader) side(what string) (uint8, error) {
	side := r.uint8()
	if side > 1 {
		return side, errorsmod.Wrapf(ErrSide, "%s %d: must be 0 (opener) or 1 (partner)", what, side)
	}
	return side, nil
}

// account reads length 1 | 32 bytes padded with zeros; length 0 is no account.
func (r *reader) account(what string) ([]byte, error) {
	field := r.take(AccountLength)
	n := int(field[0])
	if n > maxAccountBytes {
		return nil, errorsmod.Wrapf(ErrBytes, "%s has length %d: must be at most %d", what, n, maxAccountBytes)
	}
	if !allZero(field[1+n:]) {
		return nil, errorsmod.Wrapf(ErrBytes, "%s %x: padding must be zero", what, field)
	}
	if n == 0 {
		return nil, nil
	}
	return bytes.Clone(field[1 : 1+n]), nil
}

// appendAccount appends what account reads; longer accounts were refused before.
func appendAccount(b, account []byte) []byte {
	var padded [AccountLength]byte
	padded[0] = uint8(copy(padded[1:], account)) //nolint:gosec // at most 32
	return append(b, padded[:]...)
}

func allZero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
