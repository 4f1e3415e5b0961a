package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// Local refuses DIDs of other chains, whose records are not here.
func (k Keeper) Local(ctx context.Context, did types.DID) error {
	id, err := k.zones.Identity(ctx)
	if err != nil {
		return err
	}
	if namespace := types.NamespaceOf(id); did.Namespace != namespace {
		return errorsmod.Wrapf(types.ErrNamespace, "%s: this chain has did:mesh:%s:… only", did, namespace)
	}
	return nil
}

// Record returns what is known of a DID of this chain, be it active or not.
func (k Keeper) Record(ctx context.Context, did types.DID) (types.Record, error) {
	if err := k.Local(ctx, did); err != nil {
		return types.Record{}, err
	}
	record, err := k.Records.Get(ctx, did.ID[:])
	if errors.Is(err, collections.ErrNotFound) {
		return record, errorsmod.Wrapf(types.ErrNotFound, "%s", did)
	}
	return record, err
}

// Active returns the record and the newest document of a DID that is not deactivated.
func (k Keeper) Active(ctx context.Context, did types.DID) (types.Record, types.Document, error) {
	record, err := k.Record(ctx, did)
	if err != nil {
		return record, types.Document{}, err
	}
	if record.Deactivated != nil {
		return record, types.Document{}, errorsmod.Wrapf(types.ErrDeactivated, "%s: since %s", did, record.Deactivated)
	}
	version, err := k.Versions.Get(ctx, collections.Join(did.ID[:], record.Version))
	return record, version.Document, err
}

// addVersion stores a new document of a DID and drops what is older than the
// parameter max_versions keeps: at most two, so that lowering the parameter takes
// effect over the next updates, not at once.
func (k Keeper) addVersion(ctx context.Context, did types.DID, record *types.Record, version types.DocumentVersion) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	record.Version++
	for dropped := 0; dropped < 2 && record.Stored() > uint64(params.MaxVersions); dropped++ {
		if err := k.Versions.Remove(ctx, collections.Join(did.ID[:], record.Oldest)); err != nil {
			return err
		}
		record.Oldest++
	}
	if err := k.Versions.Set(ctx, collections.Join(did.ID[:], record.Version), version); err != nil {
		return err
	}
	return k.Records.Set(ctx, did.ID[:], *record)
}

// Namespace of the DIDs of this chain.
func (k Keeper) Namespace(ctx context.Context) (string, error) {
	id, err := k.zones.Identity(ctx)
	return types.NamespaceOf(id), err
}

// FeeDenom is what fees are paid in: the chain's native denom.
func (k Keeper) FeeDenom(ctx context.Context) (string, error) {
	id, err := k.zones.Identity(ctx)
	return id.NativeDenom(), err
}
