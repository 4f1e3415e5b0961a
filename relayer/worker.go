package relayer

import (
	"context"
	"math/rand/v2"
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
	// batchesAtOnce bounds the transactions of one kind in a delivery.
	batchesAtOnce = 4
	// maxUnderWay bounds the transactions to one side that wait for their block.
	maxUnderWay = 16
	// maxYield bounds the head start that another relayer is given.
	maxYield = 8 * time.Second
	// publishEvery is how often cursor and metrics are brought up to date.
	publishEvery = 500 * time.Millisecond
)

// entry is a packet or acknowledgement that waits for delivery.
type entry struct {
	packet
	seen  time.Time
	tries int
	after time.Time // not before
	away  bool      // in a delivery or a transaction that is under way
}

// side is what a path knows about one of its chains.
type side struct {
	chain  *Chain
	end    End
	head   head
	sent   map[uint64]*entry // packets it sent that the other side has not received
	acks   map[uint64]*entry // acknowledgements it wrote that the other side does not know
	client *lightClient      // its client of the other chain, as of the last scan
	closed int64             // height at which its end of the channel was seen closed, 0 while it is open

	// of deliveries to this side
	jobs     chan delivery
	busy     bool // the courier proves and sends
	underWay int  // transactions that wait for their block
	retry    time.Time
	yield    time.Duration // head start for another relayer, which has been faster
	healthy  condition
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

	watch    *guard
	news     chan news
	outcomes chan outcome
	scans    chan scanRequest
	found    chan scanResult
	ordered  bool
	scanning bool
	overflow bool
	nextScan time.Time
	scanFine condition
}

func newWorker(path Path, a, b *Chain, cfg Config, logger log.Logger, metrics *Metrics) *worker {
	logger = logger.With("path", path.String())
	w := &worker{
		path: path, cfg: cfg, log: logger, metrics: metrics,
		ordered: path.ordered(), watch: newGuard(path, a, b, logger, metrics),
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
		return newScanner(w).run(ctx, w.scans, w.found)
	})
	for i := range w.sides {
		c := newCourier(w, i)
		c.follow = func(f func()) { g.Go(func() error { f(); return nil }) }
		g.Go(func() error { return c.run(ctx, w.sides[i].jobs, w.outcomes) })
	}
	g.Go(func() error { return w.watch.run(ctx) })
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
	for _, u := range n.updates {
		w.watch.look(n.side, u)
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
			w.watch.look(i, r.clients[i].height())
		}
		if ch := r.channels[i]; ch != nil {
			w.ordered = ch.Ordering == channeltypes.ORDERED
			if ch.State != channeltypes.CLOSED {
				s.closed = 0
			} else if s.closed == 0 {
				s.closed = s.head.height
				w.log.Error("channel is closed: packets not received there are refunded", "chain", s.chain.id, "channel", s.end.ChannelID)
			}
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

// settle takes in what became of a delivery or a transaction.
func (w *worker) settle(o outcome) {
	s := w.sides[o.to]
	if o.posted {
		s.busy = false
		s.underWay += o.txs
	} else {
		s.underWay--
	}
	for _, p := range o.done {
		delete(w.shelf(o.to, p.kind), p.Sequence)
	}
	for _, p := range o.open {
		if e := w.shelf(o.to, p.kind)[p.Sequence]; e != nil {
			e.away = false
		}
	}
	for p, err := range o.failed {
		e := w.shelf(o.to, p.kind)[p.Sequence]
		if e == nil {
			continue
		}
		e.tries++
		e.away, e.after = false, time.Now().Add(packetBackoff(e.tries))
		w.log.Error("packet is put aside", "to", s.chain.id, "kind", p.kind, "sequence", p.Sequence, "tries", e.tries, "again", e.after, "error", err)
		w.metrics.failed(s.chain.id, err)
	}
	if o.client != nil {
		s.client = o.client
	}
	s.makeWay(o)
	if o.err != nil {
		w.metrics.failed(s.chain.id, o.err)
		s.retry = time.Now().Add(s.healthy.failed(o.err))
		return
	}
	s.healthy.ok()
	s.retry = time.Time{}
}

// makeWay gives another relayer that was faster a head start, and takes it back when there is none.
// Chance decides which of two equal ones becomes the one that waits.
func (s *side) makeWay(o outcome) {
	switch {
	case o.redundant > 0:
		least := max(2*s.yield, time.Second)
		s.yield = min(least+rand.N(least), maxYield)
	case !o.posted && len(o.done) > 0:
		if s.yield /= 2; s.yield < 100*time.Millisecond {
			s.yield = 0
		}
	}
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
	case parcelTimeout, parcelClose:
		return w.sides[to].sent
	default:
		return w.sides[1-to].sent
	}
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
