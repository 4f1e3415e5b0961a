package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// zeroChunk is what is not stored.
var zeroChunk = make([]byte, types.ChunkBytes)

// setBit changes one bit of a status list.
func (k Keeper) setBit(ctx context.Context, authority uint32, purpose types.CertificateStatus, serial uint64, on bool) error {
	key := collections.Join3(authority, uint32(purpose), uint32(serial/types.ChunkBits)) //nolint:gosec // serials have 32 bits
	chunk, err := k.chunk(ctx, key)
	if err != nil {
		return err
	}
	types.SetBit(chunk, serial%types.ChunkBits, on)
	if bytes.Equal(chunk, zeroChunk) {
		return k.StatusChunks.Remove(ctx, key)
	}
	return k.StatusChunks.Set(ctx, key, chunk)
}

// chunk returns a copy of a chunk, all zero if it is not stored.
func (k Keeper) chunk(ctx context.Context, key ChunkKey) ([]byte, error) {
	chunk, err := k.StatusChunks.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return make([]byte, types.ChunkBytes), nil
	}
	return bytes.Clone(chunk), err
}

// StatusList returns the bits of a list, uncompressed.
func (k Keeper) StatusList(ctx context.Context, issuer types.DID, purpose types.CertificateStatus, list uint32) ([]byte, error) {
	const last = types.MaxSerial / types.ListBits
	if list > last {
		return nil, errorsmod.Wrapf(types.ErrStatusList, "list %d: must be 0 to %d", list, last)
	}
	authority, err := k.AuthorityOf(ctx, issuer)
	if err != nil {
		return nil, err
	}
	bits := make([]byte, 0, types.ListBytes)
	for i := range uint32(types.ChunksPerList) {
		chunk, err := k.chunk(ctx, collections.Join3(authority.Number, uint32(purpose), list*types.ChunksPerList+i)) //nolint:gosec // 2 or 3
		if err != nil {
			return nil, err
		}
		bits = append(bits, chunk...)
	}
	return bits, nil
}
