// Package simulation makes random use of x/zones.
package simulation

import (
	"math/rand"
	"time"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/zones/types"
)

// RandomizedGenState starts with an empty registry and periods short enough to end
// within a simulation. The identity is the app's to choose.
func RandomizedGenState(state *module.SimulationState) {
	genesis := types.DefaultGenesis()
	genesis.Params = randomParams(state.Rand, state.BondDenom)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(genesis)
}

func randomParams(r *rand.Rand, denom string) types.Params {
	params := types.DefaultParams()
	params.Bond = sdk.NewInt64Coin(denom, int64(simtypes.RandIntBetween(r, 1, 1_000_000)))
	params.Forfeit = sdkmath.LegacyNewDecWithPrec(int64(r.Intn(101)), 2)
	params.PendingPeriod = time.Duration(simtypes.RandIntBetween(r, 1, 120)) * time.Minute
	params.RetiredPeriod = time.Duration(simtypes.RandIntBetween(r, 1, 120)) * time.Minute
	params.MaxPrunePerBlock = uint32(simtypes.RandIntBetween(r, 1, 5))
	return params
}
