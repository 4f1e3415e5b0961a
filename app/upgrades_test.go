package app_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "cosmossdk.io/store/types"
	upgradetypes "cosmossdk.io/x/upgrade/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
)

// withUpgrades makes the binary one that can perform those, for this test.
func withUpgrades(t *testing.T, upgrades ...app.Upgrade) {
	t.Helper()
	before := app.Upgrades
	t.Cleanup(func() { app.Upgrades = before })
	app.Upgrades = upgrades
}

// A rehearsal: governance schedules a plan, the old binary halts at its height
// and stays halted, the wrong binary is refused, and the new one, with one store
// more, migrates and goes on.
func TestUpgradeRehearsal(t *testing.T) {
	for name, role := range roles {
		t.Run(name, func(t *testing.T) { rehearse(t, role) })
	}
}

func rehearse(t *testing.T, role fixture.Option) {
	t.Helper()
	store := storetypes.NewKVStoreKey("rehearsal")
	mounted := fixture.BaseApp(func(base *baseapp.BaseApp) { base.MountStores(store) })
	next := app.Upgrade{
		Name:   "next",
		Stores: storetypes.StoreUpgrades{Added: []string{store.Name()}},
		Migrate: func(ctx context.Context, a *app.App) error {
			supply := a.BankKeeper.GetSupply(ctx, "umesh").String() // migrations see the whole app
			sdk.UnwrapSDKContext(ctx).KVStore(store).Set([]byte("migrated"), []byte(supply))
			return nil
		},
	}

	f := fixture.New(t, role, fixture.Validators(2))
	height := f.Height() + 10
	plan := upgradetypes.Plan{Name: next.Name, Height: height}
	require.NoError(t, f.Govern(&upgradetypes.MsgSoftwareUpgrade{Authority: fixture.Authority(), Plan: plan}))

	withUpgrades(t, next)
	f.Reopen()
	_, err := f.TryBlock()
	require.ErrorContains(t, err, "BINARY UPDATED BEFORE TRIGGER", "the new binary may not start early")
	withUpgrades(t)
	f.Reopen()

	for f.Height() < height-1 {
		f.NextBlock()
	}
	for range 2 { // a restart does not help
		_, err = f.TryBlock()
		require.ErrorContains(t, err, `UPGRADE "next" NEEDED at height`)
		require.Equal(t, height-1, f.Height())
		f.Reopen()
	}
	withUpgrades(t, app.Upgrade{Name: "another"})
	f.Reopen()
	_, err = f.TryBlock()
	require.ErrorContains(t, err, `UPGRADE "next" NEEDED at height`, "the wrong binary is refused")

	withUpgrades(t, next)
	f.Reopen(mounted)
	supply := f.App.BankKeeper.GetSupply(f.Ctx(), "umesh").String()
	f.NextBlock()
	require.Equal(t, height, f.Height())
	require.Equal(t, supply, string(f.Ctx().KVStore(store).Get([]byte("migrated"))))
	done, err := f.App.UpgradeKeeper.GetDoneHeight(f.Ctx(), next.Name)
	require.NoError(t, err)
	require.Equal(t, height, done)
	versions, err := f.App.UpgradeKeeper.GetModuleVersionMap(f.Ctx())
	require.NoError(t, err)
	require.Equal(t, f.App.ModuleManager.GetVersionMap(), versions)

	f.NextBlocks(3)
	f.Reopen() // the store is there to stay
	f.NextBlock()
	require.Equal(t, supply, string(f.Ctx().KVStore(store).Get([]byte("migrated"))))
	f.CheckInvariants()

	withUpgrades(t)
	f.Reopen()
	_, err = f.TryBlock()
	require.ErrorContains(t, err, "upgrade handler is missing for next", "the old binary cannot come back")
}

// A migration that fails halts the chain at the upgrade, with its name.
func TestFailedMigrationHalts(t *testing.T) {
	f := fixture.New(t)
	height := f.Height() + 5
	require.NoError(t, f.Govern(&upgradetypes.MsgSoftwareUpgrade{Authority: fixture.Authority(), Plan: upgradetypes.Plan{Name: "next", Height: height}}))
	for f.Height() < height-1 {
		f.NextBlock()
	}
	_, err := f.TryBlock()
	require.Error(t, err)
	withUpgrades(t, app.Upgrade{Name: "next", Migrate: func(context.Context, *app.App) error { return errors.New("no such thing") }})
	f.Reopen()
	_, err = f.TryBlock()
	require.ErrorContains(t, err, "upgrade next: no such thing")
	require.Equal(t, height-1, f.Height())
}
