package conformance_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

const (
	keyWidth  = 34 // type 1 | key, padded with zeros at the end to 33
	typeEd    = 1
	typeSecp  = 2
	sigWidth  = 64 // R | S
	edPrefix  = "ed25519:"
	secPrefix = "secp256k1:"
)

// publicKey is a channel key: its type and its bytes without padding.
type publicKey struct {
	kind  byte
	bytes []byte
}

// parseKeyText reads `ed25519:<64 hex digits>` or `secp256k1:<66 hex digits>`.
func parseKeyText(text string) (publicKey, error) {
	key := publicKey{kind: typeEd}
	digits, ok := strings.CutPrefix(text, edPrefix)
	if !ok {
		key.kind = typeSecp
		if digits, ok = strings.CutPrefix(text, secPrefix); !ok {
			return publicKey{}, ruleKeyType.broken("%q", text)
		}
	}
	var err error
	if key.bytes, err = hex.DecodeString(digits); err != nil {
		return publicKey{}, fmt.Errorf("key %q: %w", text, err)
	}
	return key, key.check()
}

// parseKey reads the 34 bytes of a key that must be there.
func parseKey(b []byte) (publicKey, error) {
	switch {
	case len(b) != keyWidth:
		return publicKey{}, ruleLength.broken("key of %d bytes, not %d", len(b), keyWidth)
	case isZero(b):
		return publicKey{}, ruleEmpty.broken("key")
	case b[0] == typeEd && b[keyWidth-1] != 0:
		return publicKey{}, rulePadding.broken("ed25519 key ends with %02x", b[keyWidth-1])
	case b[0] == typeEd:
		b = b[:keyWidth-1]
	}
	key := publicKey{kind: b[0], bytes: b[1:]}
	return key, key.check()
}

func (k publicKey) wire() []byte { return padded(append([]byte{k.kind}, k.bytes...), keyWidth) }

func (k publicKey) String() string {
	prefix := map[byte]string{typeEd: edPrefix, typeSecp: secPrefix}[k.kind]
	return prefix + hex.EncodeToString(k.bytes)
}

// check refuses what the specification refuses as keys.
func (k publicKey) check() error {
	width := map[byte]int{typeEd: 32, typeSecp: 33}[k.kind]
	switch {
	case width == 0:
		return ruleKeyType.broken("%d", k.kind)
	case len(k.bytes) != width:
		return ruleKeyLength.broken("%d bytes, not %d", len(k.bytes), width)
	case k.kind == typeEd:
		return checkEdwards(k.bytes)
	case k.bytes[0] != 2 && k.bytes[0] != 3:
		return ruleKeyPrefix.broken("%02x", k.bytes[0])
	}
	if _, err := secp256k1.ParsePubKey(k.bytes); err != nil {
		return ruleCurve.broken("%v", err)
	}
	return nil
}

// verify checks a signature by the key over message.
func (k publicKey) verify(message, signature []byte) error {
	if err := k.check(); err != nil {
		return err
	}
	if len(signature) != sigWidth {
		return ruleSigLength.broken("%d bytes", len(signature))
	}
	if k.kind == typeEd {
		s := slices.Clone(signature[32:])
		slices.Reverse(s) // RFC 8032 is little endian
		if new(big.Int).SetBytes(s).Cmp(edOrder) >= 0 {
			return ruleGroupOrder.broken("%x", signature[32:])
		}
		if !ed25519.Verify(k.bytes, message, signature) {
			return ruleVerify
		}
		return nil
	}
	var r, s secp256k1.ModNScalar
	overflow := r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:])
	switch {
	case overflow || r.IsZero() || s.IsZero():
		return ruleVerify.broken("R or S is 0 or not below the group order")
	case s.IsOverHalfOrder():
		return ruleHighS.broken("%x", signature[32:])
	}
	key, err := secp256k1.ParsePubKey(k.bytes)
	if err != nil {
		return ruleCurve.broken("%v", err)
	}
	digest := sha256.Sum256(message)
	if !ecdsa.NewSignature(&r, &s).Verify(digest[:], key) {
		return ruleVerify
	}
	return nil
}

// The curve -x² + y² = 1 + d x² y² over the integers modulo 2^255 - 19, RFC 8032 §5.1. It
// is written out here, slowly and plainly, to find the order of a point.
var (
	edPrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	edOrder = integer("7237005577332262213973186563042994240857116359379907606001950938285454250989")
	edD     = mulEd(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), edPrime))
)

type edPoint struct{ x, y *big.Int }

func mulEd(a, b *big.Int) *big.Int {
	product := new(big.Int).Mul(a, b)
	return product.Mod(product, edPrime)
}

func (p edPoint) double() edPoint {
	xy, xx, yy := mulEd(p.x, p.y), mulEd(p.x, p.x), mulEd(p.y, p.y)
	t := mulEd(edD, mulEd(xx, yy))
	inverse := func(v *big.Int) *big.Int { return new(big.Int).ModInverse(v.Mod(v, edPrime), edPrime) }
	one := big.NewInt(1)
	return edPoint{
		x: mulEd(new(big.Int).Lsh(xy, 1), inverse(new(big.Int).Add(one, t))),
		y: mulEd(new(big.Int).Add(yy, xx), inverse(new(big.Int).Sub(one, t))),
	}
}

// checkEdwards refuses encodings that are not canonical, are no point, or are a point whose
// order divides 8. The sign of x is irrelevant to all of it.
func checkEdwards(encoded []byte) error {
	b := slices.Clone(encoded)
	slices.Reverse(b)
	b[0] &= 0x7f
	y := new(big.Int).SetBytes(b)
	if y.Cmp(edPrime) >= 0 {
		return ruleCanonical.broken("%x", encoded)
	}
	one, yy := big.NewInt(1), mulEd(y, y)
	denominator := new(big.Int).Add(mulEd(edD, yy), one)
	xx := mulEd(new(big.Int).Sub(yy, one), denominator.ModInverse(denominator.Mod(denominator, edPrime), edPrime))
	x := new(big.Int).ModSqrt(xx, edPrime)
	if x == nil {
		return ruleCurve.broken("%x", encoded)
	}
	p := edPoint{x, y}.double().double().double()
	if p.x.Sign() == 0 && p.y.Cmp(one) == 0 {
		return ruleSmallOrder.broken("%x", encoded)
	}
	return nil
}
