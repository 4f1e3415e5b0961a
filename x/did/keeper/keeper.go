// Package keeper holds the state of x/did.
package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// Keeper holds identities of this chain's namespace and what is said about them.
type Keeper struct {
	authority string
	bank      types.BankKeeper
	zones     types.ZonesKeeper

	Schema collections.Schema

	// Params of the module.
	Params collections.Item[types.Params]
	// Fees paid since genesis.
	Fees collections.Item[types.Fees]
	// Records of the DIDs of this chain, by identifier (32 bytes).
	Records collections.Map[[]byte, types.Record]
	// Versions of documents, by identifier and version from 1.
	Versions collections.Map[VersionKey, types.DocumentVersion]

	DataState
}

// VersionKey is an identifier and the number of a version.
type VersionKey = collections.Pair[[]byte, uint64]

// NewKeeper lays out the module's state. It panics if the schema is wrong, which is a
// programming error.
func NewKeeper(cdc codec.BinaryCodec, storeService corestore.KVStoreService, authority string, bank types.BankKeeper, zones types.ZonesKeeper) Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	k := Keeper{
		authority: authority,
		bank:      bank,
		zones:     zones,

		Params:  collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Fees:    collections.NewItem(sb, types.FeesPrefix, "fees", codec.CollValue[types.Fees](cdc)),
		Records: collections.NewMap(sb, types.RecordsPrefix, "records", collections.BytesKey, codec.CollValue[types.Record](cdc)),
		Versions: collections.NewMap(sb, types.VersionsPrefix, "versions",
			collections.PairKeyCodec(collections.BytesKey, collections.Uint64Key), codec.CollValue[types.DocumentVersion](cdc)),

		DataState: newDataState(sb, cdc),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(fmt.Errorf("x/%s: schema: %w", types.ModuleName, err)) // two collections share a prefix
	}
	k.Schema = schema
	return k
}

// Authority is the account that governs the module.
func (k Keeper) Authority() string { return k.authority }

// Logger of the module.
func (k Keeper) Logger(ctx context.Context) log.Logger {
	return sdk.UnwrapSDKContext(ctx).Logger().With("module", "x/"+types.ModuleName)
}
