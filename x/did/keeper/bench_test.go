package keeper_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/log"
	"cosmossdk.io/store"
	storemetrics "cosmossdk.io/store/metrics"
	storetypes "cosmossdk.io/store/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"

	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

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

// BenchmarkResolve measures resolution by DID beside as many documents, on a committed
// tree on disk: it must stay below 1 ms with a million.
func BenchmarkResolve(b *testing.B) {
	for _, stored := range []int{1_000, 100_000, 1_000_000} {
		db, err := dbm.NewGoLevelDB("bench", b.TempDir(), nil)
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, db.Close()) })
		key := storetypes.NewKVStoreKey(types.StoreKey)
		ms := store.NewCommitMultiStore(db, log.NewNopLogger(), storemetrics.NewNoOpMetrics())
		ms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
		require.NoError(b, ms.LoadLatestVersion())
		k := keeper.NewKeeper(moduletestutil.MakeTestEncodingConfig().Codec, runtime.NewKVStoreService(key), fixture.Authority(), nil, farm{})
		fresh := func() sdk.Context {
			return sdk.NewContext(ms.CacheMultiStore(), cmtproto.Header{ChainID: "farm-1", Height: 7, Time: fixture.Start}, false, log.NewNopLogger())
		}
		document := device{signer: newSigner("sensor")}.document()
		did := func(n int) types.DID {
			d := types.DID{Namespace: "farm"}
			binary.BigEndian.PutUint64(d.ID[:], uint64(n)*0x9e3779b97f4a7c15) // scattered, as hashes are
			return d
		}
		for next := 0; next < stored; {
			ctx := fresh()
			for range min(20_000, stored-next) {
				id := did(next).ID
				next++
				require.NoError(b, k.Records.Set(ctx, id[:], types.Record{Sequence: 1, Version: 1, Oldest: 1, Created: fixture.Start}))
				require.NoError(b, k.Versions.Set(ctx, collections.Join(id[:], uint64(1)), types.DocumentVersion{Document: document, Time: fixture.Start}))
			}
			ctx.MultiStore().(storetypes.CacheMultiStore).Write()
			ms.Commit()
		}
		query := keeper.NewQueryServer(k)
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			b.ReportAllocs()
			ctx := fresh()
			for i := range b.N {
				if _, err := query.Resolve(ctx, &types.QueryResolveRequest{Did: did((i * 7919) % stored).String()}); err != nil {
					b.Fatal(err)
				}
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
