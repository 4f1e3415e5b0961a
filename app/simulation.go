package app

import (
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// newSimulation collects the random messages of every module.
func (app *App) newSimulation() *module.SimulationManager {
	sm := module.NewSimulationManagerFromAppModules(app.ModuleManager.Modules, map[string]module.AppModuleSimulation{
		authtypes.ModuleName: auth.NewAppModule(app.cdc, app.AccountKeeper, plainAccounts, nil),
	})
	sm.RegisterStoreDecoders()
	return sm
}

// plainAccounts are the accounts of a random genesis. The SDK's own choice has
// vesting accounts among them, a module that this chain leaves out.
func plainAccounts(state *module.SimulationState) authtypes.GenesisAccounts {
	accounts := make(authtypes.GenesisAccounts, len(state.Accounts))
	for i, account := range state.Accounts {
		accounts[i] = authtypes.NewBaseAccountWithAddress(account.Address)
	}
	return accounts
}
