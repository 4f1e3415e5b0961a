package app

import (
	"fmt"
	"path/filepath"

	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/runtime"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"

	"github.com/CosmWasm/wasmd/x/wasm"
	wasmkeeper "github.com/CosmWasm/wasmd/x/wasm/keeper"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	capabilitykeeper "github.com/cosmos/ibc-go/modules/capability/keeper"
)

// wasmWarning is logged at every start while the virtual machine has a known
// hole that only a newer, not yet available version closes.
const wasmWarning = "CosmWasm 2.2.8 is affected by CWA-2026-006 (sandbox escape, fixed in 2.2.9): " +
	"code upload and instantiation are closed for everybody, governance included; do not open them before the update"

// wasmMessages bring code to the chain or start it. Default genesis disables
// them in x/circuit, because the code-upload permission "Nobody" does not bind
// governance. Governance can enable them again once the hole is closed.
func wasmMessages() []string {
	msgs := []sdk.Msg{
		&wasmtypes.MsgStoreCode{}, &wasmtypes.MsgInstantiateContract{}, &wasmtypes.MsgInstantiateContract2{},
		&wasmtypes.MsgMigrateContract{}, &wasmtypes.MsgStoreAndInstantiateContract{}, &wasmtypes.MsgStoreAndMigrateContract{},
	}
	urls := make([]string, len(msgs))
	for i, msg := range msgs {
		urls[i] = sdk.MsgTypeURL(msg)
	}
	return urls
}

// newWasmKeeper opens the virtual machine below home; its cache is bounded by
// the node's configuration (app.toml, [wasm]).
func (app *App) newWasmKeeper(home string, appOpts servertypes.AppOptions, scoped capabilitykeeper.ScopedKeeper, opts []wasmkeeper.Option) wasmtypes.NodeConfig {
	config, err := wasm.ReadNodeConfig(appOpts)
	if err != nil {
		panic(fmt.Errorf("app.toml, section wasm: %w", err))
	}
	channel := app.IBCKeeper.ChannelKeeper
	opts = append([]wasmkeeper.Option{app.queryPlugins()}, opts...)
	app.WasmKeeper = wasmkeeper.NewKeeper(app.cdc, runtime.NewKVStoreService(app.keys[wasmtypes.StoreKey]),
		app.AccountKeeper, app.BankKeeper, app.StakingKeeper, distrkeeper.NewQuerier(app.DistrKeeper),
		channel, channel, app.IBCKeeper.PortKeeper, scoped, app.TransferKeeper, app.MsgServiceRouter(), app.GRPCQueryRouter(),
		filepath.Join(home, "wasm"), config, wasmtypes.VMConfig{}, wasmkeeper.BuiltInCapabilities(), authority(), opts...)
	return config
}

// registerWasmSnapshots lets state sync carry contract code, which lies
// outside the store.
func (app *App) registerWasmSnapshots() {
	manager := app.SnapshotManager()
	if manager == nil {
		return
	}
	if err := manager.RegisterExtensions(wasmkeeper.NewWasmSnapshotter(app.CommitMultiStore(), &app.WasmKeeper)); err != nil {
		panic(fmt.Errorf("wasm snapshots: %w", err))
	}
}

// warnAboutWasm logs the warning, louder if somebody opened the gates.
func (app *App) warnAboutWasm(ctx sdk.Context, logger log.Logger) {
	for _, url := range wasmMessages() {
		if allowed, err := app.CircuitKeeper.IsAllowed(ctx, url); err == nil && allowed && app.LastBlockHeight() > 0 {
			logger.Error("wasm: "+wasmWarning, "open", url)
			return
		}
	}
	logger.Warn("wasm: " + wasmWarning)
}
