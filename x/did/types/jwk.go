package types

import (
	"crypto/elliptic"
	"encoding/base64"
	"math/big"

	dcrec "github.com/decred/dcrd/dcrec/secp256k1/v4"

	errorsmod "cosmossdk.io/errors"
)

// JWK is a public key as a JSON Web Key (RFC 7517; RFC 8037 for Ed25519, RFC 8812 for
// secp256k1).
type JWK struct {
	KeyType string `json:"kty"`
	Curve   string `json:"crv"`
	X       string `json:"x"`
	Y       string `json:"y,omitempty"`
	// Private is refused: it would be published.
	Private string `json:"d,omitempty"`
}

// Names of key types and curves in JWK.
const (
	jwkOKP, jwkEC                     = "OKP", "EC"
	jwkEd25519, jwkP256, jwkSecp256k1 = "Ed25519", "P-256", "secp256k1"
	coordinateLength                  = 32
)

// JWK returns the key as a JSON Web Key. It must have passed Validate.
func (k PublicKey) JWK() *JWK {
	encode := base64.RawURLEncoding.EncodeToString
	switch k.Type {
	case KEY_TYPE_ED25519:
		return &JWK{KeyType: jwkOKP, Curve: jwkEd25519, X: encode(k.Key)}
	case KEY_TYPE_SECP256K1:
		if point, err := dcrec.ParsePubKey(k.Key); err == nil {
			full := point.SerializeUncompressed()
			return &JWK{KeyType: jwkEC, Curve: jwkSecp256k1, X: encode(full[1:33]), Y: encode(full[33:])}
		}
	case KEY_TYPE_P256:
		if x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k.Key); x != nil {
			var a, b [coordinateLength]byte
			return &JWK{KeyType: jwkEC, Curve: jwkP256, X: encode(x.FillBytes(a[:])), Y: encode(y.FillBytes(b[:]))}
		}
	}
	return nil
}

// PublicKey reads a JSON Web Key and checks it: coordinates of full length, without
// padding, on the curve.
func (j *JWK) PublicKey() (PublicKey, error) {
	var k PublicKey
	if j.Private != "" {
		return k, errorsmod.Wrap(ErrKey, "publicKeyJwk.d: is the private key, keep it secret; use another key from now on")
	}
	x, err := coordinate("x", j.X)
	if err != nil {
		return k, err
	}
	if j.KeyType == jwkOKP && j.Curve == jwkEd25519 && j.Y == "" {
		k = PublicKey{Type: KEY_TYPE_ED25519, Key: x}
		return k, k.Validate()
	}
	if j.KeyType != jwkEC || j.Curve != jwkP256 && j.Curve != jwkSecp256k1 {
		return k, errorsmod.Wrapf(ErrKeyType, "publicKeyJwk kty %.20q, crv %.20q: must be OKP Ed25519 (without y), EC P-256 or EC secp256k1", j.KeyType, j.Curve)
	}
	y, err := coordinate("y", j.Y)
	if err != nil {
		return k, err
	}
	k = PublicKey{Type: KEY_TYPE_P256, Key: append([]byte{2 + y[coordinateLength-1]&1}, x...)}
	if j.Curve == jwkSecp256k1 {
		k.Type = KEY_TYPE_SECP256K1
	}
	if err := k.Validate(); err != nil {
		return k, err
	}
	if right := k.JWK(); right.Y != j.Y || new(big.Int).SetBytes(y).Sign() == 0 {
		return k, errorsmod.Wrapf(ErrKey, "publicKeyJwk x %s, y %s: is no point of %s", j.X, j.Y, j.Curve)
	}
	return k, nil
}

// coordinate reads 32 bytes in base64url without padding, in the one way to write them.
func coordinate(name, text string) ([]byte, error) {
	bz, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(bz) != coordinateLength {
		return nil, errorsmod.Wrapf(ErrKey, "publicKeyJwk.%s %.60q: must be %d bytes in base64url without padding", name, text, coordinateLength)
	}
	return bz, nil
}
