package store_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/vfs"
	"github.com/cockroachdb/pebble/vfs/errorfs"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/store"
)

func small(fs vfs.FS) store.Options {
	return store.Options{Dir: "node", FS: fs, SegmentSize: 4 << 10, Retention: 16 << 10}
}

func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(o)
	require.NoError(t, err)
	return s
}

func commit(t *testing.T, s *store.Store, change func(*store.Changes)) {
	t.Helper()
	c := s.NewChanges()
	change(c)
	require.NoError(t, s.Commit(context.Background(), c))
}

func TestReadAfterReopen(t *testing.T) {
	o := store.Options{Dir: filepath.Join(t.TempDir(), "node"), SegmentSize: 1 << 20, Retention: 4 << 20}
	s := open(t, o)
	commit(t, s, func(c *store.Changes) {
		c.Set([]byte("a"), []byte("1"))
		c.Set([]byte("b"), []byte("2"))
		c.Body([]byte("body"), []byte("hello "), bytes.Repeat([]byte("x"), 40_000))
	})
	commit(t, s, func(c *store.Changes) { c.Delete([]byte("a")); c.Set([]byte("c"), []byte("3")) })
	_, err := store.Open(o)
	require.ErrorContains(t, err, "in use by another process")

	check := func() {
		_, err := s.Get([]byte("a"))
		require.ErrorIs(t, err, store.ErrNotFound)
		body, err := s.ReadBody([]byte("body"))
		require.NoError(t, err)
		require.Equal(t, append([]byte("hello "), bytes.Repeat([]byte("x"), 40_000)...), body)
		var keys, down []string
		require.NoError(t, s.Scan([]byte("a"), []byte("bz"), func(k, v []byte) bool { keys = append(keys, string(k)+string(v)); return true }))
		require.Equal(t, "b2", keys[0])
		require.NoError(t, s.ScanDown([]byte("a"), []byte("d"), func(k, v []byte) bool { down = append(down, string(k)); return len(down) < 2 }))
		require.Equal(t, []string{"c", "body"}, down)
	}
	check()
	require.NoError(t, s.Close())
	s = open(t, o)
	check()
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Close(), store.ErrClosed)
	require.ErrorIs(t, s.Commit(context.Background(), s.NewChanges()), store.ErrClosed)
}

func TestWrongKeysAndSizes(t *testing.T) {
	s := open(t, small(vfs.NewMem()))
	defer s.Close()
	for _, key := range [][]byte{nil, {0xff, 1}, make([]byte, store.MaxKey+1)} {
		c := s.NewChanges()
		c.Set(key, nil)
		require.ErrorContains(t, s.Commit(context.Background(), c), "must have 1 to 256 and not start with ff")
	}
	c := s.NewChanges()
	c.Body([]byte("b"), make([]byte, 4<<10))
	require.ErrorIs(t, s.Commit(context.Background(), c), store.ErrTooLarge)
	_, err := store.Open(store.Options{Dir: "x", FS: vfs.NewMem(), SegmentSize: 10})
	require.ErrorContains(t, err, "must be 1 KiB to 1 GiB")
	_, err = store.Open(store.Options{Dir: "x", FS: vfs.NewMem(), SegmentSize: 1 << 20, Retention: 1 << 20})
	require.ErrorContains(t, err, "at least four segments")
}

// Retention bounds the files; keys stay, bodies say why they are gone.
func TestRetention(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, small(fs))
	for i := range 200 {
		commit(t, s, func(c *store.Changes) {
			c.Set(fmt.Appendf(nil, "k%03d", i), []byte{byte(i)})
			c.Body(fmt.Appendf(nil, "b%03d", i), bytes.Repeat([]byte{byte(i)}, 500))
		})
	}
	require.Eventually(t, func() bool { return s.Stats().Segments <= 4 }, 5*time.Second, time.Millisecond)
	_, err := s.ReadBody([]byte("b000"))
	require.ErrorIs(t, err, store.ErrDropped)
	body, err := s.ReadBody([]byte("b199"))
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{199}, 500), body)
	names, err := fs.List("node/log")
	require.NoError(t, err)
	require.LessOrEqual(t, len(names), 5, "%v", names)

	require.NoError(t, s.Close())
	s = open(t, small(fs))
	defer s.Close()
	for i := range 200 {
		value, err := s.Get(fmt.Appendf(nil, "k%03d", i))
		require.NoError(t, err)
		require.Equal(t, []byte{byte(i)}, value)
	}
}

// While one flush runs, everything else gathers for the next.
func TestGroupCommit(t *testing.T) {
	var slow atomic.Bool
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op, _ string) error {
		if op == errorfs.OpFileSync && slow.Load() {
			time.Sleep(20 * time.Millisecond)
		}
		return nil
	}))
	s := open(t, store.Options{Dir: "node", FS: fs})
	defer s.Close()
	slow.Store(true)
	before := s.Stats().Flushes
	done := make(chan int, 100)
	for i := range 100 {
		c := s.NewChanges()
		c.Set([]byte{1, byte(i)}, []byte("v"))
		s.Submit(c, func(err error) {
			if err == nil {
				done <- i
			}
		})
	}
	for i := range 100 {
		require.Equal(t, i, <-done, "callbacks come in the order of Submit")
	}
	require.LessOrEqual(t, s.Stats().Flushes-before, uint64(3))
}

// diskFS is a file system whose disk can be filled.
type diskFS struct {
	vfs.FS
	free atomic.Uint64
}

func (d *diskFS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: d.free.Load()}, nil
}

func (d *diskFS) OpenReadWrite(name string, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.OpenReadWrite(name, o...)
	return diskFile{f, d}, err
}

type diskFile struct {
	vfs.File
	disk *diskFS
}

func (f diskFile) Preallocate(offset, length int64) error {
	if f.disk.free.Load() == 0 {
		return syscall.ENOSPC
	}
	return f.File.Preallocate(offset, length)
}

// A full disk stops new payments at once; what is under way waits and is not lost.
func TestFullDisk(t *testing.T) {
	fs := &diskFS{FS: vfs.NewMem()}
	fs.free.Store(1 << 40)
	o := small(fs)
	o.Retention, o.Reserve = 1<<20, 1<<20
	s := open(t, o)
	require.NoError(t, s.Accepting())
	fs.free.Store(0)
	require.Eventually(t, func() bool { return s.Accepting() != nil }, 5*time.Second, 10*time.Millisecond)
	require.ErrorIs(t, s.Accepting(), store.ErrFull)
	require.ErrorContains(t, s.Accepting(), "less than 1 MiB are free at node")

	// Two segments exist; more than they hold waits.
	var confirmed atomic.Int32
	for i := range 30 {
		c := s.NewChanges()
		c.Body(fmt.Appendf(nil, "b%02d", i), make([]byte, 900))
		s.Submit(c, func(err error) {
			if err == nil {
				confirmed.Add(1)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	require.Less(t, confirmed.Load(), int32(30))
	fs.free.Store(1 << 40)
	require.Eventually(t, func() bool { return confirmed.Load() == 30 && s.Accepting() == nil }, 10*time.Second, 10*time.Millisecond)

	// Closing with a full disk does not hang, and confirms nothing that is not durable.
	fs.free.Store(0)
	require.Eventually(t, func() bool { return s.Accepting() != nil }, 5*time.Second, 10*time.Millisecond)
	failed := 0
	for range 30 {
		c := s.NewChanges()
		c.Body([]byte("late"), make([]byte, 900))
		s.Submit(c, func(err error) {
			if err != nil {
				failed++
			}
		})
	}
	require.NoError(t, s.Close())
	require.Positive(t, failed)
	s = open(t, small(fs.FS))
	defer s.Close()
	for i := range 30 {
		_, err := s.ReadBody(fmt.Appendf(nil, "b%02d", i))
		if err != nil {
			require.ErrorIs(t, err, store.ErrDropped)
		}
	}
}
