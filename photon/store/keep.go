package store

import (
	"errors"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/vfs"
)

// keepInterval is how often free space is looked at, and how often a full disk is
// tried again.
const keepInterval = time.Second

// keepLoop makes the next segment ahead of its use, drops old ones, flushes the
// database at each segment so that a restart has little to apply, and watches the disk.
func (s *Store) keepLoop() {
	defer s.keeper.Done()
	tick := time.NewTicker(keepInterval)
	defer tick.Stop()
	for {
		select {
		case <-s.prepare:
			s.checkpoint()
			s.retain()
			s.extend()
		case <-tick.C:
			s.watchSpace()
			if s.full.Load() {
				s.retain()
				s.extend()
			}
		case <-s.stop:
			return
		}
	}
}

// checkpoint flushes the database. What it holds then needs no log any more.
func (s *Store) checkpoint() {
	value, err := s.Get(positionKey)
	if errors.Is(err, ErrNotFound) {
		return
	}
	var at position
	if err == nil {
		at, err = parsePosition(value)
	}
	if err == nil && at.segment > s.durable.Load() {
		if err = s.db.Flush(); err == nil {
			s.durable.Store(at.segment)
		}
	}
	if err != nil {
		s.options.Logger.Error("flush of the database", "error", err)
	}
}

// retain drops the oldest segments beyond the retention. The segment ahead counts.
func (s *Store) retain() {
	keep := int(s.options.Retention/s.options.SegmentSize) - 1
	if dropped, err := s.log.drop(keep, s.durable.Load()); err != nil {
		s.options.Logger.Error("drop old segments", "dropped", dropped, "error", err)
	}
}

// extend makes the segment after the present one, unless it exists.
func (s *Store) extend() {
	if s.log.segment(s.writing.Load()+1) != nil {
		return
	}
	if err := s.log.extend(); err != nil {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			s.setFull(true, err)
		} else {
			_ = s.fail(err)
		}
		return
	}
	wake(s.prepared)
}

// watchSpace compares the free space with the reserve. A disk is full from below the
// reserve on until there is a quarter more, so that it does not flap.
func (s *Store) watchSpace() {
	usage, err := s.options.FS.GetDiskUsage(s.options.Dir)
	if errors.Is(err, vfs.ErrUnsupported) {
		return
	}
	if err != nil {
		s.options.Logger.Error("free space of the disk", "error", err)
		return
	}
	reserve := uint64(s.options.Reserve) //nolint:gosec // positive
	switch {
	case usage.AvailBytes < reserve:
		s.setFull(true, ErrFull)
	case usage.AvailBytes > reserve+reserve/4 && s.log.segment(s.writing.Load()+1) != nil:
		s.setFull(false, nil)
	}
}

func (s *Store) setFull(full bool, reason error) {
	if s.full.Swap(full) == full {
		return
	}
	if full {
		s.options.Logger.Error("no new payments are taken: "+ErrFull.Error(), "reason", reason, "reserve", s.options.Reserve)
	} else {
		s.options.Logger.Info("the disk has space again: payments are taken")
	}
}
