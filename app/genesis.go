package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cosmos/gogoproto/proto"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"
	circuittypes "cosmossdk.io/x/circuit/types"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/bank"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	icagenesistypes "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/genesis/types"
	icatypes "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibctypes "github.com/cosmos/ibc-go/v8/modules/core/types"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// GenesisState is the app_state of a genesis file: a JSON value per module.
type GenesisState map[string]json.RawMessage

// UnbondingTime is how long stake stays slashable. IBC clients trust this
// chain for two thirds of it, and blocks and evidence are kept as long.
const UnbondingTime = 21 * 24 * time.Hour

// newBasicModules adds what the module manager cannot know: the check of
// genesis transactions, gov without legacy proposal handlers, and a bank that
// accepts what ICS-20 wrote.
func newBasicModules(manager *module.Manager) module.BasicManager {
	return module.NewBasicManagerFromManager(manager, map[string]module.AppModuleBasic{
		genutiltypes.ModuleName: genutil.NewAppModuleBasic(genutiltypes.DefaultMessageValidator),
		govtypes.ModuleName:     gov.NewAppModuleBasic(nil),
		banktypes.ModuleName:    bankBasic{manager.Modules[banktypes.ModuleName].(bank.AppModule).AppModuleBasic},
	})
}

// bankBasic validates a genesis without the metadata of vouchers: ICS-20 writes
// it with the denom's path as name of the unit, which the bank's own validation
// refuses, so that no export of a linked chain would be valid.
type bankBasic struct{ bank.AppModuleBasic }

// ValidateGenesis implements module.HasGenesisBasics.
func (bankBasic) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, bz json.RawMessage) error {
	var state banktypes.GenesisState
	if err := cdc.UnmarshalJSON(bz, &state); err != nil {
		return fmt.Errorf("genesis of %s: %w", banktypes.ModuleName, err)
	}
	state.DenomMetadata = slices.DeleteFunc(state.DenomMetadata, func(m banktypes.Metadata) bool {
		return strings.HasPrefix(m.Base, transfertypes.DenomPrefix+"/")
	})
	return state.Validate()
}

// DefaultGenesis is the genesis state of a chain with that identity, before
// accounts and validators are added.
func (app *App) DefaultGenesis(id zonestypes.Identity) (GenesisState, error) {
	if err := id.Validate(); err != nil {
		return nil, err
	}
	state := GenesisState(app.BasicModuleManager.DefaultGenesis(app.cdc))
	for _, edit := range []func(codec.JSONCodec, zonestypes.Identity, GenesisState) error{
		setIdentity, setBank, setStaking, setMint, setSlashing, setGov, setIBC, setICA, setWasm,
	} {
		if err := edit(app.cdc, id, state); err != nil {
			return nil, err
		}
	}
	return state, nil
}

// ValidateGenesis checks what no module can check alone: that identity,
// chain-id, tokens and stake fit together.
func ValidateGenesis(cdc codec.JSONCodec, chainID string, state GenesisState) error {
	zones, err := zonestypes.ParseGenesis(cdc, state[zonestypes.ModuleName])
	if err != nil {
		return err
	}
	id := zones.Identity
	if err := zones.Validate(); err != nil {
		return err
	}
	if err := id.ValidateChainID(chainID); err != nil {
		return err
	}
	var staking stakingtypes.GenesisState
	if err := cdc.UnmarshalJSON(state[stakingtypes.ModuleName], &staking); err != nil {
		return fmt.Errorf("genesis of %s: %w", stakingtypes.ModuleName, err)
	}
	if denom := staking.Params.BondDenom; denom != id.NativeDenom() {
		return errorsmod.Wrapf(zonestypes.ErrForeignDenom, "staking.params.bond_denom %q: must be %s", denom, id.NativeDenom())
	}
	var mint minttypes.GenesisState
	if err := cdc.UnmarshalJSON(state[minttypes.ModuleName], &mint); err != nil {
		return fmt.Errorf("genesis of %s: %w", minttypes.ModuleName, err)
	}
	if denom := mint.Params.MintDenom; denom != id.NativeDenom() {
		return errorsmod.Wrapf(zonestypes.ErrForeignDenom, "mint.params.mint_denom %q: must be %s", denom, id.NativeDenom())
	}
	return validateZoneTokens(cdc, id, state)
}

// validateZoneTokens refuses native SMT and MESH on a zone: there they exist
// only as ICS-20 vouchers, or every zone could mint counterfeit ones.
func validateZoneTokens(cdc codec.JSONCodec, id zonestypes.Identity, state GenesisState) error {
	if id.IsMain() {
		return nil
	}
	var bank banktypes.GenesisState
	if err := cdc.UnmarshalJSON(state[banktypes.ModuleName], &bank); err != nil {
		return fmt.Errorf("genesis of %s: %w", banktypes.ModuleName, err)
	}
	foreign := func(field string, coins sdk.Coins) error {
		for _, denom := range zonestypes.MainDenoms() {
			if coins.AmountOf(denom).IsPositive() {
				return errorsmod.Wrapf(zonestypes.ErrForeignDenom,
					"%s has %s%s: zone %s may hold %s only as an ICS-20 voucher", field, coins.AmountOf(denom), denom, id.Zone, denom)
			}
		}
		return nil
	}
	if err := foreign("bank.supply", bank.Supply); err != nil {
		return err
	}
	for _, b := range bank.Balances {
		if err := foreign("bank.balances of "+b.Address, b.Coins); err != nil {
			return err
		}
	}
	return nil
}

// update decodes one module's genesis, lets change edit it and writes it back.
func update[T proto.Message](cdc codec.JSONCodec, state GenesisState, name string, into T, change func(T)) error {
	if err := cdc.UnmarshalJSON(state[name], into); err != nil {
		return fmt.Errorf("genesis of %s: %w", name, err)
	}
	change(into)
	bz, err := cdc.MarshalJSON(into)
	if err != nil {
		return fmt.Errorf("genesis of %s: %w", name, err)
	}
	state[name] = bz
	return nil
}

func setIdentity(cdc codec.JSONCodec, id zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, zonestypes.ModuleName, &zonestypes.GenesisState{}, func(gs *zonestypes.GenesisState) { gs.Identity = id })
}

func setBank(cdc codec.JSONCodec, id zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, banktypes.ModuleName, &banktypes.GenesisState{}, func(gs *banktypes.GenesisState) {
		if id.IsMain() {
			gs.DenomMetadata = []banktypes.Metadata{
				metadata("SmartMesh Token", "SMT", "pays fees and is staked on the main chain"),
				metadata("MESH", "MESH", "pays for content and services"),
			}
			return
		}
		gs.DenomMetadata = []banktypes.Metadata{
			metadata(id.Zone, id.Zone, "pays fees and is staked on the zone "+id.Zone),
		}
	})
}

func setStaking(cdc codec.JSONCodec, id zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, stakingtypes.ModuleName, &stakingtypes.GenesisState{}, func(gs *stakingtypes.GenesisState) {
		gs.Params.BondDenom = id.NativeDenom()
		gs.Params.UnbondingTime = UnbondingTime
		if !id.IsMain() {
			gs.Params.HistoricalEntries = 1000 // a relayer's handshake needs minutes, a small disk every byte
		}
	})
}

func setMint(cdc codec.JSONCodec, id zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, minttypes.ModuleName, &minttypes.GenesisState{}, func(gs *minttypes.GenesisState) {
		gs.Params.MintDenom = id.NativeDenom()
		if !id.IsMain() {
			zero := math.LegacyZeroDec()
			gs.Minter.Inflation, gs.Minter.AnnualProvisions = zero, zero
			gs.Params.InflationMin, gs.Params.InflationMax, gs.Params.InflationRateChange = zero, zero, zero
		}
	})
}

// setSlashing allows for links that come and go: a validator may be away for
// most of a window of 10,000 blocks (14 hours at 5 s) before it is jailed.
func setSlashing(cdc codec.JSONCodec, _ zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, slashingtypes.ModuleName, &slashingtypes.GenesisState{}, func(gs *slashingtypes.GenesisState) {
		gs.Params.SignedBlocksWindow = 10_000
		gs.Params.MinSignedPerWindow = math.LegacyNewDecWithPrec(5, 2)
		gs.Params.SlashFractionDowntime = math.LegacyNewDecWithPrec(1, 4)
	})
}

func setGov(cdc codec.JSONCodec, id zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, govtypes.ModuleName, &govv1.GenesisState{}, func(gs *govv1.GenesisState) {
		gs.Params.MinDeposit = sdk.NewCoins(sdk.NewInt64Coin(id.NativeDenom(), 10_000_000))
		gs.Params.ExpeditedMinDeposit = sdk.NewCoins(sdk.NewInt64Coin(id.NativeDenom(), 50_000_000))
	})
}

// setIBC allows the two light clients that this chain can use.
func setIBC(cdc codec.JSONCodec, _ zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, ibcexported.ModuleName, &ibctypes.GenesisState{}, func(gs *ibctypes.GenesisState) {
		gs.ClientGenesis.Params.AllowedClients = []string{ibcexported.Tendermint, ibcexported.Localhost}
	})
}

// setICA lets other chains' accounts do here what an owner of tokens does, and
// nothing that governs. "*" (everything) is ibc-go's default.
func setICA(cdc codec.JSONCodec, _ zonestypes.Identity, state GenesisState) error {
	return update(cdc, state, icatypes.ModuleName, &icagenesistypes.GenesisState{}, func(gs *icagenesistypes.GenesisState) {
		gs.HostGenesisState.Params.AllowMessages = icaAllowedMessages()
	})
}

// setWasm closes contract upload and instantiation, twice: by wasm's own
// permissions for accounts, and by x/circuit for governance (wasm.go).
func setWasm(cdc codec.JSONCodec, _ zonestypes.Identity, state GenesisState) error {
	err := update(cdc, state, wasmtypes.ModuleName, &wasmtypes.GenesisState{}, func(gs *wasmtypes.GenesisState) {
		gs.Params.CodeUploadAccess = wasmtypes.AllowNobody
		gs.Params.InstantiateDefaultPermission = wasmtypes.AccessTypeNobody
	})
	if err != nil {
		return err
	}
	return update(cdc, state, circuittypes.ModuleName, &circuittypes.GenesisState{}, func(gs *circuittypes.GenesisState) {
		gs.DisabledTypeUrls = append(gs.DisabledTypeUrls, wasmMessages()...)
		slices.Sort(gs.DisabledTypeUrls)
	})
}

// metadata describes u<symbol>, the millionth part of a token.
func metadata(name, symbol, description string) banktypes.Metadata {
	display := strings.ToLower(symbol)
	return banktypes.Metadata{
		Name: name, Symbol: symbol, Description: name + " " + description,
		Base: "u" + display, Display: display,
		DenomUnits: []*banktypes.DenomUnit{
			{Denom: "u" + display, Exponent: 0, Aliases: []string{"micro" + display}},
			{Denom: display, Exponent: 6},
		},
	}
}
