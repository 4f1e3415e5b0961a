package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/channels/types"
)

// A cheat pretends to have lost its data: it has claimed nothing that could be stale.
func TestAttackFalseRecovery(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	paid := f.pair(id, 0, 3, 300)
	msg := f.closeMsg(id, 0, nil, nil)
	msg.Recovering = true
	f.signClose(msg)
	must(f, f.msgs.Close, msg)
	d := f.channel(id).Dispute
	require.Equal(t, types.NewUint128(75), d.Bond, "5 %")
	require.Equal(t, uint64(7*24*3_600), d.UpdateUntil-d.ClosedAt)
	f.pass(3_600)
	response, err := f.update(id, paid)
	require.NoError(t, err)
	require.True(t, response.Raised)
	require.Equal(t, [2]int64{700, 800}, f.settle(id), "the sums decide")
	require.Equal(t, int64(999_700-75), f.balance(f.a))
	require.Equal(t, int64(1_000_300+75), f.balance(f.b), "the bond is the partner's")
}

func TestHonestRecovery(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	nothingPaid := f.pair(id, 0, 3, 0)
	received := f.pair(id, 1, 8, 200)
	msg := f.closeMsg(id, 0, nil, nil)
	msg.Recovering = true
	f.signClose(msg)
	must(f, f.msgs.Close, msg)
	for _, pair := range []*types.SignedProof{nothingPaid, received} { // a tower has them
		_, err := f.update(id, pair)
		require.NoError(t, err)
	}
	require.Equal(t, [2]int64{1_200, 300}, f.settle(id))
	require.Equal(t, int64(1_000_200), f.balance(f.a))

	second := f.open(10, 10)
	f.close(second, 1, nil, nil)
	msg = f.closeMsg(second, 0, nil, nil)
	msg.Recovering = true
	f.signClose(msg)
	_, err := deliver(f, f.msgs.Close, msg)
	require.ErrorIs(t, err, types.ErrRecovering)
	msg = f.closeMsg(second, 1, nil, nil)
	_, err = deliver(f, f.msgs.Close, msg)
	require.ErrorIs(t, err, types.ErrAlreadyClosed)
}
