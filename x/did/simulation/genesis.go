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
	randomVisitors(state, gs)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(gs)
}

// away is a zone whose DIDs some of the accounts' keys have, too: the simulated chain is
// another one.
const away = "faraway"

// randomVisitors lets some accounts visit from another zone, with certificates that
// differ, and asks about some others. Nobody answers: there is no other chain.
func randomVisitors(state *module.SimulationState, gs *types.GenesisState) {
	r, now := state.Rand, state.GenTimestamp.Unix()
	for i, account := range state.Accounts {
		key := keyOf(account)
		did, err := types.NewDID(away, key)
		if err != nil {
			panic(err) // the keys of accounts are keys of DIDs
		}
		if r.Intn(2) == 0 {
			until := now + int64(1+r.Intn(10_000_000))
			gs.Visitors = append(gs.Visitors, types.Visitor{
				Did: did.String(),
				Answers: []types.VisitorAnswer{{
					Channel: "channel-0", Expires: time.Unix(now+int64(1+r.Intn(10_000_000)), 0).UTC(),
					Certificate: types.CompactCertificate{
						Subject: did.ID[:], Kind: types.CERTIFICATE_KIND_DEVICE, Status: types.CertificateStatus(1 + r.Intn(3)), Checked: now, //nolint:gosec // 1 to 3
						Issuer: did.ID[:], Serial: 1, ValidUntil: until, Key: &key,
					},
				}},
			})
		}
		if r.Intn(2) == 0 {
			gs.Inquiries = append(gs.Inquiries, types.Inquiry{
				Did: did.String(), Kind: types.CERTIFICATE_KIND_DEVICE, Payer: account.Address.String(),
				Channel: "channel-0", Sequence: uint64(1 + i), Deadline: now + int64(1+r.Intn(100_000)), //nolint:gosec // positive
			})
		}
	}
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
