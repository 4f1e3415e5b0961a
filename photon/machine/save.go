package machine

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
)

// LockKey is where a store has a lock of a channel: its list 1 | id 8.
type LockKey [9]byte

// Lists of locks, in the order in which ParseState reads them.
const (
	listSent = iota + 1
	listGone
	listReceived
)

func lockKey(list byte, id uint64) (k LockKey) {
	k[0] = list
	binary.BigEndian.PutUint64(k[1:], id)
	return k
}

// saved are lists of locks as they were written.
type saved struct {
	sent, received []*PendingLock
	gone           []*GoneLock
}

func (s *saved) note(now *State) {
	s.sent, s.received = append(s.sent[:0], now.Sent.Locks...), append(s.received[:0], now.Received.Locks...)
	s.gone = append(s.gone[:0], now.Sent.Gone...)
}

func (s *saved) clone() saved {
	return saved{sent: slices.Clone(s.sent), received: slices.Clone(s.received), gone: slices.Clone(s.gone)}
}

// Save is what a Persist writes: it appends the record to b and calls lock for each lock that is
// not as the last Save, or ParseState, had it, with its bytes or nil for one that is in its list
// no more. The bytes are good during the call. So a write costs what the step changed, and not
// what is pending.
func (s *State) Save(b []byte, lock func(key LockKey, value []byte)) []byte {
	var w writer
	changes(s.saved.sent, s.Sent.Locks, pendingID, func(id uint64, l *PendingLock) {
		w.b = w.b[:0]
		if l != nil {
			w.lock(l)
		}
		lock(lockKey(listSent, id), value(&w, l != nil))
	})
	changes(s.saved.gone, s.Sent.Gone, goneID, func(id uint64, g *GoneLock) {
		w.b = w.b[:0]
		if g != nil {
			w.gone(g)
		}
		lock(lockKey(listGone, id), value(&w, g != nil))
	})
	changes(s.saved.received, s.Received.Locks, pendingID, func(id uint64, l *PendingLock) {
		w.b = w.b[:0]
		if l != nil {
			w.lock(l)
		}
		lock(lockKey(listReceived, id), value(&w, l != nil))
	})
	s.saved.note(s)
	return s.appendRecord(b)
}

func pendingID(l *PendingLock) uint64 { return l.ID }
func goneID(g *GoneLock) uint64       { return g.ID }

func value(w *writer, there bool) []byte {
	if !there {
		return nil
	}
	return w.b
}

// changes walks two lists by rising id and tells what is new, another one, or gone (nil).
func changes[T any](old, now []*T, id func(*T) uint64, tell func(uint64, *T)) {
	for len(old) > 0 || len(now) > 0 {
		switch {
		case len(now) == 0 || len(old) > 0 && id(old[0]) < id(now[0]):
			tell(id(old[0]), nil)
			old = old[1:]
		case len(old) == 0 || id(now[0]) < id(old[0]):
			tell(id(now[0]), now[0])
			now = now[1:]
		default:
			if old[0] != now[0] {
				tell(id(now[0]), now[0])
			}
			old, now = old[1:], now[1:]
		}
	}
}

// Image is a state as a store has it.
type Image struct {
	// Record is what Save returned last.
	Record []byte
	// Locks that Save wrote and did not take back.
	Locks map[LockKey][]byte
}

// Save brings the image up to date with a state.
func (i *Image) Save(s *State) {
	if i.Locks == nil {
		i.Locks = map[LockKey][]byte{}
	}
	i.Record = s.Save(nil, func(key LockKey, value []byte) {
		if value == nil {
			delete(i.Locks, key)
		} else {
			i.Locks[key] = bytes.Clone(value)
		}
	})
}

// Image returns the whole state as a store would have it.
func (s *State) Image() (i Image) {
	all := *s
	all.saved = saved{}
	i.Save(&all)
	return i
}

// Clone copies the image.
func (i Image) Clone() Image { return Image{Record: i.Record, Locks: maps.Clone(i.Locks)} }

// Bytes are the record, and the locks in the order of their keys.
func (i Image) Bytes() []byte {
	b := bytes.Clone(i.Record)
	for _, key := range slices.SortedFunc(maps.Keys(i.Locks), func(a, b LockKey) int { return bytes.Compare(a[:], b[:]) }) {
		b = append(b, i.Locks[key]...)
	}
	return b
}
