package deploy

import (
	"bytes"
	"fmt"
	"io"

	"github.com/cosmos/cosmos-sdk/crypto/keyring"

	"github.com/meshchain/meshchain/client"
)

// Passphrase opens keyrings of backend file; all of one home have the same. It is an endless reader of
// itself, as every keyring asks for it, twice when it is new.
type Passphrase []byte

// Read implements io.Reader: one line a call, since whoever asks reads ahead.
func (p Passphrase) Read(into []byte) (int, error) {
	if len(p) == 0 {
		return 0, io.EOF
	}
	line := append(bytes.Clone(p), '\n')
	if len(into) < len(line) {
		return 0, io.ErrShortBuffer
	}
	return copy(into, line), nil
}

// minPassphrase is what the SDK's keyring asks for.
const minPassphrase = 8

// Require fails if a keyring of that backend could not be opened.
func (p Passphrase) Require(backend string) error {
	if backend == keyring.BackendFile && len(p) < minPassphrase {
		return fmt.Errorf("passphrase of the keyring: has %d characters, must have at least %d", len(p), minPassphrase)
	}
	return nil
}

// open opens the keyring that holds a key.
func (k Key) open(secret Passphrase) (keyring.Keyring, error) {
	keys, err := client.OpenKeyring(k.Backend, k.Dir, secret)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", k.Name, err)
	}
	return keys, nil
}

// ensure makes the key unless it exists and returns its address.
func (k Key) ensure(secret Passphrase) (string, error) {
	keys, err := k.open(secret)
	if err != nil {
		return "", err
	}
	if _, err := client.EnsureKey(keys, k.Name); err != nil {
		return "", err
	}
	return addressIn(keys, k.Name)
}

// existing returns the address of a key that must be there.
func (k Key) existing(secret Passphrase) (string, error) {
	keys, err := k.open(secret)
	if err != nil {
		return "", err
	}
	if _, err := keys.Key(k.Name); err != nil {
		return "", fmt.Errorf("key %q is not in the %s keyring in %s: %w; `meshchaind keys list --keyring-backend %s --keyring-dir %s` shows those there are",
			k.Name, k.Backend, k.Dir, err, k.Backend, k.Dir)
	}
	return addressIn(keys, k.Name)
}

func addressIn(keys keyring.Keyring, name string) (string, error) {
	record, err := keys.Key(name)
	if err != nil {
		return "", fmt.Errorf("key %q: %w", name, err)
	}
	raw, err := record.GetAddress()
	if err != nil {
		return "", fmt.Errorf("key %q: %w", name, err)
	}
	return formatAddress(raw)
}
