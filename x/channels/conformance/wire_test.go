package conformance_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
)

const (
	tagWidth  = 16
	hashWidth = 32
	accWidth  = 33 // length 1 | address, padded with zeros at the end to 32
)

// hash is H: SHA-256 of the concatenation.
func hash(parts ...[]byte) []byte {
	sum := sha256.Sum256(slices.Concat(parts...))
	return sum[:]
}

// tag is ASCII, padded with zero bytes at the end to 16.
func tag(name string) []byte { return padded([]byte(name), tagWidth) }

func padded(b []byte, width int) []byte {
	if len(b) > width {
		panic(fmt.Sprintf("%x is longer than %d", b, width))
	}
	return append(slices.Clone(b), make([]byte, width-len(b))...)
}

func isZero(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) }

func u16(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// form says how one field of a kind is written in bytes and as text.
type form int

const (
	number  form = iota // unsigned, big endian, as wide as the field
	party               // a number that is 0 or 1
	digest              // bytes as they are
	account             // that must be there
	noneOrAccount
	key // that must be there
	noneOrKey
)

// field is one field of a layout. The name of one value of a pair ends in .0 or .1.
type field struct {
	name  string
	width int
	form  form
}

func (f field) encode(text string) ([]byte, error) {
	switch f.form {
	case number, party:
		v, err := parseNumber(text)
		if err != nil {
			return nil, err
		}
		if v.BitLen() > 8*f.width {
			return nil, fmt.Errorf("%s has more than %d bytes", text, f.width)
		}
		return v.FillBytes(make([]byte, f.width)), nil
	case account, noneOrAccount:
		address, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		if len(address) > accWidth-1 {
			return nil, ruleAccount.broken("%d bytes", len(address))
		}
		return padded(append([]byte{byte(len(address))}, address...), accWidth), nil
	case key, noneOrKey:
		if text == "" {
			return make([]byte, keyWidth), nil
		}
		k, err := parseKeyText(text)
		return k.wire(), err
	default:
		b, err := hex.DecodeString(text)
		if err == nil && len(b) != f.width {
			err = fmt.Errorf("%d bytes, not %d", len(b), f.width)
		}
		return b, err
	}
}

// decode returns the text of a field, or which rule it breaks in itself.
func (f field) decode(b []byte) (string, error) {
	switch f.form {
	case party:
		if b[0] > 1 {
			return "", ruleParty.broken("%d", b[0])
		}
		fallthrough
	case number:
		return new(big.Int).SetBytes(b).String(), nil
	case account, noneOrAccount:
		n := int(b[0])
		switch {
		case n > accWidth-1:
			return "", ruleAccount.broken("%d bytes", n)
		case !isZero(b[1+n:]):
			return "", rulePadding.broken("%x after an account of %d bytes", b[1+n:], n)
		case n == 0 && f.form == account:
			return "", ruleEmpty.broken("account")
		}
		return hex.EncodeToString(b[1 : 1+n]), nil
	case key, noneOrKey:
		if f.form == noneOrKey && isZero(b) {
			return "", nil
		}
		k, err := parseKey(b)
		return k.String(), err
	default:
		return hex.EncodeToString(b), nil
	}
}

// record holds the fields of parsed bytes by name.
type record map[string][]byte

func (r record) number(name string) *big.Int { return new(big.Int).SetBytes(r.get(name)) }

func (r record) zero(name string) bool { return isZero(r.get(name)) }

func (r record) get(name string) []byte {
	b, ok := r[name]
	if !ok {
		panic("no field " + name)
	}
	return b
}

// build concatenates the fields of a layout, given as text. It takes neither more nor fewer
// than the layout has.
func build(layout []field, texts map[string]string) ([]byte, error) {
	var out []byte
	for _, f := range layout {
		text, ok := texts[f.name]
		if !ok {
			return nil, fmt.Errorf("field %s is missing", f.name)
		}
		b, err := f.encode(text)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.name, err)
		}
		out = append(out, b...)
	}
	if len(texts) != len(layout) {
		return nil, fmt.Errorf("%d fields, the layout has %d", len(texts), len(layout))
	}
	return out, nil
}

// parse splits b by a layout.
func parse(layout []field, b []byte) (record, map[string]string, error) {
	if len(b) != width(layout) {
		return nil, nil, ruleLength.broken("%d bytes, not %d", len(b), width(layout))
	}
	rec, texts := record{}, map[string]string{}
	for _, f := range layout {
		text, err := f.decode(b[:f.width])
		if err != nil {
			return nil, nil, fmt.Errorf("field %s: %w", f.name, err)
		}
		rec[f.name], texts[f.name], b = b[:f.width], text, b[f.width:]
	}
	return rec, texts, nil
}

func width(layout []field) (total int) {
	for _, f := range layout {
		total += f.width
	}
	return total
}

// parseNumber reads an unsigned decimal number without sign, separators or leading zeros.
func parseNumber(text string) (*big.Int, error) {
	v, ok := new(big.Int).SetString(text, 10)
	if !ok || v.Sign() < 0 || v.String() != text {
		return nil, fmt.Errorf("%q is no plain decimal number", text)
	}
	return v, nil
}

// integer is for constants.
func integer(text string) *big.Int {
	v, err := parseNumber(text)
	if err != nil {
		panic(err)
	}
	return v
}

// fits says whether v is an amount: 0 to 2^128 - 1.
func fits(v *big.Int) bool { return v.Sign() >= 0 && v.BitLen() <= 128 }
