// Package keyfile reads and writes channel keys. They are not encrypted: a channel key is
// a hot key that can be rotated, and cannot move an account's coins.
package keyfile

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Kinds of keys, as flags name them.
const (
	Ed25519   = "ed25519"
	Secp256k1 = "secp256k1"
)

// file is the JSON of a key file.
type file struct {
	Public string `json:"public"`
	// Private is the seed of an ed25519 key or the scalar of a secp256k1 key, 32 bytes.
	Private string `json:"private"`
}

// Key signs in channels.
type Key struct {
	public  types.ChannelKey
	private []byte
	sign    func(message []byte) ([]byte, error)
}

// Public half of the key.
func (k Key) Public() types.ChannelKey { return k.public }

// Private half: the 32 bytes of an ed25519 seed or of a secp256k1 scalar.
func (k Key) Private() []byte { return k.private }

// Sign signs the message as package types verifies it.
func (k Key) Sign(message []byte) ([]byte, error) { return k.sign(message) }

// Draw makes a key of the given kind from fresh entropy.
func Draw(kind string) (Key, error) {
	switch kind {
	case Ed25519:
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return Key{}, err
		}
		return newKey(types.Ed25519Key(public), private.Seed())
	case Secp256k1:
		private := secp256k1.GenPrivKey()
		return newKey(types.Secp256k1Key(private.PubKey().Bytes()), private.Bytes())
	default:
		return Key{}, fmt.Errorf("key type %q: must be %s or %s", kind, Ed25519, Secp256k1)
	}
}

// newKey checks that the halves belong together.
func newKey(public types.ChannelKey, private []byte) (Key, error) {
	if len(private) != ed25519.SeedSize {
		return Key{}, fmt.Errorf("private has %d bytes: must have %d", len(private), ed25519.SeedSize)
	}
	key := Key{public: public, private: private}
	var derived types.ChannelKey
	if public.Type == types.KEY_TYPE_ED25519 {
		full := ed25519.NewKeyFromSeed(private)
		derived = types.Ed25519Key(full.Public().(ed25519.PublicKey))
		key.sign = func(m []byte) ([]byte, error) { return ed25519.Sign(full, m), nil }
	} else {
		full := &secp256k1.PrivKey{Key: private}
		derived = types.Secp256k1Key(full.PubKey().Bytes())
		key.sign = full.Sign
	}
	if !derived.Same(public) {
		return Key{}, errors.New("public is not the public half of private")
	}
	return key, nil
}

// Write writes the key to a new file that its owner alone may read. An existing file is
// never overwritten.
func (k Key) Write(path string) error {
	bz, err := json.MarshalIndent(file{k.public.Text(), hex.EncodeToString(k.private)}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: choose another name, keys are never overwritten", path)
	} else if err != nil {
		return err
	}
	_, err = f.Write(append(bz, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Read reads a key file and checks that its halves belong together.
func Read(path string) (Key, error) {
	bz, err := os.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	var f file
	if err := json.Unmarshal(bz, &f); err != nil {
		return Key{}, fmt.Errorf("%s is no channel key: %w", path, err)
	}
	public, err := types.ParseChannelKey(f.Public)
	if err != nil {
		return Key{}, fmt.Errorf("%s: public: %w", path, err)
	}
	private, err := hex.DecodeString(f.Private)
	if err != nil || len(private) != ed25519.SeedSize {
		return Key{}, fmt.Errorf("%s: private: must be 64 hexadecimal digits", path)
	}
	key, err := newKey(public, private)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}
