package app_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/x/feegrant"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// lively is a main chain and a zone in which everything that can be exported is
// there: sends, delegations, an unbonding, a redelegation, proposals, grants, an
// IBC channel with vouchers, a packet in flight, and inboxes.
func lively(t *testing.T) *mesh.Mesh {
	t.Helper()
	m := mesh.New(t, []string{"farm"})
	farm := m.Link("farm")
	for _, c := range []*mesh.Chain{m.Main, farm.Zone} {
		channel, other := farm.MainChannel(), farm.Zone
		if c != m.Main {
			channel, other = farm.ZoneChannel(), m.Main
		}
		alice, bob, carol := c.Accounts[0], c.Accounts[1], c.Accounts[2]
		first, second := c.Validators[0].Address().String(), c.Validators[1].Address().String()
		deposit := sdk.NewCoins(c.Native(10_000_000))
		proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{&banktypes.MsgSend{
			FromAddress: fixture.Authority(), ToAddress: bob.String(), Amount: sdk.NewCoins(c.Native(1)),
		}}, deposit, alice.String(), "", "title", "summary", false)
		require.NoError(t, err)
		poor, err := govv1.NewMsgSubmitProposal(nil, sdk.NewCoins(c.Native(200_000)), bob.String(), "ipfs://more", "title", "summary", false)
		require.NoError(t, err)
		grant, err := authz.NewMsgGrant(alice.Address, bob.Address, authz.NewGenericAuthorization("/cosmos.bank.v1beta1.MsgSend"), nil)
		require.NoError(t, err)
		allowance, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{SpendLimit: deposit}, alice.Address, carol.Address)
		require.NoError(t, err)
		transacket := func(to *fixture.Account, channel, text string) *transackettypes.MsgSend {
			return &transackettypes.MsgSend{
				Sender: alice.String(), To: to.String(), Payment: c.Native(7), Channel: channel, Envelope: transackettypes.Inband([]byte(text)),
			}
		}
		_, err = c.Send(alice, []sdk.Msg{
			banktypes.NewMsgSend(alice.Address, bob.Address, sdk.NewCoins(c.Native(1000))),
			stakingtypes.NewMsgDelegate(alice.String(), first, c.Native(5_000_001)),
			stakingtypes.NewMsgDelegate(alice.String(), second, c.Native(3_000_000)),
			stakingtypes.NewMsgUndelegate(alice.String(), second, c.Native(1_000_000)),
			stakingtypes.NewMsgBeginRedelegate(alice.String(), first, second, c.Native(2_000_000)),
			proposal, govv1.NewMsgVote(alice.Address, 1, govv1.OptionYes, ""), grant, allowance,
			transacket(bob, "", "local"), transacket(carol, "", "read"), transacket(bob, "", "deleted"),
		})
		require.NoError(t, err)
		_, err = c.Send(carol, []sdk.Msg{&transackettypes.MsgAcknowledge{Receiver: carol.String(), Numbers: []uint64{newest(t, c.Fixture, carol)}}})
		require.NoError(t, err)
		_, err = c.Send(bob, []sdk.Msg{poor, &transackettypes.MsgDelete{Receiver: bob.String(), Numbers: []uint64{newest(t, c.Fixture, bob)}}})
		require.NoError(t, err)
		farm.Relay(c.MustSend(alice, transacket(other.Accounts[1], channel, "delivered")))
		c.MustSend(alice, transacket(other.Accounts[1], channel, "in flight"))
	}
	for m.Main.Height() < 100 || farm.Zone.Height() < 100 {
		m.Coordinator.CommitBlock(m.Main.Test, farm.Zone.Test)
	}
	m.CheckInvariants()
	return m
}

// newest is the number of the last TransacKet in an inbox.
func newest(t *testing.T, f *fixture.Fixture, receiver *fixture.Account) uint64 {
	t.Helper()
	inbox, err := transackettypes.NewQueryClient(f).Inbox(f.Ctx(), &transackettypes.QueryInboxRequest{Receiver: receiver.String()})
	require.NoError(t, err)
	require.NotEmpty(t, inbox.Transackets)
	return inbox.Transackets[len(inbox.Transackets)-1].Number
}

func modulesOf(t *testing.T, bz json.RawMessage) map[string]json.RawMessage {
	t.Helper()
	modules := make(map[string]json.RawMessage)
	require.NoError(t, json.Unmarshal(bz, &modules))
	return modules
}

// reexport is the genesis of a chain that has imported one and done nothing.
func reexport(t *testing.T, f *fixture.Fixture) map[string]json.RawMessage {
	t.Helper()
	ctx := f.App.NewContextLegacy(false, cmtproto.Header{ChainID: f.ChainID, Height: f.Genesis.InitialHeight, Time: f.Time})
	modules, err := f.App.ModuleManager.ExportGenesisForModules(ctx, f.App.AppCodec(), nil)
	require.NoError(t, err)
	return modules
}

// requireSameGenesis compares two exports module by module.
func requireSameGenesis(t *testing.T, want, got map[string]json.RawMessage) {
	t.Helper()
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	for _, module := range slices.Sorted(maps.Keys(want)) {
		require.Equal(t, comparableState(t, want[module]), comparableState(t, got[module]), "module %s", module)
	}
}

// comparableState decodes a module's genesis and leaves out two heights that are
// always those of the import: of the IBC client that stands for the chain itself,
// and of the first hour of rate limiting.
func comparableState(t *testing.T, bz json.RawMessage) any {
	t.Helper()
	var state any
	require.NoError(t, json.Unmarshal(bz, &state))
	var prune func(any)
	prune = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				prune(child)
			}
		case map[string]any:
			delete(node, "epoch_start_height")
			if node["@type"] == "/ibc.lightclients.localhost.v2.ClientState" {
				delete(node, "latest_height")
			}
			for _, child := range node {
				prune(child)
			}
		}
	}
	prune(state)
	return state
}

func TestExportAndImport(t *testing.T) {
	m := lively(t)
	for name, f := range map[string]*fixture.Fixture{"main": m.Main.Fixture, "zone": m.Zones["farm"].Fixture} {
		t.Run(name, func(t *testing.T) {
			exported, err := f.App.ExportAppStateAndValidators(false, nil, nil)
			require.NoError(t, err)
			require.Equal(t, f.Height()+1, exported.Height)
			modules := modulesOf(t, exported.AppState)
			require.NoError(t, app.ValidateGenesis(f.App.AppCodec(), f.ChainID, modules))
			require.NoError(t, f.App.BasicModuleManager.ValidateGenesis(f.App.AppCodec(), f.App.TxConfig(), modules))

			again, err := f.App.ExportAppStateAndValidators(false, nil, nil)
			require.NoError(t, err)
			require.Equal(t, exported, again, "exporting changes nothing")

			imported := f.Import(exported)
			requireSameGenesis(t, modules, reexport(t, imported))
			continueChain(t, imported)
		})
	}
}

func TestExportForHeightZero(t *testing.T) {
	m := lively(t)
	for name, f := range map[string]*fixture.Fixture{"main": m.Main.Fixture, "zone": m.Zones["farm"].Fixture} {
		t.Run(name, func(t *testing.T) {
			supply := f.App.BankKeeper.GetSupply(f.Ctx(), f.Identity.NativeDenom())
			keep := f.Validators[1].Address().String()
			_, err := f.App.ExportAppStateAndValidators(true, []string{"nobody"}, nil)
			require.ErrorContains(t, err, `"nobody"`)
			f.Reopen()
			exported, err := f.App.ExportAppStateAndValidators(true, []string{keep}, nil)
			require.NoError(t, err)
			require.Zero(t, exported.Height)
			require.Len(t, exported.Validators, 1, "the other one is jailed")

			imported := f.Import(exported)
			requireSameGenesis(t, modulesOf(t, exported.AppState), reexport(t, imported))
			imported.NextBlock()
			require.EqualValues(t, 1, imported.Height())
			require.Equal(t, supply, imported.App.BankKeeper.GetSupply(imported.Ctx(), f.Identity.NativeDenom()).Sub(minted(t, imported)))
			continueChain(t, imported)
		})
	}
}

// minted is what the last block minted.
func minted(t *testing.T, f *fixture.Fixture) sdk.Coin {
	t.Helper()
	params, err := f.App.MintKeeper.Params.Get(f.Ctx())
	require.NoError(t, err)
	minter, err := f.App.MintKeeper.Minter.Get(f.Ctx())
	require.NoError(t, err)
	return minter.BlockProvision(params)
}

// continueChain runs an imported chain on: blocks, transactions, and proposals
// that end long after the import.
func continueChain(t *testing.T, f *fixture.Fixture) {
	t.Helper()
	f.NextBlocks(3)
	f.CheckInvariants()
	alice, bob := f.Accounts[0], f.Accounts[1]
	result := f.MustDeliver(alice, &transackettypes.MsgSend{
		Sender: alice.String(), To: bob.String(), Payment: f.Native(1), Envelope: transackettypes.Inband([]byte("still here")),
	})
	var sent transackettypes.MsgSendResponse
	require.NoError(t, f.Response(result, &sent))
	require.Greater(t, sent.Number, uint64(3), "numbers go on where they were")
	f.Advance(30 * 24 * time.Hour) // votes end, stake unbonds, inboxes are pruned
	f.NextBlocks(3)
	f.CheckInvariants()
	proposal, err := f.App.GovKeeper.Proposals.Get(f.Ctx(), 1)
	require.NoError(t, err)
	require.NotEqual(t, govv1.StatusVotingPeriod, proposal.Status)
	unbonding, err := f.App.StakingKeeper.GetUnbondingDelegations(f.Ctx(), alice.Address, 10)
	require.NoError(t, err)
	require.Empty(t, unbonding)
	inbox, err := transackettypes.NewQueryClient(f).Inbox(f.Ctx(), &transackettypes.QueryInboxRequest{Receiver: bob.String()})
	require.NoError(t, err)
	require.Empty(t, inbox.Transackets)
}
