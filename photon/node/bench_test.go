package node_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Two nodes in one process over loopback, both disks: payments per second, acknowledged
// and durable on both sides. (cmd/meshload measures real processes.)
func BenchmarkDirect(b *testing.B) {
	for _, data := range []int{32, 256} {
		b.Run(fmt.Sprintf("data=%d", data), func(b *testing.B) {
			x, y := newParty(b, "x", nil), newParty(b, "y", nil)
			id := openChannel(b, x, y, 1, 1<<62)
			s, err := x.Stream(id)
			if err != nil {
				b.Fatal(err)
			}
			const chunk = 1000
			entries := payments(0, chunk, data)
			begin := time.Now()
			b.SetBytes(chunk)
			n := uint64(0)
			for b.Loop() {
				if err := s.Send(context.Background(), entries, chunk); err != nil {
					b.Fatal(err)
				}
				n += chunk
			}
			wait(b, s, n)
			b.ReportMetric(float64(n)/time.Since(begin).Seconds(), "payments/s")
			b.ReportMetric(float64(n)/float64(x.Counters().BatchesSent), "payments/batch")
			b.ReportMetric(float64(x.Counters().LogBytes)/float64(n), "log-B/payment")
		})
	}
}

// One payment at a time, acknowledged and durable on both sides.
func BenchmarkLatency(b *testing.B) {
	x, y := newParty(b, "x", nil), newParty(b, "y", nil)
	id := openChannel(b, x, y, 1, 1<<62)
	s, err := x.Stream(id)
	if err != nil {
		b.Fatal(err)
	}
	entry := payments(0, 1, 32)
	for n := uint64(1); b.Loop(); n++ {
		if err := s.Send(context.Background(), entry, 1); err != nil {
			b.Fatal(err)
		}
		wait(b, s, n)
	}
}
