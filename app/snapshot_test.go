package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/store/snapshots"
	snapshottypes "cosmossdk.io/store/snapshots/types"

	"github.com/cosmos/cosmos-sdk/baseapp"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// withSnapshots gives a node a store for snapshots. It takes none by itself.
func withSnapshots(t *testing.T) fixture.Option {
	t.Helper()
	store, err := snapshots.NewStore(dbm.NewMemDB(), t.TempDir())
	require.NoError(t, err)
	return fixture.BaseApp(baseapp.SetSnapshot(store, snapshottypes.NewSnapshotOptions(1_000_000, 1)))
}

// A newcomer gets a node's state by snapshot, contract code included, and then
// runs the same blocks to the same hashes.
func TestStateSync(t *testing.T) {
	for name, role := range roles {
		t.Run(name, func(t *testing.T) {
			f := fixture.New(t, role, openWasm, withSnapshots(t))
			alice, bob, carol := f.Accounts[0], f.Accounts[1], f.Accounts[2]
			f.MustDeliver(alice, storeCode(alice.String()))
			var escrow wasmtypes.MsgInstantiateContractResponse
			require.NoError(t, f.Response(f.MustDeliver(alice, instantiate(t, alice.String(), bob, carol, f.Native(5))), &escrow))
			f.MustDeliver(alice, &transackettypes.MsgSend{
				Sender: alice.String(), To: bob.String(), Payment: f.Native(9), Envelope: transackettypes.Inband([]byte("snapshot me")),
			})
			snapshot, err := f.App.SnapshotManager().Create(uint64(f.Height()))
			require.NoError(t, err)

			newcomer := fixture.Unstarted(t, role, withSnapshots(t))
			restore(t, f, newcomer, snapshot)
			require.Equal(t, f.Height(), newcomer.Height())
			require.Equal(t, f.AppHash(), newcomer.AppHash())
			info, err := newcomer.App.Info(&abci.RequestInfo{})
			require.NoError(t, err)
			require.Equal(t, f.AppHash(), info.LastBlockAppHash)

			f.MustDeliver(bob, &wasmtypes.MsgExecuteContract{Sender: bob.String(), Contract: escrow.Address, Msg: []byte(`{"release":{}}`)})
			f.NextBlocks(3)
			for _, block := range f.Blocks[len(f.Blocks)-4:] {
				_, err := newcomer.App.FinalizeBlock(block)
				require.NoError(t, err)
				_, err = newcomer.App.Commit()
				require.NoError(t, err)
			}
			require.Equal(t, f.AppHash(), newcomer.AppHash())
			newcomer.CheckInvariants()
		})
	}
}

// A snapshot with a flipped bit is refused.
func TestStateSyncRefusesCorruption(t *testing.T) {
	f := fixture.New(t, withSnapshots(t))
	snapshot, err := f.App.SnapshotManager().Create(uint64(f.Height()))
	require.NoError(t, err)
	newcomer := fixture.Unstarted(t, withSnapshots(t))
	offer(t, newcomer, f, snapshot)
	chunk := loadChunk(t, f, snapshot, 0)
	chunk[len(chunk)/2] ^= 1
	res, err := newcomer.App.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: 0, Chunk: chunk, Sender: "peer"})
	require.NoError(t, err)
	require.Equal(t, abci.ResponseApplySnapshotChunk_RETRY, res.Result)
	require.Equal(t, []string{"peer"}, res.RejectSenders)
	require.Zero(t, newcomer.Height())

	// An honest peer finishes what the other one spoiled.
	feed(t, f, newcomer, snapshot)
	require.Equal(t, f.AppHash(), newcomer.AppHash())
}

func restore(t *testing.T, from, to *fixture.Fixture, snapshot *snapshottypes.Snapshot) {
	t.Helper()
	offer(t, to, from, snapshot)
	feed(t, from, to, snapshot)
}

// feed hands over every chunk of a snapshot that was accepted.
func feed(t *testing.T, from, to *fixture.Fixture, snapshot *snapshottypes.Snapshot) {
	t.Helper()
	for i := range snapshot.Chunks {
		res, err := to.App.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: i, Chunk: loadChunk(t, from, snapshot, i), Sender: "peer"})
		require.NoError(t, err)
		require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, res.Result)
	}
}

func offer(t *testing.T, to, from *fixture.Fixture, snapshot *snapshottypes.Snapshot) {
	t.Helper()
	listed, err := from.App.ListSnapshots(&abci.RequestListSnapshots{})
	require.NoError(t, err)
	require.Len(t, listed.Snapshots, 1)
	require.Equal(t, snapshot.Height, listed.Snapshots[0].Height)
	res, err := to.App.OfferSnapshot(&abci.RequestOfferSnapshot{Snapshot: listed.Snapshots[0], AppHash: from.AppHash()})
	require.NoError(t, err)
	require.Equal(t, abci.ResponseOfferSnapshot_ACCEPT, res.Result)
}

func loadChunk(t *testing.T, from *fixture.Fixture, snapshot *snapshottypes.Snapshot, index uint32) []byte {
	t.Helper()
	res, err := from.App.LoadSnapshotChunk(&abci.RequestLoadSnapshotChunk{Height: snapshot.Height, Format: snapshot.Format, Chunk: index})
	require.NoError(t, err)
	return res.Chunk
}
