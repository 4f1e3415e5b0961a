package main

import (
	"errors"
	"io"
	"os"
	"runtime/debug"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cast"

	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	wasmkeeper "github.com/CosmWasm/wasmd/x/wasm/keeper"

	"github.com/meshchain/meshchain/app"
)

// newApp opens the application for a running node.
func newApp(logger log.Logger, db dbm.DB, trace io.Writer, opts servertypes.AppOptions) servertypes.Application {
	return openApp(logger, db, trace, opts)
}

// openApp sets what concerns the whole process, too: how eagerly garbage is collected.
func openApp(logger log.Logger, db dbm.DB, trace io.Writer, opts servertypes.AppOptions) *app.App {
	if percent := cast.ToInt(opts.Get(app.GCPercentKey)); percent > 0 && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	var wasmOpts []wasmkeeper.Option
	if cast.ToBool(opts.Get("telemetry.enabled")) {
		wasmOpts = append(wasmOpts, wasmkeeper.WithVMCacheMetrics(prometheus.DefaultRegisterer))
	}
	return app.New(logger, db, trace, true, opts, wasmOpts, server.DefaultBaseappOptions(opts)...)
}

// newTestnetApp opens the state of a live chain for a test network in place.
func newTestnetApp(logger log.Logger, db dbm.DB, trace io.Writer, opts servertypes.AppOptions) servertypes.Application {
	node := openApp(logger, db, trace, opts)
	testnet, err := app.TestnetFromOptions(opts)
	if err == nil {
		err = node.BecomeTestnet(testnet)
	}
	if err != nil {
		panic(err) // the SDK's creator returns no error; the node must not start on half a testnet
	}
	return node
}

// exportApp writes the state, at a height or the newest (-1), as a genesis.
func exportApp(
	logger log.Logger, db dbm.DB, trace io.Writer, height int64, forZeroHeight bool, jailAllowed []string,
	opts servertypes.AppOptions, modules []string,
) (servertypes.ExportedApp, error) {
	if cast.ToString(opts.Get(flags.FlagHome)) == "" {
		return servertypes.ExportedApp{}, errors.New("--home is not set")
	}
	// The same options as a node: without them the store would be rewritten for
	// another index.
	node := app.New(logger, db, trace, height == -1, opts, nil, server.DefaultBaseappOptions(opts)...)
	if height != -1 {
		if err := node.LoadHeight(height); err != nil {
			return servertypes.ExportedApp{}, err
		}
	}
	return node.ExportAppStateAndValidators(forZeroHeight, jailAllowed, modules)
}
