package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// checkpoint is a verified header and the validators that sign the next one.
type checkpoint struct {
	header *cmttypes.SignedHeader
	next   *cmttypes.ValidatorSet
}

// checkpointFile is a checkpoint in JSON. Height and hash are for people; they are not read.
type checkpointFile struct {
	Height     int64  `json:"height"`
	Hash       string `json:"hash"`
	Header     []byte `json:"header"`
	Validators []byte `json:"next_validators"`
}

// save replaces the file as a whole, durably.
func (c *checkpoint) save(path string) error {
	header, err := c.header.ToProto().Marshal()
	if err != nil {
		return err
	}
	set, err := c.next.ToProto()
	if err != nil {
		return err
	}
	validators, err := set.Marshal()
	if err != nil {
		return err
	}
	bz, err := json.Marshal(checkpointFile{c.header.Height, c.header.Hash().String(), header, validators})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(bz)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("checkpoint: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// loadCheckpoint returns nil if there is no file yet.
func loadCheckpoint(path, chainID string) (*checkpoint, error) {
	bz, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var file checkpointFile
	if err := json.Unmarshal(bz, &file); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	var header cmtproto.SignedHeader
	var validators cmtproto.ValidatorSet
	if err := errors.Join(header.Unmarshal(file.Header), validators.Unmarshal(file.Validators)); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	c := &checkpoint{}
	if c.header, err = cmttypes.SignedHeaderFromProto(&header); err == nil {
		err = c.header.ValidateBasic(chainID)
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: header: %w", path, err)
	}
	if c.next, err = cmttypes.ValidatorSetFromProto(&validators); err != nil {
		return nil, fmt.Errorf("checkpoint %s: validators: %w", path, err)
	}
	if string(c.next.Hash()) != string(c.header.NextValidatorsHash) {
		return nil, fmt.Errorf("checkpoint %s: the validators are not those of the header", path)
	}
	return c, nil
}
