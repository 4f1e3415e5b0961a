package app

import (
	"fmt"

	"github.com/spf13/cast"

	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log"
	circuitkeeper "cosmossdk.io/x/circuit/keeper"
	circuittypes "cosmossdk.io/x/circuit/types"
	evidencekeeper "cosmossdk.io/x/evidence/keeper"
	evidencetypes "cosmossdk.io/x/evidence/types"
	"cosmossdk.io/x/feegrant"
	feegrantkeeper "cosmossdk.io/x/feegrant/keeper"
	upgradekeeper "cosmossdk.io/x/upgrade/keeper"
	upgradetypes "cosmossdk.io/x/upgrade/types"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	authcodec "github.com/cosmos/cosmos-sdk/x/auth/codec"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govkeeper "github.com/cosmos/cosmos-sdk/x/gov/keeper"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1beta1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1beta1"
	mintkeeper "github.com/cosmos/cosmos-sdk/x/mint/keeper"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	wasmkeeper "github.com/CosmWasm/wasmd/x/wasm/keeper"
	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	ratelimitkeeper "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/keeper"
	capabilitykeeper "github.com/cosmos/ibc-go/modules/capability/keeper"
	icahostkeeper "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/host/keeper"
	icatypes "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/types"
	transferkeeper "github.com/cosmos/ibc-go/v8/modules/apps/transfer/keeper"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	ibckeeper "github.com/cosmos/ibc-go/v8/modules/core/keeper"

	channelskeeper "github.com/meshchain/meshchain/x/channels/keeper"
	channelstypes "github.com/meshchain/meshchain/x/channels/types"
	didkeeper "github.com/meshchain/meshchain/x/did/keeper"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	transacketkeeper "github.com/meshchain/meshchain/x/transacket/keeper"
	zoneskeeper "github.com/meshchain/meshchain/x/zones/keeper"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// keepers of every module, embedded in App so that app.BankKeeper reads as it
// does elsewhere.
type keepers struct {
	ConsensusKeeper consensuskeeper.Keeper
	AccountKeeper   authkeeper.AccountKeeper
	BankKeeper      bankkeeper.BaseKeeper
	StakingKeeper   *stakingkeeper.Keeper
	MintKeeper      mintkeeper.Keeper
	DistrKeeper     distrkeeper.Keeper
	SlashingKeeper  slashingkeeper.Keeper
	EvidenceKeeper  evidencekeeper.Keeper
	FeeGrantKeeper  feegrantkeeper.Keeper
	AuthzKeeper     authzkeeper.Keeper
	CircuitKeeper   circuitkeeper.Keeper
	UpgradeKeeper   *upgradekeeper.Keeper
	GovKeeper       *govkeeper.Keeper

	CapabilityKeeper *capabilitykeeper.Keeper
	IBCKeeper        *ibckeeper.Keeper
	TransferKeeper   transferkeeper.Keeper
	RateLimitKeeper  ratelimitkeeper.Keeper
	ICAHostKeeper    icahostkeeper.Keeper
	WasmKeeper       wasmkeeper.Keeper

	ZonesKeeper      zoneskeeper.Keeper
	TransacketKeeper transacketkeeper.Keeper
	ChannelsKeeper   channelskeeper.Keeper
	DidKeeper        didkeeper.Keeper

	// ScopedIBCKeeper is asked for by ibc-go's testing package.
	ScopedIBCKeeper capabilitykeeper.ScopedKeeper
}

// moduleAccountPermissions names every module account and what it may do.
func moduleAccountPermissions() map[string][]string {
	return map[string][]string{
		authtypes.FeeCollectorName:     nil,
		distrtypes.ModuleName:          nil,
		minttypes.ModuleName:           {authtypes.Minter},
		stakingtypes.BondedPoolName:    {authtypes.Burner, authtypes.Staking},
		stakingtypes.NotBondedPoolName: {authtypes.Burner, authtypes.Staking},
		govtypes.ModuleName:            {authtypes.Burner},
		transfertypes.ModuleName:       {authtypes.Minter, authtypes.Burner},
		icatypes.ModuleName:            nil,
		wasmtypes.ModuleName:           {authtypes.Burner},
		channelstypes.ModuleName:       nil,                // holds deposits, bonds, collateral, credits
		zonestypes.ModuleName:          nil,                // holds bonds
		didtypes.ModuleName:            {authtypes.Burner}, // fees pass through it
	}
}

// BlockedAddresses cannot receive tokens by a transfer: module accounts would
// keep them for ever. Governance may, since proposals can spend.
func BlockedAddresses() map[string]bool {
	blocked := make(map[string]bool)
	for name := range moduleAccountPermissions() { //determinism:allow fills a map, whose order nobody sees
		blocked[authtypes.NewModuleAddress(name).String()] = name != govtypes.ModuleName
	}
	return blocked
}

// authority may change params and run upgrades: the governance account.
func authority() string { return authtypes.NewModuleAddress(govtypes.ModuleName).String() }

// newKeepers builds the keepers of the SDK's modules and of ours, in the order
// of their dependencies. IBC follows in newIBCKeepers, contracts in newWasmKeeper.
func (app *App) newKeepers(appOpts servertypes.AppOptions, logger log.Logger) {
	gov := authority()
	store := func(name string) corestore.KVStoreService { return runtime.NewKVStoreService(app.keys[name]) }

	app.ConsensusKeeper = consensuskeeper.NewKeeper(app.cdc, store(consensustypes.StoreKey), gov, runtime.EventService{})
	app.SetParamStore(app.ConsensusKeeper.ParamsStore)

	app.AccountKeeper = authkeeper.NewAccountKeeper(app.cdc, store(authtypes.StoreKey), authtypes.ProtoBaseAccount,
		moduleAccountPermissions(), authcodec.NewBech32Codec(Bech32Prefix), Bech32Prefix, gov)
	app.BankKeeper = bankkeeper.NewBaseKeeper(app.cdc, store(banktypes.StoreKey), app.AccountKeeper, BlockedAddresses(), gov, logger)
	app.StakingKeeper = stakingkeeper.NewKeeper(app.cdc, store(stakingtypes.StoreKey), app.AccountKeeper, app.BankKeeper, gov,
		authcodec.NewBech32Codec(Bech32Prefix+"valoper"), authcodec.NewBech32Codec(Bech32Prefix+"valcons"))
	app.MintKeeper = mintkeeper.NewKeeper(app.cdc, store(minttypes.StoreKey), app.StakingKeeper, app.AccountKeeper, app.BankKeeper,
		authtypes.FeeCollectorName, gov)
	app.DistrKeeper = distrkeeper.NewKeeper(app.cdc, store(distrtypes.StoreKey), app.AccountKeeper, app.BankKeeper, app.StakingKeeper,
		authtypes.FeeCollectorName, gov)
	app.SlashingKeeper = slashingkeeper.NewKeeper(app.cdc, app.amino, store(slashingtypes.StoreKey), app.StakingKeeper, gov)
	app.StakingKeeper.SetHooks(stakingtypes.NewMultiStakingHooks(app.DistrKeeper.Hooks(), app.SlashingKeeper.Hooks()))
	evidence := evidencekeeper.NewKeeper(app.cdc, store(evidencetypes.StoreKey), app.StakingKeeper, app.SlashingKeeper,
		app.AccountKeeper.AddressCodec(), runtime.ProvideCometInfoService())
	// CometBFT reports double signing by itself; evidence in transactions has no
	// handler, and an empty router says so.
	evidence.SetRouter(evidencetypes.NewRouter())
	app.EvidenceKeeper = *evidence

	app.FeeGrantKeeper = feegrantkeeper.NewKeeper(app.cdc, store(feegrant.StoreKey), app.AccountKeeper)
	app.AuthzKeeper = authzkeeper.NewKeeper(store(authzkeeper.StoreKey), app.cdc, app.MsgServiceRouter(), app.AccountKeeper)

	app.ZonesKeeper = zoneskeeper.NewKeeper(app.cdc, store(zonestypes.StoreKey), gov, app.AccountKeeper, app.BankKeeper)
	app.CircuitKeeper = circuitkeeper.NewKeeper(app.cdc, store(circuittypes.StoreKey), gov, app.AccountKeeper.AddressCodec())
	app.SetCircuitBreaker(app.guard())

	app.ChannelsKeeper = channelskeeper.NewKeeper(app.cdc, store(channelstypes.StoreKey), gov, app.AccountKeeper, app.BankKeeper, app.DistrKeeper)
	app.DidKeeper = didkeeper.NewKeeper(app.cdc, store(didtypes.StoreKey), gov, app.BankKeeper, app.ZonesKeeper)

	skipHeights := make(map[int64]bool)
	for _, h := range cast.ToIntSlice(appOpts.Get(server.FlagUnsafeSkipUpgrades)) {
		skipHeights[int64(h)] = true
	}
	app.UpgradeKeeper = upgradekeeper.NewKeeper(skipHeights, store(upgradetypes.StoreKey), app.cdc,
		cast.ToString(appOpts.Get(flags.FlagHome)), app.BaseApp, gov)

	app.GovKeeper = govkeeper.NewKeeper(app.cdc, store(govtypes.StoreKey), app.AccountKeeper, app.BankKeeper, app.StakingKeeper,
		app.DistrKeeper, app.MsgServiceRouter(), govtypes.DefaultConfig(), gov)
	// Legacy text proposals are all that the old router serves: without it
	// MsgExecLegacyContent would meet a nil router.
	app.GovKeeper.SetLegacyRouter(govv1beta1.NewRouter().AddRoute(govtypes.RouterKey, govv1beta1.ProposalHandler))
}

// checkHome refuses to run without a home: wasm and upgrade files lie there.
func checkHome(appOpts servertypes.AppOptions) string {
	home := cast.ToString(appOpts.Get(flags.FlagHome))
	if home == "" {
		panic(fmt.Errorf("%s: --%s is not set", Name, flags.FlagHome))
	}
	return home
}
