package keeper_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// lend gives a (the user) terms of c (the guarantor) and collateral.
func (f *fixture) lend(multiplierBP uint32, collateral int64) {
	f.tb.Helper()
	must(f, f.msgs.SetCollateralTerms, &types.MsgSetCollateralTerms{Guarantor: f.c.text(), User: f.a.text(), Denom: denom, MultiplierBp: multiplierBP, ApprovalKey: f.c.key})
	if collateral > 0 {
		must(f, f.msgs.AddCollateral, &types.MsgAddCollateral{Payer: f.a.text(), Guarantor: f.c.text(), User: f.a.text(), Amount: sdk.NewInt64Coin(denom, collateral)})
	}
}

func (f *fixture) approve(a types.ApprovalOf) *types.Approval {
	a.ValidUntil = f.clock() + 600
	return &types.Approval{Amount: a.Amount, ValidUntil: a.ValidUntil, Signature: f.c.sign(a.Bytes())}
}

// guaranteed is a message that opens a channel with a partner, funded by the guarantor.
func (f *fixture) guaranteed(partner party, deposit, funded int64) *types.MsgOpenChannel {
	f.tb.Helper()
	msg := f.openMsg(f.a, partner, sdk.NewInt64Coin(denom, deposit))
	msg.Guarantor = f.c.text()
	f.signOpen(msg, partner)
	terms := f.terms(msg)
	msg.Approval = f.approve(types.ApprovalOf{
		Place: types.Place{Domain: terms.Domain}, Purpose: types.PurposeOpen, Subject: sha256.Sum256(terms.Bytes()), Amount: types.NewUint128(uint64(funded)),
	})
	return msg
}

func (f *fixture) collateral() types.Collateral {
	f.tb.Helper()
	response, err := f.queries.Collateral(f.ctx, &types.QueryCollateralRequest{Guarantor: f.c.text(), User: f.a.text(), Denom: denom})
	require.NoError(f.tb, err)
	return response.Collateral
}

// TestWhitepaperExample is 000 §6.5: T1 puts up 1,000 with the bank, which lends 1.2
// times that: 500 in a channel with T3, 700 in one with T5. Then T1 and T5 pay each
// other 600 and 200 and T1 closes.
func TestWhitepaperExample(t *testing.T) {
	f := newFixture(t)
	t3, t5 := newParty("t3", false), f.b
	f.lend(12_000, 1_000)
	must(f, f.msgs.OpenChannel, f.guaranteed(t3, 500, 500))
	id := must(f, f.msgs.OpenChannel, f.guaranteed(t5, 700, 700)).ChannelId
	require.Equal(t, int64(1_000_000-1_200), f.balance(f.c))
	_, err := deliver(f, f.msgs.OpenChannel, f.guaranteed(newParty("t6", false), 1, 1))
	require.ErrorIs(t, err, types.ErrCollateral)
	require.ErrorContains(t, err, "funded 1201: must be at most 12000/10000 of the collateral 1000")

	f.close(id, 0, f.pair(id, 0, 6, 600), f.pair(id, 1, 2, 200))
	require.Equal(t, [2]int64{300, 400}, f.settle(id), "T1 receives 200 plus 100 unused, T5 receives 400")
	require.Equal(t, int64(1_000_000-500), f.balance(f.c), "the bank withdraws 700")
	c := f.collateral()
	require.Equal(t, types.NewUint128(300), c.Amount)
	require.Equal(t, types.NewUint128(500), c.Funded, "the credit is 500/300")
	_, err = deliver(f, f.msgs.OpenChannel, f.guaranteed(newParty("t6", false), 1, 1))
	require.ErrorIs(t, err, types.ErrCollateral, "before T1 adds collateral the bank signs nothing more")
	_, err = deliver(f, f.msgs.ReleaseCollateral, &types.MsgReleaseCollateral{User: f.a.text(), Guarantor: f.c.text(), Amount: sdk.NewInt64Coin(denom, 1)})
	require.ErrorIs(t, err, types.ErrCollateral)
}

// A user with a high multiple closes unspent: the credit must not be its.
func TestAttackKeepTheCredit(t *testing.T) {
	f := newFixture(t)
	f.lend(50_000, 100)
	id := must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 500, 500)).ChannelId
	f.close(id, 0, nil, nil)
	require.Equal(t, [2]int64{100, 0}, f.settle(id), "what is left is its own 100")
	require.Equal(t, int64(1_000_000), f.balance(f.c))
	require.Equal(t, int64(1_000_000), f.balance(f.a))
	require.True(t, f.collateral().Amount.IsZero())
}

// The user spends all of the credit: the partner is paid in full, the shortfall is the
// guarantor's risk.
func TestGuarantorBearsTheShortfall(t *testing.T) {
	f := newFixture(t)
	f.lend(50_000, 100)
	id := must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 500, 500)).ChannelId
	f.close(id, 0, f.pair(id, 0, 1, 500), nil)
	require.Equal(t, [2]int64{0, 500}, f.settle(id))
	require.Equal(t, int64(1_000_000-400), f.balance(f.c))
}

func TestAttackGuarantorAbsent(t *testing.T) {
	f := newFixture(t)
	f.lend(20_000, 1_000)
	id := must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 700, 500)).ChannelId
	agreed := types.CooperativeClose{Balances: f.balances(id, [2]uint64{100, 0}, [2]uint64{600, 100})}
	msg := f.cooperativeMsg(agreed)
	_, err := deliver(f, f.msgs.CooperativeClose, msg)
	require.ErrorIs(t, err, types.ErrGuarantorMissing)
	w := types.Withdraw{Balances: f.balances(id, [2]uint64{100, 0}, [2]uint64{}), Rotate: types.NoRotation}
	_, err = deliver(f, f.msgs.Withdraw, f.withdrawMsg(f.a, w))
	require.ErrorIs(t, err, types.ErrGuarantorMissing)

	without := f.guaranteed(newParty("t3", false), 10, 10)
	without.Approval = nil
	_, err = deliver(f, f.msgs.OpenChannel, without)
	require.ErrorIs(t, err, types.ErrGuarantorMissing)

	// Nobody is a hostage: one participant closes alone.
	f.close(id, 1, nil, f.pair(id, 0, 1, 100))
	require.Equal(t, [2]int64{600, 100}, f.settle(id))
	require.Equal(t, int64(1_000_000), f.balance(f.c))
}

func TestGuarantorApproves(t *testing.T) {
	f := newFixture(t)
	f.lend(20_000, 1_000)
	id := must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 700, 500)).ChannelId
	deposit := types.ApprovalOf{Place: f.channel(id).Place(), Purpose: types.PurposeDeposit, Subject: types.DepositSubject(f.b.addr), Amount: types.NewUint128(800)}
	for range 2 { // absolute: the second costs nothing
		must(f, f.msgs.GuaranteedDeposit, &types.MsgGuaranteedDeposit{Submitter: f.a.text(), ChannelId: id, Approval: *f.approve(deposit)})
	}
	require.Equal(t, types.NewUint128(1_000), f.channel(id).Participants[0].Deposit)
	require.Equal(t, int64(1_000_000-800), f.balance(f.c))
	deposit.Subject = types.DepositSubject(f.a.addr)
	deposit.Amount = types.NewUint128(900)
	_, err := deliver(f, f.msgs.GuaranteedDeposit, &types.MsgGuaranteedDeposit{Submitter: f.a.text(), ChannelId: id, Approval: *f.approve(deposit)})
	require.ErrorIs(t, err, types.ErrSignature, "the approval names another partner")

	w := types.Withdraw{Balances: f.balances(id, [2]uint64{100, 0}, [2]uint64{0, 100}), Rotate: types.NoRotation}
	msg := f.withdrawMsg(f.a, w)
	msg.Approval = f.approve(types.ApprovalOf{Place: f.channel(id).Place(), Purpose: types.PurposeWithdraw, Subject: sha256.Sum256(w.Bytes()), Amount: types.NewUint128(800)})
	must(f, f.msgs.Withdraw, msg)

	agreed := types.CooperativeClose{Balances: f.balances(id, [2]uint64{}, [2]uint64{900, 0})}
	last := f.cooperativeMsg(agreed)
	approval := types.ApprovalOf{Place: f.channel(id).Place(), Purpose: types.PurposeWithdraw, Subject: sha256.Sum256(agreed.Bytes()), Amount: types.NewUint128(800)}
	last.Approval = f.approve(approval)
	_, err = deliver(f, f.msgs.CooperativeClose, last)
	require.ErrorIs(t, err, types.ErrSignature, "an approval for another purpose")
	approval.Purpose = types.PurposeCooperative
	last.Approval = f.approve(approval)
	must(f, f.msgs.CooperativeClose, last)
	require.Equal(t, int64(1_000_000), f.balance(f.c))
	require.Equal(t, int64(1_000_000-200-1_000+900), f.balance(f.a))
	c := f.collateral()
	require.Equal(t, types.NewUint128(200), c.Amount)
	require.True(t, c.Funded.IsZero())
	must(f, f.msgs.ReleaseCollateral, &types.MsgReleaseCollateral{User: f.a.text(), Guarantor: f.c.text(), Amount: sdk.NewInt64Coin(denom, 200)})
	f.lend(0, 0)
	_, err = f.queries.Collateral(f.ctx, &types.QueryCollateralRequest{Guarantor: f.c.text(), User: f.a.text(), Denom: denom})
	require.ErrorContains(t, err, "has no terms", "an empty account without credit is gone")
}

func TestAttackGuarantorGreedy(t *testing.T) {
	f := newFixture(t)
	f.lend(20_000, 1_000)
	id := must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 700, 500)).ChannelId
	f.lend(0, 0) // takes its terms back; the account stays, as there is collateral
	release := &types.MsgReleaseCollateral{User: f.a.text(), Guarantor: f.c.text(), Amount: sdk.NewInt64Coin(denom, 1_000)}
	_, err := deliver(f, f.msgs.ReleaseCollateral, release)
	require.ErrorIs(t, err, types.ErrCollateral)
	f.close(id, 0, f.pair(id, 0, 1, 100), nil)
	require.Equal(t, [2]int64{600, 100}, f.settle(id))
	release.Amount = sdk.NewInt64Coin(denom, 500)
	must(f, f.msgs.ReleaseCollateral, release) // nothing is funded any more: all that is left is the user's
	require.Equal(t, int64(1_000_000-100), f.balance(f.a))
}
