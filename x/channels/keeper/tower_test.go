package keeper_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

type sdkContext = context.Context

func authAddress(module string) sdk.AccAddress { return authtypes.NewModuleAddress(module) }

func (f *fixture) delegation(id uint64, delegator uint8, tower party, reward uint64) types.Delegation {
	d := types.DelegationOf{Place: f.channel(id).Place(), Delegator: delegator, Tower: tower.addr, Reward: types.NewUint128(reward), Expiry: f.clock() + 100_000}
	return types.Delegation{Tower: tower.text(), Reward: d.Reward, Expiry: d.Expiry, Signature: f.side(delegator).sign(d.Bytes())}
}

func TestTowerReward(t *testing.T) {
	quarter := types.DefaultParams().DefaultChallenge / 4
	for name, c := range map[string]struct {
		after  uint64
		reward uint64
		claim  uint64 // of the closer, nonce 5; 0 for none
		paid   int64
	}{
		"decided":              {quarter, 50, 0, 50},
		"early":                {quarter - 1, 50, 0, 0},
		"capped by the payout": {quarter, 5_000, 0, 1_500},
		"claim says the same":  {quarter, 50, 300, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			id := f.open(1_000, 500)
			pair := f.pair(id, 0, 5, 300)
			var claim *types.SignedProof
			if c.claim > 0 {
				claim = f.proof(id, 0, 5, c.claim)
			}
			delegation := f.delegation(id, 1, f.c, c.reward)
			f.close(id, 0, claim, nil)
			f.pass(c.after)
			must(f, f.msgs.UpdateBalanceProof, &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: id, Pair: *pair, Delegation: &delegation})
			must(f, f.msgs.UpdateBalanceProof, &types.MsgUpdateBalanceProof{Submitter: f.a.text(), ChannelId: id, Pair: *pair}) // a no-op
			payouts := f.settle(id)
			require.Equal(t, 1_000_000+c.paid, f.balance(f.c))
			require.Equal(t, int64(1_500)-c.paid, payouts[0]+payouts[1])
		})
	}
}

func TestDelegationExpires(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	delegation := f.delegation(id, 1, f.c, 50)
	delegation.Expiry = f.clock() + 10
	pair := f.pair(id, 0, 5, 300)
	f.close(id, 0, nil, nil)
	f.pass(11)
	_, err := deliver(f, f.msgs.UpdateBalanceProof, &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: id, Pair: *pair, Delegation: &delegation})
	require.ErrorIs(t, err, types.ErrDelegation)
}
