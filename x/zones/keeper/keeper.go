// Package keeper holds the state of x/zones.
package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/meshchain/meshchain/x/zones/types"
)

// Keeper knows what this chain is.
type Keeper struct {
	Schema collections.Schema

	// identity is written once, at genesis.
	identity collections.Item[types.Identity]
}

// NewKeeper lays out the module's state.
func NewKeeper(cdc codec.BinaryCodec, storeService corestore.KVStoreService) Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	k := Keeper{
		identity: collections.NewItem(sb, types.IdentityPrefix, "identity", codec.CollValue[types.Identity](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err) // a programming error: two collections share a prefix
	}
	k.Schema = schema
	return k
}

// Identity returns the role and name of this chain; ErrNoIdentity before genesis.
func (k Keeper) Identity(ctx context.Context) (types.Identity, error) {
	id, err := k.identity.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return id, types.ErrNoIdentity
	}
	return id, err
}

// InitGenesis sets the chain's identity, once and for all.
func (k Keeper) InitGenesis(ctx context.Context, gs types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	return k.identity.Set(ctx, gs.Identity)
}

// ExportGenesis returns the module's state.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	id, err := k.Identity(ctx)
	if err != nil {
		return nil, err
	}
	return &types.GenesisState{Identity: id}, nil
}
