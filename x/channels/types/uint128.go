package types

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"math/bits"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"
)

// Uint128Length is the length of an encoded Uint128 in bytes.
const Uint128Length = 16

// Uint128 is an amount in the smallest unit of a denom. It is what signed bytes
// carry: two machine words, so that sums cost no allocation and no big integer on
// the way of a payment. The zero value is zero.
//
// In protobuf and JSON it is a decimal string, as cosmos.Int is.
type Uint128 struct{ Hi, Lo uint64 }

// MaxUint128 is 2^128 − 1.
var MaxUint128 = Uint128{Hi: ^uint64(0), Lo: ^uint64(0)}

// NewUint128 returns the number n.
func NewUint128(n uint64) Uint128 { return Uint128{Lo: n} }

// IsZero tells whether u is 0.
func (u Uint128) IsZero() bool { return u.Hi|u.Lo == 0 }

// Cmp returns −1, 0 or +1 as u is below, equal to or above v.
func (u Uint128) Cmp(v Uint128) int {
	switch {
	case u == v:
		return 0
	case u.Hi < v.Hi || u.Hi == v.Hi && u.Lo < v.Lo:
		return -1
	default:
		return 1
	}
}

// Less tells whether u < v.
func (u Uint128) Less(v Uint128) bool { return u.Cmp(v) < 0 }

// Add returns u + v modulo 2^128, and whether that is the true sum.
func (u Uint128) Add(v Uint128) (sum Uint128, ok bool) {
	lo, carry := bits.Add64(u.Lo, v.Lo, 0)
	hi, carry := bits.Add64(u.Hi, v.Hi, carry)
	return Uint128{Hi: hi, Lo: lo}, carry == 0
}

// Sub returns u − v modulo 2^128, and whether that is the true difference.
func (u Uint128) Sub(v Uint128) (difference Uint128, ok bool) {
	lo, borrow := bits.Sub64(u.Lo, v.Lo, 0)
	hi, borrow := bits.Sub64(u.Hi, v.Hi, borrow)
	return Uint128{Hi: hi, Lo: lo}, borrow == 0
}

// Min returns the smaller of u and v.
func (u Uint128) Min(v Uint128) Uint128 {
	if v.Less(u) {
		return v
	}
	return u
}

// Max returns the larger of u and v.
func (u Uint128) Max(v Uint128) Uint128 {
	if u.Less(v) {
		return v
	}
	return u
}

// MulDivCeil returns u × mul / div, rounded up, for div > 0 and mul ≤ div, so that
// the result is never above u.
func (u Uint128) MulDivCeil(mul, div uint32) Uint128 {
	if div == 0 || mul > div {
		panic(fmt.Sprintf("MulDivCeil(%d, %d): the factor must be 0 to 1", mul, div)) // a programming error: parameters are validated
	}
	// Schoolbook division of a number of 192 bits, word by word.
	m, d := uint64(mul), uint64(div)
	loHi, lo := bits.Mul64(u.Lo, m)
	hiHi, hi := bits.Mul64(u.Hi, m)
	hi, carry := bits.Add64(hi, loHi, 0)
	hiHi += carry
	_, rem := bits.Div64(0, hiHi, d) // hiHi < d, as mul ≤ div
	qHi, rem := bits.Div64(rem, hi, d)
	qLo, rem := bits.Div64(rem, lo, d)
	q := Uint128{Hi: qHi, Lo: qLo}
	if rem > 0 {
		q, _ = q.Add(NewUint128(1))
	}
	return q
}

// AppendTo appends the 16 bytes of u, big endian.
func (u Uint128) AppendTo(b []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, u.Hi), u.Lo)
}

// Uint128FromBytes reads the 16 bytes at the start of b.
func Uint128FromBytes(b []byte) Uint128 {
	return Uint128{Hi: binary.BigEndian.Uint64(b), Lo: binary.BigEndian.Uint64(b[8:])}
}

// Big returns u as a big integer.
func (u Uint128) Big() *big.Int {
	n := new(big.Int).SetUint64(u.Hi)
	return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(u.Lo))
}

// Int returns u as the SDK's integer.
func (u Uint128) Int() math.Int { return math.NewIntFromBigInt(u.Big()) }

// Uint128FromBig converts n; ErrAmount if n is negative or above 2^128 − 1.
func Uint128FromBig(n *big.Int) (Uint128, error) {
	if n == nil || n.Sign() < 0 || n.BitLen() > 128 {
		return Uint128{}, errorsmod.Wrapf(ErrAmount, "%s: must be 0 to 2^128 - 1", n)
	}
	return Uint128{Hi: new(big.Int).Rsh(n, 64).Uint64(), Lo: new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()}, nil
}

// Uint128FromInt converts n; ErrAmount if n is nil, negative or above 2^128 − 1.
func Uint128FromInt(n math.Int) (Uint128, error) {
	if n.IsNil() {
		return Uint128{}, errorsmod.Wrap(ErrAmount, "is missing: must be 0 to 2^128 - 1")
	}
	return Uint128FromBig(n.BigInt())
}

// ParseUint128 reads a decimal number without sign, spaces or leading zeros: one
// number has one text, in genesis files as on the wire.
func ParseUint128(text string) (Uint128, error) {
	if text == "" || len(text) > 39 || len(text) > 1 && text[0] == '0' {
		return Uint128{}, errorsmod.Wrapf(ErrAmount, "%.50q: must be a decimal number from 0 to 2^128 - 1 without leading zeros", text)
	}
	for _, digit := range []byte(text) {
		if digit < '0' || digit > '9' {
			return Uint128{}, errorsmod.Wrapf(ErrAmount, "%.50q: must have digits only", text)
		}
	}
	n, _ := new(big.Int).SetString(text, 10)
	return Uint128FromBig(n)
}

// String returns u in decimal.
func (u Uint128) String() string { return u.Big().String() }

// Marshal implements the gogoproto custom type: the decimal text.
func (u Uint128) Marshal() ([]byte, error) { return []byte(u.String()), nil }

// MarshalTo implements the gogoproto custom type.
func (u *Uint128) MarshalTo(data []byte) (int, error) { return copy(data, u.String()), nil }

// Size implements the gogoproto custom type.
func (u *Uint128) Size() int { return len(u.String()) }

// Unmarshal implements the gogoproto custom type. Nothing on the wire is zero, as
// for every protobuf field.
func (u *Uint128) Unmarshal(data []byte) error {
	if len(data) == 0 {
		*u = Uint128{}
		return nil
	}
	n, err := ParseUint128(string(data))
	if err != nil {
		return err
	}
	*u = n
	return nil
}

// MarshalJSON writes a decimal string: JSON numbers are floats in most readers.
func (u Uint128) MarshalJSON() ([]byte, error) { return json.Marshal(u.String()) }

// UnmarshalJSON reads a decimal string.
func (u *Uint128) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(bytes.TrimSpace(data), &text); err != nil {
		return errorsmod.Wrapf(ErrAmount, "%.50s: must be a string of digits: %v", data, err)
	}
	return u.Unmarshal([]byte(text))
}
