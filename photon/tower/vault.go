package tower

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/meshchain/meshchain/x/channels/types"
)

const vaultSuffix = ".state"

// vault keeps one record per side of a channel, in a file of its own, encrypted: whoever gets at the disk does
// not learn who pays whom.
type vault struct {
	dir  string
	seal cipher.AEAD
}

// openVault opens a directory, made if need be. secret is the node's private key.
func openVault(dir string, secret []byte) (*vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "mesh/tower/vault/v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	return &vault{dir: dir, seal: seal}, err
}

// name of a channel's file: it tells nothing either. The epoch is not in it, a new one takes the place
// of the old.
func (v *vault) name(p types.Place, side uint8) string {
	h := sha256.Sum256(append(appendPlace([]byte("mesh/tower/name/v1"), types.Place{Domain: p.Domain, Channel: p.Channel}), side))
	return filepath.Join(v.dir, hex.EncodeToString(h[:16])+vaultSuffix)
}

// put replaces a record durably.
func (v *vault) put(p types.Place, side uint8, record []byte) error {
	nonce := make([]byte, v.seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	name := v.name(p, side)
	f, err := os.CreateTemp(v.dir, filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(v.seal.Seal(nonce, nonce, record, []byte(filepath.Base(name))))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(v.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// remove forgets a record; none is no error.
func (v *vault) remove(p types.Place, side uint8) error {
	if err := os.Remove(v.name(p, side)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// each calls do for every record. One that does not decrypt is an error: it was changed, or the key is
// another one.
func (v *vault) each(do func(record []byte) error) error {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(v.dir, e.Name())
		if !strings.HasSuffix(e.Name(), vaultSuffix) {
			_ = os.Remove(path) // of a write that was cut off
			continue
		}
		bz, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n := v.seal.NonceSize()
		if len(bz) < n {
			return fmt.Errorf("%s: %d bytes: must have more than %d", path, len(bz), n)
		}
		record, err := v.seal.Open(nil, bz[:n], bz[n:], []byte(e.Name()))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := do(record); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
