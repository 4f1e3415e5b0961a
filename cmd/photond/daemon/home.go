package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/libp2p/go-libp2p/core/crypto"

	"github.com/meshchain/meshchain/x/channels/client/keyfile"
)

// ConfigFile of a home.
func ConfigFile(home string) string { return filepath.Join(home, "config", "photond.toml") }

// TokenFile has the token of the interface.
func TokenFile(home string) string { return filepath.Join(home, "token") }

// AddressFile has the addresses that a running node listens on.
func AddressFile(home string) string { return filepath.Join(home, "api.json") }

func nodeKeyFile(home string) string    { return filepath.Join(home, "config", "node_key") }
func channelKeyFile(home string) string { return filepath.Join(home, "config", "channel_key.json") }
func restoredFile(home string) string   { return filepath.Join(home, "restored") }
func watermarkFile(home string) string  { return filepath.Join(home, "watermark") }
func dataDir(home string) string        { return filepath.Join(home, "data") }
func checkpointFile(home, chainID string) string {
	return filepath.Join(dataDir(home), "checkpoint-"+chainID+".json")
}

// MakeHome makes the directories of a home; others cannot read them.
func MakeHome(home string) error {
	for _, dir := range []string{home, filepath.Join(home, "config"), dataDir(home)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return nil
}

// EnsureChannelKey returns the channel key of a home and draws one if there is none.
func EnsureChannelKey(home, kind string) (keyfile.Key, error) {
	key, err := keyfile.Read(channelKeyFile(home))
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = keyfile.Draw(kind); err != nil {
		return key, err
	}
	return key, key.Write(channelKeyFile(home))
}

// EnsureNodeKey returns the key of the node's identity and draws one if there is none.
func EnsureNodeKey(home string) (crypto.PrivKey, error) {
	path := nodeKeyFile(home)
	bz, err := os.ReadFile(path)
	if err == nil {
		key, err := crypto.UnmarshalPrivateKey(bz)
		if err != nil {
			return nil, fmt.Errorf("%s is no node key: %w", path, err)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key, _, err := crypto.GenerateEd25519Key(nil)
	if err != nil {
		return nil, err
	}
	if bz, err = crypto.MarshalPrivateKey(key); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(bz)
	return key, errors.Join(err, f.Sync(), f.Close())
}

// Addresses of a running node's interface.
type Addresses struct {
	GRPC string `json:"grpc"`
	REST string `json:"rest"`
	PID  int    `json:"pid"`
}

func (a Addresses) write(home string) error {
	bz, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return os.WriteFile(AddressFile(home), append(bz, '\n'), 0o600)
}

// ReadAddresses tells where the node of a home listens.
func ReadAddresses(home string) (a Addresses, err error) {
	bz, err := os.ReadFile(AddressFile(home))
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(bz, &a); err != nil {
		return a, fmt.Errorf("%s: %w", AddressFile(home), err)
	}
	return a, nil
}
