package mediator_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/x/channels/types"
)

// A mediator that dies again and again while payments go over it: each payment is decided,
// none is paid without having come in, and all sums are right in the end.
func TestMediatorCrashes(t *testing.T) {
	const deposit, amount = 10_000_000, 1_000
	n, ids := line(t, deposit, nil, "a", "b", "c")
	a, b, c := n.parties[0], n.parties[1], n.parties[2]
	stop := make(chan struct{})
	var mu sync.Mutex
	paid, failed := 0, 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(rand.IntN(4)) * time.Millisecond):
				}
				done, err := a.Begin(payment.Order{Target: c.Self(), Domain: domain, Amount: types.NewUint128(amount), MaxFee: types.NewUint128(10), Timeout: 5})
				require.NoError(t, err)
				f := <-done
				mu.Lock()
				if f.Err == nil {
					paid++
				} else {
					failed++
				}
				mu.Unlock()
			}
		}()
	}
	for range 5 {
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond)
		b.close()
		b.open()
		n.connect(a, b)
		n.connect(b, c)
	}
	time.Sleep(200 * time.Millisecond)
	close(stop)
	wg.Wait()
	n.settled(deposit)
	t.Logf("%d paid, %d failed", paid, failed)
	require.NotZero(t, paid)
	left, _ := a.balance(ids[0])
	require.Equal(t, uint64(deposit-paid*(amount+1)), left, "what a paid, with fees")
	right, _ := c.balance(ids[1])
	require.Equal(t, uint64(deposit+paid*amount), right, "what c got")
	require.Len(t, c.took(), paid)
	require.Zero(t, b.Totals().Lost)
}
