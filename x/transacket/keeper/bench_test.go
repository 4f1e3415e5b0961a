package keeper_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/log"
	"cosmossdk.io/store"
	storemetrics "cosmossdk.io/store/metrics"
	storetypes "cosmossdk.io/store/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// BenchmarkInbox measures the operations on one inbox beside as many entries of
// others, on a committed tree on disk: none of them should grow with what is stored
// faster than the tree's depth.
func BenchmarkInbox(b *testing.B) {
	for _, stored := range []int{1_000, 30_000, 1_000_000} {
		db, err := dbm.NewGoLevelDB("bench", b.TempDir(), nil)
		require.NoError(b, err)
		b.Cleanup(func() { require.NoError(b, db.Close()) })
		key := storetypes.NewKVStoreKey(types.StoreKey)
		ms := store.NewCommitMultiStore(db, log.NewNopLogger(), storemetrics.NewNoOpMetrics())
		ms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
		require.NoError(b, ms.LoadLatestVersion())
		w := newWorld(b)
		k := keeper.NewKeeper(moduletestutil.MakeTestEncodingConfig().Codec, runtime.NewKVStoreService(key), gov.String(), addresses{}, w.bank, channels{}, w.wire)
		fresh := func() sdk.Context {
			return sdk.NewContext(ms.CacheMultiStore(), cmtproto.Header{ChainID: "mesh-main-1", Height: 7, Time: chainTime}, false, log.NewNopLogger())
		}
		genesis := types.DefaultGenesis()
		genesis.Params.MaxInbox = types.MaxMaxInbox
		receiver := func(n int) sdk.AccAddress { return account(fmt.Sprint("receiver", n%1000)) }
		next := 0
		fill := func(n int) {
			ctx := fresh()
			if next == 0 {
				require.NoError(b, k.InitGenesis(ctx, *genesis))
			}
			for range n {
				next++
				_, err := k.Deliver(ctx, receiver(next), arrival(uint64(next)), nil)
				require.NoError(b, err)
			}
			ctx.MultiStore().(storetypes.CacheMultiStore).Write()
			ms.Commit()
		}
		for next < stored {
			fill(min(20_000, stored-next))
		}
		server, queries := keeper.NewMsgServerImpl(k), keeper.NewQueryServerImpl(k)
		run := func(name string, do func(ctx sdk.Context, i int) error) {
			b.Run(fmt.Sprintf("stored=%d/%s", stored, name), func(b *testing.B) {
				b.ReportAllocs()
				ctx := fresh()
				for i := range b.N {
					if i%1000 == 999 {
						ctx = fresh() // nothing is written: every operation meets the same tree
					}
					if err := do(ctx, i); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("deliver", func(ctx sdk.Context, i int) error {
			_, err := k.Deliver(ctx, receiver(i), arrival(uint64(next+i+1)), nil)
			return err
		})
		run("read", func(ctx sdk.Context, i int) error {
			n := i%stored + 1
			_, err := server.Acknowledge(ctx, &types.MsgAcknowledge{Receiver: receiver(n).String(), Numbers: []uint64{uint64(n)}})
			return err
		})
		run("delete", func(ctx sdk.Context, i int) error {
			n := (i*7919)%stored + 1
			if has, err := k.Inbox.Has(ctx, collections.Join(receiver(n), uint64(n))); err != nil || !has {
				return err
			}
			_, err := server.Delete(ctx, &types.MsgDelete{Receiver: receiver(n).String(), Numbers: []uint64{uint64(n)}})
			return err
		})
		run("by id", func(ctx sdk.Context, i int) error {
			_, err := queries.Transacket(ctx, &types.QueryTransacketRequest{Id: hex.EncodeToString(arrival(uint64((i*7919)%stored + 1)).Source.ID())})
			return err
		})
		run("first page", func(ctx sdk.Context, i int) error {
			_, err := queries.Inbox(ctx, &types.QueryInboxRequest{Receiver: receiver(i).String(), Pagination: &query.PageRequest{Limit: 1}})
			return err
		})
		run("end block", func(ctx sdk.Context, _ int) error {
			return k.EndBlock(ctx.WithBlockTime(chainTime.Add(time.Hour)))
		})
	}
}

// addresses are all that the keeper needs of accounts here.
type addresses struct{ types.AccountKeeper }

func (addresses) AddressCodec() address.Codec {
	return addresscodec.NewBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix())
}
