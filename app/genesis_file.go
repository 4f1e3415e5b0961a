package app

import (
	"encoding/json"
	"fmt"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/cosmos/cosmos-sdk/version"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

const (
	// MaxBlockBytes bounds a block: a MeshBox on a slow link must keep up.
	MaxBlockBytes = 4 << 20
	// MaxBlockGas bounds the work of a block; a bank send takes about 80,000.
	MaxBlockGas = 200_000_000
)

// NewGenesis is the genesis file of a new chain that starts at that time,
// without accounts and validators.
func (app *App) NewGenesis(id zonestypes.Identity, chainID string, start time.Time) (*genutiltypes.AppGenesis, error) {
	state, err := app.DefaultGenesis(id)
	if err != nil {
		return nil, err
	}
	if err := ValidateGenesis(app.cdc, chainID, state); err != nil {
		return nil, err
	}
	bz, err := json.MarshalIndent(state, "", " ")
	if err != nil {
		return nil, err
	}
	return &genutiltypes.AppGenesis{
		AppName:       version.AppName,
		AppVersion:    version.Version,
		GenesisTime:   start.UTC(),
		ChainID:       chainID,
		InitialHeight: 1,
		AppState:      bz,
		Consensus:     &genutiltypes.ConsensusGenesis{Params: consensusParams()},
	}, nil
}

// consensusParams bound blocks, and keep evidence as long as stake is slashable.
func consensusParams() *cmttypes.ConsensusParams {
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxBytes = MaxBlockBytes
	params.Block.MaxGas = MaxBlockGas
	params.Evidence.MaxAgeDuration = UnbondingTime
	params.Evidence.MaxAgeNumBlocks = int64(UnbondingTime / BlockTime)
	return params
}

// ValidateGenesisFile checks a genesis file as a whole and module by module.
func (app *App) ValidateGenesisFile(path string) error {
	genesis, err := genutiltypes.AppGenesisFromFile(path)
	if err != nil {
		return err
	}
	if err := genesis.ValidateAndComplete(); err != nil {
		return err
	}
	var state GenesisState
	if err := json.Unmarshal(genesis.AppState, &state); err != nil {
		return fmt.Errorf("app_state: %w", err)
	}
	if err := ValidateGenesis(app.cdc, genesis.ChainID, state); err != nil {
		return fmt.Errorf("app_state: %w", err)
	}
	return app.BasicModuleManager.ValidateGenesis(app.cdc, app.txConfig, state)
}
