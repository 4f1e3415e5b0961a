package did

import (
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/did/simulation"
	"github.com/meshchain/meshchain/x/did/types"
)

// GenerateGenesisState makes a random genesis state.
func (AppModule) GenerateGenesisState(state *module.SimulationState) {
	simulation.RandomizedGenState(state)
}

// ProposalMsgs returns random messages that only governance may send.
func (AppModule) ProposalMsgs(module.SimulationState) []simtypes.WeightedProposalMsg {
	return simulation.ProposalMsgs()
}

// RegisterStoreDecoder names what differs between two stores.
func (am AppModule) RegisterStoreDecoder(registry simtypes.StoreDecoderRegistry) {
	registry[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(am.keeper.Schema)
}

// WeightedOperations returns random messages of accounts.
func (am AppModule) WeightedOperations(state module.SimulationState) []simtypes.WeightedOperation {
	return simulation.WeightedOperations(state, am.keeper, am.account, am.bank)
}
