// Package simulation makes random states and messages of x/did.
package simulation

import (
	"math/rand"
	"time"

	sdkmath "cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/did/types"
)

// RandomizedGenState makes a random genesis state.
func RandomizedGenState(state *module.SimulationState) {
	gs := types.DefaultGenesis()
	gs.Params = randomParams(state.Rand)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(gs)
}

func randomParams(r *rand.Rand) types.Params {
	return types.Params{
		CreateFee:        sdkmath.NewInt(int64(r.Intn(1_000))),
		UpdateFee:        sdkmath.NewInt(int64(r.Intn(1_000))),
		BurnFraction:     simtypes.RandomDecAmount(r, sdkmath.LegacyOneDec()),
		GasEd25519:       uint64(100 + r.Intn(10_000)),  //nolint:gosec // positive
		GasSecp256K1:     uint64(100 + r.Intn(10_000)),  //nolint:gosec // positive
		GasP256:          uint64(100 + r.Intn(10_000)),  //nolint:gosec // positive
		MaxDocumentBytes: uint32(1_024 + r.Intn(8_192)), //nolint:gosec // positive

		MaxCertificates:      uint32(2 + r.Intn(10)), //nolint:gosec // positive
		CertificateRetention: time.Duration(1+r.Intn(120)) * time.Minute,
		VisitorValidity:      time.Hour,
		MaxExpirePerBlock:    uint32(1 + r.Intn(50)), //nolint:gosec // positive
		MaxVersions:          uint32(2 + r.Intn(5)),  //nolint:gosec // positive
		Data:                 randomDataParams(r),
	}
}
