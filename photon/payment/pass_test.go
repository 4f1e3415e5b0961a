package payment

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/x/channels/types"
)

// A secret goes on as soon as it is learned, and nothing is paid for it before it is durable.
// That the incoming lock is paid meanwhile is no loss.
func TestPassesSecretOn(t *testing.T) {
	for _, paidFirst := range []bool{false, true} {
		c, _ := newMediator(t)
		secret := [32]byte{5}
		add := receive(t, c, 1, hashOf(secret), 20, 7_000, forward(right, 10, 6_000, [16]byte{}))[0].(AddLock)
		c.Apply(Locked{Channel: right, PaymentID: add.PaymentID}, testNow, nil)
		own := machine.PendingLock{
			Lock: types.Lock{ID: 4, Amount: add.Amount, Hash: add.Hash, Expiry: add.Expiry}, PaymentID: add.PaymentID, Secret: secret, HasSecret: true,
		}
		got := c.Apply(Noticed{Channel: right, Notice: machine.NoticeLearned{Lock: own}}, testNow, nil)
		require.Equal(t, []Command{Pass{Channel: left, LockID: 1, Secret: secret}}, got)
		in := machine.PendingLock{Lock: types.Lock{ID: 1, Hash: own.Hash}}
		forwarded := Forwarded{In: left, Out: right, AmountIn: types.NewUint128(20), AmountOut: types.NewUint128(10)}
		want := []Command{SaveSecret{Hash: own.Hash, Secret: secret}, Reveal{Channel: left, LockID: 1, Secret: secret}, forwarded, PayLock{Channel: right, LockID: 4}}
		if paidFirst {
			require.Empty(t, c.Apply(Noticed{Channel: left, Notice: machine.NoticeLockResolved{Lock: in}}, testNow, nil))
			want = []Command{forwarded, PayLock{Channel: right, LockID: 4}}
		}
		require.Equal(t, want, c.Apply(Noticed{Channel: right, Notice: machine.NoticeSecret{Lock: own}}, testNow, nil))
		require.Empty(t, c.Apply(Noticed{Channel: right, Notice: machine.NoticeLearned{Lock: own}}, testNow, nil), "known already")
	}
}
