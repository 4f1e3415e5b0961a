package store_test

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/meshchain/meshchain/photon/store"
)

// One small change at a time: what an idle node's payment waits for.
func BenchmarkCommitOne(b *testing.B) {
	s, err := store.Open(store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	value := make([]byte, 500)
	b.ReportAllocs()
	for b.Loop() {
		c := s.NewChanges()
		c.Set([]byte("channel"), value)
		if err := s.Commit(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// Batches of 4,000 payments with 32 bytes of data, as fast as the disk takes them.
func BenchmarkCommitBatches(b *testing.B) {
	s, err := store.Open(store.Options{Dir: b.TempDir(), Retention: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	body, value := make([]byte, 4000*67), make([]byte, 500)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var flight sync.WaitGroup
	for i := 0; b.Loop(); i++ {
		c := s.NewChanges()
		c.Set([]byte("channel"), value)
		c.Body(binary.BigEndian.AppendUint64([]byte("batch"), uint64(i)), body)
		flight.Add(1)
		s.Submit(c, func(err error) {
			if err != nil {
				b.Error(err)
			}
			flight.Done()
		})
	}
	flight.Wait()
}
