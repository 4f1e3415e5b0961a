// Package app is the chain: one application that plays either role, main chain
// or zone, as its genesis says (role.go). See README.md.
package app

import (
	"encoding/json"
	"fmt"
	"io"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log"
	storetypes "cosmossdk.io/store/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/version"

	wasmkeeper "github.com/CosmWasm/wasmd/x/wasm/keeper"
)

var (
	_ runtime.AppI            = (*App)(nil)
	_ servertypes.Application = (*App)(nil)
)

// App is the chain's state machine.
type App struct {
	*baseapp.BaseApp
	keepers

	cdc      codec.Codec
	amino    *codec.LegacyAmino
	registry codectypes.InterfaceRegistry
	txConfig client.TxConfig

	keys    map[string]*storetypes.KVStoreKey
	memKeys map[string]*storetypes.MemoryStoreKey

	ModuleManager      *module.Manager
	BasicModuleManager module.BasicManager
	configurator       module.Configurator
	simulation         *module.SimulationManager
	invariants         []Invariant
}

// New wires the application on top of db. Options come from flags,
// MESHCHAIND_* variables and app.toml; a mistake in them, or in the wiring,
// panics, since a node must not start on it.
func New(
	logger log.Logger, db dbm.DB, traceStore io.Writer, loadLatest bool,
	appOpts servertypes.AppOptions, wasmOpts []wasmkeeper.Option, baseAppOptions ...func(*baseapp.BaseApp),
) *App {
	ConfigureSDK()
	home := checkHome(appOpts)
	encoding := MakeEncoding()

	bapp := baseapp.NewBaseApp(Name, logger, db, encoding.TxConfig.TxDecoder(), baseAppOptions...)
	bapp.SetCommitMultiStoreTracer(traceStore)
	bapp.SetVersion(version.Version)
	bapp.SetInterfaceRegistry(encoding.Registry)
	bapp.SetTxEncoder(encoding.TxConfig.TxEncoder())

	app := &App{
		BaseApp:  bapp,
		cdc:      encoding.Codec,
		amino:    encoding.Amino,
		registry: encoding.Registry,
		txConfig: encoding.TxConfig,
		keys:     storeKeys(),
		memKeys:  memoryStoreKeys(),
	}
	if err := bapp.RegisterStreamingServices(appOpts, app.keys); err != nil {
		panic(fmt.Errorf("streaming services: %w", err))
	}

	app.newKeepers(appOpts, logger)
	scoped := app.newIBCKeepers()
	wasmConfig := app.newWasmKeeper(home, appOpts, scoped.wasm, wasmOpts)
	app.completeTransackets()
	app.routeIBC()

	app.ModuleManager = app.newModules()
	app.BasicModuleManager = newBasicModules(app.ModuleManager)
	app.BasicModuleManager.RegisterLegacyAminoCodec(app.amino)
	app.BasicModuleManager.RegisterInterfaces(app.registry)
	app.setModuleOrders()
	app.registerServices()
	app.registerUpgrades()
	app.registerInvariants()
	app.simulation = app.newSimulation()

	app.MountKVStores(app.keys)
	app.MountMemoryStores(app.memKeys)
	app.SetInitChainer(app.InitChainer)
	app.SetPreBlocker(app.PreBlocker)
	app.SetBeginBlocker(app.BeginBlocker)
	app.SetEndBlocker(app.EndBlocker)
	app.SetAnteHandler(app.anteHandler(wasmConfig))
	app.registerWasmSnapshots()

	if loadLatest {
		app.load(logger)
	}
	return app
}

// load opens the newest version of the state and what depends on it.
func (app *App) load(logger log.Logger) {
	if err := app.LoadLatestVersion(); err != nil {
		panic(fmt.Errorf("load the latest state: %w", err))
	}
	ctx := app.NewUncachedContext(true, cmtproto.Header{})
	if app.LastBlockHeight() > 0 {
		// Else transactions that need a channel fail until the next block begins.
		app.CapabilityKeeper.InitMemStore(ctx)
	}
	if err := app.WasmKeeper.InitializePinnedCodes(ctx); err != nil {
		panic(fmt.Errorf("pinned contract codes: %w", err))
	}
	app.warnAboutWasm(ctx, logger)
}

// InitChainer starts the chain from its genesis state. A genesis that does not
// fit its role is refused as a whole.
func (app *App) InitChainer(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var genesis GenesisState
	if err := json.Unmarshal(req.AppStateBytes, &genesis); err != nil {
		return nil, fmt.Errorf("genesis app_state: %w", err)
	}
	if err := ValidateGenesis(app.cdc, req.ChainId, genesis); err != nil {
		return nil, fmt.Errorf("genesis app_state: %w", err)
	}
	if err := app.UpgradeKeeper.SetModuleVersionMap(ctx, app.ModuleManager.GetVersionMap()); err != nil {
		return nil, err
	}
	return app.ModuleManager.InitGenesis(ctx, app.cdc, genesis)
}

// PreBlocker runs before everything else in a block: a due upgrade.
func (app *App) PreBlocker(ctx sdk.Context, _ *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
	return app.ModuleManager.PreBlock(ctx)
}

// BeginBlocker runs before the block's transactions.
func (app *App) BeginBlocker(ctx sdk.Context) (sdk.BeginBlock, error) {
	return app.ModuleManager.BeginBlock(ctx)
}

// EndBlocker runs after the block's transactions.
func (app *App) EndBlocker(ctx sdk.Context) (sdk.EndBlock, error) {
	return app.ModuleManager.EndBlock(ctx)
}

// LoadHeight opens the state at a height, for export.
func (app *App) LoadHeight(height int64) error { return app.LoadVersion(height) }

// AppCodec encodes the application's state.
func (app *App) AppCodec() codec.Codec { return app.cdc }

// LegacyAmino signs for hardware wallets; nothing else uses it.
func (app *App) LegacyAmino() *codec.LegacyAmino { return app.amino }

// InterfaceRegistry knows every message and interface of the chain.
func (app *App) InterfaceRegistry() codectypes.InterfaceRegistry { return app.registry }

// TxConfig encodes, decodes and signs transactions.
func (app *App) TxConfig() client.TxConfig { return app.txConfig }

// GetKey returns the key of a persistent store, for tests and simulation.
func (app *App) GetKey(name string) *storetypes.KVStoreKey { return app.keys[name] }

// SimulationManager drives random messages of every module.
func (app *App) SimulationManager() *module.SimulationManager { return app.simulation }
