// Package simulation makes random use of x/channels.
package simulation

import (
	"math/rand"

	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/channels/types"
)

// RandomizedGenState starts without channels and with periods short enough for
// channels to end within a simulation.
func RandomizedGenState(state *module.SimulationState) {
	genesis := types.DefaultGenesis()
	genesis.Params = randomParams(state.Rand)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(genesis)
}

func randomParams(r *rand.Rand) types.Params {
	between := func(low, high int) uint64 { return uint64(simtypes.RandIntBetween(r, low, high)) } //nolint:gosec // positive
	params := types.Params{
		MaxStep:          between(60, 300),
		MinChallenge:     types.RevealPeriod + 1,
		DefaultChallenge: between(500, 1_000),
		MaxChallenge:     between(1_000, 5_000),
		UnlockPeriod:     between(1_000, 5_000),
		EvidencePeriod:   between(60, 600),
		RecoveryPeriod:   between(500, 5_000),
		MinBond:          types.NewUint128(between(0, 100)),
		BondBp:           uint32(between(0, 500)),
		RecoveryBondBp:   uint32(between(0, 1_000)),
		MaxPrunePerBlock: uint32(between(1, 20)),
	}
	params.Retention = max(2*params.MaxChallenge, params.RecoveryPeriod) + params.UnlockPeriod + params.EvidencePeriod
	return params
}
