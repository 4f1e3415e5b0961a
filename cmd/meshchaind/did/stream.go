package didcmd

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// streamFile is what a device without hardware of its own knows of its stream. The seed
// is secret: who has it can forge the data.
type streamFile struct {
	ChainID string `json:"chain_id"`
	DID     string `json:"did"`
	Schema  string `json:"schema"`
	Seed    string `json:"seed"`

	Terms types.SchemaTerms `json:"terms"`
}

// writeStream writes a new file that its owner alone may read.
func writeStream(path string, s streamFile) error {
	bz, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: choose another name, seeds are never overwritten", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(bz, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// openStream reads a file and begins its stream, which hashes all keys once.
func openStream(path string) (*segment.Device, error) {
	bz, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s streamFile
	if err := json.Unmarshal(bz, &s); err != nil {
		return nil, fmt.Errorf("%s is no stream: %w", path, err)
	}
	id, err := types.ParseSchemaID(s.Schema)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	seed, err := hex.DecodeString(s.Seed)
	if err != nil {
		return nil, fmt.Errorf("%s: seed: must be hexadecimal digits", path)
	}
	stream, err := s.Terms.Stream()
	if err != nil {
		return nil, fmt.Errorf("%s: terms: %w", path, err)
	}
	device, err := segment.NewDevice(stream, id, seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return device, nil
}
