package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// genesisState is a genesis being made: the default of the binary, edited by type.
type genesisState struct {
	doc    *cmttypes.GenesisDoc
	codec  codec.Codec
	state  map[string]json.RawMessage
	spec   Spec
	failed error
}

func readGenesis(file string, spec Spec, cdc codec.Codec) (*genesisState, error) {
	app, err := genutiltypes.AppGenesisFromFile(file)
	if err != nil {
		return nil, err
	}
	g := &genesisState{codec: cdc, spec: spec}
	if g.doc, err = app.ToGenesisDoc(); err != nil {
		return nil, fmt.Errorf("genesis %s: %w", file, err)
	}
	if err := json.Unmarshal(g.doc.AppState, &g.state); err != nil {
		return nil, fmt.Errorf("genesis %s: app_state: %w", file, err)
	}
	return g, nil
}

// edit changes the state of one module. The first error is kept.
func edit[T proto.Message](g *genesisState, module string, state T, change func(T)) {
	if g.failed != nil {
		return
	}
	if err := g.codec.UnmarshalJSON(g.state[module], state); err != nil {
		g.failed = fmt.Errorf("genesis of %s: %w", module, err)
		return
	}
	change(state)
	if g.state[module], g.failed = g.codec.MarshalJSON(state); g.failed != nil {
		g.failed = fmt.Errorf("genesis of %s: %w", module, g.failed)
	}
}

// apply writes the specification into the genesis.
func (g *genesisState) apply(start time.Time, owner string, balances []banktypes.Balance) {
	p := g.spec.Parameters
	g.doc.GenesisTime = start
	params := g.doc.ConsensusParams
	params.Block.MaxBytes, params.Block.MaxGas = p.MaxBlockBytes, p.MaxBlockGas
	params.Evidence.MaxAgeDuration = p.UnbondingTime
	params.Evidence.MaxAgeNumBlocks = max(1, int64(p.UnbondingTime/g.spec.BlockTime))
	params.Evidence.MaxBytes = min(params.Evidence.MaxBytes, p.MaxBlockBytes)

	edit(g, zonestypes.ModuleName, &zonestypes.GenesisState{}, func(s *zonestypes.GenesisState) { s.Owner = owner })
	edit(g, stakingtypes.ModuleName, &stakingtypes.GenesisState{}, func(s *stakingtypes.GenesisState) {
		s.Params.UnbondingTime, s.Params.MaxValidators = p.UnbondingTime, p.MaxValidators
	})
	edit(g, minttypes.ModuleName, &minttypes.GenesisState{}, func(s *minttypes.GenesisState) {
		inflation := math.LegacyMustNewDecFromStr(p.Inflation) // Complete has checked it
		s.Minter.Inflation, s.Params.InflationMin, s.Params.InflationMax = inflation, inflation, inflation
	})
	edit(g, govtypes.ModuleName, &govv1.GenesisState{}, func(s *govv1.GenesisState) {
		voting, half := p.VotingPeriod, p.VotingPeriod/2
		s.Params.VotingPeriod = &voting
		if *s.Params.ExpeditedVotingPeriod >= voting {
			s.Params.ExpeditedVotingPeriod = &half
		}
	})
	edit(g, banktypes.ModuleName, &banktypes.GenesisState{}, func(s *banktypes.GenesisState) {
		for _, d := range g.spec.Denoms {
			s.DenomMetadata = append(s.DenomMetadata, d.metadata())
		}
		for _, b := range balances {
			s.Balances = append(s.Balances, b)
			s.Supply = s.Supply.Add(b.Coins...)
		}
	})
	edit(g, authtypes.ModuleName, &authtypes.GenesisState{}, func(s *authtypes.GenesisState) {
		var accounts authtypes.GenesisAccounts
		for i, b := range balances {
			accounts = append(accounts, &authtypes.BaseAccount{Address: b.Address, AccountNumber: uint64(i)})
		}
		var err error
		if s.Accounts, err = authtypes.PackAccounts(accounts); err != nil {
			g.failed = err
		}
	})
}

// enter adds the transaction that makes the first validator.
func (g *genesisState) enter(tx json.RawMessage) {
	edit(g, genutiltypes.ModuleName, &genutiltypes.GenesisState{}, func(s *genutiltypes.GenesisState) { s.GenTxs = []json.RawMessage{tx} })
}

// bytes is the file: exactly what a node answers when asked for its genesis, so that who gets it from
// a node can check the hash.
func (g *genesisState) bytes() ([]byte, error) {
	if g.failed != nil {
		return nil, g.failed
	}
	var err error
	if g.doc.AppState, err = json.Marshal(g.state); err != nil {
		return nil, err
	}
	data, err := cmtjson.Marshal(g.doc)
	if err != nil {
		return nil, err
	}
	again, err := canonicalGenesis(data)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(data, again) {
		return nil, fmt.Errorf("genesis: read and written again it has %d bytes instead of %d", len(again), len(data))
	}
	return data, nil
}

// canonicalGenesis is the form that a node serves: CometBFT's own JSON without white space.
func canonicalGenesis(data []byte) ([]byte, error) {
	app, err := genutiltypes.AppGenesisFromReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	doc, err := app.ToGenesisDoc()
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	return cmtjson.Marshal(doc)
}

// metadata describes a denom to wallets.
func (d Denom) metadata() banktypes.Metadata {
	m := banktypes.Metadata{
		Name: d.Base, Symbol: d.Base, Description: d.Description, Base: d.Base, Display: d.Base,
		DenomUnits: []*banktypes.DenomUnit{{Denom: d.Base}},
	}
	if d.Exponent > 0 {
		m.Name, m.Symbol, m.Display = d.Display, d.Display, d.Display
		m.DenomUnits = append(m.DenomUnits, &banktypes.DenomUnit{Denom: d.Display, Exponent: d.Exponent})
	}
	return m
}

// balances at genesis: validator, owner, relayer, the account that announces the zone, and those of
// the specification. One address may stand for several.
func (r *Record) balances() ([]banktypes.Balance, error) {
	native := func(amount string) string { return amount + r.Spec.Denom() }
	registry, err := formatAddress(zonestypes.RegistryAddress())
	if err != nil {
		return nil, err
	}
	twice := r.Spec.Stake.MulRaw(2).String()
	entries := []struct{ address, coins string }{
		{r.Addresses[keyValidator], native(twice)},
		{r.Owner.Address, native(ownerFunds)},
		{r.Relayer.Address, native(relayFunds)},
		{registry, native(announcerFunds)},
	}
	for _, a := range r.Spec.Accounts {
		address := a.Address
		if address == "" {
			address = r.Addresses[a.Name]
		}
		entries = append(entries, struct{ address, coins string }{address, a.Coins})
	}
	var out []banktypes.Balance
	at := map[string]int{}
	for _, e := range entries {
		coins, err := sdk.ParseCoinsNormalized(e.coins)
		if err != nil {
			return nil, fmt.Errorf("coins %q of %s: %w", e.coins, e.address, err)
		}
		if i, ok := at[e.address]; ok {
			out[i].Coins = out[i].Coins.Add(coins...)
			continue
		}
		at[e.address] = len(out)
		out = append(out, banktypes.Balance{Address: e.address, Coins: coins})
	}
	return out, nil
}

// fileHash is the SHA-256 of a genesis file, as the registry has it.
func fileHash(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return hash(data), nil
}
