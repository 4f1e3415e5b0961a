package mediator_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/x/channels/types"
)

// counters of all nodes: disk flushes and batches signed.
func (n *network) counters() (flushes, batches uint64) {
	for _, p := range n.parties {
		c := p.Counters()
		flushes, batches = flushes+c.Flushes, batches+c.BatchesSent
	}
	return flushes, batches
}

// Four nodes in one process, three channels in a line, synced writes.
func BenchmarkMediated(b *testing.B) {
	const deposit = 1_000_000_000_000
	n, _ := line(b, deposit, nil, "a", "b", "c", "d")
	a, d := n.parties[0], n.parties[3]
	order := payment.Order{Target: d.Self(), Domain: domain, Amount: types.NewUint128(1_000), MaxFee: types.NewUint128(10), Data: make([]byte, 32)}
	b.Run("one at a time", func(b *testing.B) {
		took := make([]time.Duration, 0, b.N)
		for range b.N {
			begin := time.Now()
			_, err := a.Pay(context.Background(), order)
			require.NoError(b, err)
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	})
	b.Run("in flight", func(b *testing.B) {
		slots := make(chan struct{}, 200)
		var wg sync.WaitGroup
		flushes, batches := n.counters()
		begin := time.Now()
		for range b.N {
			slots <- struct{}{}
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, err := a.Pay(context.Background(), order)
				require.NoError(b, err)
				<-slots
			}()
		}
		wg.Wait()
		b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "payments/s")
		flushed, sent := n.counters()
		b.ReportMetric(float64(flushed-flushes)/float64(b.N), "flushes/payment")
		b.ReportMetric(float64(sent-batches)/float64(b.N), "batches/payment")
	})
}
