package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// The attacks of the design that the chain has to survive, each by its name.

func TestAttackStaleClose(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	second, third := f.pair(id, 0, 2, 200), f.pair(id, 0, 3, 300)
	f.close(id, 0, second, nil)
	response, err := f.update(id, third)
	require.NoError(t, err)
	require.True(t, response.Stale)
	require.Equal(t, [2]int64{0, 1_500}, f.settle(id))
	require.Equal(t, int64(999_000-15), f.balance(f.a), "deposit and bond are lost")
	require.Equal(t, int64(1_001_000+15), f.balance(f.b))
}

func TestAttackStaleCloseWithoutClaim(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	pair := f.pair(id, 0, 1, 1)
	f.close(id, 0, nil, f.pair(id, 1, 1, 400)) // "I never signed"
	response, err := f.update(id, pair)
	require.NoError(t, err)
	require.True(t, response.Stale)
	require.Equal(t, [2]int64{0, 1_500}, f.settle(id))
}

func TestAttackStaleCloseByPartner(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	stale, newest := f.pair(id, 1, 2, 10), f.pair(id, 1, 3, 400)
	f.close(id, 1, stale, f.pair(id, 0, 1, 0))
	_, err := f.update(id, newest)
	require.NoError(t, err)
	require.Equal(t, [2]int64{1_500, 0}, f.settle(id))
}

func TestAttackBothStale(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	oldA, newA := f.pair(id, 0, 1, 100), f.pair(id, 0, 2, 300)
	oldB, newB := f.pair(id, 1, 1, 50), f.pair(id, 1, 2, 100)
	f.close(id, 0, oldA, nil)
	must(f, f.msgs.Close, f.closeMsg(id, 1, oldB, nil))
	for _, pair := range []*types.SignedProof{newA, newB} {
		response, err := f.update(id, pair)
		require.NoError(t, err)
		require.True(t, response.Stale)
	}
	require.Equal(t, [2]int64{800, 700}, f.settle(id), "the sums decide")
	require.Equal(t, int64(999_800-15), f.balance(f.a))
	require.Equal(t, int64(15), f.balanceOf(authAddress(poolName)), "the bond goes to the community pool")
}

func TestAttackSecondCloseStale(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	oldB, newB := f.pair(id, 1, 1, 50), f.pair(id, 1, 2, 100)
	f.close(id, 0, nil, newB) // the held pair comes before the second claim
	before := f.balance(f.b)
	must(f, f.msgs.Close, f.closeMsg(id, 1, oldB, nil))
	require.Equal(t, before, f.balance(f.b), "a second close posts no bond")
	require.Equal(t, [2]int64{1_500, 0}, f.settle(id))
	require.Equal(t, int64(1_000_500), f.balance(f.a), "the first closer was honest and has its bond")
}

func TestAttackRebroadcastOfAnOldClose(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	abandoned := f.closeMsg(id, 0, f.pair(id, 0, 1, 100), nil)
	f.pass(301)
	_, err := deliver(f, f.msgs.Close, abandoned)
	require.ErrorIs(t, err, types.ErrValidUntil)
	abandoned.ValidUntil += 300 // nobody can extend it
	_, err = deliver(f, f.msgs.Close, abandoned)
	require.ErrorIs(t, err, types.ErrSignature)
	far := f.closeMsg(id, 0, nil, nil)
	far.ValidUntil = f.clock() + types.MaxCloseValidity + 1
	f.signClose(far)
	_, err = deliver(f, f.msgs.Close, far)
	require.ErrorIs(t, err, types.ErrValidUntil, "nor can the closer sign for longer")
}

func TestAttackOverwrittenPromise(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	acknowledged := f.pair(id, 0, 2, 300)
	f.close(id, 0, f.proof(id, 0, 3, 0), nil) // a fresh nonce, a lower transferred
	response, err := f.update(id, acknowledged)
	require.NoError(t, err)
	require.True(t, response.Stale)
	require.Equal(t, [2]int64{0, 1_500}, f.settle(id))
}

func TestAttackOverwrittenLocks(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	locks := []types.Lock{lock(1, 200, f.clock()+5_000)}
	acknowledged := f.pair(id, 0, 2, 300, locks...)
	f.reveal(1)
	f.close(id, 0, f.proof(id, 0, 3, 300), nil) // a fresh nonce, the lock is gone
	_, err := f.update(id, acknowledged)
	require.NoError(t, err)
	f.to(id, types.PHASE_UNLOCK)
	_, err = f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, [2]int64{500, 1_000}, f.settle(id), "a claim never beats what was acknowledged")
}

func TestAttackEquivocation(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	told := f.pair(id, 0, 2, 300)
	f.close(id, 0, f.proof(id, 0, 2, 299), nil) // the same nonce, other bytes
	response, err := f.update(id, told)
	require.NoError(t, err)
	require.True(t, response.Stale)
	require.Equal(t, [2]int64{0, 1_500}, f.settle(id))
}

func TestAttackEquivocationAgainstAnAcknowledgedClaim(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	one, other := f.pair(id, 0, 2, 300), f.pair(id, 0, 2, 299)
	f.close(id, 0, other, nil)
	_, err := f.update(id, one)
	require.NoError(t, err, "it raises nothing but contradicts")
	require.Equal(t, [2]int64{0, 1_500}, f.settle(id))
}

// A closer claims its newest proof, so that it is not stale, and shows an older pair of
// its own to be settled by that one.
func TestAttackOlderPairBesideTheClaim(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	older, newest := f.pair(id, 0, 1, 100), f.pair(id, 0, 5, 900)
	f.close(id, 0, &types.SignedProof{Proof: newest.Proof, Signature: newest.Signature}, nil)
	_, err := f.update(id, older)
	require.NoError(t, err)
	require.Equal(t, [2]int64{100, 1_400}, f.settle(id), "it owes what it claims even if the partner sleeps")
}

func TestAttackOldCooperativeCloseUsedLate(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	msg := f.cooperativeMsg(types.CooperativeClose{Balances: f.balances(id, [2]uint64{}, [2]uint64{1_000, 500})})
	f.pass(601)
	_, err := deliver(f, f.msgs.CooperativeClose, msg)
	require.ErrorIs(t, err, types.ErrValidUntil)
}

func TestAttackWithdrawOverBalances(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	w := types.Withdraw{Balances: f.balances(id, [2]uint64{300, 0}, [2]uint64{701, 0}), Rotate: types.NoRotation}
	_, err := deliver(f, f.msgs.Withdraw, f.withdrawMsg(f.a, w))
	require.ErrorIs(t, err, types.ErrOverspent)
	w.Balances = f.balances(id, [2]uint64{1_001, 0}, [2]uint64{})
	_, err = deliver(f, f.msgs.Withdraw, f.withdrawMsg(f.a, w))
	require.ErrorIs(t, err, types.ErrOverspent, "transferred above what exists")
	w.Balances = f.balances(id, [2]uint64{}, [2]uint64{1_200, 0})
	w.Deposit[0] = types.NewUint128(1_200)
	_, err = deliver(f, f.msgs.Withdraw, f.withdrawMsg(f.a, w))
	require.ErrorIs(t, err, types.ErrTotals, "a deposit that is not there")
}

// A withdraw is included while a batch is in flight: the batch dies with its epoch.
func TestAttackWithdrawOverInFlightBatch(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	inFlight := f.pair(id, 0, 10, 400)
	must(f, f.msgs.Withdraw, f.withdrawMsg(f.a, types.Withdraw{Balances: f.balances(id, [2]uint64{300, 0}, [2]uint64{0, 100}), Rotate: types.NoRotation}))
	_, err := deliver(f, f.msgs.Close, f.closeMsg(id, 1, nil, inFlight))
	require.ErrorIs(t, err, types.ErrEpoch, "never taken for empty")
	f.close(id, 1, nil, nil)
	require.Equal(t, [2]int64{700, 700}, f.settle(id))
}

func TestAttackDisposedLockIsUnlocked(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	locks := []types.Lock{lock(1, 200, f.clock()+5_000)}
	pair := f.pair(id, 0, 2, 0, locks...)
	f.reveal(1)
	f.close(id, 1, nil, pair)
	f.to(id, types.PHASE_UNLOCK)
	_, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	f.jump(1_799) // the receiver unlocks in the last second; the sender still has an hour
	show := func(sender uint8, by party) error {
		d := types.DisposalOf{Place: f.channel(id).Place(), Sender: sender, LockID: 1, Hash: locks[0].Hash}
		_, err := deliver(f, f.msgs.ShowDisposals, &types.MsgShowDisposals{
			Submitter: f.a.text(), ChannelId: id, Sender: 0, Disposals: []types.Disposal{{LockId: 1, Hash: locks[0].Hash[:], Signature: by.sign(d.Bytes())}},
		})
		return err
	}
	require.ErrorIs(t, show(0, f.a), types.ErrSignature, "the sender cannot dispose for the receiver")
	require.ErrorIs(t, show(1, f.b), types.ErrSignature, "a disposal of the other direction")
	require.NoError(t, show(0, f.b))
	require.Equal(t, [2]int64{1_000, 500}, f.settle(id))
}

func TestAttackLateSecret(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	expiry := f.clock() + 100
	locks := []types.Lock{lock(1, 200, expiry), lock(2, 40, expiry)}
	pair := f.pair(id, 0, 2, 0, locks...)
	f.close(id, 1, nil, pair)
	f.pass(100)
	f.reveal(1) // in the last second
	f.pass(1)
	f.reveal(1, 2) // too late, and no new time for the first
	f.to(id, types.PHASE_UNLOCK)
	response, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(200), response.UnlockedAmount)
}

// The chain halts over the expiry of a lock: the channel clock halts with it.
func TestAttackHaltedChainAtExpiry(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	locks := []types.Lock{lock(1, 200, f.clock()+100)}
	pair := f.pair(id, 0, 2, 0, locks...)
	f.close(id, 1, nil, pair)
	f.block(72 * time.Hour)
	f.reveal(1)
	f.to(id, types.PHASE_UNLOCK)
	response, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(200), response.UnlockedAmount)
}

func TestAttackFloodAndLoot(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000_000, 0)
	var locks []types.Lock
	var ids []uint64
	for i := range uint64(types.MaxLocks) {
		locks = append(locks, lock(i+1, 1_000, f.clock()+5_000))
		ids = append(ids, i+1)
	}
	pair := f.pair(id, 0, 2, 0, locks...)
	f.close(id, 1, nil, pair)
	f.reveal(ids...) // one message secures all of them, in the registry of the chain
	f.to(id, types.PHASE_UNLOCK)
	response, err := f.unlock(id, 0, false, locks...)
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(256_000), response.UnlockedAmount)
	require.Equal(t, [2]int64{744_000, 256_000}, f.settle(id))
}

func TestAttackThirdPartyDepositBetweenSigningAndInclusion(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	msg := f.cooperativeMsg(types.CooperativeClose{Balances: f.balances(id, [2]uint64{300, 0}, [2]uint64{700, 800})})
	must(f, f.msgs.Deposit, &types.MsgDeposit{Depositor: f.c.text(), ChannelId: id, Participant: 1, Total: types.NewUint128(501)})
	must(f, f.msgs.CooperativeClose, msg)
	require.Equal(t, int64(999_700), f.balance(f.a))
	require.Equal(t, int64(1_000_301), f.balance(f.b))
}

func TestAttackPayoutToABlockedAddress(t *testing.T) {
	f := newFixture(t)
	module := authAddress(types.ModuleName)
	msg := f.openMsg(f.a, f.b, sdk.NewInt64Coin(denom, 100))
	msg.Partner = module.String()
	f.signOpen(msg, f.b)
	_, err := deliver(f, f.msgs.OpenChannel, msg)
	require.ErrorIs(t, err, types.ErrBlockedAccount)
}

// A payout that the bank refuses does not hold up the other's: it becomes a credit.
func TestAttackPayoutThatFails(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	f.close(id, 0, f.pair(id, 0, 1, 100), nil)
	f.bank.AppendSendRestriction(func(_ sdkContext, _, to sdk.AccAddress, _ sdk.Coins) (sdk.AccAddress, error) {
		if to.Equals(f.b.addr) {
			return nil, banktypes.ErrSendDisabled
		}
		return to, nil
	})
	require.Equal(t, [2]int64{900, 600}, f.settle(id))
	require.Equal(t, int64(999_900), f.balance(f.a))
	credits, err := f.queries.Credits(f.ctx, &types.QueryCreditsRequest{Account: f.b.text()})
	require.NoError(t, err)
	require.Equal(t, int64(600), credits.Credits[0].Amount.Amount.Int64())
	_, err = deliver(f, f.msgs.Claim, &types.MsgClaim{Account: f.b.text(), Denom: denom})
	require.ErrorIs(t, err, banktypes.ErrSendDisabled, "the credit stays")
	must(f, f.msgs.Claim, &types.MsgClaim{Account: f.b.text(), Denom: denom, Recipient: f.c.text()})
	require.Equal(t, int64(1_000_600), f.balance(f.c))
	_, err = deliver(f, f.msgs.Claim, &types.MsgClaim{Account: f.b.text(), Denom: denom})
	require.ErrorIs(t, err, types.ErrNoCredit)
}

func TestAttackOpenTermsUsedTwice(t *testing.T) {
	f := newFixture(t)
	msg := f.openMsg(f.a, f.b, sdk.NewInt64Coin(denom, 100))
	must(f, f.msgs.OpenChannel, msg)
	_, err := deliver(f, f.msgs.OpenChannel, msg)
	require.ErrorIs(t, err, types.ErrTermsUsed)
	f.pass(601)
	_, err = deliver(f, f.msgs.OpenChannel, msg)
	require.ErrorIs(t, err, types.ErrValidUntil)
	f.pass(15) // what expired is forgotten
	used, err := f.keeper.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Empty(t, used.UsedTerms)
}

// The submitter of somebody's authorisation cannot leave evidence out or swap it.
func TestAttackStrippedClose(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	msg := f.closeMsg(id, 0, f.pair(id, 0, 1, 10), f.pair(id, 1, 1, 100))
	msg.Submitter = f.c.text()
	stripped := *msg
	stripped.PartnerPair = nil
	_, err := deliver(f, f.msgs.Close, &stripped)
	require.ErrorIs(t, err, types.ErrSignature)
	stripped = *msg
	stripped.Claim = f.pair(id, 0, 1, 0)
	_, err = deliver(f, f.msgs.Close, &stripped)
	require.ErrorIs(t, err, types.ErrSignature)
	must(f, f.msgs.Close, msg)
	require.Equal(t, int64(1_000_000-15), f.balance(f.c), "the fee payer posts the bond")
	require.Equal(t, [2]int64{1_090, 410}, f.settle(id))
	require.Equal(t, int64(1_000_000), f.balance(f.c))
}

func TestAttackLyingTower(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	old, newest := f.pair(id, 0, 2, 200), f.pair(id, 0, 9, 900)
	f.close(id, 0, old, nil)
	f.pass(types.DefaultParams().DefaultChallenge / 4)
	show := func(pair *types.SignedProof, delegation types.Delegation, submitter party) (*types.MsgUpdateBalanceProofResponse, error) {
		return deliver(f, f.msgs.UpdateBalanceProof, &types.MsgUpdateBalanceProof{Submitter: submitter.text(), ChannelId: id, Pair: *pair, Delegation: &delegation})
	}
	forged := f.delegation(id, 1, f.c, 50)
	forged.Reward = types.NewUint128(500)
	_, err := show(newest, forged, f.c)
	require.ErrorIs(t, err, types.ErrSignature)
	_, err = show(newest, f.delegation(id, 0, f.c, 50), f.c)
	require.ErrorIs(t, err, types.ErrSignature, "the sender cannot name the receiver's tower")
	_, err = show(newest, f.delegation(id, 1, f.c, 50), f.a)
	require.ErrorIs(t, err, types.ErrDelegation, "nobody can use another's delegation")
	// It shows an older pair than it has; the delegator shows the newest.
	_, err = show(f.pair(id, 0, 3, 250), f.delegation(id, 1, f.c, 50), f.c)
	require.NoError(t, err)
	_, err = f.update(id, newest)
	require.NoError(t, err)
	require.Equal(t, [2]int64{0, 1_500}, f.settle(id))
	require.Equal(t, int64(1_000_000), f.balance(f.c), "paid only for the proof that decided")
}

// The newest proof differs in its locks alone: a higher nonce is enough to be caught.
func TestAttackStaleByNonceAlone(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	old, newest := f.pair(id, 0, 2, 200), f.pair(id, 0, 3, 200, lock(1, 100, f.clock()+5_000))
	f.close(id, 0, old, nil)
	response, err := f.update(id, newest)
	require.NoError(t, err)
	require.True(t, response.Stale)
	require.Equal(t, [2]int64{0, 1_500}, f.settle(id))
}
