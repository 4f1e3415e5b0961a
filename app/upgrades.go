package app

import (
	"context"
	"fmt"

	storetypes "cosmossdk.io/store/types"
	upgradetypes "cosmossdk.io/x/upgrade/types"

	"github.com/cosmos/cosmos-sdk/types/module"
)

// Upgrade is one planned change of the state machine. To make one, append it
// to Upgrades in the release that carries the new code.
type Upgrade struct {
	// Name is the plan's name in the governance proposal.
	Name string
	// Stores are the stores that come, go or change their name.
	Stores storetypes.StoreUpgrades
	// Migrate runs after the modules' own migrations; nil when they suffice.
	Migrate func(ctx context.Context, app *App) error
}

// Upgrades this binary can perform, oldest first.
var Upgrades []Upgrade

// registerUpgrades installs a handler per upgrade, and prepares the stores when
// the node was stopped for one of them.
func (app *App) registerUpgrades() {
	pending, err := app.UpgradeKeeper.ReadUpgradeInfoFromDisk()
	if err != nil {
		panic(fmt.Errorf("upgrade-info.json: %w", err))
	}
	for _, upgrade := range Upgrades {
		app.UpgradeKeeper.SetUpgradeHandler(upgrade.Name, app.upgradeHandler(upgrade))
		if upgrade.Name == pending.Name && !app.UpgradeKeeper.IsSkipHeight(pending.Height) {
			app.SetStoreLoader(upgradetypes.UpgradeStoreLoader(pending.Height, &upgrade.Stores))
		}
	}
}

func (app *App) upgradeHandler(upgrade Upgrade) upgradetypes.UpgradeHandler {
	return func(ctx context.Context, plan upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
		versions, err := app.ModuleManager.RunMigrations(ctx, app.configurator, from)
		if err != nil || upgrade.Migrate == nil {
			return versions, err
		}
		if err := upgrade.Migrate(ctx, app); err != nil {
			return nil, fmt.Errorf("upgrade %s: %w", plan.Name, err)
		}
		return versions, nil
	}
}
