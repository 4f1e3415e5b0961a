package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

func TestOpenUpdateSettle(t *testing.T) {
	for _, secp := range []bool{false, true} {
		f := newFixtureWith(t, secp)
		id := f.open(1_000, 500)
		require.Equal(t, int64(999_000), f.balance(f.a))
		d := f.close(id, 0, f.pair(id, 0, 7, 300), f.pair(id, 1, 4, 100))
		require.Equal(t, types.NewUint128(15), d.Bond) // 1 % of 1,500
		response, err := f.update(id, f.pair(id, 1, 5, 120))
		require.NoError(t, err)
		require.True(t, response.Raised)
		require.Equal(t, [2]int64{820, 680}, f.settle(id))
		require.Equal(t, int64(999_820), f.balance(f.a), "bond is back")
		require.Equal(t, int64(1_000_180), f.balance(f.b))

		answer, err := f.queries.Channel(f.ctx, &types.QueryChannelRequest{ChannelId: id})
		require.NoError(t, err)
		require.Nil(t, answer.Channel)
		require.Equal(t, int64(820), answer.Ended.Payouts[0].Amount.Int64())
	}
}

func TestDepositIsAbsolute(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 0)
	msg := &types.MsgDeposit{Depositor: f.c.text(), ChannelId: id, Participant: 0, Total: types.NewUint128(1_500)}
	must(f, f.msgs.Deposit, msg)
	must(f, f.msgs.Deposit, msg) // costs nothing
	require.Equal(t, int64(999_500), f.balance(f.c))
	msg.Total = types.NewUint128(1_499)
	_, err := deliver(f, f.msgs.Deposit, msg)
	require.ErrorIs(t, err, types.ErrDepositShrinks)
	require.ErrorContains(t, err, "total 1499 of participant 0: must be at least 1500")
	msg.Total, _ = types.DepositCap.Add(types.NewUint128(1))
	_, err = deliver(f, f.msgs.Deposit, msg)
	require.ErrorIs(t, err, types.ErrDepositCap)
}

// balances are what both agree on: deposits as they are, these transfers and payouts.
func (f *fixture) balances(id uint64, transferred, payout [2]uint64) types.Balances {
	ch := f.channel(id)
	return types.Balances{
		Place: ch.Place(), Deposit: ch.Deposits(),
		Transferred: [2]types.Uint128{types.NewUint128(transferred[0]), types.NewUint128(transferred[1])},
		Nonce:       [2]uint64{9, 9},
		Payout:      [2]types.Uint128{types.NewUint128(payout[0]), types.NewUint128(payout[1])},
		ValidUntil:  f.clock() + 600,
	}
}

func (f *fixture) withdrawMsg(submitter party, w types.Withdraw) *types.MsgWithdraw {
	return &types.MsgWithdraw{Submitter: submitter.text(), Agreement: w.Bytes(), Signatures: [][]byte{f.a.sign(w.Bytes()), f.b.sign(w.Bytes())}}
}

func (f *fixture) cooperativeMsg(c types.CooperativeClose) *types.MsgCooperativeClose {
	return &types.MsgCooperativeClose{Submitter: f.c.text(), Agreement: c.Bytes(), Signatures: [][]byte{f.a.sign(c.Bytes()), f.b.sign(c.Bytes())}}
}

func TestWithdrawStartsAnEpoch(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	old := f.pair(id, 0, 9, 300)
	w := types.Withdraw{Balances: f.balances(id, [2]uint64{300, 100}, [2]uint64{200, 700}), Rotate: types.NoRotation}
	msg := f.withdrawMsg(f.c, w)
	// Somebody tops up between signing and inclusion.
	must(f, f.msgs.Deposit, &types.MsgDeposit{Depositor: f.c.text(), ChannelId: id, Participant: 1, Total: types.NewUint128(550)})
	require.Equal(t, uint64(1), must(f, f.msgs.Withdraw, msg).Epoch)
	require.Equal(t, [2]types.Uint128{types.NewUint128(600), types.NewUint128(50)}, f.channel(id).Deposits())
	require.Equal(t, int64(999_200), f.balance(f.a))
	require.Equal(t, int64(1_000_200), f.balance(f.b))

	_, err := deliver(f, f.msgs.Withdraw, msg)
	require.ErrorIs(t, err, types.ErrEpoch, "used once")
	f.close(id, 1, nil, nil)
	_, err = f.update(id, old)
	require.ErrorIs(t, err, types.ErrEpoch)
}

func TestRotateKey(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 0)
	fresh := newParty("a's second key", true)
	w := types.Withdraw{Balances: f.balances(id, [2]uint64{}, [2]uint64{}), Rotate: 0, NewKey: fresh.key}
	_, err := deliver(f, f.msgs.Withdraw, f.withdrawMsg(f.b, w))
	require.ErrorIs(t, err, types.ErrRotation, "the partner cannot")
	must(f, f.msgs.Withdraw, f.withdrawMsg(f.a, w))
	require.True(t, f.channel(id).Participants[0].Key.Same(fresh.key))

	fresh.addr = f.a.addr
	f.a = fresh
	f.close(id, 0, f.pair(id, 0, 1, 10), nil)
	require.Equal(t, [2]int64{990, 10}, f.settle(id))
}

func TestCooperativeClose(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	c := types.CooperativeClose{Balances: f.balances(id, [2]uint64{300, 100}, [2]uint64{800, 700})}
	msg := f.cooperativeMsg(c)
	msg.Signatures[1] = f.c.sign(c.Bytes())
	_, err := deliver(f, f.msgs.CooperativeClose, msg)
	require.ErrorIs(t, err, types.ErrSignature)
	must(f, f.msgs.Deposit, &types.MsgDeposit{Depositor: f.c.text(), ChannelId: id, Participant: 0, Total: types.NewUint128(1_001)})
	must(f, f.msgs.CooperativeClose, f.cooperativeMsg(c))
	require.Equal(t, int64(999_801), f.balance(f.a))
	require.Equal(t, int64(1_000_200), f.balance(f.b))
}

func TestUnlockAndDispose(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 0)
	at := f.clock()
	locks := []types.Lock{lock(1, 10, at+7_000), lock(2, 20, at+7_000), lock(3, 40, at+100), lock(4, 80, at+7_000)}
	pair := f.pair(id, 0, 3, 100, locks...)
	f.reveal(1, 2)
	f.close(id, 0, pair, nil)
	f.pass(120)
	f.reveal(3) // too late for its lock
	_, err := f.unlock(id, 0, false, locks...)
	require.ErrorIs(t, err, types.ErrPhase)
	f.to(id, types.PHASE_UNLOCK)
	response, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(30), response.UnlockedAmount)
	_, err = f.unlock(id, 0, false, locks...)
	require.ErrorIs(t, err, types.ErrAlreadyUnlocked)

	disposal := types.DisposalOf{Place: f.channel(id).Place(), Sender: 0, LockID: 2, Hash: locks[1].Hash}
	msg := &types.MsgShowDisposals{Submitter: f.c.text(), ChannelId: id, Disposals: []types.Disposal{{LockId: 2, Hash: locks[1].Hash[:], Signature: f.b.sign(disposal.Bytes())}}}
	left := must(f, f.msgs.ShowDisposals, msg)
	require.Equal(t, types.NewUint128(10), left.UnlockedAmount)
	_, err = deliver(f, f.msgs.ShowDisposals, msg)
	require.ErrorIs(t, err, types.ErrNotUnlocked)
	require.Equal(t, [2]int64{890, 110}, f.settle(id))
}

func TestAnyDenom(t *testing.T) {
	f := newFixture(t)
	f.fundCoin(f.a.addr, sdk.NewInt64Coin(voucher, 5_000))
	id := must(f, f.msgs.OpenChannel, f.openMsg(f.a, f.b, sdk.NewInt64Coin(voucher, 3_000))).ChannelId
	f.close(id, 0, f.pair(id, 0, 1, 1_000), nil)
	require.Equal(t, [2]int64{2_000, 1_000}, f.settle(id))
	require.Equal(t, int64(1_000), f.bank.GetBalance(f.ctx, f.b.addr, voucher).Amount.Int64())
	require.Equal(t, int64(4_000), f.bank.GetBalance(f.ctx, f.a.addr, voucher).Amount.Int64())
}
