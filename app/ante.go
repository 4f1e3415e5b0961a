package app

import (
	circuitante "cosmossdk.io/x/circuit/ante"

	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"

	wasmkeeper "github.com/CosmWasm/wasmd/x/wasm/keeper"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	ibcante "github.com/cosmos/ibc-go/v8/modules/core/ante"
)

// anteHandler checks a transaction before its messages run. Cheap refusals
// come first; nothing is charged before the fee, nothing trusted before the
// signatures.
func (app *App) anteHandler(wasmConfig wasmtypes.NodeConfig) sdk.AnteHandler {
	return sdk.ChainAnteDecorators(
		// The gas meter: everything below is metered.
		ante.NewSetUpContextDecorator(),
		// Simulations are bounded by node configuration.
		wasmkeeper.NewLimitSimulationGasDecorator(wasmConfig.SimulationGasLimit),
		// Contracts can ask for the index of their transaction.
		wasmkeeper.NewCountTXDecorator(runtime.NewKVStoreService(app.keys[wasmtypes.StoreKey])),
		wasmkeeper.NewGasRegisterDecorator(app.WasmKeeper.GetGasRegister()),
		wasmkeeper.NewTxContractsDecorator(),
		// Disabled messages and messages of the other role never enter the mempool.
		circuitante.NewCircuitBreakerDecorator(app.guard()),
		// Unknown critical extensions are refused, not ignored.
		ante.NewExtensionOptionsDecorator(nil),
		ante.NewValidateBasicDecorator(),
		ante.NewTxTimeoutHeightDecorator(),
		ante.NewValidateMemoDecorator(app.AccountKeeper),
		ante.NewConsumeGasForTxSizeDecorator(app.AccountKeeper),
		// The fee is taken here, also when a message fails later.
		ante.NewDeductFeeDecorator(app.AccountKeeper, app.BankKeeper, app.FeeGrantKeeper, nil),
		// Public keys before the signatures that need them.
		ante.NewSetPubKeyDecorator(app.AccountKeeper),
		ante.NewValidateSigCountDecorator(app.AccountKeeper),
		ante.NewSigGasConsumeDecorator(app.AccountKeeper, ante.DefaultSigVerificationGasConsumer),
		ante.NewSigVerificationDecorator(app.AccountKeeper, app.txConfig.SignModeHandler()),
		ante.NewIncrementSequenceDecorator(app.AccountKeeper),
		// Of two relayers with the same packets the later one pays nothing.
		ibcante.NewRedundantRelayDecorator(app.IBCKeeper),
	)
}
