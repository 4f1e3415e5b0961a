package simulation

import (
	"math/rand"

	sdkmath "cosmossdk.io/math"

	"github.com/meshchain/meshchain/x/did/types"
)

func randomDataParams(r *rand.Rand) types.DataParams {
	p := types.DefaultDataParams()
	p.SchemaFee = sdkmath.NewInt(int64(r.Intn(100)))
	p.SlotFee = sdkmath.NewInt(int64(r.Intn(10)))
	p.MaxSchemas = uint32(1 + r.Intn(4))               //nolint:gosec // positive
	p.MinAge = uint32(1 + r.Intn(3))                   //nolint:gosec // positive
	p.MaxGap = uint32(1 + r.Intn(100))                 //nolint:gosec // positive
	p.Early = uint32(r.Intn(60))                       //nolint:gosec // positive
	p.DisclosurePeriod = uint32(60 + r.Intn(24*3_600)) //nolint:gosec // positive
	p.MaxPrunePerBlock = uint32(1 + r.Intn(20))        //nolint:gosec // positive
	return p
}
