package types

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"strings"

	"filippo.io/edwards25519"
	dcrec "github.com/decred/dcrd/dcrec/secp256k1/v4"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
)

const (
	// SignatureLength of both key types: R | S.
	SignatureLength = 64
	// KeyLength of a key in signed bytes: type 1 | 33 bytes, padded with zeros at the end.
	KeyLength = 34
)

// Ed25519Key returns the channel key of an ed25519 public key.
func Ed25519Key(public ed25519.PublicKey) ChannelKey {
	return ChannelKey{Type: KEY_TYPE_ED25519, Key: bytes.Clone(public)}
}

// Secp256k1Key returns the channel key of a compressed secp256k1 public key.
func Secp256k1Key(compressed []byte) ChannelKey {
	return ChannelKey{Type: KEY_TYPE_SECP256K1, Key: bytes.Clone(compressed)}
}

// Validate refuses keys of the wrong type or length, points that are not on the
// curve, and, for ed25519, points of small order and encodings that are not
// canonical: under such keys one signature may hold for several messages, or two
// implementations may disagree whether it holds.
func (k ChannelKey) Validate() error {
	switch k.Type {
	case KEY_TYPE_ED25519:
		return validateEd25519(k.Key)
	case KEY_TYPE_SECP256K1:
		if len(k.Key) != secp256k1.PubKeySize {
			return errorsmod.Wrapf(ErrKey, "secp256k1 key has %d bytes: must have %d (compressed)", len(k.Key), secp256k1.PubKeySize)
		}
		if _, err := dcrec.ParsePubKey(k.Key); err != nil {
			return errorsmod.Wrapf(ErrKey, "secp256k1 key %x: %v", k.Key, err)
		}
		return nil
	default:
		return errorsmod.Wrapf(ErrKey, "type %s: must be %s or %s", k.Type, KEY_TYPE_ED25519, KEY_TYPE_SECP256K1)
	}
}

func validateEd25519(key []byte) error {
	if len(key) != ed25519.PublicKeySize {
		return errorsmod.Wrapf(ErrKey, "ed25519 key has %d bytes: must have %d", len(key), ed25519.PublicKeySize)
	}
	point, err := new(edwards25519.Point).SetBytes(key)
	if err != nil {
		return errorsmod.Wrapf(ErrKey, "ed25519 key %x: %v", key, err)
	}
	if !bytes.Equal(point.Bytes(), key) {
		return errorsmod.Wrapf(ErrKey, "ed25519 key %x: must be canonical, %x", key, point.Bytes())
	}
	if new(edwards25519.Point).MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return errorsmod.Wrapf(ErrKey, "ed25519 key %x: has small order", key)
	}
	return nil
}

// Verify checks a signature over message: ed25519 (RFC 8032, without cofactor, S
// below the group order) over the raw bytes; secp256k1 ECDSA, R | S with S in the
// lower half, over their SHA-256. The key must have passed Validate.
func (k ChannelKey) Verify(message, signature []byte) bool {
	if len(signature) != SignatureLength {
		return false
	}
	switch k.Type {
	case KEY_TYPE_ED25519:
		return len(k.Key) == ed25519.PublicKeySize && ed25519.Verify(k.Key, message, signature)
	case KEY_TYPE_SECP256K1:
		return len(k.Key) == secp256k1.PubKeySize && (&secp256k1.PubKey{Key: k.Key}).VerifySignature(message, signature)
	default:
		return false
	}
}

// CheckSignature returns ErrSignature with the name of what was signed unless the
// signature verifies.
func (k ChannelKey) CheckSignature(what string, message, signature []byte) error {
	if len(signature) != SignatureLength {
		return errorsmod.Wrapf(ErrSignature, "%s: has %d bytes, must have %d", what, len(signature), SignatureLength)
	}
	if !k.Verify(message, signature) {
		return errorsmod.Wrapf(ErrSignature, "%s: not by %s over %d bytes %x...", what, k.Text(), len(message), message[:min(len(message), TagLength)])
	}
	return nil
}

// AppendTo appends the 34 bytes that stand for the key in signed bytes.
func (k ChannelKey) AppendTo(b []byte) []byte {
	var padded [KeyLength]byte
	padded[0] = byte(k.Type) //nolint:gosec // validated: 0 to 2
	copy(padded[1:], k.Key)
	return append(b, padded[:]...)
}

// ChannelKeyFromBytes reads the 34 bytes at the start of b. All zero is no key.
func ChannelKeyFromBytes(b []byte) (ChannelKey, error) {
	k := ChannelKey{Type: KeyType(b[0])}
	switch k.Type {
	case KEY_TYPE_UNSPECIFIED:
	case KEY_TYPE_ED25519:
		k.Key = bytes.Clone(b[1 : 1+ed25519.PublicKeySize])
	case KEY_TYPE_SECP256K1:
		k.Key = bytes.Clone(b[1:KeyLength])
	default:
		return k, errorsmod.Wrapf(ErrKey, "type %d: must be 0 to 2", b[0])
	}
	if !bytes.Equal(k.AppendTo(nil), b[:KeyLength]) {
		return k, errorsmod.Wrapf(ErrKey, "%x: padding must be zero", b[:KeyLength])
	}
	if k.Type == KEY_TYPE_UNSPECIFIED {
		return k, nil
	}
	return k, k.Validate()
}

// Same tells whether both are the same key.
func (k ChannelKey) Same(other ChannelKey) bool {
	return k.Type == other.Type && bytes.Equal(k.Key, other.Key)
}

// Text returns the key as "ed25519:<hex>" or "secp256k1:<hex>".
func (k ChannelKey) Text() string {
	name := strings.ToLower(strings.TrimPrefix(k.Type.String(), "KEY_TYPE_"))
	return fmt.Sprintf("%s:%x", name, k.Key)
}

// ParseChannelKey reads what Text writes, and checks the key.
func ParseChannelKey(text string) (ChannelKey, error) {
	name, digits, found := strings.Cut(text, ":")
	number, known := KeyType_value["KEY_TYPE_"+strings.ToUpper(name)]
	if !found || !known {
		return ChannelKey{}, errorsmod.Wrapf(ErrKey, "%.80q: must be ed25519:<64 hexadecimal digits> or secp256k1:<66 hexadecimal digits>", text)
	}
	key, err := hex.DecodeString(digits)
	if err != nil {
		return ChannelKey{}, errorsmod.Wrapf(ErrKey, "%.80q: %v", text, err)
	}
	k := ChannelKey{Type: KeyType(number), Key: key}
	return k, k.Validate()
}
