// Package keyfile reads and writes the private keys of DIDs. They are not encrypted: a
// device without a secure element has nobody who could type a passphrase. A key can be
// rotated, and cannot move an account's coins.
package keyfile

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"

	"github.com/meshchain/meshchain/x/did/types"
)

// Kinds of keys, as flags name them.
const (
	Ed25519   = "ed25519"
	Secp256k1 = "secp256k1"
	P256      = "p256"
)

// secretLength of every kind: the seed of an Ed25519 key, or a scalar.
const secretLength = 32

// file is the JSON of a key file.
type file struct {
	Kind string `json:"kind"`
	// Public is the key in multibase, as in a Multikey.
	Public string `json:"public"`
	// Private is the seed or scalar in hexadecimal digits.
	Private string `json:"private"`
}

// Key signs operations of a DID.
type Key struct {
	kind    string
	public  types.PublicKey
	private []byte
	sign    func(message []byte) ([]byte, error)
}

// Public half of the key.
func (k Key) Public() types.PublicKey { return k.public }

// Sign signs the message as types.PublicKey verifies it.
func (k Key) Sign(message []byte) ([]byte, error) { return k.sign(message) }

// Draw makes a key of the given kind from fresh entropy.
func Draw(kind string) (Key, error) {
	for {
		private := make([]byte, secretLength)
		if _, err := rand.Read(private); err != nil {
			return Key{}, err
		}
		if key, err := New(kind, private); !errors.Is(err, errScalar) {
			return key, err
		}
	}
}

// FromHardwareID derives a key from the serial number of a device, which is no secret:
// for tests and simulations only.
func FromHardwareID(kind, id string) (Key, error) {
	private, err := hkdf.Key(sha256.New, []byte(id), nil, "mesh/did/hardware-id/v1/"+kind, secretLength)
	if err != nil {
		return Key{}, err
	}
	return New(kind, private)
}

// errScalar says that 32 bytes are no scalar of a curve, which one in 2^32 is not.
var errScalar = errors.New("private key: must be 1 to the group order less 1")

// New makes a key from its 32 secret bytes.
func New(kind string, private []byte) (Key, error) {
	if len(private) != secretLength {
		return Key{}, fmt.Errorf("private key has %d bytes: must have %d", len(private), secretLength)
	}
	key := Key{kind: kind, private: private}
	switch kind {
	case Ed25519:
		full := ed25519.NewKeyFromSeed(private)
		key.public = types.Ed25519Key(full.Public().(ed25519.PublicKey))
		key.sign = func(m []byte) ([]byte, error) { return ed25519.Sign(full, m), nil }
	case Secp256k1:
		if err := checkScalar(private, secp256k1Order); err != nil {
			return Key{}, err
		}
		full := &secp256k1.PrivKey{Key: private}
		key.public = types.Secp256k1Key(full.PubKey().Bytes())
		key.sign = full.Sign
	case P256:
		if err := checkScalar(private, elliptic.P256().Params().N); err != nil {
			return Key{}, err
		}
		full, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), private)
		if err != nil {
			return Key{}, err
		}
		key.public = types.P256Key(&full.PublicKey)
		key.sign = func(m []byte) ([]byte, error) { return signP256(full, m) }
	default:
		return Key{}, fmt.Errorf("key type %q: must be %s, %s or %s", kind, Ed25519, Secp256k1, P256)
	}
	return key, nil
}

// secp256k1Order is n of SEC 2, section 2.4.1.
var secp256k1Order, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)

func checkScalar(private []byte, order *big.Int) error {
	if scalar := new(big.Int).SetBytes(private); scalar.Sign() == 0 || scalar.Cmp(order) >= 0 {
		return errScalar
	}
	return nil
}

func signP256(key *ecdsa.PrivateKey, message []byte) ([]byte, error) {
	hash := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, key, hash[:])
	if err != nil {
		return nil, err
	}
	signature := make([]byte, types.SignatureLength)
	r.FillBytes(signature[:types.SignatureLength/2])
	s.FillBytes(signature[types.SignatureLength/2:])
	return signature, nil
}

// Write writes a new key file, which only its owner can read. It refuses to replace one.
func (k Key) Write(path string) error {
	text, err := json.MarshalIndent(file{k.kind, k.public.Multibase(), hex.EncodeToString(k.private)}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("key file %s exists: choose another name", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Read reads a key file, and refuses one that others can read.
func Read(path string) (Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, err
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return Key{}, fmt.Errorf("key file %s has mode %04o: must be 0600, so that nobody else reads it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return Key{}, fmt.Errorf("key file %s: %w", path, err)
	}
	private, err := hex.DecodeString(f.Private)
	if err != nil {
		return Key{}, fmt.Errorf("key file %s: private must be %d hexadecimal digits", path, 2*secretLength)
	}
	key, err := New(f.Kind, private)
	if err != nil {
		return Key{}, fmt.Errorf("key file %s: %w", path, err)
	}
	if public := key.public.Multibase(); f.Public != public {
		return Key{}, fmt.Errorf("key file %s: public is %s, and private belongs to %s", path, f.Public, public)
	}
	return key, nil
}
