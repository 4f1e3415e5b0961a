package store

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/vfs"
)

// smallWrite is the size up to which pieces of a flush are gathered for one write call.
const smallWrite = 32 << 10

// log is the sequence of segments. One goroutine appends; any may read bodies.
type log struct {
	fs   vfs.FS
	dir  string
	size int64 // of new segments

	// end is where the next record goes, behind those of an unfinished flush; size
	// of the segment it lies in.
	end     position
	endSize int64
	synced  atomic.Uint64 // newest sequence on disk
	gather  []byte        // small pieces that were not written yet, up to end.offset

	mu       sync.RWMutex
	segments []*segment // by number; the last one is ahead of end or its own
}

// openLog opens the segments and calls apply for each record from start on. It returns
// with the log positioned behind the last one. A zero start means a new store.
func openLog(fs vfs.FS, dir string, size int64, start position, apply func(record, position) error) (*log, error) {
	l := &log{fs: fs, dir: dir, size: size, end: start}
	if err := l.openSegments(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if start.segment == 0 {
		l.end = position{segment: 1, offset: segmentHeaderLength}
	}
	if len(l.segments) == 0 {
		if start.segment != 0 {
			return nil, fmt.Errorf("%w: the database was written up to segment %d of the log, which is gone", ErrCorrupt, start.segment)
		}
		s, err := createSegment(fs, dir, 1, size)
		if err != nil {
			return nil, err
		}
		l.segments = []*segment{s}
	}
	if first := l.segments[0].number; l.end.segment < first {
		return nil, errors.Join(fmt.Errorf("%w: the log begins with segment %d, the database was written up to %d", ErrCorrupt, first, l.end.segment), l.close())
	}
	if err := l.replay(apply); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *log) openSegments() error {
	names, err := l.fs.List(l.dir)
	if err != nil {
		return err
	}
	var numbers []uint64
	for _, name := range names {
		if number, ok := segmentNumber(name); ok {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	for i, number := range numbers {
		if i > 0 && number != numbers[i-1]+1 {
			return fmt.Errorf("%w: segment %d is missing from %s", ErrCorrupt, numbers[i-1]+1, l.dir)
		}
		s, _, err := openSegment(l.fs, l.dir, number)
		if err != nil {
			return err
		}
		l.segments = append(l.segments, s)
	}
	return nil
}

// replay reads records from l.end on until there is none.
func (l *log) replay(apply func(record, position) error) error {
	var buffer []byte
	for {
		s := l.segment(l.end.segment)
		if s == nil {
			return fmt.Errorf("%w: the log goes on in segment %d, which is missing", ErrCorrupt, l.end.segment)
		}
		info, err := s.file.Stat()
		if err != nil {
			return err
		}
		l.endSize = info.Size()
		r, err := s.readRecord(l.end, l.endSize, &buffer)
		if errors.Is(err, errNoRecord) {
			return l.checkTail(s, err)
		}
		if err != nil {
			return err
		}
		at := l.end
		if r.kind == kindEnd {
			l.end = position{segment: s.number + 1, offset: segmentHeaderLength, sequence: r.sequence, crc: r.crc}
			if l.segment(l.end.segment) == nil { // it could not be made before the crash
				if err := l.extend(); err != nil {
					return err
				}
			}
			continue
		}
		l.end.offset += headerLength + int64(r.length)
		l.end.sequence, l.end.crc = r.sequence, r.crc
		if err := apply(r, at); err != nil {
			return err
		}
	}
}

// checkTail decides whether the log may end here: records that were not flushed may be
// torn, those that were may not.
func (l *log) checkTail(s *segment, reason error) error {
	lost := l.end.sequence + 1
	proven, err := s.provesLoss(l.end.offset, l.endSize, lost)
	if err != nil {
		return err
	}
	for _, later := range l.segments {
		// A later segment is begun only when this one is on disk with its end.
		if later.number > s.number && !proven {
			info, err := later.file.Stat()
			if err != nil {
				return err
			}
			if proven, err = later.provesLoss(segmentHeaderLength, info.Size(), lost); err != nil {
				return err
			}
		}
	}
	if proven {
		return fmt.Errorf("%w: record %d in %s at %d is damaged, and was on disk once: restore the disk, or close the channels as one that lost its data: %w",
			ErrCorrupt, lost, s.name, l.end.offset, reason)
	}
	l.synced.Store(l.end.sequence)
	return nil
}

func (l *log) segment(number uint64) *segment {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.segments) == 0 || number < l.segments[0].number || number-l.segments[0].number >= uint64(len(l.segments)) {
		return nil
	}
	return l.segments[number-l.segments[0].number]
}

// fits tells whether a record with so many bytes of payload has room, with an end
// marker behind it, in the present segment.
func (l *log) fits(payload int) bool {
	return l.end.offset+headerLength+int64(payload)+headerLength <= l.endSize
}

// append writes a record, to be flushed later. It returns where its body lies.
func (l *log) append(kind recordKind, key, changes []byte, body ...[]byte) (reference, error) {
	h := header{
		previous: l.end.crc, sequence: l.end.sequence + 1, synced: l.synced.Load(),
		changes: uint32(len(changes)), key: uint16(len(key)), kind: kind, //nolint:gosec // bounded by the segment's size
	}
	parts := make([][]byte, 0, 8)
	parts = append(append(parts, key, changes), body...)
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	h.length = uint32(length) //nolint:gosec // bounded by the segment's size
	h.seal(l.end.segment, parts...)
	at := reference{
		segment: l.end.segment, offset: l.end.offset + headerLength + int64(len(key)+len(changes)),
		length: h.length - uint32(len(key)+len(changes)), //nolint:gosec // as above
	}
	l.gather = h.appendTo(l.gather)
	l.end.offset += headerLength
	for _, part := range parts {
		l.end.offset += int64(len(part))
		if len(part) < smallWrite {
			l.gather = append(l.gather, part...)
			continue
		}
		if err := l.write(int64(len(part))); err != nil {
			return at, err
		}
		if _, err := l.segment(l.end.segment).file.WriteAt(part, l.end.offset-int64(len(part))); err != nil {
			return at, err
		}
	}
	l.end.sequence, l.end.crc = h.sequence, h.crc
	return at, nil
}

// write writes what was gathered, which ends before bytes of l.end.
func (l *log) write(before int64) error {
	if len(l.gather) == 0 {
		return nil
	}
	_, err := l.segment(l.end.segment).file.WriteAt(l.gather, l.end.offset-before-int64(len(l.gather)))
	l.gather = l.gather[:0]
	return err
}

// flush brings everything that was appended to the disk.
func (l *log) flush() error {
	if err := l.write(0); err != nil {
		return err
	}
	if err := l.segment(l.end.segment).file.SyncData(); err != nil {
		return err
	}
	l.flushed(l.end.sequence)
	return nil
}

// flushed notes that everything up to a sequence is on disk.
func (l *log) flushed(sequence uint64) {
	for {
		before := l.synced.Load()
		if sequence <= before || l.synced.CompareAndSwap(before, sequence) {
			return
		}
	}
}

// roll ends the present segment and goes on in the next one, which must exist.
func (l *log) roll() error {
	next := l.segment(l.end.segment + 1)
	if next == nil {
		return fmt.Errorf("segment %d was not prepared", l.end.segment+1)
	}
	info, err := next.file.Stat()
	if err != nil {
		return err
	}
	if _, err := l.append(kindEnd, nil, nil); err != nil {
		return err
	}
	if err := l.flush(); err != nil {
		return err
	}
	l.end.segment, l.end.offset, l.endSize = next.number, segmentHeaderLength, info.Size()
	return nil
}

// extend adds a segment behind the last one.
func (l *log) extend() error {
	l.mu.RLock()
	number := l.segments[len(l.segments)-1].number + 1
	l.mu.RUnlock()
	s, err := createSegment(l.fs, l.dir, number, l.size)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.segments = append(l.segments, s)
	l.mu.Unlock()
	return nil
}

// drop takes the oldest segments away until at most keep remain, but none from number
// until on. One of them becomes the spare that the next segment is made of.
func (l *log) drop(keep int, until uint64) (dropped int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.segments) > keep && l.segments[0].number < until {
		oldest := l.segments[0]
		l.segments = l.segments[1:]
		path := l.fs.PathJoin(l.dir, oldest.name)
		spare := l.fs.PathJoin(l.dir, spareName)
		if _, statErr := l.fs.Stat(spare); statErr == nil {
			err = errors.Join(err, l.fs.Remove(path))
		} else {
			err = errors.Join(err, l.fs.Rename(path, spare))
		}
		err = errors.Join(err, oldest.file.Close())
		dropped++
	}
	if dropped > 0 {
		// Before the spare is overwritten, or a power cut could bring its old name back
		// with its new contents.
		err = errors.Join(err, syncDir(l.fs, l.dir))
	}
	return dropped, err
}

// oldest is the number of the first segment.
func (l *log) oldest() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.segments) == 0 {
		return 0
	}
	return l.segments[0].number
}

// read returns the body that a reference names.
func (l *log) read(r reference) ([]byte, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.segments) == 0 || r.segment < l.segments[0].number {
		return nil, fmt.Errorf("%w: segment %d of the log", ErrDropped, r.segment)
	}
	i := r.segment - l.segments[0].number
	if i >= uint64(len(l.segments)) {
		return nil, fmt.Errorf("%w: segment %d of the log does not exist", ErrCorrupt, r.segment)
	}
	body := make([]byte, r.length)
	if _, err := l.segments[i].file.ReadAt(body, r.offset); err != nil {
		return nil, fmt.Errorf("read body of %d bytes in %s at %d: %w", r.length, l.segments[i].name, r.offset, err)
	}
	return body, nil
}

// count of segments, the one ahead included.
func (l *log) count() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.segments)
}

func (l *log) close() (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		err = errors.Join(err, s.file.Close())
	}
	l.segments = nil
	return err
}
