package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// roles are the two that every test of the app runs in.
var roles = map[string]fixture.Option{"main": fixture.Main(), "zone": fixture.Zone("farm")}

// A genesis that does not fit its role is refused as a whole, with an error that
// names the field, its value and the rule.
func TestGenesisRefusals(t *testing.T) {
	identity := func(json string) func(*app.App, app.GenesisState) {
		return func(_ *app.App, state app.GenesisState) { state[zonestypes.ModuleName] = []byte(json) }
	}
	native := func(denom string) func(*app.App, app.GenesisState) {
		return func(a *app.App, state app.GenesisState) {
			fixture.Edit(a, state, banktypes.ModuleName, &banktypes.GenesisState{}, func(bank *banktypes.GenesisState) {
				coin := sdk.NewInt64Coin(denom, 5)
				bank.Balances[0].Coins = bank.Balances[0].Coins.Add(coin)
				bank.Supply = bank.Supply.Add(coin)
			})
		}
	}
	supply := func(a *app.App, state app.GenesisState) {
		fixture.Edit(a, state, banktypes.ModuleName, &banktypes.GenesisState{}, func(bank *banktypes.GenesisState) {
			bank.Supply = bank.Supply.Add(sdk.NewInt64Coin("umesh", 9))
		})
	}
	bond := func(denom string) func(*app.App, app.GenesisState) {
		return func(a *app.App, state app.GenesisState) {
			fixture.Edit(a, state, stakingtypes.ModuleName, &stakingtypes.GenesisState{}, func(staking *stakingtypes.GenesisState) {
				staking.Params.BondDenom = denom
			})
		}
	}
	mint := func(denom string) func(*app.App, app.GenesisState) {
		return func(a *app.App, state app.GenesisState) {
			fixture.Edit(a, state, minttypes.ModuleName, &minttypes.GenesisState{}, func(mint *minttypes.GenesisState) {
				mint.Params.MintDenom = denom
			})
		}
	}
	keep := func(*app.App, app.GenesisState) {}

	for name, test := range map[string]struct {
		role    fixture.Option
		edit    func(*app.App, app.GenesisState)
		chainID string // if not the role's
		err     *errorsmod.Error
		says    []string // field, value, rule
	}{
		"unknown role": {
			fixture.Main(), identity(`{"identity":{"role":"ROLE_MOON"}}`), "", zonestypes.ErrInvalidRole,
			[]string{"identity.role", `"ROLE_MOON"`, "must be ROLE_MAIN or ROLE_ZONE"},
		},
		"no role": {
			fixture.Main(), identity(`{"identity":{}}`), "", zonestypes.ErrInvalidRole, []string{"role", "ROLE_UNSPECIFIED", "must be ROLE_MAIN or ROLE_ZONE"},
		},
		"a zone without a name": {
			fixture.Zone("farm"), identity(`{"identity":{"role":"ROLE_ZONE"}}`), "", zonestypes.ErrInvalidZone, []string{"zone", `""`, "must match"},
		},
		"a name on the main chain": {
			fixture.Main(), identity(`{"identity":{"role":"ROLE_MAIN","zone":"farm"}}`), "", zonestypes.ErrInvalidZone, []string{"zone", `"farm"`, "must be empty"},
		},
		"a zone that would mint SMT": {
			fixture.Zone("farm"), identity(`{"identity":{"role":"ROLE_ZONE","zone":"smt"}}`), "", zonestypes.ErrInvalidZone, []string{"zone", `"smt"`, "usmt"},
		},
		"native usmt on a zone": {
			fixture.Zone("farm"), native("usmt"), "", zonestypes.ErrForeignDenom, []string{"bank.", "5usmt", "only as an ICS-20 voucher"},
		},
		"native umesh on a zone": {
			fixture.Zone("farm"), native("umesh"), "", zonestypes.ErrForeignDenom, []string{"bank.", "5umesh", "only as an ICS-20 voucher"},
		},
		"umesh in a zone's supply": {
			fixture.Zone("farm"), supply, "", zonestypes.ErrForeignDenom, []string{"bank.supply", "9umesh", "only as an ICS-20 voucher"},
		},
		"stake in a voucher": {
			fixture.Zone("farm"), bond("ibc/ABC"), "", zonestypes.ErrForeignDenom, []string{"staking.params.bond_denom", `"ibc/ABC"`, "must be ufarm"},
		},
		"stake in MESH": {
			fixture.Main(), bond("umesh"), "", zonestypes.ErrForeignDenom, []string{"staking.params.bond_denom", `"umesh"`, "must be usmt"},
		},
		"inflation in another denom": {
			fixture.Main(), mint("umesh"), "", zonestypes.ErrForeignDenom, []string{"mint.params.mint_denom", `"umesh"`, "must be usmt"},
		},
		"another zone's chain-id": {
			fixture.Zone("farm"), keep, "port-1", zonestypes.ErrInvalidChainID, []string{"chain-id", `"port-1"`, "farm-<revision>"},
		},
		"a chain-id without revision": {
			fixture.Main(), keep, "mesh", zonestypes.ErrInvalidChainID, []string{"chain-id", `"mesh"`, "<name>-<revision>"},
		},
		"a chain-id with revision 0": {
			fixture.Main(), keep, "mesh-0", zonestypes.ErrInvalidChainID, []string{"chain-id", `"mesh-0"`, "from 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := fixture.Unstarted(t, test.role)
			// The state of a chain that would start, but for the edit.
			request := f.GenesisRequest()
			state := make(app.GenesisState)
			require.NoError(t, json.Unmarshal(request.AppStateBytes, &state))
			test.edit(f.App, state)
			bz, err := json.Marshal(state)
			require.NoError(t, err)
			request.AppStateBytes = bz

			if test.chainID != "" {
				f = fixture.Unstarted(t, test.role, fixture.ChainID(test.chainID))
				request.ChainId = test.chainID
			}
			err = f.InitChain(request)
			require.ErrorIs(t, err, test.err)
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
			require.Zero(t, f.Height(), "nothing started")
			require.True(t, f.App.BankKeeper.GetSupply(f.Ctx(), f.Identity.NativeDenom()).IsZero())
		})
	}
}

// The file of each role passes the check that the command line makes.
func TestGenesisFile(t *testing.T) {
	for name, role := range roles {
		t.Run(name, func(t *testing.T) {
			f := fixture.Unstarted(t, role)
			genesis, err := f.App.NewGenesis(f.Identity, f.ChainID, fixture.Start)
			require.NoError(t, err)
			genesis.AppState, err = json.Marshal(f.GenesisState())
			require.NoError(t, err)
			path := filepath.Join(t.TempDir(), "genesis.json")
			require.NoError(t, genesis.SaveAs(path))
			require.NoError(t, f.App.ValidateGenesisFile(path))

			_, err = f.App.NewGenesis(f.Identity, "mesh", fixture.Start)
			require.ErrorIs(t, err, zonestypes.ErrInvalidChainID)
			require.NoError(t, os.WriteFile(path, []byte(`{"chain_id":"mesh-main-1"}`), 0o600))
			require.Error(t, f.App.ValidateGenesisFile(path))
		})
	}
}
