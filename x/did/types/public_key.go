package types

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"

	"filippo.io/edwards25519"
	dcrec "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/multiformats/go-multibase"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
)

const (
	// SignatureLength of every key type, in bytes.
	SignatureLength = 64
	// CompressedLength of a point on secp256k1 or P-256, in bytes.
	CompressedLength = 33
	// uncompressedLength of such a point.
	uncompressedLength = 65
	// maxMultibaseKey bounds a key in multibase: 35 bytes in base58 are 48 characters.
	maxMultibaseKey = 64
)

// multicodec prefixes of public keys, as unsigned varints
// (https://github.com/multiformats/multicodec/blob/master/table.csv).
var multicodecs = []struct {
	keyType KeyType
	prefix  [2]byte
	length  int
}{
	{KEY_TYPE_ED25519, [2]byte{0xed, 0x01}, ed25519.PublicKeySize},
	{KEY_TYPE_SECP256K1, [2]byte{0xe7, 0x01}, CompressedLength},
	{KEY_TYPE_P256, [2]byte{0x80, 0x24}, CompressedLength},
}

// Ed25519Key returns an Ed25519 key for a document.
func Ed25519Key(public ed25519.PublicKey) PublicKey {
	return PublicKey{Type: KEY_TYPE_ED25519, Key: bytes.Clone(public)}
}

// Secp256k1Key returns a compressed secp256k1 key for a document.
func Secp256k1Key(compressed []byte) PublicKey {
	return PublicKey{Type: KEY_TYPE_SECP256K1, Key: bytes.Clone(compressed)}
}

// P256Key returns a P-256 key for a document.
func P256Key(public *ecdsa.PublicKey) PublicKey {
	full, err := public.Bytes() // 4 | x | y
	if err != nil || len(full) != uncompressedLength {
		return PublicKey{Type: KEY_TYPE_P256} // Validate refuses it
	}
	return PublicKey{Type: KEY_TYPE_P256, Key: append([]byte{2 + full[uncompressedLength-1]&1}, full[1:CompressedLength]...)}
}

// Validate refuses keys of an unknown type or of the wrong length, points that are not
// on the curve, and, for Ed25519, points of small order and encodings that are not
// canonical: under such keys one signature may hold for several messages, or two
// implementations may disagree whether it holds.
func (k PublicKey) Validate() error {
	for _, codec := range multicodecs {
		if codec.keyType != k.Type {
			continue
		}
		if len(k.Key) != codec.length {
			return errorsmod.Wrapf(ErrKey, "%s key has %d bytes: must have %d", k.Type.Name(), len(k.Key), codec.length)
		}
		return k.validatePoint()
	}
	return errorsmod.Wrapf(ErrKeyType, "%s: must be Ed25519, secp256k1 or P-256", k.Type)
}

func (k PublicKey) validatePoint() error {
	switch k.Type {
	case KEY_TYPE_ED25519:
		point, err := new(edwards25519.Point).SetBytes(k.Key)
		if err != nil {
			return errorsmod.Wrapf(ErrKey, "Ed25519 key %x: is no point of the curve", k.Key)
		}
		if !bytes.Equal(point.Bytes(), k.Key) {
			return errorsmod.Wrapf(ErrKey, "Ed25519 key %x: must be canonical, %x", k.Key, point.Bytes())
		}
		if new(edwards25519.Point).MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
			return errorsmod.Wrapf(ErrKey, "Ed25519 key %x: has small order", k.Key)
		}
	case KEY_TYPE_SECP256K1:
		if _, err := dcrec.ParsePubKey(k.Key); err != nil {
			return errorsmod.Wrapf(ErrKey, "secp256k1 key %x: is no compressed point of the curve", k.Key)
		}
	default:
		if x, _ := elliptic.UnmarshalCompressed(elliptic.P256(), k.Key); x == nil {
			return errorsmod.Wrapf(ErrKey, "P-256 key %x: is no compressed point of the curve", k.Key)
		}
	}
	return nil
}

// Verify checks a signature over message: Ed25519 (RFC 8032, without cofactor, S below
// the group order) over the bytes themselves; ECDSA, R | S, over their SHA-256. For
// secp256k1 S must be in the lower half; for P-256 either is accepted, since secure
// elements make both, and sequences stop replays. The key must have passed Validate.
func (k PublicKey) Verify(message, signature []byte) bool {
	if len(signature) != SignatureLength {
		return false
	}
	switch k.Type {
	case KEY_TYPE_ED25519:
		return len(k.Key) == ed25519.PublicKeySize && ed25519.Verify(k.Key, message, signature)
	case KEY_TYPE_SECP256K1:
		return len(k.Key) == secp256k1.PubKeySize && (&secp256k1.PubKey{Key: k.Key}).VerifySignature(message, signature)
	case KEY_TYPE_P256:
		x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k.Key)
		if x == nil {
			return false
		}
		full := [uncompressedLength]byte{4}
		x.FillBytes(full[1:CompressedLength])
		y.FillBytes(full[CompressedLength:])
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), full[:])
		if err != nil {
			return false
		}
		hash := sha256.Sum256(message)
		return ecdsa.Verify(public, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	default:
		return false
	}
}

// Multicodec returns the key after the prefix of its type. It must have a known type.
func (k PublicKey) Multicodec() []byte {
	for _, codec := range multicodecs {
		if codec.keyType == k.Type {
			return append(codec.prefix[:], k.Key...)
		}
	}
	return nil
}

// Multibase returns the key as publicKeyMultibase of a Multikey (W3C Controlled
// Identifiers, section 2.2.2): z and base58btc of Multicodec.
func (k PublicKey) Multibase() string {
	text, err := multibase.Encode(multibase.Base58BTC, k.Multicodec())
	if err != nil {
		panic(err) // the encoding is a constant that exists
	}
	return text
}

// ParseMultibaseKey reads what Multibase writes, and checks the key.
func ParseMultibaseKey(text string) (PublicKey, error) {
	if len(text) > maxMultibaseKey {
		return PublicKey{}, errorsmod.Wrapf(ErrKey, "%.60q... has %d characters: no key has more than %d", text, len(text), maxMultibaseKey)
	}
	encoding, bz, err := multibase.Decode(text)
	if err != nil || encoding != multibase.Base58BTC || len(bz) < 2 {
		return PublicKey{}, errorsmod.Wrapf(ErrKey, "%q: must be multibase base58btc (z…)", text)
	}
	for _, codec := range multicodecs {
		if bytes.Equal(codec.prefix[:], bz[:2]) {
			k := PublicKey{Type: codec.keyType, Key: bz[2:]}
			if err := k.Validate(); err != nil {
				return PublicKey{}, err
			}
			if k.Multibase() != text {
				return PublicKey{}, errorsmod.Wrapf(ErrKey, "%q: must be written %q", text, k.Multibase())
			}
			return k, nil
		}
	}
	return PublicKey{}, errorsmod.Wrapf(ErrKeyType, "%q: multicodec %x is not that of Ed25519 (ed01), secp256k1 (e701) or P-256 (8024)", text, bz[:2])
}

// Same tells whether both are the same key.
func (k PublicKey) Same(other PublicKey) bool {
	return k.Type == other.Type && bytes.Equal(k.Key, other.Key)
}

// Name of the key type as its standard writes it.
func (t KeyType) Name() string {
	switch t {
	case KEY_TYPE_ED25519:
		return "Ed25519"
	case KEY_TYPE_SECP256K1:
		return "secp256k1"
	case KEY_TYPE_P256:
		return "P-256"
	default:
		return "unknown"
	}
}
