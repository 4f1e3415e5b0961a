package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	storetypes "cosmossdk.io/store/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// BenchmarkVerify is the check of one signature over a balance proof.
func BenchmarkVerify(b *testing.B) {
	for _, secp := range []bool{false, true} {
		p := newParty("bench", secp)
		message := types.BalanceProof{Nonce: 1}.Bytes()
		signature := p.sign(message)
		b.Run(p.key.Type.String(), func(b *testing.B) {
			for range b.N {
				if !p.key.Verify(message, signature) {
					b.Fatal("does not verify")
				}
			}
		})
	}
}

// BenchmarkUpdate is one UpdateBalanceProof: two signatures and the state.
func BenchmarkUpdate(b *testing.B) {
	for _, secp := range []bool{false, true} {
		f := newFixtureWith(b, secp)
		id := f.open(1_000, 500)
		msg := &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: id, Pair: *f.pair(id, 0, 7, 300)}
		f.close(id, 1, nil, nil)
		b.Run(f.a.key.Type.String(), func(b *testing.B) {
			for range b.N {
				ctx, _ := f.ctx.CacheContext()
				if _, err := f.msgs.UpdateBalanceProof(ctx, msg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// unlockable is a channel in the unlock phase with n locks whose secrets are known.
func unlockable(t tester, n uint64) (*fixture, *types.MsgUnlock) {
	f := newFixture(t)
	id := f.open(1_000_000, 0)
	locks := make([]types.Lock, 0, n)
	ids := make([]uint64, 0, n)
	for i := range n {
		locks, ids = append(locks, lock(i+1, 1_000, f.clock()+5_000)), append(ids, i+1)
	}
	f.reveal(ids...)
	f.close(id, 1, nil, f.pair(id, 0, 2, 0, locks...))
	f.to(id, types.PHASE_UNLOCK)
	return f, &types.MsgUnlock{Submitter: f.c.text(), ChannelId: id, Locks: types.Locks(locks).Bytes()}
}

func BenchmarkUnlock256(b *testing.B) {
	f, msg := unlockable(b, types.MaxLocks)
	b.ResetTimer()
	for range b.N {
		ctx, _ := f.ctx.CacheContext()
		if _, err := f.msgs.Unlock(ctx, msg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSettle(b *testing.B) {
	f := newFixture(b)
	id := f.open(1_000, 500)
	f.close(id, 0, f.pair(id, 0, 7, 300), f.pair(id, 1, 7, 100))
	f.to(id, types.PHASE_SETTLEABLE)
	b.ResetTimer()
	for range b.N {
		ctx, _ := f.ctx.CacheContext()
		if _, err := f.msgs.Settle(ctx, &types.MsgSettle{Submitter: f.c.text(), ChannelId: id}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBlock is BeginBlock and EndBlock of the module with many open channels: it
// must not depend on their number.
func BenchmarkBlock(b *testing.B) {
	for _, channels := range []uint64{0, 100_000} {
		f := newFixture(b)
		template := f.channel(f.open(1_000, 500))
		for id := template.Id + 1; id <= channels; id++ {
			template.Id = id
			require.NoError(b, f.keeper.Channels.Set(f.ctx, id, *template))
			require.NoError(b, f.keeper.ByParties.Set(f.ctx, collections.Join3(f.a.addr, f.b.addr, id)))
			require.NoError(b, f.keeper.ByParties.Set(f.ctx, collections.Join3(f.b.addr, f.a.addr, id)))
		}
		f.ctx.MultiStore().(storetypes.CommitMultiStore).Commit()
		b.Run(fmt.Sprintf("%d channels", channels), func(b *testing.B) {
			for range b.N {
				f.block(5e9)
			}
		})
	}
}

// TestGas measures what messages cost in the module (the transaction itself is extra)
// and holds them to the table in README.md. A thousand disputes must fit one block.
func TestGas(t *testing.T) {
	const blockGas = 200_000_000
	f := newFixture(t)
	gas := func(name string, limit uint64, do func(ctx sdk.Context) error) {
		cached, write := f.ctx.CacheContext()
		meter := storetypes.NewInfiniteGasMeter()
		require.NoError(t, do(cached.WithGasMeter(meter)), name)
		write()
		t.Logf("%-32s %9d", name, meter.GasConsumed())
		require.LessOrEqual(t, meter.GasConsumed(), limit, "%s: the table in README.md says less", name)
	}
	open := f.openMsg(f.a, f.b, sdk.NewInt64Coin(denom, 100_000))
	gas("OpenChannel", 90_000, func(ctx sdk.Context) error { _, err := f.msgs.OpenChannel(ctx, open); return err })
	gas("Deposit", 65_000, func(ctx sdk.Context) error {
		_, err := f.msgs.Deposit(ctx, &types.MsgDeposit{Depositor: f.b.text(), ChannelId: 1, Participant: 1, Total: types.NewUint128(500)})
		return err
	})
	f.block(5e9)
	withdraw := f.withdrawMsg(f.a, types.Withdraw{Balances: f.balances(1, [2]uint64{}, [2]uint64{5, 5}), Rotate: types.NoRotation})
	gas("Withdraw", 120_000, func(ctx sdk.Context) error { _, err := f.msgs.Withdraw(ctx, withdraw); return err })
	second := f.open(1_000, 0)
	cooperative := f.cooperativeMsg(types.CooperativeClose{Balances: f.balances(second, [2]uint64{100, 0}, [2]uint64{900, 100})})
	f.block(5e9)
	gas("CooperativeClose", 140_000, func(ctx sdk.Context) error { _, err := f.msgs.CooperativeClose(ctx, cooperative); return err })

	all := make([]types.Lock, 0, types.MaxLocks)
	secrets := &types.MsgRegisterSecrets{Submitter: f.c.text()}
	for i := range uint64(types.MaxLocks) {
		all = append(all, lock(i+1, 10, f.clock()+8_000))
		secrets.Secrets = append(secrets.Secrets, secret(i+1))
	}
	gas("RegisterSecrets, 1", 12_000, func(ctx sdk.Context) error {
		_, err := f.msgs.RegisterSecrets(ctx, &types.MsgRegisterSecrets{Submitter: f.c.text(), Secrets: [][]byte{secret(1_000)}})
		return err
	})
	gas("RegisterSecrets, 256", 3_000_000, func(ctx sdk.Context) error { _, err := f.msgs.RegisterSecrets(ctx, secrets); return err })
	closing := f.closeMsg(1, 0, f.pair(1, 0, 7, 300), f.pair(1, 1, 7, 100))
	newer := f.pair(1, 0, 8, 310, all...)
	gas("Close with claim and pair", 110_000, func(ctx sdk.Context) error { _, err := f.msgs.Close(ctx, closing); return err })
	f.block(5e9)
	update := &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: 1, Pair: *newer}
	gas("UpdateBalanceProof", 70_000, func(ctx sdk.Context) error { _, err := f.msgs.UpdateBalanceProof(ctx, update); return err })
	gas("UpdateBalanceProof, no-op", 15_000, func(ctx sdk.Context) error { _, err := f.msgs.UpdateBalanceProof(ctx, update); return err })
	f.to(1, types.PHASE_UNLOCK)
	gas("Unlock, 256 locks", 1_300_000, func(ctx sdk.Context) error {
		_, err := f.msgs.Unlock(ctx, &types.MsgUnlock{Submitter: f.c.text(), ChannelId: 1, Locks: types.Locks(all).Bytes()})
		return err
	})
	disposal := types.DisposalOf{Place: f.channel(1).Place(), LockID: 1, Hash: all[0].Hash}
	gas("ShowDisposals, 1 of 256", 600_000, func(ctx sdk.Context) error {
		_, err := f.msgs.ShowDisposals(ctx, &types.MsgShowDisposals{
			Submitter: f.a.text(), ChannelId: 1, Disposals: []types.Disposal{{LockId: 1, Hash: all[0].Hash[:], Signature: f.b.sign(disposal.Bytes())}},
		})
		return err
	})
	f.to(1, types.PHASE_SETTLEABLE)
	gas("Settle", 200_000, func(ctx sdk.Context) error {
		_, err := f.msgs.Settle(ctx, &types.MsgSettle{Submitter: f.c.text(), ChannelId: 1})
		return err
	})
	require.Less(t, uint64(1_000*(110_000+60_000)), uint64(blockGas), "a thousand closes, each with 60,000 for its transaction")
}
