package keeper_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/log"
	storemetrics "cosmossdk.io/store/metrics"
	"cosmossdk.io/store/rootmulti"
	storetypes "cosmossdk.io/store/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"

	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// farm is a zone without a way to others.
type farm struct{ types.ZonesKeeper }

func (farm) Identity(context.Context) (zonestypes.Identity, error) {
	return zonestypes.ZoneIdentity("farm"), nil
}

// stateOnDisk opens the module's store as a node has it: IAVL on goleveldb, without the
// index of the newest state, with the node's cache.
func stateOnDisk(b *testing.B, db dbm.DB) (*rootmulti.Store, keeper.Keeper) {
	b.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	ms := rootmulti.NewStore(db, log.NewNopLogger(), storemetrics.NewNoOpMetrics())
	shipped := app.DefaultNodeConfig(zonestypes.ZoneIdentity("farm"))
	ms.SetIAVLDisableFastNode(shipped.IAVLDisableFastNode)
	ms.SetIAVLCacheSize(int(shipped.IAVLCacheSize)) //nolint:gosec // a setting
	ms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	require.NoError(b, ms.LoadLatestVersion())
	return ms, keeper.NewKeeper(moduletestutil.MakeTestEncodingConfig().Codec, runtime.NewKVStoreService(key), fixture.Authority(), nil, farm{})
}

// BenchmarkResolve measures resolution by DID beside as many documents, in the state of a
// block as a node's queries read it, each of another DID: it must stay below 1 ms with a
// million. The documents are written straight to the store, which is opened anew before.
func BenchmarkResolve(b *testing.B) {
	document := device{signer: newSigner("sensor")}.document()
	did := func(n int) types.DID {
		d := types.DID{Namespace: "farm"}
		binary.BigEndian.PutUint64(d.ID[:], uint64(n)*0x9e3779b97f4a7c15) // scattered, as hashes are
		return d
	}
	header := cmtproto.Header{ChainID: "farm-1", Height: 7, Time: fixture.Start}
	for _, stored := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			db, err := dbm.NewGoLevelDB("bench", b.TempDir(), nil)
			require.NoError(b, err)
			defer db.Close()
			ms, k := stateOnDisk(b, db)
			for next := 0; next < stored; {
				block := ms.CacheMultiStore()
				ctx := sdk.NewContext(block, header, false, log.NewNopLogger())
				for range min(250_000, stored-next) {
					id := did(next).ID
					next++
					require.NoError(b, k.Records.Set(ctx, id[:], types.Record{Sequence: 1, Version: 1, Oldest: 1, Created: fixture.Start}))
					require.NoError(b, k.Versions.Set(ctx, collections.Join(id[:], uint64(1)), types.DocumentVersion{Document: document, Time: fixture.Start}))
				}
				block.Write()
				ms.Commit()
			}
			ms, k = stateOnDisk(b, db)
			query := keeper.NewQueryServer(k)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				state, err := ms.CacheMultiStoreWithVersion(ms.LastCommitID().Version)
				if err != nil {
					b.Fatal(err)
				}
				ctx := sdk.NewContext(state, header, true, log.NewNopLogger())
				if _, err := query.Resolve(ctx, &types.QueryResolveRequest{Did: did(i * 7919 % stored).String()}); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// TestStateOfAnIdleDevice: a device with a document of one key and a certificate keeps
// less than 1 KB of state, keys and values together.
func TestStateOfAnIdleDevice(t *testing.T) {
	w := newWorld(t)
	maker := w.authority("maker", types.CERTIFICATE_KIND_DEVICE)
	size := func() int {
		bytes := 0
		iterator := w.Ctx().KVStore(w.App.GetKey(types.StoreKey)).Iterator(nil, nil)
		defer iterator.Close()
		for ; iterator.Valid(); iterator.Next() {
			bytes += len(iterator.Key()) + len(iterator.Value())
		}
		return bytes
	}
	const devices = 50
	before := size()
	var terms []types.CertificateTerms
	for i := range devices {
		sensor := w.register(fmt.Sprint("sensor ", i))
		terms = append(terms, w.terms(uint64(1+i), sensor, types.CERTIFICATE_KIND_DEVICE))
	}
	w.must(w.issueMsg(maker, terms...))
	perDevice := (size() - before) / devices
	t.Logf("%d bytes per idle device", perDevice)
	require.Less(t, perDevice, 1_024)
	require.Greater(t, perDevice, 100)
}
