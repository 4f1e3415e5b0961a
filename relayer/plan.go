package relayer

import (
	"cmp"
	"slices"
	"time"
)

// dispatch gives the courier to one side its next delivery, if there is one.
func (w *worker) dispatch(to int, now time.Time) {
	s := w.sides[to]
	if s.busy || s.underWay >= maxUnderWay || w.ordered && s.underWay > 0 || now.Before(s.retry) {
		return
	}
	d := w.plan(to, now)
	if len(d.parcels) == 0 && !d.refresh {
		return
	}
	for _, p := range d.parcels {
		if e := w.shelf(to, p.kind)[p.Sequence]; e != nil {
			e.away = true
		}
	}
	s.busy = true
	s.jobs <- d // never blocks: the courier is idle
}

// plan collects what side to can take now, proven by the newest header of the other side: packets,
// acknowledgements, and time-outs of its own packets.
func (w *worker) plan(to int, now time.Time) delivery {
	t, f := w.sides[to], w.sides[1-to]
	d := delivery{height: f.head.height, ordered: w.ordered}
	if f.head.height == 0 || t.head.height == 0 {
		return d
	}
	d.refresh = t.client != nil && now.After(t.client.refreshAt())
	ready := func(e *entry) bool { return !e.away && !now.Before(e.after) && now.Sub(e.seen) >= t.yield }
	limit := batchesAtOnce * w.cfg.Batch.MaxMsgs
	if w.ordered {
		limit = w.cfg.Batch.MaxMsgs
	}
	if f.closed > 0 {
		d.add(parcelClose, t.sent, limit, func(e *entry) bool { return f.closed < f.head.height && ready(e) })
	} else {
		d.add(parcelTimeout, t.sent, limit, func(e *entry) bool { return e.expired(f.head, f.chain.revision) && ready(e) })
	}
	if t.closed > 0 {
		return d
	}
	collect := func(newest int64) {
		provable := func(e *entry) bool { return e.height <= newest && ready(e) }
		d.add(parcelAck, f.acks, limit, provable)
		d.add(parcelRecv, f.sent, limit, func(e *entry) bool { return provable(e) && !e.expired(t.head, t.chain.revision) })
	}
	if collect(f.head.height - 1); len(d.parcels) == 0 && !d.refresh {
		// What the newest block emitted is proven by the next header; the proofs can be had already.
		d.height++
		collect(f.head.height)
	}
	return d
}

// add takes the lowest sequences that qualify; where order counts, none behind one that does not.
func (d *delivery) add(kind parcelKind, from map[uint64]*entry, limit int, qualifies func(*entry) bool) {
	var out []*entry
	for _, e := range from {
		if d.ordered || qualifies(e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for _, e := range out[:min(limit, len(out))] {
		if !qualifies(e) {
			break
		}
		d.parcels = append(d.parcels, parcel{kind: kind, packet: e.packet, tried: e.tries > 0})
	}
}
