package mediator_test

import (
	"bytes"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Four nodes in a line: the first pays the last over two mediators, who earn their fee.
func TestMediatedPayment(t *testing.T) {
	const deposit = 10_000_000
	n, ids := line(t, deposit, nil, "a", "b", "c", "d")
	a, d := n.parties[0], n.parties[3]
	data := bytes.Repeat([]byte{7}, 300)
	done, err := a.Pay(within(t), payment.Order{
		Target: d.Self(), Domain: domain, Amount: types.NewUint128(1_000_000), MaxFee: types.NewUint128(1_000), Data: data,
	})
	require.NoError(t, err)
	require.Equal(t, types.NewUint128(1_000_000), done.Amount)
	require.Equal(t, types.NewUint128(201), done.Fee, "0.01 % to c, and 0.01 % of both to b, rounded up")
	require.Len(t, done.Hops, 3)
	n.settled(deposit)
	got := d.took()
	require.Len(t, got, 1)
	require.Equal(t, data, got[0].Data)
	require.Equal(t, types.NewUint128(1_000_000), got[0].Amount)
	for i, want := range []struct{ left, right uint64 }{{deposit - 1_000_201, 0}, {deposit - 1_000_100, deposit + 1_000_201}, {deposit - 1_000_000, deposit + 1_000_100}} {
		left, _ := n.parties[i].balance(ids[i])
		require.Equal(t, want.left, left, "party %d", i)
		if i > 0 {
			right, _ := n.parties[i].balance(ids[i-1])
			require.Equal(t, want.right, right, "party %d", i)
		}
	}
	require.Equal(t, uint64(1), n.parties[1].Totals().Forwarded)

	// A payment request is paid once; its secret is the payer's proof.
	request, err := d.Request(domain, types.NewUint128(500), uint64(time.Now().Unix())+60)
	require.NoError(t, err)
	order := payment.Order{ID: request.ID, Target: d.Self(), Domain: domain, Amount: types.NewUint128(500), MaxFee: types.NewUint128(10), Hash: request.Hash}
	done, err = a.Pay(within(t), order)
	require.NoError(t, err)
	require.Equal(t, request.Hash, sha256.Sum256(done.Secret[:]))
	require.True(t, d.took()[1].Requested)
	_, err = a.Pay(within(t), order)
	require.ErrorIs(t, err, payment.ErrRefused)
	n.settled(deposit)
}

// Why a payment cannot be made is said.
func TestNoRoute(t *testing.T) {
	const deposit = 10_000
	n, _ := line(t, deposit, nil, "a", "b", "c")
	a, c := n.parties[0], n.parties[2]
	pay := func(amount, fee uint64) error {
		_, err := a.Pay(within(t), payment.Order{Target: c.Self(), Domain: domain, Amount: types.NewUint128(amount), MaxFee: types.NewUint128(fee)})
		return err
	}
	require.ErrorIs(t, pay(10_001, 100), payment.ErrNoCapacity)
	require.ErrorIs(t, pay(5_000, 0), payment.ErrFeeCap)
	require.ErrorIs(t, pay(0, 0), payment.ErrOrder)
	_, err := a.Pay(within(t), payment.Order{Target: a.Self(), Domain: domain, Amount: types.NewUint128(1)})
	require.ErrorIs(t, err, payment.ErrOrder)
	stranger := n.add("x", nil)
	_, err = a.Pay(within(t), payment.Order{Target: stranger.Self(), Domain: domain, Amount: types.NewUint128(1)})
	require.ErrorIs(t, err, payment.ErrUnknownTarget)
	n.parties[1].close()
	require.Eventually(t, func() bool {
		_, err = a.Routes(c.Self(), domain, types.NewUint128(1), types.NewUint128(10), 1)
		return err != nil
	}, 10*time.Second, 10*time.Millisecond)
	require.ErrorIs(t, pay(5, 10), payment.ErrOffline)
}

// Many at once, both ways, in few batches.
func TestManyPayments(t *testing.T) {
	const deposit, payments = 10_000_000, 400
	n, _ := line(t, deposit, nil, "a", "b", "c", "d")
	a, d := n.parties[0], n.parties[3]
	var wg sync.WaitGroup
	slots := make(chan struct{}, 60)
	begin := time.Now()
	for i := range payments {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			from, to := a, d
			if i%2 == 1 {
				from, to = d, a
			}
			_, err := from.Pay(within(t), payment.Order{Target: to.Self(), Domain: domain, Amount: types.NewUint128(1_000), MaxFee: types.NewUint128(10)})
			require.NoError(t, err)
			<-slots
		}()
	}
	wg.Wait()
	t.Logf("%d payments in %s", payments, time.Since(begin))
	n.settled(deposit)
	require.Len(t, d.took(), payments/2)
	require.Len(t, a.took(), payments/2)
	for _, p := range n.parties {
		require.Zero(t, p.Totals().Lost)
	}
}

// What was ordered for a channel is deleted when it has paid out, on disk, too.
func TestForgetsEndedChannel(t *testing.T) {
	n, ids := line(t, 10_000, nil, "a", "b")
	a := n.parties[0]
	policy, own := a.Policy(ids[0])
	require.False(t, own)
	policy.FeeRate = 777
	require.NoError(t, a.SetPolicy(ids[0], policy))
	_, own = a.Policy(ids[0])
	require.True(t, own)
	require.NoError(t, a.ChainEvent(within(t), chainID, ids[0].Channel, machine.Ended{}))
	gone := func() bool { _, own := a.Policy(ids[0]); return !own }
	require.Eventually(t, gone, 10*time.Second, 5*time.Millisecond)
	a.close()
	a.open()
	require.True(t, gone())
}
