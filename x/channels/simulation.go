package channels

import (
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/meshchain/meshchain/x/channels/simulation"
	"github.com/meshchain/meshchain/x/channels/types"
)

var (
	_ module.AppModuleSimulation = AppModule{}
	_ module.HasProposalMsgs     = AppModule{}
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
func (m AppModule) RegisterStoreDecoder(registry simtypes.StoreDecoderRegistry) {
	registry[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(m.keeper.Schema)
}

// WeightedOperations returns random messages of accounts.
func (m AppModule) WeightedOperations(state module.SimulationState) []simtypes.WeightedOperation {
	return simulation.WeightedOperations(state, m.keeper, m.account, m.bank)
}
