package node

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

// outbox gathers payments of a channel until its machine may sign them: drafts of
// batches, in flat buffers. It is where callers are held back.
type outbox struct {
	entries, bytes, limit int

	mu        sync.Mutex
	drafts    []*draft // the last one is still filled
	waiting   int      // bytes in drafts
	sum       types.Uint128
	queued    uint64 // payments
	available types.Uint128
	refuse    error         // why nothing is taken
	room      chan struct{} // closed and replaced when there is more room
	wake      chan struct{} // tells the channel that there is something
}

// maxWaiting is how many bytes of payments wait in a channel before Send blocks: some
// batches, so that the next one is full when its time comes.
const maxWaiting = 8 << 20

// draft is a batch that is not signed yet.
type draft struct {
	frame   *transport.Frame // entries lie in it from its start on
	count   uint32
	sum     types.Uint128
	spans   []span
	packets []byte
	// Operations on locks, behind the payments: what the machine wants, and requests.
	wanted []protocol.Op
	ops    []*opsRequest
}

// span is a run of payments of one stream in a batch.
type span struct {
	stream *Stream
	count  uint32
}

func newOutbox(config *Config) *outbox {
	return &outbox{
		entries: config.BatchEntries, bytes: config.BatchBytes, limit: max(maxWaiting, 2*config.BatchBytes),
		room: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

// checkEntries reads a caller's flat buffer and returns its sum. Only payments may be in
// it: what touches locks is the node's.
func checkEntries(b []byte, count uint32) (sum types.Uint128, err error) {
	for i := range count {
		if len(b) < types.EntryHeaderLength {
			return sum, fmt.Errorf("%w: entry %d of %d: %d bytes are left: must be at least %d", ErrEntries, i, count, len(b), types.EntryHeaderLength)
		}
		kind, data := types.EntryKind(b[32]), int(binary.BigEndian.Uint16(b[33:]))
		switch {
		case kind != types.EntryDirect && kind != types.EntryReference:
			return sum, fmt.Errorf("%w: entry %d has kind %d: must be 1 (direct) or 2 (reference)", ErrEntries, i, kind)
		case data > types.MaxEntryData || kind == types.EntryReference && data != types.ReferenceLength:
			return sum, fmt.Errorf("%w: entry %d of kind %d has %d bytes of data: must be at most %d, or %d for a reference",
				ErrEntries, i, kind, data, types.MaxEntryData, types.ReferenceLength)
		case types.EntryHeaderLength+data > len(b):
			return sum, fmt.Errorf("%w: entry %d: %d bytes of data: only %d are left", ErrEntries, i, data, len(b)-types.EntryHeaderLength)
		}
		amount := types.Uint128FromBytes(b[16:])
		total, ok := sum.Add(amount)
		if !ok || amount.IsZero() {
			return sum, fmt.Errorf("%w: entry %d: amount %s: must be at least 1, all together below 2^128", ErrEntries, i, amount)
		}
		sum = total
		b = b[types.EntryHeaderLength+data:]
	}
	if len(b) > 0 || count == 0 {
		return sum, fmt.Errorf("%w: %d entries, and %d bytes are left over: must be at least 1 and 0", ErrEntries, count, len(b))
	}
	return sum, nil
}

// add takes the entries of a stream, or none of them.
func (o *outbox) add(ctx context.Context, s *Stream, entries []byte, count uint32) error {
	sum, err := checkEntries(entries, count)
	if err != nil {
		return err
	}
	if len(entries) > protocol.MaxEntriesLength {
		return fmt.Errorf("%w: %d bytes at once: must be at most %d", ErrEntries, len(entries), protocol.MaxEntriesLength)
	}
	o.mu.Lock()
	for {
		if o.refuse != nil {
			o.mu.Unlock()
			return o.refuse
		}
		total, ok := o.sum.Add(sum)
		if !ok || o.available.Less(total) {
			waiting, available := o.sum, o.available
			o.mu.Unlock()
			return fmt.Errorf("%w: %s, with %s that wait: %s are available", machine.ErrCapacity, sum, waiting, available)
		}
		if o.waiting == 0 || o.waiting+len(entries) <= o.limit {
			break
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
		o.mu.Lock()
	}
	s.update(func(p *Progress) { p.Accepted += uint64(count) })
	o.sum, _ = o.sum.Add(sum)
	o.waiting += len(entries)
	o.queued += uint64(count)
	o.fill(s, entries, count, sum)
	o.mu.Unlock()
	signal(o.wake)
	return nil
}

// fill copies entries into drafts.
func (o *outbox) fill(s *Stream, entries []byte, count uint32, sum types.Uint128) {
	for count > 0 {
		d := o.open()
		n, size, part := count, len(entries), sum
		if int(d.count+count) > o.entries || len(d.frame.Bytes)+size > o.bytes {
			n, size, part = cut(entries, min(count, uint32(o.entries)-d.count), o.bytes-len(d.frame.Bytes)) //nolint:gosec // positive
			if n == 0 {
				o.drafts = append(o.drafts, newDraft(o.bytes))
				continue
			}
		}
		d.frame.Bytes = append(d.frame.Bytes, entries[:size]...)
		d.count += n
		d.sum, _ = d.sum.Add(part)
		if last := len(d.spans) - 1; last >= 0 && d.spans[last].stream == s {
			d.spans[last].count += n
		} else {
			d.spans = append(d.spans, span{s, n})
		}
		entries, count = entries[size:], count-n
		sum, _ = sum.Sub(part)
	}
}

// open returns the draft that is filled.
func (o *outbox) open() *draft {
	if n := len(o.drafts); n > 0 && int(o.drafts[n-1].count) < o.entries {
		return o.drafts[n-1]
	}
	d := newDraft(o.bytes)
	o.drafts = append(o.drafts, d)
	return d
}

func newDraft(size int) *draft {
	d := &draft{frame: transport.NewFrame(size)}
	d.frame.Bytes = d.frame.Bytes[:0]
	return d
}

// cut returns how many of the first entries have at most so many bytes, their length
// and their sum.
func cut(b []byte, count uint32, room int) (n uint32, size int, sum types.Uint128) {
	for n < count {
		length := types.EntryHeaderLength + int(binary.BigEndian.Uint16(b[size+33:]))
		if size+length > room {
			break
		}
		sum, _ = sum.Add(types.Uint128FromBytes(b[size+16:]))
		size += length
		n++
	}
	return n, size, sum
}

// next returns the oldest draft: with onlyFull, only if nothing more fits it.
func (o *outbox) next(onlyFull bool) *draft {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.drafts) == 0 || onlyFull && len(o.drafts) == 1 && !o.full(o.drafts[0]) {
		return nil
	}
	d := o.drafts[0]
	o.drafts = o.drafts[1:]
	return d
}

// full tells that a payment of the greatest length would not fit.
func (o *outbox) full(d *draft) bool {
	return int(d.count) >= o.entries || len(d.frame.Bytes)+types.EntryHeaderLength+types.MaxEntryData > o.bytes
}

// putBack returns a draft that could not be signed now.
func (o *outbox) putBack(d *draft) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drafts = append([]*draft{d}, o.drafts...)
}

// gone takes a draft that was signed, or failed, off what waits.
func (o *outbox) gone(d *draft, bytes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sum, _ = o.sum.Sub(d.sum)
	for i := range d.spans {
		o.queued -= uint64(d.spans[i].count)
	}
	o.waiting -= bytes
	close(o.room)
	o.room = make(chan struct{})
}

// set tells what the channel has available, and whether it takes payments at all.
func (o *outbox) set(available types.Uint128, refuse error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.available = available
	if (o.refuse == nil) != (refuse == nil) {
		close(o.room)
		o.room = make(chan struct{})
	}
	o.refuse = refuse
}

// drain takes everything out that waits.
func (o *outbox) drain() []*draft {
	o.mu.Lock()
	defer o.mu.Unlock()
	drafts := o.drafts
	o.drafts = nil
	return drafts
}

func (o *outbox) payments() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.queued
}

// signal tells a goroutine to look, unless it was told already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
