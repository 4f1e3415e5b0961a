package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/vfs"
	"github.com/cockroachdb/pebble/vfs/errorfs"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/store"
)

var errPowerCut = errors.New("power cut")

// A power cut at every write, flush, rename and removal: every confirmed change is
// there afterwards, and what is there is a prefix of what was handed in.
func TestPowerCutAtEveryWrite(t *testing.T) {
	const total = 40
	cuts := 0
	for at := int64(1); ; at++ {
		mem := vfs.NewStrictMem()
		var writes atomic.Int64
		disk := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op, path string) error {
			switch op {
			case errorfs.OpOpen, errorfs.OpOpenDir, errorfs.OpList, errorfs.OpStat, errorfs.OpGetDiskUsage, errorfs.OpFileRead,
				errorfs.OpFileReadAt, errorfs.OpFileStat, errorfs.OpFileClose, errorfs.OpLock:
				return nil
			}
			// The database goes on: it only ever holds what the log has on disk.
			if writes.Add(1) < at || bytes.Contains([]byte(path), []byte("state")) {
				return nil
			}
			return errPowerCut
		}))
		confirmed := writeUntilPowerCut(disk, total)
		if confirmed == total {
			break
		}
		cuts++
		mem.ResetToSyncedState()
		checkPrefix(t, mem, confirmed, total, fmt.Sprintf("power cut at write %d", at))
	}
	require.Greater(t, cuts, 50, "the test must have cut at every write of the run")
}

// writeUntilPowerCut returns how many changes were confirmed.
func writeUntilPowerCut(fs vfs.FS, total int) int {
	s, err := store.Open(small(fs))
	if err != nil {
		return 0
	}
	defer s.Close()
	var confirmed atomic.Int32
	for i := range total {
		done := make(chan error, 1)
		c := s.NewChanges()
		c.Set(fmt.Appendf(nil, "k%02d", i), bytes.Repeat([]byte{byte(i)}, 100))
		c.Body(fmt.Appendf(nil, "b%02d", i), bytes.Repeat([]byte{byte(i)}, 200))
		s.Submit(c, func(err error) { done <- err })
		if <-done != nil {
			break
		}
		confirmed.Add(1)
	}
	return int(confirmed.Load())
}

func checkPrefix(t *testing.T, fs vfs.FS, confirmed, total int, when string) {
	t.Helper()
	s, err := store.Open(small(fs))
	require.NoError(t, err, when)
	there := 0
	for i := range total {
		value, err := s.Get(fmt.Appendf(nil, "k%02d", i))
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		require.NoError(t, err, when)
		require.Equal(t, bytes.Repeat([]byte{byte(i)}, 100), value, when)
		body, err := s.ReadBody(fmt.Appendf(nil, "b%02d", i))
		if !errors.Is(err, store.ErrDropped) {
			require.NoError(t, err, when)
			require.Equal(t, bytes.Repeat([]byte{byte(i)}, 200), body, when)
		}
		there++
	}
	require.GreaterOrEqual(t, there, confirmed, "%s: a confirmed change is lost", when)
	for i := there; i < total; i++ {
		_, err := s.Get(fmt.Appendf(nil, "k%02d", i))
		require.ErrorIs(t, err, store.ErrNotFound, "%s: a change is there and one before it is not", when)
	}
	// And it goes on from there.
	commit(t, s, func(c *store.Changes) { c.Set([]byte("after"), []byte("x")) })
	require.NoError(t, s.Close(), when)
}
