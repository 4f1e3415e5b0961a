package app

import (
	"github.com/cosmos/gogoproto/proto"

	sdk "github.com/cosmos/cosmos-sdk/types"

	wasmkeeper "github.com/CosmWasm/wasmd/x/wasm/keeper"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// contracts lets TransacKets call contracts. They send by Any messages, which pass
// the same guard as everybody's, and need no encoder of ours.
type contracts struct {
	wasmkeeper.Keeper
	wasmtypes.ContractOpsKeeper
	guard messageGuard
}

// Execute calls a contract, unless that is disabled for everybody.
func (c contracts) Execute(ctx sdk.Context, contract, caller sdk.AccAddress, msg []byte, funds sdk.Coins) ([]byte, error) {
	if _, err := c.guard.IsAllowed(ctx, sdk.MsgTypeURL(&wasmtypes.MsgExecuteContract{})); err != nil {
		return nil, err
	}
	return c.ContractOpsKeeper.Execute(ctx, contract, caller, msg, funds)
}

// completeTransackets adds to TransacKets what is built after their keeper: the
// receivers that are code. What users send and what other chains send goes through
// the copy that this leaves in the app; transfer's own copy only sends packets on.
func (app *App) completeTransackets() {
	app.TransacketKeeper = app.TransacketKeeper.
		WithContracts(contracts{
			Keeper: app.WasmKeeper, ContractOpsKeeper: wasmkeeper.NewDefaultPermissionKeeper(app.WasmKeeper),
			guard: app.guard(),
		}).
		WithHooks(app.ZonesKeeper.Hooks(), app.DidKeeper.Hooks()).
		WithNameResolver(app.DidKeeper.Names(app.AccountKeeper.AddressCodec()))
}

// contractQueries are the queries of this chain that contracts may make, besides
// those of CosmWasm itself. Each is deterministic and bounded by the gas it uses.
func contractQueries() wasmkeeper.AcceptedQueries {
	const service = "/mesh.transacket.v1.Query/"
	return wasmkeeper.AcceptedQueries{
		service + "Params":       func() proto.Message { return &transackettypes.QueryParamsResponse{} },
		service + "Inbox":        func() proto.Message { return &transackettypes.QueryInboxResponse{} },
		service + "Transacket":   func() proto.Message { return &transackettypes.QueryTransacketResponse{} },
		service + "Thread":       func() proto.Message { return &transackettypes.QueryThreadResponse{} },
		service + "Prices":       func() proto.Message { return &transackettypes.QueryPricesResponse{} },
		service + "Hold":         func() proto.Message { return &transackettypes.QueryHoldResponse{} },
		service + "Content":      func() proto.Message { return &transackettypes.QueryContentResponse{} },
		service + "ContentProof": func() proto.Message { return &transackettypes.QueryContentProofResponse{} },
	}
}

// queryPlugins opens those queries to contracts, in the form of CosmWasm 1 and 2.
func (app *App) queryPlugins() wasmkeeper.Option {
	return wasmkeeper.WithQueryPlugins(&wasmkeeper.QueryPlugins{
		Grpc:     wasmkeeper.AcceptListGrpcQuerier(contractQueries(), app.GRPCQueryRouter(), app.cdc),
		Stargate: wasmkeeper.AcceptListStargateQuerier(contractQueries(), app.GRPCQueryRouter(), app.cdc),
	})
}
