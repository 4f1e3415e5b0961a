// Package simulation makes random use of x/transacket.
package simulation

import (
	"math/rand"
	"time"

	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// RandomizedGenState starts with empty inboxes and parameters small enough for
// their bounds to be reached.
func RandomizedGenState(state *module.SimulationState) {
	genesis := types.DefaultGenesis()
	genesis.Params = randomParams(state.Rand)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(genesis)
}

func randomParams(r *rand.Rand) types.Params {
	params := types.Params{
		MaxInbox:         uint32(simtypes.RandIntBetween(r, 1, 20)),
		MaxBatch:         uint32(simtypes.RandIntBetween(r, 1, 10)),
		MaxPrunePerBlock: uint32(simtypes.RandIntBetween(r, 1, 5)),
		Retention:        time.Duration(simtypes.RandIntBetween(r, 1, 120)) * time.Minute,
		MaxTimeout:       time.Duration(simtypes.RandIntBetween(r, 2, 1000)) * time.Minute,
	}
	params.MaxPrices = uint32(simtypes.RandIntBetween(r, 1, 5))
	params.MaxHeld = uint32(simtypes.RandIntBetween(r, 1, 5))
	params.HookGasLimit = uint64(simtypes.RandIntBetween(r, types.MinHookGasLimit, 2_000_000))
	params.ContentRetention = time.Duration(simtypes.RandIntBetween(r, 1, 120)) * time.Minute
	params.DefaultTimeout = params.MaxTimeout / 2
	return params
}
