package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// InitGenesis sets the module's state.
func (k Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.Fees.Set(ctx, gs.Fees); err != nil {
		return err
	}
	for i := range gs.Dids {
		if err := k.initDid(ctx, &gs.Dids[i]); err != nil {
			return errorsmod.Wrapf(err, "dids[%d]", i)
		}
	}
	if err := k.initCertificates(ctx, gs); err != nil {
		return err
	}
	if err := k.initVisitors(ctx, gs); err != nil {
		return err
	}
	return k.initData(ctx, gs)
}

// initVisitors takes what other zones told, and what they are asked: about their DIDs.
func (k Keeper) initVisitors(ctx context.Context, gs *types.GenesisState) error {
	namespace, err := k.Namespace(ctx)
	if err != nil {
		return err
	}
	foreign := func(text string) error {
		did, err := types.ParseDID(text)
		if err == nil && did.Namespace == namespace {
			err = errorsmod.Wrapf(types.ErrGenesis, "%s: is of this chain, not a visitor", did)
		}
		return err
	}
	for i, v := range gs.Visitors {
		if err := foreign(v.Did); err != nil {
			return errorsmod.Wrapf(err, "visitors[%d]", i)
		}
		if err := k.Visitors.Set(ctx, v.Did, v); err != nil {
			return err
		}
	}
	for i, q := range gs.Inquiries {
		if err := foreign(q.Did); err != nil {
			return errorsmod.Wrapf(err, "inquiries[%d]", i)
		}
		if err := k.putInquiry(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initDid(ctx context.Context, state *types.DidState) error {
	did, err := types.ParseDID(state.Did)
	if err != nil {
		return err
	}
	if err := k.Local(ctx, did); err != nil {
		return err
	}
	for i, version := range state.Versions {
		if err := k.Versions.Set(ctx, collections.Join(did.ID[:], state.Record.Oldest+uint64(i)), version); err != nil { //nolint:gosec // positive
			return err
		}
	}
	return k.Records.Set(ctx, did.ID[:], state.Record)
}

// ExportGenesis returns the module's state.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var gs types.GenesisState
	var err error
	if gs.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Fees, err = k.Fees.Get(ctx); err != nil {
		return nil, err
	}
	id, err := k.zones.Identity(ctx)
	if err != nil {
		return nil, err
	}
	namespace := types.NamespaceOf(id)
	err = k.Records.Walk(ctx, nil, func(key []byte, record types.Record) (bool, error) {
		state := types.DidState{Did: types.DID{Namespace: namespace, ID: types.ID(key)}.String(), Record: record}
		err := k.Versions.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint64](key), func(_ VersionKey, version types.DocumentVersion) (bool, error) {
			state.Versions = append(state.Versions, version)
			return false, nil
		})
		gs.Dids = append(gs.Dids, state)
		return false, err
	})
	if err != nil {
		return nil, err
	}
	if err := k.exportCertificates(ctx, &gs); err != nil {
		return nil, err
	}
	return &gs, k.exportData(ctx, &gs)
}
