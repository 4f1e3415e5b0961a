package mesh

import (
	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"

	capabilitykeeper "github.com/cosmos/ibc-go/modules/capability/keeper"
	ibckeeper "github.com/cosmos/ibc-go/v8/modules/core/keeper"
	ibctesting "github.com/cosmos/ibc-go/v8/testing"
	ibctestingtypes "github.com/cosmos/ibc-go/v8/testing/types"

	"github.com/meshchain/meshchain/app"
)

var _ ibctesting.TestingApp = (*testingApp)(nil)

// testingApp gives an app the methods that ibc-go's testing package asks for.
// Blocks pass through the fixture, which adds proposer and votes and remembers
// them, and leave their packets and acknowledgements with the chain.
type testingApp struct {
	*app.App
	chain *Chain
}

// FinalizeBlock implements servertypes.ABCI.
func (a *testingApp) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	response, err := a.chain.Finalize(req)
	if err != nil {
		return nil, err
	}
	a.chain.Last = response
	a.chain.observe(response.Events)
	for _, result := range response.TxResults {
		a.chain.observe(result.Events)
	}
	return response, nil
}

// Commit implements servertypes.ABCI.
func (a *testingApp) Commit() (*abci.ResponseCommit, error) {
	a.chain.Fixture.Commit(a.chain.Last)
	return &abci.ResponseCommit{}, nil
}

func (a *testingApp) GetBaseApp() *baseapp.BaseApp                      { return a.BaseApp }
func (a *testingApp) GetStakingKeeper() ibctestingtypes.StakingKeeper   { return a.StakingKeeper }
func (a *testingApp) GetIBCKeeper() *ibckeeper.Keeper                   { return a.IBCKeeper }
func (a *testingApp) GetScopedIBCKeeper() capabilitykeeper.ScopedKeeper { return a.ScopedIBCKeeper }
func (a *testingApp) GetTxConfig() client.TxConfig                      { return a.TxConfig() }
