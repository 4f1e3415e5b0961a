package app

import (
	"github.com/cosmos/cosmos-sdk/runtime"
	paramstypes "github.com/cosmos/cosmos-sdk/x/params/types"

	"github.com/CosmWasm/wasmd/x/wasm"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	ratelimit "github.com/cosmos/ibc-apps/modules/rate-limiting/v8"
	ratelimitkeeper "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/keeper"
	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"
	capabilitykeeper "github.com/cosmos/ibc-go/modules/capability/keeper"
	capabilitytypes "github.com/cosmos/ibc-go/modules/capability/types"
	icahost "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/host"
	icahostkeeper "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/host/keeper"
	icahosttypes "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/host/types"
	"github.com/cosmos/ibc-go/v8/modules/apps/transfer"
	transferkeeper "github.com/cosmos/ibc-go/v8/modules/apps/transfer/keeper"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	porttypes "github.com/cosmos/ibc-go/v8/modules/core/05-port/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibckeeper "github.com/cosmos/ibc-go/v8/modules/core/keeper"

	"github.com/meshchain/meshchain/x/transacket"
	transacketkeeper "github.com/meshchain/meshchain/x/transacket/keeper"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// scopes are the capability keepers of the modules that own IBC ports.
type scopes struct {
	ibc, transfer, icaHost, wasm capabilitykeeper.ScopedKeeper
}

// newIBCKeepers builds IBC core and the transfer stack from the bottom up, so
// that each keeper is complete when the next one takes it:
//
//	send:    transfer → transacket → rate limit → core
//	receive: core → guard → rate limit → transacket → transfer
//
// The legacy param subspaces are nil or empty: x/params is not wired, and the
// only users of a subspace are migrations from versions this chain never ran.
func (app *App) newIBCKeepers() scopes {
	gov := authority()
	app.CapabilityKeeper = capabilitykeeper.NewKeeper(app.cdc, app.keys[capabilitytypes.StoreKey], app.memKeys[capabilitytypes.MemStoreKey])
	scoped := scopes{
		ibc:      app.CapabilityKeeper.ScopeToModule(ibcexported.ModuleName),
		transfer: app.CapabilityKeeper.ScopeToModule(transfertypes.ModuleName),
		icaHost:  app.CapabilityKeeper.ScopeToModule(icahosttypes.SubModuleName),
		wasm:     app.CapabilityKeeper.ScopeToModule(wasmtypes.ModuleName),
	}
	app.CapabilityKeeper.Seal()
	app.ScopedIBCKeeper = scoped.ibc

	app.IBCKeeper = ibckeeper.NewKeeper(app.cdc, app.keys[ibcexported.StoreKey], nil, app.StakingKeeper, app.UpgradeKeeper, scoped.ibc, gov)
	channel, port := app.IBCKeeper.ChannelKeeper, app.IBCKeeper.PortKeeper
	app.ZonesKeeper = app.ZonesKeeper.WithIBC(channel, app.IBCKeeper.ClientKeeper)

	app.RateLimitKeeper = *ratelimitkeeper.NewKeeper(app.cdc, runtime.NewKVStoreService(app.keys[ratelimittypes.StoreKey]),
		paramstypes.Subspace{}, gov, app.BankKeeper, channel, channel)
	app.TransacketKeeper = transacketkeeper.NewKeeper(app.cdc, runtime.NewKVStoreService(app.keys[transackettypes.StoreKey]),
		gov, app.AccountKeeper, app.BankKeeper, channel, app.RateLimitKeeper).
		WithZones(app.ZonesKeeper).WithRateLimits(rateLimits{app.RateLimitKeeper})
	app.TransferKeeper = transferkeeper.NewKeeper(app.cdc, app.keys[transfertypes.StoreKey], nil,
		app.TransacketKeeper, channel, port, app.AccountKeeper, app.BankKeeper, scoped.transfer, gov)
	// What users send enters the stack at its top.
	app.TransacketKeeper = app.TransacketKeeper.WithTransferKeeper(transfers{app.TransferKeeper, app.guard()}).WithScopedKeeper(scoped.transfer)
	sender := transacketkeeper.NewMsgServerImpl(app.TransacketKeeper)
	app.DidKeeper = app.DidKeeper.WithTransackets(sender, app.ZonesKeeper)
	app.ZonesKeeper = app.ZonesKeeper.WithTransackets(sender, app.TransacketKeeper).WithCensus(app.DidKeeper)
	app.ICAHostKeeper = icahostkeeper.NewKeeper(app.cdc, app.keys[icahosttypes.StoreKey], nil,
		channel, channel, port, app.AccountKeeper, scoped.icaHost, app.MsgServiceRouter(), gov)
	app.ICAHostKeeper.WithQueryRouter(app.GRPCQueryRouter())
	return scoped
}

// routeIBC gives each port its module and seals the router.
func (app *App) routeIBC() {
	var transferStack porttypes.IBCModule = transfer.NewIBCModule(app.TransferKeeper)
	transferStack = transacket.NewIBCMiddleware(transferStack, app.TransacketKeeper)
	transferStack = ratelimit.NewIBCMiddleware(app.RateLimitKeeper, transferStack)
	transferStack = transacket.NewAckGuard(transferStack) // rate limiting reads acknowledgements too

	channel := app.IBCKeeper.ChannelKeeper
	app.IBCKeeper.SetRouter(porttypes.NewRouter().
		AddRoute(transfertypes.ModuleName, transferStack).
		AddRoute(icahosttypes.SubModuleName, icahost.NewIBCModule(app.ICAHostKeeper)).
		AddRoute(wasmtypes.ModuleName, wasm.NewIBCHandler(app.WasmKeeper, channel, channel)))
}
