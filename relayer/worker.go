package relayer

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"cosmossdk.io/log"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"golang.org/x/sync/errgroup"
)

const (
	// maxHeld bounds the packets (and the acknowledgements) of one side that are kept in memory;
	// what does not fit is found again by a later scan.
	maxHeld = 10_000
	// dispatchEvery is how often pauses are looked at when nothing else happens.
	dispatchEvery = 100 * time.Millisecond
	// publishEvery is how often cursor and metrics are brought up to date.
	publishEvery = 500 * time.Millisecond
)

// entry is a packet or acknowledgement that waits for delivery.
type entry struct {
	packet
	seen  time.Time
	tries int
	after time.Time // not before
}

// side is what a path knows about one of its chains.
type side struct {
	chain  *Chain
	end    End
	head   head
	sent   map[uint64]*entry // packets it sent that the other side has not received
	acks   map[uint64]*entry // acknowledgements it wrote that the other side does not know
	client *lightClient      // its client of the other chain, as of the last scan

	// of deliveries to this side
	jobs    chan delivery
	busy    bool
	retry   time.Time
	healthy condition
}

// worker owns everything that is pending on one path. Nobody else touches it: others send it news,
// scans and outcomes.
type worker struct {
	path    Path
	cfg     Config
	log     log.Logger
	metrics *Metrics
	sides   [2]*side
	oldest  [2]atomic.Int64 // lowest height that emitted something pending, 0 if nothing is

	news     chan news
	outcomes chan outcome
	scans    chan scanRequest
	found    chan scanResult
	scanning bool
	overflow bool
	nextScan time.Time
	scanFine condition
}

func newWorker(path Path, a, b *Chain, cfg Config, logger log.Logger, metrics *Metrics) *worker {
	logger = logger.With("path", path.String())
	w := &worker{
		path: path, cfg: cfg, log: logger, metrics: metrics,
		news: make(chan news, 16), outcomes: make(chan outcome, 2), scans: make(chan scanRequest, 1), found: make(chan scanResult, 1),
		scanFine: condition{log: logger, what: "scan for pending packets"},
	}
	for i, c := range []*Chain{a, b} {
		w.sides[i] = &side{
			chain: c, end: []End{path.A, path.B}[i], sent: map[uint64]*entry{}, acks: map[uint64]*entry{},
			jobs: make(chan delivery, 1), healthy: condition{log: logger, what: "delivery to " + c.id},
		}
	}
	return w
}

func (w *worker) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return (&scanner{sides: w.ends(), log: w.log, metrics: w.metrics}).run(ctx, w.scans, w.found)
	})
	for i := range w.sides {
		c := newCourier(w, i)
		g.Go(func() error { return c.run(ctx, w.sides[i].jobs, w.outcomes) })
	}
	g.Go(func() error { return w.loop(ctx) })
	return g.Wait()
}

func (w *worker) ends() [2]scanSide {
	return [2]scanSide{{w.sides[0].chain, w.path.A}, {w.sides[1].chain, w.path.B}}
}

func (w *worker) loop(ctx context.Context) error {
	tick := time.NewTicker(dispatchEvery)
	defer tick.Stop()
	var published time.Time
	for {
		select {
		case n := <-w.news:
			w.observe(n)
		case r := <-w.found:
			w.merge(r)
		case o := <-w.outcomes:
			w.settle(o)
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		now := time.Now()
		w.scan(now)
		for to := range w.sides {
			w.dispatch(to, now)
		}
		if now.Sub(published) >= publishEvery {
			w.publish(now)
			published = now
		}
	}
}

// observe takes in what a chain did.
func (w *worker) observe(n news) {
	s := w.sides[n.side]
	if n.head.height >= s.head.height {
		s.head = n.head
	}
	for _, ev := range n.events {
		w.note(n.side, ev)
	}
	if n.gap {
		w.nextScan = time.Time{}
		w.sides[1-n.side].retry = time.Time{}
	}
}

// note updates what is pending by one event on side i.
func (w *worker) note(i int, ev packetEvent) {
	here, there := w.sides[i], w.sides[1-i]
	out, in := ev.isFrom(here.end) && ev.isTo(there.end), ev.isTo(here.end) && ev.isFrom(there.end)
	switch {
	case out && ev.kind == channeltypes.EventTypeSendPacket:
		w.hold(here.sent, ev.packet)
	case in && ev.kind == channeltypes.EventTypeWriteAck:
		w.hold(here.acks, ev.packet)
		delete(there.sent, ev.Sequence)
	case in && ev.kind == channeltypes.EventTypeRecvPacket:
		delete(there.sent, ev.Sequence)
	case out && (ev.kind == channeltypes.EventTypeAcknowledgePacket || ev.kind == channeltypes.EventTypeTimeoutPacket):
		delete(here.sent, ev.Sequence)
		delete(there.acks, ev.Sequence)
	}
}

func (w *worker) hold(in map[uint64]*entry, p packet) {
	if _, ok := in[p.Sequence]; ok {
		return
	}
	if len(in) >= maxHeld {
		w.overflow = true
		return
	}
	in[p.Sequence] = &entry{packet: p, seen: time.Now()}
}

// scan asks the scanner when it is time: after a gap, on the timer, and when memory that was full
// has room again.
func (w *worker) scan(now time.Time) {
	room := w.overflow && max(len(w.sides[0].sent), len(w.sides[0].acks), len(w.sides[1].sent), len(w.sides[1].acks)) < maxHeld/2
	if w.scanning || (now.Before(w.nextScan) && !room) || w.sides[0].head.height == 0 || w.sides[1].head.height == 0 {
		return
	}
	var req scanRequest
	for i, s := range w.sides {
		req.sent[i], req.acks[i] = keys(s.sent), keys(s.acks)
	}
	w.overflow, w.scanning, w.nextScan = false, true, now.Add(w.cfg.ScanInterval)
	w.scans <- req // never blocks: the scanner is idle
}

func keys(m map[uint64]*entry) map[uint64]bool {
	out := make(map[uint64]bool, len(m))
	for k := range m {
		out[k] = true
	}
	return out
}

// merge takes in what a scan found.
func (w *worker) merge(r scanResult) {
	w.scanning = false
	for i, s := range w.sides {
		for _, ev := range r.events[i] {
			w.note(i, ev)
		}
		if r.clients[i] != nil {
			s.client = r.clients[i]
		}
	}
	switch {
	case r.err != nil:
		w.metrics.failed(r.chain, r.err)
		w.nextScan = time.Now().Add(w.scanFine.failed(r.err))
	case r.more:
		w.nextScan = time.Time{}
		fallthrough
	default:
		w.scanFine.ok()
	}
}

// settle takes in what became of a delivery.
func (w *worker) settle(o outcome) {
	s := w.sides[o.to]
	s.busy = false
	for _, p := range o.done {
		delete(w.shelf(o.to, p.kind), p.Sequence)
	}
	for p, err := range o.failed {
		e := w.shelf(o.to, p.kind)[p.Sequence]
		if e == nil {
			continue
		}
		e.tries++
		e.after = time.Now().Add(packetBackoff(e.tries))
		w.log.Error("packet is put aside", "to", s.chain.id, "kind", p.kind, "sequence", p.Sequence, "tries", e.tries, "again", e.after, "error", err)
		w.metrics.failed(s.chain.id, err)
	}
	if o.client != nil {
		s.client = o.client
	}
	if o.err != nil {
		w.metrics.failed(s.chain.id, o.err)
		s.retry = time.Now().Add(s.healthy.failed(o.err))
		return
	}
	s.healthy.ok()
	s.retry = time.Time{}
}

// packetBackoff is how long one packet waits that its chain refuses: up to ten minutes.
func packetBackoff(tries int) time.Duration {
	return min(time.Second<<min(tries, 10), 10*time.Minute)
}

// shelf is where a parcel for side to is kept.
func (w *worker) shelf(to int, kind parcelKind) map[uint64]*entry {
	switch kind {
	case parcelAck:
		return w.sides[1-to].acks
	case parcelTimeout:
		return w.sides[to].sent
	default:
		return w.sides[1-to].sent
	}
}

// dispatch gives the courier to one side its next delivery, if there is one.
func (w *worker) dispatch(to int, now time.Time) {
	s := w.sides[to]
	if s.busy || now.Before(s.retry) {
		return
	}
	d := w.plan(to, now)
	if len(d.parcels) == 0 && !d.refresh {
		return
	}
	s.busy = true
	s.jobs <- d // never blocks: the courier is idle
}

// plan collects what side to can take now, proven by the newest header of the other side: packets,
// acknowledgements, and time-outs of its own packets.
func (w *worker) plan(to int, now time.Time) delivery {
	t, f := w.sides[to], w.sides[1-to]
	d := delivery{height: f.head.height}
	if f.head.height == 0 || t.head.height == 0 {
		return d
	}
	d.refresh = t.client != nil && now.After(t.client.refreshAt())
	ready := func(e *entry) bool { return !now.Before(e.after) }
	provable := func(e *entry) bool { return e.height < f.head.height && ready(e) }
	d.add(parcelAck, f.acks, 2*w.cfg.Batch.MaxMsgs, provable)
	d.add(parcelTimeout, t.sent, 2*w.cfg.Batch.MaxMsgs, func(e *entry) bool {
		return e.expired(f.head, f.chain.revision) && ready(e)
	})
	d.add(parcelRecv, f.sent, 2*w.cfg.Batch.MaxMsgs, func(e *entry) bool {
		return provable(e) && !e.expired(t.head, t.chain.revision)
	})
	return d
}

// add takes the lowest sequences that qualify.
func (d *delivery) add(kind parcelKind, from map[uint64]*entry, limit int, qualifies func(*entry) bool) {
	var out []parcel
	for _, e := range from {
		if qualifies(e) {
			out = append(out, parcel{kind: kind, packet: e.packet})
		}
	}
	slices.SortFunc(out, func(a, b parcel) int { return cmp.Compare(a.Sequence, b.Sequence) })
	d.parcels = append(d.parcels, out[:min(limit, len(out))]...)
}

// publish shows what is pending to the cursor and to the metrics.
func (w *worker) publish(now time.Time) {
	for i, s := range w.sides {
		var height int64
		var seen time.Time
		for _, m := range []map[uint64]*entry{s.sent, s.acks} {
			for _, e := range m {
				if height == 0 || e.height < height {
					height = e.height
				}
				if seen.IsZero() || e.seen.Before(seen) {
					seen = e.seen
				}
			}
		}
		w.oldest[i].Store(height)
		w.metrics.showPending(s.end, len(s.sent), len(s.acks), seen, now)
		if s.client != nil {
			w.metrics.clientExpiry.WithLabelValues(s.chain.id, s.end.ClientID).Set(s.client.expiry().Sub(now).Seconds())
		}
	}
}
