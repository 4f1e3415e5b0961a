package relayer_test

import (
	"context"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
)

// powers returns the voting power of the validators, by address.
func (p *peer) powers(ctx context.Context, t *testing.T) map[string]int64 {
	t.Helper()
	r, err := p.c.RPC.Validators(ctx, nil, nil, nil)
	require.NoError(t, err)
	out := map[string]int64{}
	for _, v := range r.Validators {
		out[v.Address.String()] = v.VotingPower
	}
	return out
}

// TestValidatorsChangeWhileTheRelayerSleeps replaces all the validators that the light client on the
// zone trusts but for a hundredth, while nobody updates it. No header of the new ones convinces it at
// once: the relayer must lead it over headers in between.
func TestValidatorsChangeWhileTheRelayerSleeps(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	fast := localnet.Spec{BlockTime: 500 * time.Millisecond}
	two := fast
	two.Validators = 2
	w := newWorld(ctx, t, two, fast)
	a, b := w.a, w.b
	operator := func(i int) (*client.Account, string) {
		account, err := a.c.Account([]string{"validator-0", "validator-1"}[i])
		require.NoError(t, err)
		record, err := a.chain.Keys.Key(account.Name())
		require.NoError(t, err)
		addr, err := record.GetAddress()
		require.NoError(t, err)
		return account, sdk.MustBech32ifyAddressBytes("meshvaloper", addr)
	}
	_, oldValidator := operator(0)
	_, newValidator := operator(1)
	stake := func(n int64) sdk.Coin { return sdk.NewInt64Coin(a.chain.Spec.Denom(), n) }

	// The first one gets 99 of 100 parts, and that is what the light client will know.
	_, err := a.user.Send(ctx, stakingtypes.NewMsgDelegate(a.user.Address(), oldValidator, stake(99_000_000_000)))
	require.NoError(t, err)
	height, err := a.c.Height(ctx)
	require.NoError(t, err)
	require.NoError(t, a.c.WaitHeight(ctx, height+3))
	w.link(ctx, t)
	before := a.powers(ctx, t)
	require.Len(t, before, 2)

	// Nobody relays. The second one gets the same; then the first one's go.
	a.send(ctx, t, b, 3)
	_, err = a.user.Send(ctx, stakingtypes.NewMsgDelegate(a.user.Address(), newValidator, stake(300_000_000_000)))
	require.NoError(t, err)
	_, err = a.user.Send(ctx, stakingtypes.NewMsgUndelegate(a.user.Address(), oldValidator, stake(99_000_000_000)))
	require.NoError(t, err)
	first, _ := operator(0)
	_, err = first.Send(ctx, stakingtypes.NewMsgUndelegate(first.Address(), oldValidator, stake(1_000_000_000)))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(a.powers(ctx, t)) == 1 }, 20*time.Second, 200*time.Millisecond)
	after := a.powers(ctx, t)
	total, stayed := int64(0), int64(0)
	for address, power := range before {
		total += power
		if after[address] > 0 {
			stayed += power
		}
	}
	require.Less(t, 3*stayed, total, "more than a third of the power that the client trusts still signs")
	height, err = a.c.Height(ctx)
	require.NoError(t, err)
	require.NoError(t, a.c.WaitHeight(ctx, height+5))

	r := relay(t, w.cfg)
	t.Logf("all packets ended %s after the relayer woke up", a.finished(ctx, t))
	require.True(t, r.log.contains("brought light client nearer"), "one step was enough: this test shows nothing")
	r.stop()
}
