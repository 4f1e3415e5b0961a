package keeper_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// TestOpenRefuses goes through what can be wrong with a message that opens.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(f *fixture, msg *types.MsgOpenChannel)
		err   error
		says  string
	}{
		"self-channel":       {func(f *fixture, m *types.MsgOpenChannel) { m.Partner = m.Opener }, types.ErrSelfChannel, "opener and partner are both"},
		"one key":            {func(f *fixture, m *types.MsgOpenChannel) { m.PartnerKey = m.OpenerKey }, types.ErrSelfChannel, "are both ed25519:"},
		"unknown denom":      {func(f *fixture, m *types.MsgOpenChannel) { m.Deposit.Denom = "unothing" }, types.ErrDenom, "unothing: nobody holds it"},
		"zero deposit":       {func(f *fixture, m *types.MsgOpenChannel) { m.Deposit.Amount = m.Deposit.Amount.SubRaw(100) }, types.ErrAmount, "must be at least 1"},
		"short key":          {func(f *fixture, m *types.MsgOpenChannel) { m.OpenerKey.Key = m.OpenerKey.Key[:31] }, types.ErrKey, "has 31 bytes: must have 32"},
		"wrong key type":     {func(f *fixture, m *types.MsgOpenChannel) { m.OpenerKey.Type = types.KEY_TYPE_SECP256K1 }, types.ErrKey, "must have 33"},
		"small order":        {func(f *fixture, m *types.MsgOpenChannel) { m.OpenerKey.Key = make([]byte, 32) }, types.ErrKey, "small order"},
		"challenge too long": {func(f *fixture, m *types.MsgOpenChannel) { m.Challenge = 31 * 24 * 3_600 }, types.ErrChallenge, "must be 1800 to 2592000"},
		"challenge short":    {func(f *fixture, m *types.MsgOpenChannel) { m.Challenge = 1_799 }, types.ErrChallenge, "challenge 1799 s"},
		"valid too long":     {func(f *fixture, m *types.MsgOpenChannel) { m.ValidUntil = f.clock() + 3_601 }, types.ErrValidUntil, "by the channel clock"},
		"expired":            {func(f *fixture, m *types.MsgOpenChannel) { m.ValidUntil = 0 }, types.ErrValidUntil, "valid until 0"},
		"unsigned":           {func(f *fixture, m *types.MsgOpenChannel) { m.PartnerSignature = nil }, types.ErrSignature, "has 0 bytes, must have 64"},
		"other deposit":      {func(f *fixture, m *types.MsgOpenChannel) { m.Deposit.Amount = m.Deposit.Amount.AddRaw(1) }, types.ErrSignature, "open terms by the partner"},
		"above the cap": {func(f *fixture, m *types.MsgOpenChannel) {
			m.Deposit.Amount = types.MaxUint128.Int()
		}, types.ErrDepositCap, "must be at most 1701411"},
		"above 128 bits": {func(f *fixture, m *types.MsgOpenChannel) { m.Deposit.Amount = types.MaxUint128.Int().AddRaw(1) }, types.ErrAmount, "2^128"},
		"stray approval": {func(f *fixture, m *types.MsgOpenChannel) { m.Approval = &types.Approval{} }, types.ErrApproval, "without a guarantor"},
		"bad account":    {func(f *fixture, m *types.MsgOpenChannel) { m.Partner = "mesh1nobody" }, types.ErrAccount, "mesh1nobody"},
		"unknown lender": {func(f *fixture, m *types.MsgOpenChannel) {
			m.Guarantor, m.Approval = f.c.text(), &types.Approval{ValidUntil: f.clock()}
		}, types.ErrSignature, "open terms"},
		"lender is party": {func(f *fixture, m *types.MsgOpenChannel) { m.Guarantor, m.Approval = f.a.text(), &types.Approval{} }, types.ErrAccount, "neither opener nor partner"},
	} {
		f := newFixture(t)
		msg := f.openMsg(f.a, f.b, sdk.NewInt64Coin(denom, 100))
		c.spoil(f, msg)
		before, err := f.keeper.ExportGenesis(f.ctx)
		require.NoError(t, err)
		_, err = deliver(f, f.msgs.OpenChannel, msg)
		require.ErrorIs(t, err, c.err, name)
		require.ErrorContains(t, err, c.says, name)
		after, err := f.keeper.ExportGenesis(f.ctx)
		require.NoError(t, err)
		require.True(t, before.Equal(after), name)
	}
}

func TestDisputeRefuses(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	locks := []types.Lock{lock(1, 10, f.clock()+5_000), lock(2, 20, f.clock()+5_000)}
	f.close(id, 0, f.pair(id, 0, 5, 100, locks...), nil)

	update := func(pair *types.SignedProof) error {
		_, err := f.update(id, pair)
		return err
	}
	require.ErrorIs(t, update(f.pair(id, 0, 4, 90)), types.ErrNotNewer)
	require.ErrorContains(t, update(f.pair(id, 0, 4, 90)), "nonce 4: must be above 5")
	require.ErrorIs(t, update(f.proof(id, 0, 6, 110)), types.ErrNoAck)
	unsigned := f.pair(id, 0, 6, 110)
	unsigned.Signature = bytes.Repeat([]byte{1}, 64)
	require.ErrorIs(t, update(unsigned), types.ErrSignature)
	short := f.pair(id, 0, 6, 110)
	short.Proof = short.Proof[1:]
	require.ErrorIs(t, update(short), types.ErrBytes)
	require.NoError(t, update(f.pair(id, 0, 5, 100, locks...)), "what is held is a no-op")

	_, err := deliver(f, f.msgs.RegisterSecrets, &types.MsgRegisterSecrets{Submitter: f.c.text(), Secrets: [][]byte{make([]byte, 31)}})
	require.ErrorIs(t, err, types.ErrSecretLength)
	require.ErrorContains(t, err, "secrets[0] has 31 bytes: must have 32")
	_, err = deliver(f, f.msgs.RegisterSecrets, &types.MsgRegisterSecrets{Submitter: f.c.text(), Secrets: make([][]byte, 257)})
	require.ErrorIs(t, err, types.ErrTooMany)

	f.to(id, types.PHASE_UNLOCK)
	for name, c := range map[string]struct {
		sender uint8
		claim  bool
		locks  []types.Lock
		err    error
	}{
		"unsorted":        {0, false, []types.Lock{locks[1], locks[0]}, types.ErrLockOrder},
		"duplicate":       {0, false, []types.Lock{locks[0], locks[0]}, types.ErrLockOrder},
		"one is missing":  {0, false, locks[:1], types.ErrLocksRoot},
		"other amount":    {0, false, []types.Lock{locks[0], lock(2, 21, locks[1].Expiry)}, types.ErrLocksRoot},
		"nothing held":    {1, false, locks, types.ErrNoProof},
		"no claim":        {1, true, locks, types.ErrNoProof},
		"257 locks":       {0, false, make([]types.Lock, 257), types.ErrTooMany},
		"lock without id": {0, false, []types.Lock{lock(0, 10, 1)}, types.ErrLocks},
		"no such sender":  {2, false, locks, types.ErrSide},
	} {
		_, err := f.unlock(id, c.sender, c.claim, c.locks...)
		require.ErrorIs(t, err, c.err, name)
	}
	_, err = deliver(f, f.msgs.Unlock, &types.MsgUnlock{Submitter: f.c.text(), ChannelId: id, Locks: make([]byte, 63)})
	require.ErrorIs(t, err, types.ErrLocks)
	_, err = deliver(f, f.msgs.Settle, &types.MsgSettle{Submitter: f.c.text(), ChannelId: 99})
	require.ErrorIs(t, err, types.ErrNotFound)
}

func TestUpdateParams(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	params := types.DefaultParams()
	params.UnlockPeriod = 60
	_, err := deliver(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.a.text(), Params: params})
	require.ErrorIs(t, err, types.ErrAuthority)
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.keeper.Authority(), Params: params})
	require.Equal(t, uint64(1_800), f.channel(id).Terms.UnlockPeriod, "open channels keep their terms")
	params.MinChallenge = types.RevealPeriod
	_, err = deliver(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.keeper.Authority(), Params: params})
	require.ErrorIs(t, err, types.ErrParams)
	require.ErrorContains(t, err, "params.min_challenge 420")
}

// TestPruning: secrets and records are forgotten after retention, a bounded number per
// block, the oldest first.
func TestPruning(t *testing.T) {
	f := newFixture(t)
	params := types.DefaultParams()
	params.MaxPrunePerBlock = 2
	must(f, f.msgs.UpdateParams, &types.MsgUpdateParams{Authority: f.keeper.Authority(), Params: params})
	f.reveal(1, 2, 3, 4, 5)
	id := f.open(10, 0)
	must(f, f.msgs.CooperativeClose, f.cooperativeMsg(types.CooperativeClose{Balances: f.balances(id, [2]uint64{}, [2]uint64{10, 0})}))
	count := func() int {
		g, err := f.keeper.ExportGenesis(f.ctx)
		require.NoError(t, err)
		return len(g.Secrets)
	}
	f.jump(params.Retention)
	require.Equal(t, 5, count())
	f.pass(1)
	for _, left := range []int{3, 1, 0, 0} {
		f.block(0)
		require.Equal(t, left, count())
		f.check()
	}
	_, err := f.queries.Channel(f.ctx, &types.QueryChannelRequest{ChannelId: id})
	require.ErrorContains(t, err, "never was, or ended long ago")
}
