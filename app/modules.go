package app

import (
	"cosmossdk.io/x/circuit"
	circuittypes "cosmossdk.io/x/circuit/types"
	"cosmossdk.io/x/evidence"
	evidencetypes "cosmossdk.io/x/evidence/types"
	"cosmossdk.io/x/feegrant"
	feegrantmodule "cosmossdk.io/x/feegrant/module"
	"cosmossdk.io/x/upgrade"
	upgradetypes "cosmossdk.io/x/upgrade/types"

	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authsims "github.com/cosmos/cosmos-sdk/x/auth/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	authzmodule "github.com/cosmos/cosmos-sdk/x/authz/module"
	"github.com/cosmos/cosmos-sdk/x/bank"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/consensus"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distr "github.com/cosmos/cosmos-sdk/x/distribution"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	"github.com/cosmos/cosmos-sdk/x/mint"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	"github.com/cosmos/cosmos-sdk/x/slashing"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/CosmWasm/wasmd/x/wasm"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	ratelimit "github.com/cosmos/ibc-apps/modules/rate-limiting/v8"
	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"
	"github.com/cosmos/ibc-go/modules/capability"
	capabilitytypes "github.com/cosmos/ibc-go/modules/capability/types"
	ica "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts"
	icatypes "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/types"
	"github.com/cosmos/ibc-go/v8/modules/apps/transfer"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	ibc "github.com/cosmos/ibc-go/v8/modules/core"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/x/channels"
	channelstypes "github.com/meshchain/meshchain/x/channels/types"
	"github.com/meshchain/meshchain/x/did"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	"github.com/meshchain/meshchain/x/transacket"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	"github.com/meshchain/meshchain/x/zones"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// newModules returns the modules of the chain. The nil arguments are legacy
// param subspaces: x/params is not wired.
func (app *App) newModules() *module.Manager {
	return module.NewManager(
		genutil.NewAppModule(app.AccountKeeper, app.StakingKeeper, app, app.txConfig),
		auth.NewAppModule(app.cdc, app.AccountKeeper, authsims.RandomGenesisAccounts, nil),
		bank.NewAppModule(app.cdc, app.BankKeeper, app.AccountKeeper, nil),
		staking.NewAppModule(app.cdc, app.StakingKeeper, app.AccountKeeper, app.BankKeeper, nil),
		mint.NewAppModule(app.cdc, app.MintKeeper, app.AccountKeeper, nil, nil),
		distr.NewAppModule(app.cdc, app.DistrKeeper, app.AccountKeeper, app.BankKeeper, app.StakingKeeper, nil),
		slashing.NewAppModule(app.cdc, app.SlashingKeeper, app.AccountKeeper, app.BankKeeper, app.StakingKeeper, nil, app.registry),
		evidence.NewAppModule(app.EvidenceKeeper),
		gov.NewAppModule(app.cdc, app.GovKeeper, app.AccountKeeper, app.BankKeeper, nil),
		feegrantmodule.NewAppModule(app.cdc, app.AccountKeeper, app.BankKeeper, app.FeeGrantKeeper, app.registry),
		authzmodule.NewAppModule(app.cdc, app.AuthzKeeper, app.AccountKeeper, app.BankKeeper, app.registry),
		circuit.NewAppModule(app.cdc, app.CircuitKeeper),
		upgrade.NewAppModule(app.UpgradeKeeper, app.AccountKeeper.AddressCodec()),
		consensus.NewAppModule(app.cdc, app.ConsensusKeeper),

		capability.NewAppModule(app.cdc, *app.CapabilityKeeper, true),
		ibc.NewAppModule(app.IBCKeeper),
		ibctm.AppModule{},
		transfer.NewAppModule(app.TransferKeeper),
		ratelimit.NewAppModule(app.cdc, app.RateLimitKeeper),
		ica.NewAppModule(nil, &app.ICAHostKeeper), // host only: this chain controls no accounts elsewhere
		wasm.NewAppModule(app.cdc, &app.WasmKeeper, app.StakingKeeper, app.AccountKeeper, app.BankKeeper, app.MsgServiceRouter(), nil),

		zones.NewAppModule(app.cdc, app.ZonesKeeper, app.AccountKeeper, app.BankKeeper),
		transacket.NewAppModule(app.cdc, app.TransacketKeeper, app.AccountKeeper, app.BankKeeper),
		channels.NewAppModule(app.cdc, app.ChannelsKeeper, app.AccountKeeper, app.BankKeeper),
		did.NewAppModule(app.cdc, app.DidKeeper, app.AccountKeeper, app.BankKeeper),
	)
}

// setModuleOrders fixes who runs before whom. Each order lists every module
// that takes part; the module manager refuses an incomplete list.
func (app *App) setModuleOrders() {
	// A due upgrade changes the code that everything after it runs.
	app.ModuleManager.SetOrderPreBlockers(upgradetypes.ModuleName)

	app.ModuleManager.SetOrderBeginBlockers(
		capabilitytypes.ModuleName, // loads the port capabilities that IBC modules use
		minttypes.ModuleName,       // mints before distribution shares out
		distrtypes.ModuleName,      // before slashing, so that no fees are left behind (x/distribution CanWithdraw)
		slashingtypes.ModuleName,
		evidencetypes.ModuleName,
		stakingtypes.ModuleName,  // stores historical info for IBC
		channelstypes.ModuleName, // advances the channel clock before any message reads it
		didtypes.ModuleName,      // learns when the last block was decided, before keys are disclosed
		authz.ModuleName,         // drops expired grants
		ibcexported.ModuleName,
		ratelimittypes.ModuleName, // opens a new window on the hour
		transfertypes.ModuleName, icatypes.ModuleName, wasmtypes.ModuleName,
		genutiltypes.ModuleName, authtypes.ModuleName, banktypes.ModuleName, govtypes.ModuleName,
		feegrant.ModuleName, circuittypes.ModuleName, consensustypes.ModuleName,
		zonestypes.ModuleName, transackettypes.ModuleName,
	)
	app.ModuleManager.SetOrderEndBlockers(
		govtypes.ModuleName,     // proposals take effect before the validator set is counted
		stakingtypes.ModuleName, // the validator updates
		feegrant.ModuleName,
		transackettypes.ModuleName, // prunes what nobody read
		zonestypes.ModuleName,      // removes registrations that expired
		channelstypes.ModuleName,   // removes secrets whose time is over
		didtypes.ModuleName,        // expires certificates, removes streams that have ended
		capabilitytypes.ModuleName, ibcexported.ModuleName, transfertypes.ModuleName, ratelimittypes.ModuleName,
		icatypes.ModuleName, wasmtypes.ModuleName,
		genutiltypes.ModuleName, authtypes.ModuleName, banktypes.ModuleName, minttypes.ModuleName,
		distrtypes.ModuleName, slashingtypes.ModuleName, evidencetypes.ModuleName, authz.ModuleName,
		circuittypes.ModuleName, consensustypes.ModuleName,
	)

	genesis := []string{
		capabilitytypes.ModuleName, // before anybody binds a port
		zonestypes.ModuleName,      // the role, which others may ask for
		authtypes.ModuleName,       // accounts before balances
		banktypes.ModuleName,       // balances before they are bonded
		distrtypes.ModuleName,
		stakingtypes.ModuleName,
		slashingtypes.ModuleName,
		govtypes.ModuleName,
		minttypes.ModuleName,
		genutiltypes.ModuleName, // gentxs need accounts, pools and staking params
		evidencetypes.ModuleName,
		authz.ModuleName,
		feegrant.ModuleName,
		upgradetypes.ModuleName,
		consensustypes.ModuleName,
		ibcexported.ModuleName,
		transfertypes.ModuleName,
		ratelimittypes.ModuleName,
		icatypes.ModuleName,
		wasmtypes.ModuleName,
		transackettypes.ModuleName,
		channelstypes.ModuleName,
		didtypes.ModuleName,
		circuittypes.ModuleName, // last: it must not stop a genesis transaction
	}
	app.ModuleManager.SetOrderInitGenesis(genesis...)
	app.ModuleManager.SetOrderExportGenesis(genesis...)
}
