package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// Resolve returns the newest document of a DID (version 0, no time), that of a version,
// or that which was the newest at a time. The DID may be deactivated; metadata says so.
func (k Keeper) Resolve(ctx context.Context, did types.DID, version uint64, at *time.Time) (types.Document, types.DocumentMetadata, error) {
	record, err := k.Record(ctx, did)
	if err != nil {
		return types.Document{}, types.DocumentMetadata{}, err
	}
	switch {
	case version != 0 && at != nil:
		err = errorsmod.Wrap(types.ErrVersion, "versionId and versionTime: name one of them")
	case at != nil:
		version, err = k.versionAt(ctx, did, record, *at)
	case version == 0:
		version = record.Version
	}
	if err != nil {
		return types.Document{}, types.DocumentMetadata{}, err
	}
	found, err := k.Versions.Get(ctx, collections.Join(did.ID[:], version))
	if errors.Is(err, collections.ErrNotFound) {
		err = errorsmod.Wrapf(types.ErrVersion, "versionId %d: %s has %d to %d", version, did, record.Oldest, record.Version)
	}
	if err != nil {
		return types.Document{}, types.DocumentMetadata{}, err
	}
	metadata, err := k.metadata(ctx, did, record, version, found.Time)
	return found.Document, metadata, err
}

// metadata of one version.
func (k Keeper) metadata(ctx context.Context, did types.DID, record types.Record, version uint64, set time.Time) (types.DocumentMetadata, error) {
	m := types.DocumentMetadata{
		Created: &record.Created, Deactivated: record.Deactivated != nil, VersionId: version, Sequence: record.Sequence,
	}
	if version > 1 {
		m.Updated = &set
	}
	if version == record.Version && record.Deactivated != nil {
		m.Updated = record.Deactivated
	}
	if version > record.Oldest {
		m.PreviousVersionId = version - 1
	}
	if version < record.Version {
		next, err := k.Versions.Get(ctx, collections.Join(did.ID[:], version+1))
		if err != nil {
			return m, err
		}
		m.NextVersionId, m.NextUpdate = version+1, &next.Time
	}
	return m, nil
}

// versionAt finds the version that was the newest at a time, by bisection: times of
// versions do not descend. They count in whole seconds, as metadata shows them.
func (k Keeper) versionAt(ctx context.Context, did types.DID, record types.Record, at time.Time) (uint64, error) {
	low, high := record.Oldest, record.Version+1 // what is right of high is too new
	for low < high {
		middle := low + (high-low)/2
		version, err := k.Versions.Get(ctx, collections.Join(did.ID[:], middle))
		if err != nil {
			return 0, err
		}
		if version.Time.Truncate(time.Second).After(at) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if low == record.Oldest {
		return 0, errorsmod.Wrapf(types.ErrVersion, "versionTime %s: the oldest stored version of %s, %d, is newer", at.UTC().Format(time.RFC3339), did, record.Oldest)
	}
	return low - 1, nil
}
