package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble"
	"github.com/cockroachdb/pebble/vfs"
)

// maxGroup is how many bytes one flush takes at most, so that one channel's load does
// not hold up another's single payment for long.
const maxGroup = 2 << 20

// paceKeys is how many keys of one group are load: then the next group begins a pace after it.
const paceKeys = 32

// maxFlights is how many groups may be written and not flushed.
const maxFlights = 4

// Submit hands changes in. It blocks while too many bytes wait for the disk. done is
// called, in the order of the calls of Submit, when they are durable, or with the error
// because of which that is not known; it must not block.
func (s *Store) Submit(c *Changes, done func(error)) { s.submit(c, done, true) }

// SubmitNow is Submit that does not wait for room: for a few bytes handed in from a
// callback of the store itself, which nothing could make room for while it waits.
func (s *Store) SubmitNow(c *Changes, done func(error)) { s.submit(c, done, false) }

func (s *Store) submit(c *Changes, done func(error), wait bool) {
	c.done = done
	size := c.size()
	s.mu.Lock()
	for wait && s.queued > 0 && s.queued+size > s.options.Queue && !s.closing && s.failed == nil {
		s.changed.Wait()
	}
	err := c.err
	switch {
	case err != nil:
	case s.failed != nil:
		err = s.failed
	case s.closing:
		err = ErrClosed
	case int64(size)+segmentHeaderLength+2*headerLength > s.options.SegmentSize:
		err = fmt.Errorf("%w: %d bytes in segments of %d", ErrTooLarge, size, s.options.SegmentSize)
	default:
		s.queue = append(s.queue, c)
		s.queued += size
		s.changed.Broadcast()
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	c.finish(err)
}

// flight is a group that is written, and not flushed yet.
type flight struct {
	group []*Changes
	batch *pebble.Batch
	file  vfs.File
	// sequence of its last record.
	sequence uint64
	err      error
}

// writeLoop is the only goroutine that appends to the log. While one flight is flushed
// the next is written.
func (s *Store) writeLoop() {
	defer close(s.flights)
	var began time.Time
	load := uint32(0) // keys of the last group
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closing {
			s.changed.Wait()
		}
		if left := time.Until(began.Add(s.options.Pace)); load >= paceKeys && left > 0 && s.queued < maxGroup && !s.closing {
			s.mu.Unlock()
			time.Sleep(left)
			s.mu.Lock()
		}
		began = time.Now()
		if len(s.queue) == 0 {
			s.mu.Unlock()
			return
		}
		var group []*Changes
		bytes := 0
		for _, c := range s.queue {
			if size := c.size(); len(group) == 0 || bytes+size <= maxGroup {
				group, bytes = append(group, c), bytes+size
				continue
			}
			break
		}
		rest := copy(s.queue, s.queue[len(group):])
		clear(s.queue[rest:])
		s.queue, s.queued = s.queue[:rest], s.queued-bytes
		f := &flight{group: group, err: s.failed}
		s.changed.Broadcast()
		s.mu.Unlock()
		if f.err == nil {
			f.err = s.write(f)
		}
		if load = 0; f.batch != nil {
			load = f.batch.Count()
		}
		s.flights <- f
	}
}

// write appends the records of a flight and gathers its keys.
func (s *Store) write(f *flight) error {
	f.batch = s.db.NewBatch()
	for _, c := range f.group {
		if !s.log.fits(c.size()) {
			if err := s.nextSegment(); err != nil {
				return err
			}
		}
		where, err := s.log.append(kindChanges, c.bodyKey, c.changes(), c.body...)
		if err != nil {
			return err
		}
		s.logged.Add(uint64(headerLength + c.size())) //nolint:gosec // a length
		if !c.batch.Empty() {
			if err := f.batch.Apply(c.batch, nil); err != nil {
				return err
			}
		}
		if len(c.bodyKey) > 0 {
			if err := f.batch.Set(c.bodyKey, where.bytes(), nil); err != nil {
				return err
			}
		}
	}
	if err := s.log.write(0); err != nil {
		return err
	}
	f.file, f.sequence = s.log.segment(s.log.end.segment).file, s.log.end.sequence
	return f.batch.Set(positionKey, s.log.end.bytes(), nil)
}

// flushLoop brings what was written to the disk, everything that is there at once, then
// applies it and calls back.
func (s *Store) flushLoop() {
	defer s.committer.Done()
	var flights []*flight
	for f := range s.flights {
		flights = append(flights[:0], f)
		for more := true; more; {
			select {
			case f, ok := <-s.flights:
				if more = ok; ok {
					flights = append(flights, f)
				}
			default:
				more = false
			}
		}
		// Segments before that of the last flight were flushed when they were ended.
		err := s.flush(flights)
		if err != nil {
			err = s.fail(err)
		}
		for _, f := range flights {
			if f.batch != nil {
				_ = f.batch.Close()
			}
			for _, c := range f.group {
				c.finish(err)
			}
		}
	}
}

func (s *Store) flush(flights []*flight) error {
	for _, f := range flights {
		if f.err != nil {
			// What was written before is not confirmed either: it may not be flushed.
			return f.err
		}
	}
	last := flights[len(flights)-1]
	if err := last.file.SyncData(); err != nil {
		return err
	}
	s.log.flushed(last.sequence)
	s.flushes.Add(1)
	for _, f := range flights {
		if err := f.batch.Commit(pebble.NoSync); err != nil {
			return err
		}
	}
	return nil
}

// nextSegment rolls, when the next segment is ready. On a full disk it waits: nothing
// that was handed in is lost, and nothing is confirmed.
func (s *Store) nextSegment() error {
	for s.log.segment(s.log.end.segment+1) == nil {
		select {
		case <-s.prepared:
		case <-time.After(keepInterval / 10):
			if err := s.hopeless(); err != nil {
				return err
			}
		}
	}
	if err := s.log.roll(); err != nil {
		return err
	}
	s.writing.Store(s.log.end.segment)
	wake(s.prepare)
	return nil
}

// hopeless says why the next segment will not come.
func (s *Store) hopeless() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing && s.full.Load() {
		return ErrClosed
	}
	return s.failed
}

// wake tells a goroutine to look again, unless it was told already.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *Store) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failed != nil: // the first reason counts
	case errors.Is(err, ErrClosed):
		s.failed = err
	default:
		s.failed = fmt.Errorf("%w: %w", ErrFailed, err)
		s.options.Logger.Error("the disk refused a write: nothing more is taken until a restart", "error", err)
	}
	s.changed.Broadcast()
	return s.failed
}

// Close writes what was handed in, flushes the database, and releases the files. On a
// full disk it does not wait for space: what is not durable then was never confirmed.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	s.closing = true
	s.changed.Broadcast()
	s.mu.Unlock()

	s.committer.Wait()
	close(s.stop)
	s.keeper.Wait()
	var err error
	s.mu.Lock()
	failed := s.failed
	s.mu.Unlock()
	if failed == nil {
		err = s.db.Flush()
	}
	return errors.Join(err, s.db.Close(), s.log.close(), s.lock.Close())
}
