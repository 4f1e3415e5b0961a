package gateway

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// Errors of what devices hand over.
var (
	// ErrUnknownStream says that a stream was not added.
	ErrUnknownStream = errors.New("unknown stream")
	// ErrFull says that a device hands over faster than the chain takes.
	ErrFull = errors.New("queue is full")
	// ErrRefused says that a segment or key can be nothing to the chain.
	ErrRefused = errors.New("refused")
)

// MaxOutstanding is how many segments of one stream wait to be committed.
const MaxOutstanding = segment.MaxWindow

// stream is what is outstanding of one stream.
type stream struct {
	schema *segment.Schema
	// segments that are not on record, in ascending order.
	segments []types.SegmentCommit
	// key is the newest one that the device released; disclosed is how far the chain is.
	key       types.KeyDisclosure
	disclosed uint32
}

// queue is what is outstanding, in memory. Streams take turns in the order in which they
// were added.
type queue struct {
	streams map[segment.ID]*stream
	order   []segment.ID
}

func newQueue() *queue { return &queue{streams: make(map[segment.ID]*stream)} }

func (q *queue) add(id segment.ID, schema *segment.Schema, disclosed uint32) {
	if s, known := q.streams[id]; known {
		s.schema, s.disclosed = schema, max(s.disclosed, disclosed)
		return
	}
	q.streams[id] = &stream{schema: schema, disclosed: disclosed}
	q.order = append(q.order, id)
}

func (q *queue) stream(id segment.ID) (*stream, error) {
	s, known := q.streams[id]
	if !known {
		return nil, fmt.Errorf("%w: %s", ErrUnknownStream, id)
	}
	return s, nil
}

// segment takes a segment of a device.
func (q *queue) segment(id segment.ID, t uint32, digest [segment.DigestLength]byte, mac []byte) error {
	s, err := q.stream(id)
	switch {
	case err != nil:
		return err
	case t == 0 || t > s.schema.Life:
		return fmt.Errorf("%w: segment %d of %s: must be 1 to %d", ErrRefused, t, id, s.schema.Life)
	case len(mac) != s.schema.MACLength:
		return fmt.Errorf("%w: segment %d of %s: its MAC has %d bytes, must have %d", ErrRefused, t, id, len(mac), s.schema.MACLength)
	case len(s.segments) >= MaxOutstanding:
		return fmt.Errorf("%w: %d segments of %s wait", ErrFull, len(s.segments), id)
	}
	at, found := slices.BinarySearchFunc(s.segments, t, func(c types.SegmentCommit, t uint32) int { return int(c.T) - int(t) })
	if found {
		return fmt.Errorf("%w: segment %d of %s is there already", ErrRefused, t, id)
	}
	s.segments = slices.Insert(s.segments, at, types.SegmentCommit{Schema: id[:], T: t, Digest: digest[:], Mac: slices.Clone(mac)})
	return nil
}

// keyReleased takes a key of a device and tells whether it is news: an older key follows
// from the newest.
func (q *queue) keyReleased(id segment.ID, t uint32, key []byte) (fresh bool, err error) {
	s, err := q.stream(id)
	switch {
	case err != nil:
		return false, err
	case t == 0 || t > s.schema.Life || len(key) != s.schema.Chain.KeyLength:
		return false, fmt.Errorf("%w: key %d of %d bytes of %s: must be 1 to %d, of %d bytes", ErrRefused, t, len(key), id, s.schema.Life, s.schema.Chain.KeyLength)
	case t <= max(s.key.T, s.disclosed):
		return false, nil
	}
	s.key = types.KeyDisclosure{Schema: id[:], T: t, Key: slices.Clone(key)}
	return true, nil
}

// commits returns at most limit segments that can be committed now, and drops those
// whose time is over.
func (q *queue) commits(now time.Time, early time.Duration, limit int) (due, lost []types.SegmentCommit) {
	for _, id := range q.order {
		s := q.streams[id]
		s.segments = slices.DeleteFunc(s.segments, func(c types.SegmentCommit) bool {
			over := !s.schema.Safe(c.T, now)
			if over {
				lost = append(lost, c)
			}
			return over
		})
		for _, c := range s.segments {
			if len(due) < limit && !now.Before(s.schema.Begin(c.T).Add(-early)) {
				due = append(due, c)
			}
		}
	}
	return due, lost
}

// keys returns at most limit keys that can be disclosed now, one per stream: the newest
// that the chain's clock has released and that is not too far from the last. It follows
// from the newest that the device released, whose clock is ahead of the last block's.
func (q *queue) keys(now time.Time, gap uint32, limit int) (due []types.KeyDisclosure) {
	for _, id := range q.order {
		s := q.streams[id]
		if t := min(s.key.T, s.schema.Released(now), s.disclosed+gap); len(due) < limit && t > s.disclosed {
			due = append(due, s.keyOf(t))
		}
	}
	return due
}

// keyOf computes key t, which is at most the newest.
func (s *stream) keyOf(t uint32) types.KeyDisclosure {
	k := types.KeyDisclosure{Schema: s.key.Schema, T: t, Key: slices.Clone(s.key.Key)}
	s.schema.Chain.Back(k.Key, s.key.T, t)
	return k
}

// committed forgets a segment that is on record or never will be.
func (q *queue) committed(id segment.ID, t uint32) {
	if s, known := q.streams[id]; known {
		s.segments = slices.DeleteFunc(s.segments, func(c types.SegmentCommit) bool { return c.T == t })
	}
}

// disclosed notes how far the chain is.
func (q *queue) disclosed(id segment.ID, t uint32) {
	if s, known := q.streams[id]; known {
		s.disclosed = max(s.disclosed, t)
	}
}

// outstanding segments and keys.
func (q *queue) outstanding() (segments, keys int) {
	for _, id := range q.order {
		s := q.streams[id]
		segments += len(s.segments)
		if s.key.T > s.disclosed {
			keys++
		}
	}
	return segments, keys
}
