package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble"
	"github.com/cockroachdb/pebble/vfs"
)

// internalPrefix starts the store's own keys.
const internalPrefix = 0xff

var positionKey = []byte{internalPrefix, 'p'}

// Options of a store. Each zero value stands for the default.
type Options struct {
	// Dir holds "log" and "state". It is made if need be.
	Dir string
	// Retention is how many bytes of log are kept. Danger: with less, receipts of
	// old payments can be made only from what the client kept. Default 4 GiB, at
	// least four segments.
	Retention int64
	// SegmentSize of the log in bytes, and the limit of one record. Default 64 MiB.
	SegmentSize int64
	// Reserve is the free space on disk below which no new payments are taken.
	// Danger: with too little, the database can stop in the middle of a dispute.
	// Default 256 MiB.
	Reserve int64
	// Queue is how many bytes may wait for the disk before Submit blocks. Default 64 MiB.
	Queue int
	// Pace is the least time between two flushes while many small changes come: what a flush costs
	// is shared by more of them. Danger: it is waited for at each hop of a payment. Default 2 ms.
	Pace time.Duration
	// Cache for reads of the database in bytes. Default 8 MiB.
	Cache int64
	// FS is the file system. Default the operating system's.
	FS vfs.FS
	// Logger of what an operator should know. Default none.
	Logger *slog.Logger
}

func (o *Options) defaults() error {
	for _, n := range []struct {
		value    *int64
		standard int64
	}{{&o.Retention, 4 << 30}, {&o.SegmentSize, 64 << 20}, {&o.Reserve, 256 << 20}, {&o.Cache, 8 << 20}} {
		if *n.value == 0 {
			*n.value = n.standard
		}
	}
	if o.Queue == 0 {
		o.Queue = 64 << 20
	}
	if o.Pace == 0 {
		o.Pace = 2 * time.Millisecond
	}
	if o.Pace < 0 || o.Pace > time.Second {
		return fmt.Errorf("pace %s: must be at most 1 s", o.Pace)
	}
	if o.SegmentSize < 1<<10 || o.SegmentSize > 1<<30 {
		return fmt.Errorf("segment size %d: must be 1 KiB to 1 GiB", o.SegmentSize)
	}
	if o.Retention < 4*o.SegmentSize {
		return fmt.Errorf("retention %d: must be at least four segments of %d", o.Retention, o.SegmentSize)
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Store is an open store. Its methods may be called from any goroutine.
type Store struct {
	options Options
	db      *pebble.DB
	cache   *pebble.Cache
	lock    interface{ Close() error }
	log     *log

	mu      sync.Mutex // guards the fields below
	changed *sync.Cond // queue, closing
	queue   []*Changes
	queued  int // bytes
	closing bool
	failed  error

	full      atomic.Bool
	logged    atomic.Uint64 // bytes appended to the log since Open
	flushes   atomic.Uint64
	durable   atomic.Uint64 // segment up to which the database is on disk
	writing   atomic.Uint64 // segment that is appended to
	prepare   chan struct{} // wakes the goroutine that makes the next segment
	prepared  chan struct{} // wakes the committer
	flights   chan *flight
	stop      chan struct{}
	committer sync.WaitGroup
	keeper    sync.WaitGroup
}

// Open opens or makes a store. Only one process may have it open.
func Open(o Options) (s *Store, err error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	logDir, stateDir := o.FS.PathJoin(o.Dir, "log"), o.FS.PathJoin(o.Dir, "state")
	for _, dir := range []string{logDir, stateDir} {
		if err := o.FS.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	for _, dir := range []string{o.Dir, o.FS.PathDir(o.Dir)} {
		if err := syncDir(o.FS, dir); err != nil { // their names must outlive a power cut, too
			return nil, err
		}
	}
	s = &Store{
		options: o, prepare: make(chan struct{}, 1), prepared: make(chan struct{}, 1), stop: make(chan struct{}), flights: make(chan *flight, maxFlights),
	}
	s.changed = sync.NewCond(&s.mu)
	if s.lock, err = o.FS.Lock(o.FS.PathJoin(o.Dir, "LOCK")); err != nil {
		return nil, fmt.Errorf("%s is in use by another process: %w", o.Dir, err)
	}
	if err := s.openDatabase(stateDir); err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	if err := s.openLog(logDir); err != nil {
		return nil, errors.Join(err, s.db.Close(), s.lock.Close())
	}
	s.watchSpace()
	s.committer.Add(1)
	s.keeper.Add(1)
	go s.writeLoop()
	go s.flushLoop()
	go s.keepLoop()
	s.prepare <- struct{}{}
	return s, nil
}

func (s *Store) openDatabase(dir string) (err error) {
	s.cache = pebble.NewCache(s.options.Cache)
	defer s.cache.Unref() // the database holds its own reference
	s.db, err = pebble.Open(dir, &pebble.Options{
		FS: s.options.FS, Cache: s.cache, DisableWAL: true, // the log is its write-ahead log
		MemTableSize: 16 << 20, MaxConcurrentCompactions: func() int { return 1 },
		FormatMajorVersion: pebble.FormatNewest, Logger: pebbleLogger{s.options.Logger},
	})
	if err != nil {
		return fmt.Errorf("open database in %s: %w", dir, err)
	}
	return nil
}

// openLog opens the log and brings the database up to date with it.
func (s *Store) openLog(dir string) error {
	var start position
	value, err := s.Get(positionKey)
	if err == nil {
		start, err = parsePosition(value)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	began, replayed := time.Now(), 0
	s.log, err = openLog(s.options.FS, dir, s.options.SegmentSize, start, func(r record, at position) error {
		replayed++
		batch := s.db.NewBatch()
		if r.changes > 0 {
			if err := batch.SetRepr(bytes.Clone(r.changesBytes)); err != nil {
				return fmt.Errorf("%w: record %d: %w", ErrCorrupt, r.sequence, err)
			}
		}
		if r.key > 0 {
			where := reference{segment: at.segment, offset: at.offset + headerLength + int64(r.key) + int64(r.changes), length: uint32(len(r.body))} //nolint:gosec // bounded by the header
			if err := batch.Set(r.keyBytes, where.bytes(), nil); err != nil {
				return err
			}
		}
		return batch.Commit(pebble.NoSync)
	})
	if err != nil {
		return err
	}
	if replayed > 0 {
		// Without this a second crash would only repeat the work; with it the
		// database says truly up to where it was written.
		if err := s.db.Set(positionKey, s.log.end.bytes(), pebble.NoSync); err != nil {
			return errors.Join(err, s.log.close())
		}
		s.options.Logger.Info("log applied", "records", replayed, "took", time.Since(began).Round(time.Millisecond))
	}
	s.durable.Store(max(start.segment, 1))
	s.writing.Store(s.log.end.segment)
	return nil
}

// Get returns the value under a key as of the last durable changes, or ErrNotFound.
func (s *Store) Get(key []byte) ([]byte, error) {
	value, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, fmt.Errorf("key %x: %w", key, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = closer.Close() }()
	return bytes.Clone(value), nil
}

// Scan calls visit for the keys from start on up to, not including, end, in order,
// until it returns false. Key and value are valid during the call only.
func (s *Store) Scan(start, end []byte, visit func(key, value []byte) bool) (err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok && visit(it.Key(), it.Value()); ok = it.Next() {
		continue
	}
	return it.Error()
}

// ScanDown is Scan from the last key to the first.
func (s *Store) ScanDown(start, end []byte, visit func(key, value []byte) bool) (err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.Last(); ok && visit(it.Key(), it.Value()); ok = it.Prev() {
		continue
	}
	return it.Error()
}

// ReadBody returns the body under a key: ErrNotFound if there never was one, ErrDropped
// if retention took it.
func (s *Store) ReadBody(key []byte) ([]byte, error) {
	value, err := s.Get(key)
	if err != nil {
		return nil, err
	}
	where, err := parseReference(value)
	if err != nil {
		return nil, err
	}
	return s.log.read(where)
}

// Dropped visits the keys of bodies from start on up to, not including, end, in order, as long as
// retention took them and visit returns true.
func (s *Store) Dropped(start, end []byte, visit func(key []byte) bool) error {
	oldest := s.log.oldest()
	var failed error
	err := s.Scan(start, end, func(key, value []byte) bool {
		where, err := parseReference(value)
		if err != nil {
			failed = fmt.Errorf("key %x: %w", key, err)
			return false
		}
		return where.segment < oldest && visit(key)
	})
	return errors.Join(err, failed)
}

// Span are the numbers of the oldest segment of the log and of the one that is written.
func (s *Store) Span() [2]uint64 { return [2]uint64{s.log.oldest(), s.writing.Load()} }

// Ageing tells whether a body has half of its way to being dropped behind it. Written again under its
// key it is young.
func (s *Store) Ageing(key []byte) (bool, error) {
	value, err := s.Get(key)
	if err != nil {
		return false, err
	}
	where, err := parseReference(value)
	if err != nil {
		return false, fmt.Errorf("key %x: %w", key, err)
	}
	half := uint64(s.options.Retention / s.options.SegmentSize / 2) //nolint:gosec // positive
	return where.segment+half <= s.writing.Load(), nil
}

// Accepting returns nil while new payments may be taken: ErrFull with the disk below its
// reserve, ErrFailed after the disk refused a write.
func (s *Store) Accepting() error {
	if s.full.Load() {
		return fmt.Errorf("%w: less than %d MiB are free at %s: payments are taken again when there is more", ErrFull, s.options.Reserve>>20, s.options.Dir)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Stats of a store.
type Stats struct {
	// Logged is how many bytes were appended to the log since Open.
	Logged uint64
	// Flushes of the log since Open: fewer than changes under load.
	Flushes uint64
	// Segments of the log on disk, the prepared one included.
	Segments int
	// LogSize in bytes on disk.
	LogSize uint64
	// DatabaseSize in bytes on disk.
	DatabaseSize uint64
}

// Stats returns counters for status and metrics.
func (s *Store) Stats() Stats {
	segments := s.log.count()
	size := uint64(segments) * uint64(s.options.SegmentSize) //nolint:gosec // positive
	return Stats{Logged: s.logged.Load(), Flushes: s.flushes.Load(), Segments: segments, LogSize: size, DatabaseSize: s.db.Metrics().DiskSpaceUsage()}
}

// Sequence is the number of the newest record that is on disk. It only grows, in a store and all copies of it: one
// with a lower number than was seen is an older copy. It may be asked for after Close.
func (s *Store) Sequence() uint64 { return s.log.synced.Load() }

// Commit hands changes in and waits until they are durable.
func (s *Store) Commit(ctx context.Context, c *Changes) error {
	durable := make(chan error, 1)
	s.Submit(c, func(err error) { durable <- err })
	select {
	case err := <-durable:
		return err
	case <-ctx.Done():
		return ctx.Err() // the changes may still become durable
	}
}

// pebbleLogger keeps what the database finds worth an operator's attention.
type pebbleLogger struct{ *slog.Logger }

func (l pebbleLogger) Infof(string, ...interface{}) {}

func (l pebbleLogger) Errorf(format string, args ...interface{}) {
	l.Error("database: " + fmt.Sprintf(format, args...))
}

// Fatalf is called when the database cannot go on, and must not return.
func (l pebbleLogger) Fatalf(format string, args ...interface{}) {
	message := "database: " + fmt.Sprintf(format, args...)
	l.Error(message)
	panic(message)
}
