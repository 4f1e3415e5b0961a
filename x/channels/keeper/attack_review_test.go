package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Attacks on settlement that go beyond the table of the design.

// A guarantor that funds nothing could remove its account while the channel is open, and
// settlement, which looks for the account, would fail until it comes back.
func TestAttackGuaranteeOfNothing(t *testing.T) {
	f := newFixture(t)
	f.lend(10_000, 0)
	_, err := deliver(f, f.msgs.OpenChannel, f.guaranteed(f.b, 500, 0))
	require.ErrorIs(t, err, types.ErrApproval)
	require.ErrorContains(t, err, "must be at least 1")
}

// A secret is registered long before the lock that it opens, so that it is about to be
// forgotten: first in the channel of the mediator's partner, which is short, and not
// yet in its own, which is long. Who learns the secret registers it again and is safe.
func TestAttackSecretForgottenBeforeUnlock(t *testing.T) {
	f := newFixture(t)
	params := types.DefaultParams()
	f.reveal(1)
	registered := f.clock()
	f.jump(params.Retention - 8_200)
	locks := []types.Lock{lock(1, 200, f.clock()+params.DefaultChallenge-types.RevealPeriod)}
	id := f.open(1_000, 0)
	received := f.pair(id, 0, 1, 0, locks...)
	f.reveal(1) // the mediator learnt it, and makes sure
	f.close(id, 1, nil, received)
	f.to(id, types.PHASE_UNLOCK)
	f.block(0)
	response, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(200), response.UnlockedAmount)
	known, err := f.queries.Secret(f.ctx, &types.QuerySecretRequest{Hash: hex.EncodeToString(locks[0].Hash[:])})
	require.NoError(t, err)
	require.Equal(t, registered, known.Secret.RegisteredAt, "the first time counts")
	require.Equal(t, [2]int64{800, 200}, f.settle(id))
}

// The same, but the mediator learns the secret only when its partner unlocks with it, a
// moment before it would be forgotten: there is no time to register it again.
func TestAttackSecretForgottenAfterUnlock(t *testing.T) {
	f := newFixture(t)
	params := types.DefaultParams()
	f.reveal(1)
	forgotten := f.clock() + params.Retention
	f.jump(params.Retention - 8_200)
	locks := []types.Lock{lock(1, 200, f.clock()+1_000)}
	opening := f.openMsg(f.a, f.b, sdk.NewInt64Coin(denom, 1_000))
	opening.Challenge = params.MinChallenge
	f.signOpen(opening, f.b)
	short, long := must(f, f.msgs.OpenChannel, opening).ChannelId, f.open(1_000, 0)
	f.close(short, 1, nil, f.pair(short, 0, 1, 0, locks...))
	f.close(long, 1, nil, f.pair(long, 0, 1, 0, locks...))
	f.to(short, types.PHASE_UNLOCK)
	_, err := f.unlock(short, 0, false, locks...)
	require.NoError(t, err)
	f.to(long, types.PHASE_UNLOCK)
	f.block(0)
	require.Greater(t, f.clock(), forgotten)
	response, err := f.unlock(long, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(200), response.UnlockedAmount)
	require.Equal(t, f.settle(short), f.settle(long), "paid in one, paid in the other")
}

// Shorter params neither forget what is on record nor undercut disputes that go on.
func TestAttackRetentionShortenedMidDispute(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 0)
	locks := []types.Lock{lock(1, 200, f.clock()+5_000)}
	f.reveal(1)
	f.close(id, 1, nil, f.pair(id, 0, 1, 0, locks...))
	params := types.DefaultParams()
	params.MinChallenge, params.DefaultChallenge, params.MaxChallenge = 421, 421, 421
	params.RecoveryPeriod, params.UnlockPeriod, params.EvidencePeriod = 421, 60, 60
	params.Retention = params.LongestDispute()
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.keeper.Authority(), Params: params})
	f.to(id, types.PHASE_UNLOCK)
	f.block(0)
	response, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(200), response.UnlockedAmount)
}

// The closer claims its newest proof. A tower shows the very same and has the locks
// counted in its own copy alone, so that it looks worth more: it decided nothing.
func TestAttackRewardForWhatWasClaimed(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	locks := []types.Lock{lock(1, 200, f.clock()+5_000)}
	newest := f.pair(id, 0, 4, 300, locks...)
	f.reveal(1)
	f.close(id, 0, &types.SignedProof{Proof: newest.Proof, Signature: newest.Signature}, nil)
	f.pass(types.DefaultParams().DefaultChallenge / 4)
	delegation := f.delegation(id, 1, f.c, 50)
	must(f, f.msgs.UpdateBalanceProof, &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: id, Pair: *newest, Delegation: &delegation})
	f.to(id, types.PHASE_UNLOCK)
	_, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, [2]int64{500, 1_000}, f.settle(id))
	require.Equal(t, int64(1_000_000), f.balance(f.c), "no reward")
}

// The submitter leaves out the acknowledgement of the claim, which the authorisation
// does not name: the closer owes the same.
func TestAttackAcknowledgementStrippedFromTheClaim(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	locks := []types.Lock{lock(1, 200, f.clock()+5_000)}
	claim := f.pair(id, 0, 4, 300, locks...)
	msg := f.closeMsg(id, 0, claim, f.pair(id, 1, 2, 50))
	msg.Submitter = f.c.text()
	msg.Claim = &types.SignedProof{Proof: claim.Proof, Signature: claim.Signature}
	must(f, f.msgs.Close, msg)
	_, err := f.update(id, claim)
	require.NoError(t, err)
	f.reveal(1)
	f.to(id, types.PHASE_UNLOCK)
	for _, asClaim := range []bool{false, true} { // the list counts in both, and once in the sum
		_, err := f.unlock(id, 0, asClaim, locks...)
		require.NoError(t, err)
	}
	require.Equal(t, [2]int64{1_000 - 300 - 200 + 50, 500 + 300 + 200 - 50}, f.settle(id))
}

// The cheat closes second, in the last second, with an absurd claim: nobody has time to
// answer, and nobody has to.
func TestAttackClaimInTheLastSecond(t *testing.T) {
	for name, transferred := range map[string]types.Uint128{"too low": {}, "too high": types.MaxUint128} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			id := f.open(1_000, 500)
			given, received := f.pair(id, 0, 3, 300), f.pair(id, 1, 7, 200)
			d := f.close(id, 0, given, received)
			f.jump(d.UpdateUntil - f.clock() - 1)
			last := f.sign(types.BalanceProof{Place: f.channel(id).Place(), Sender: 1, Nonce: ^uint64(0), Transferred: transferred})
			must(f, f.msgs.Close, f.closeMsg(id, 1, last, nil))
			require.GreaterOrEqual(t, f.settle(id)[0], int64(1_000-300+200))
		})
	}
}

// Old pairs of the honest closer's own and a recovering close by the cheat, both ways
// round: the newest pairs decide.
func TestAttackOldPairsThroughoutTheUpdatePhase(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	var given, received []*types.SignedProof
	for n := range uint64(4) {
		given, received = append(given, f.pair(id, 0, n+1, 100*(n+1))), append(received, f.pair(id, 1, n+1, 50*(n+1)))
	}
	msg := f.closeMsg(id, 1, nil, given[0])
	msg.Recovering = true
	f.signClose(msg)
	must(f, f.msgs.Close, msg)
	must(f, f.msgs.Close, f.closeMsg(id, 0, given[3], received[3]))
	for n := range given {
		for _, old := range []*types.SignedProof{given[n], received[n]} {
			_, _ = f.update(id, old) // refused or without effect
		}
	}
	require.False(t, f.channel(id).Dispute.Directions[0].Stale)
	require.Equal(t, [2]int64{1_000 - 400 + 200, 500 + 400 - 200}, f.settle(id))
	require.Equal(t, int64(1_000_000-200+75), f.balance(f.a), "the bond of the false recovery is the honest one's")
}

// Deposits at the cap and everything owed at once: no sum leaves 128 bits, and not a
// coin is made or lost.
func TestAttackLargestSums(t *testing.T) {
	f := newFixture(t)
	half := types.Uint128{Hi: 1 << 62} // 2^126
	for _, p := range []party{f.a, f.b} {
		f.fundCoin(p.addr, sdk.NewCoin(denom, half.Int().MulRaw(4)))
	}
	for _, owed := range [][2]types.Uint128{{types.MaxUint128, {}}, {{}, types.MaxUint128}, {types.MaxUint128, types.MaxUint128}} {
		id := must(f, f.msgs.OpenChannel, f.openMsg(f.a, f.b, sdk.NewCoin(denom, half.Int()))).ChannelId
		must(f, f.msgs.Deposit, &types.MsgDeposit{Depositor: f.b.text(), ChannelId: id, Participant: 1, Total: half})
		_, err := deliver(f, f.msgs.Deposit, &types.MsgDeposit{Depositor: f.b.text(), ChannelId: id, Participant: 0, Total: types.Uint128{Hi: 1 << 62, Lo: 1}})
		require.ErrorIs(t, err, types.ErrDepositCap)
		pair := func(sender uint8) *types.SignedProof {
			return f.acknowledge(f.sign(types.BalanceProof{Place: f.channel(id).Place(), Sender: sender, Nonce: 1, Transferred: owed[sender]}))
		}
		f.close(id, 0, pair(0), pair(1))
		f.to(id, types.PHASE_SETTLEABLE)
		payouts := must(f, f.msgs.Settle, &types.MsgSettle{Submitter: f.c.text(), ChannelId: id}).Payouts
		require.Equal(t, half.Int().MulRaw(2), payouts[0].Amount.Add(payouts[1].Amount))
		want := map[int]math.Int{-1: half.Int().MulRaw(2), 0: half.Int(), 1: math.ZeroInt()}
		require.Equal(t, want[owed[0].Cmp(owed[1])].String(), payouts[0].Amount.String())
		f.pass(1) // other valid_until, other terms
	}
}

// A deposit that the guarantor makes unasked, to hold the user's collateral, comes back
// to it when the user closes: nobody gains.
func TestAttackUnaskedGuaranteedDeposit(t *testing.T) {
	f := newFixture(t)
	f.lend(20_000, 1_000)
	id := must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 500, 500)).ChannelId
	unasked := types.ApprovalOf{Place: f.channel(id).Place(), Purpose: types.PurposeDeposit, Subject: types.DepositSubject(f.b.addr), Amount: types.NewUint128(2_000)}
	must(f, f.msgs.GuaranteedDeposit, &types.MsgGuaranteedDeposit{Submitter: f.c.text(), ChannelId: id, Approval: *f.approve(unasked)})
	f.close(id, 0, f.pair(id, 0, 1, 100), nil)
	require.Equal(t, [2]int64{900, 100}, f.settle(id), "1,900 less the 1,000 that the collateral does not cover")
	require.Equal(t, int64(1_000_000), f.balance(f.c))
	require.Equal(t, int64(1_000_000-100), f.balance(f.a))
}

// Somebody opens a channel with the key of another, which is public, and an account of
// its own. What the key signed elsewhere does not hold there, the owner of the key is not
// in the index by account, and the index by key says whose account it is.
func TestAttackBorrowedOpenerKey(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	given := f.pair(id, 0, 3, 300)
	msg := f.openMsg(f.c, f.b, sdk.NewInt64Coin(denom, 1_000))
	msg.OpenerKey = f.a.key
	f.signOpen(msg, f.b)
	borrowed := must(f, f.msgs.OpenChannel, msg).ChannelId
	_, err := deliver(f, f.msgs.Close, f.closeMsg(borrowed, 1, nil, given))
	require.ErrorIs(t, err, types.ErrWrongChannel)
	f.close(borrowed, 1, nil, nil)
	_, err = f.update(borrowed, given)
	require.ErrorIs(t, err, types.ErrWrongChannel)

	mine, err := f.queries.Channels(f.ctx, &types.QueryChannelsRequest{Participant: f.a.text()})
	require.NoError(t, err)
	require.Len(t, mine.Channels, 1)
	require.Equal(t, id, mine.Channels[0].Id)
	require.Equal(t, f.c.text(), f.channel(borrowed).Participants[0].Account)
	require.Equal(t, [2]int64{1_000, 0}, f.settle(borrowed))
	require.Equal(t, int64(1_000_000), f.balance(f.c))
	f.close(id, 1, nil, given) // and the real one is as it was
	require.Equal(t, [2]int64{700, 800}, f.settle(id))
}

// The cheat shows the newest pair itself, before the quarter in which towers earn, or
// again after a tower: it spoils a reward at most, never what the delegator gets.
func TestAttackTowerForestalled(t *testing.T) {
	for name, first := range map[string]bool{"before the tower": true, "after the tower": false} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			id := f.open(1_000, 500)
			old, newest := f.pair(id, 0, 2, 200), f.pair(id, 0, 3, 300)
			f.close(id, 0, old, nil)
			delegation := f.delegation(id, 1, f.c, 50)
			shown := &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: id, Pair: *newest, Delegation: &delegation}
			byCheat := &types.MsgUpdateBalanceProof{Submitter: f.a.text(), ChannelId: id, Pair: *newest}
			reward := int64(50)
			if first {
				must(f, f.msgs.UpdateBalanceProof, byCheat)
				reward = 0
			}
			f.pass(types.DefaultParams().DefaultChallenge / 4)
			must(f, f.msgs.UpdateBalanceProof, shown)
			must(f, f.msgs.UpdateBalanceProof, byCheat)
			require.Equal(t, [2]int64{0, 1_500 - reward}, f.settle(id))
			require.Equal(t, 1_000_000+reward, f.balance(f.c))
		})
	}
}
