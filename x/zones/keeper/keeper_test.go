package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "cosmossdk.io/store/types"

	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/meshchain/meshchain/x/zones"
	"github.com/meshchain/meshchain/x/zones/keeper"
	"github.com/meshchain/meshchain/x/zones/types"
)

func newKeeper(t *testing.T) (keeper.Keeper, zones.AppModule, moduletestutil.TestEncodingConfig, sdk.Context) {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	encoding := moduletestutil.MakeTestEncodingConfig()
	k := keeper.NewKeeper(encoding.Codec, runtime.NewKVStoreService(key))
	ctx := testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("transient")).Ctx
	return k, zones.NewAppModule(encoding.Codec, k), encoding, ctx
}

func TestIdentity(t *testing.T) {
	k, module, encoding, ctx := newKeeper(t)
	query := keeper.NewQueryServer(k)

	_, err := query.Identity(ctx, &types.QueryIdentityRequest{})
	require.ErrorIs(t, err, types.ErrNoIdentity)

	genesis := encoding.Codec.MustMarshalJSON(&types.GenesisState{Identity: types.ZoneIdentity("farm")})
	require.NoError(t, module.ValidateGenesis(encoding.Codec, nil, genesis))
	module.InitGenesis(ctx, encoding.Codec, genesis)

	answer, err := query.Identity(ctx, &types.QueryIdentityRequest{})
	require.NoError(t, err)
	require.Equal(t, types.ZoneIdentity("farm"), answer.Identity)
	require.Equal(t, "ufarm", answer.NativeDenom)
	require.JSONEq(t, string(genesis), string(module.ExportGenesis(ctx, encoding.Codec)))
}

func TestGenesisRefused(t *testing.T) {
	_, module, encoding, ctx := newKeeper(t)
	for genesis, says := range map[string]string{
		`{}`: "ROLE_UNSPECIFIED",
		`{"identity":{"role":"ROLE_UNSPECIFIED"}}`:                "ROLE_UNSPECIFIED: must be ROLE_MAIN or ROLE_ZONE",
		`{"identity":{"role":"ROLE_BRIDGE"}}`:                     `identity.role "ROLE_BRIDGE": must be ROLE_MAIN or ROLE_ZONE`,
		`{"identity":{"role":7}}`:                                 "role 7",
		`{"identity":{"role":"ROLE_ZONE"}}`:                       `zone ""`,
		`{"identity":{"role":"ROLE_ZONE","zone":"smt"}}`:          "usmt",
		`{"identity":{"role":"ROLE_MAIN","zone":"farm"}}`:         "must be empty",
		`{"identity":{"role":"ROLE_MAIN"},"registry":{"zone":1}}`: "unknown field",
		`[]`: "genesis of zones",
	} {
		err := module.ValidateGenesis(encoding.Codec, nil, []byte(genesis))
		require.ErrorContains(t, err, says, genesis)
		require.Panics(t, func() { module.InitGenesis(ctx, encoding.Codec, []byte(genesis)) }, genesis)
	}
}
