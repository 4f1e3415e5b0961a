package node

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/transport"
)

// eventQueue bounds what waits for a channel: a peer that is faster than the disk is
// held back by it.
const eventQueue = 16

// channel runs the machine of one channel in one goroutine.
type channel struct {
	node    *Node
	id      protocol.ChannelID
	chainID string
	signer  machine.Signer
	outbox  *outbox
	events  chan request
	stopped chan struct{}

	// Of the goroutine only.
	state   *machine.State
	effects []machine.Effect
	scanner protocol.Scanner
	ended   bool
	open    write
	alone   int // requests for operations that go into batches of their own

	session   atomic.Pointer[session]
	wanted    atomic.Bool   // locks wait for entries
	wantRetry atomic.Bool   // the session is to begin again after the next header
	clock     atomic.Uint64 // of the chain, as the machine knows it
	gauge     atomic.Pointer[Gauge]
	writing   atomic.Int32 // writes that are not on disk yet
	releasing sync.Mutex   // held while effects are carried out

	mu          sync.Mutex
	outstanding []*release // steps that are not durable yet, oldest first
	unwritten   int        // own batches among them
	inFlight    []signed   // own batches that are not acknowledged, oldest first
	ops         []*opsRequest
	delivered   chan struct{} // closed and replaced at each batch of the peer
	peer        string
}

// signed are the payments of one own batch.
type signed struct {
	epoch, nonce uint64
	count        uint32
	spans        []span
}

// request is something for the goroutine to do.
type request struct {
	event machine.Event
	// connect begins a session.
	connect *session
	// frame that the entries and packets of a ReceivedBatch lie in.
	frame            *transport.Frame
	entries, packets []byte
	// inspect reads the state.
	inspect func(*machine.State)
	// done is told the error of the event when its effects are durable.
	done func(error)
	// from is the session that a message came from.
	from *session
}

func (n *Node) newChannel(chainID string, state *machine.State, signer machine.Signer) *channel {
	c := &channel{
		node: n, id: state.Channel.ID(), chainID: chainID, signer: signer, outbox: newOutbox(&n.config), state: state,
		events: make(chan request, eventQueue), stopped: make(chan struct{}), delivered: make(chan struct{}),
	}
	return c
}

// run is the goroutine.
func (c *channel) run() {
	defer c.node.running.Done()
	defer close(c.stopped)
	for !c.ended {
		select {
		case r := <-c.events:
			c.handle(&r)
			c.handleMore()
		case <-c.outbox.wake:
		case <-c.node.stop:
			return
		}
		c.sendBatches()
		c.flush()
	}
}

// handleMore handles what else waits already: one write makes all of it durable.
func (c *channel) handleMore() {
	for range 4 * eventQueue {
		select {
		case r := <-c.events:
			c.handle(&r)
		default:
			return
		}
	}
}

// submit hands a request to the goroutine, unless it has ended.
func (c *channel) submit(r request) error {
	select {
	case c.events <- r:
		return nil
	case <-c.stopped:
	case <-c.node.stop:
	}
	if r.frame != nil {
		r.frame.Release()
	}
	return fmt.Errorf("%w: channel %s", ErrClosed, c.id)
}

func (c *channel) handle(r *request) {
	if r.inspect != nil {
		r.inspect(c.state)
		r.done(nil)
		return
	}
	if r.connect != nil {
		c.connect(r.connect)
		return
	}
	if !c.belongs(r) {
		if r.frame != nil {
			r.frame.Release()
		}
		return
	}
	if c.unknownToPeer(r) {
		return
	}
	var err error
	if _, batch := r.event.(machine.ReceivedBatch); batch {
		c.makeRoom()
	}
	c.effects, err = c.state.Apply(r.event, c.signer, c.effects[:0])
	if err != nil {
		if r.frame != nil {
			r.frame.Release()
		}
		if r.done != nil {
			r.done(err)
		}
		return
	}
	c.clock.Store(c.state.View.Clock)
	if received, ok := r.event.(machine.Received); ok && c.state.Connected {
		if _, ok := received.Message.(*protocol.Reestablish); ok {
			c.node.ready(c) // in a channel that is to be healed, too, where no payments go yet
		}
	}
	c.carryOut(&release{channel: c, frame: r.frame, entries: r.entries, packets: r.packets, done: r.done})
	c.tellOutbox()
	if tick, ok := r.event.(machine.Tick); ok {
		c.expireOps(tick.Now)
	}
	if _, ok := r.event.(machine.Header); ok && c.wantRetry.Swap(false) && !c.state.Connected {
		c.connect(c.node.greetedSession(c.peerID()))
	}
}

// unknownToPeer ends the session of a channel that the peer has not seen on chain yet.
// It begins again when the peer begins it, or after the next header.
func (c *channel) unknownToPeer(r *request) bool {
	received, ok := r.event.(machine.Received)
	if !ok {
		return false
	}
	fault, ok := received.Message.(protocol.Fault)
	if !ok || fault.Code != protocol.FaultUnknownChannel {
		return false
	}
	c.session.Store(nil)
	c.wantRetry.Store(true)
	c.apply(machine.Disconnect{})
	return true
}

// belongs tells whether a message comes from the session that the channel is on. The
// first re-establish of a peer binds the channel to its session; the machine finds out
// whether the peer has the key.
func (c *channel) belongs(r *request) bool {
	if r.from == nil {
		return true
	}
	bound := c.session.Load()
	if bound == r.from {
		return true
	}
	received, ok := r.event.(machine.Received)
	if !ok || bound != nil {
		return false
	}
	if _, ok := received.Message.(*protocol.Reestablish); !ok {
		return false
	}
	c.connect(r.from)
	return true
}

// connect begins a session with the machine.
func (c *channel) connect(s *session) {
	if s == nil {
		return
	}
	c.session.Store(s)
	c.apply(machine.Connect{Own: s.own, Peer: s.challenge()})
}

// apply runs an event of the node itself; such events do not fail.
func (c *channel) apply(event machine.Event) {
	var err error
	if c.effects, err = c.state.Apply(event, c.signer, c.effects[:0]); err != nil {
		c.node.config.Logger.Error("channel", "channel", c.id, "event", fmt.Sprintf("%T", event), "error", err)
		return
	}
	c.carryOut(&release{channel: c})
	c.tellOutbox()
}

// tellOutbox lets callers know what the channel takes.
func (c *channel) tellOutbox() {
	err := c.state.MayPay(c.node.now())
	c.measure(err)
	if errors.Is(err, machine.ErrNotConnected) || errors.Is(err, machine.ErrQuiet) || errors.Is(err, machine.ErrOffline) {
		err = nil // it passes; callers wait
	}
	if full := c.node.store.Accepting(); full != nil {
		err = full
	}
	c.outbox.set(c.state.Available(), err)
	if err != nil && c.state.Phase != machine.PhaseOpen && c.state.Phase != machine.PhaseAgreed {
		c.failDrafts(err)
	}
}

// failDrafts tells streams that what waits will not be sent.
func (c *channel) failDrafts(reason error) {
	for _, d := range c.outbox.drain() {
		c.fail(d, reason)
	}
}

// sendBatches signs drafts while the machine lets it. While a batch is on its way to the
// disk the next one fills; a full one does not wait.
func (c *channel) sendBatches() {
	for !c.ended && c.node.store.Accepting() == nil {
		now := c.node.now()
		if c.state.MayPay(now) != nil {
			return
		}
		c.mu.Lock()
		writing := c.unwritten > 0
		c.mu.Unlock()
		d := c.outbox.next(writing)
		if d == nil && !writing { // operations gather while a batch is written
			d = c.opsDraft()
		}
		if d == nil {
			return
		}
		if !c.sign(d, now) {
			return
		}
	}
}

// sign makes a draft the next batch. It returns false if there is no use in trying the
// next one now.
func (c *channel) sign(d *draft, now machine.Now) bool {
	paid := len(d.frame.Bytes) // what follows are operations on locks
	c.addOps(d)
	summary, err := c.scanner.Scan(d.frame.Bytes, d.count+uint32(len(d.allOps()))) //nolint:gosec // bounded
	if err == nil {
		c.makeRoom()
		c.effects, err = c.state.Apply(machine.SendBatch{Summary: summary, Now: now}, c.signer, c.effects[:0])
	}
	if errors.Is(err, machine.ErrWindow) || errors.Is(err, machine.ErrNotConnected) || errors.Is(err, machine.ErrQuiet) || errors.Is(err, machine.ErrOffline) {
		d.frame.Bytes, d.packets = d.frame.Bytes[:paid], d.packets[:0]
		c.keepOps(d)
		if d.count > 0 {
			c.outbox.putBack(d)
		} else {
			d.frame.Release()
		}
		return false
	}
	if err != nil && len(d.ops) > 0 {
		// Not the payments' fault: they go without. Of several requests one may be bad: each is
		// tried alone.
		if c.alone = 0; len(d.ops) > 1 {
			c.alone = len(d.ops)
			c.keepOps(d)
		} else {
			c.refuseOps(d, err)
		}
		d.frame.Bytes, d.packets = d.frame.Bytes[:paid], d.packets[:0]
		if d.count > 0 {
			c.outbox.putBack(d)
		} else {
			d.frame.Release()
		}
		return true
	}
	c.outbox.gone(d, paid)
	if err != nil {
		c.fail(d, err)
		return true
	}
	newest := &c.state.Sent.Newest
	c.mu.Lock()
	c.inFlight = append(c.inFlight, signed{epoch: newest.Epoch, nonce: newest.Nonce, count: summary.Count, spans: d.spans})
	c.unwritten++
	c.mu.Unlock()
	c.node.counters.sent.Add(uint64(d.count))
	c.node.counters.batchesSent.Add(1)
	c.signedOps(d)
	c.carryOut(&release{channel: c, frame: d.frame, entries: d.frame.Bytes, packets: d.packets, own: true})
	c.tellOutbox()
	return true
}

// fail tells the streams of a draft that it will not be sent.
func (c *channel) fail(d *draft, reason error) {
	for i := range d.spans {
		d.spans[i].stream.update(func(p *Progress) { p.Err = fmt.Errorf("%d payments were not sent: %w", d.spans[i].count, reason) })
	}
	d.frame.Release()
}

// acknowledged tells streams what has the peer's word.
func (c *channel) acknowledged(epoch, nonce uint64) {
	c.mu.Lock()
	n := 0
	for n < len(c.inFlight) && (c.inFlight[n].epoch < epoch || c.inFlight[n].epoch == epoch && c.inFlight[n].nonce <= nonce) {
		n++
	}
	done := append([]signed(nil), c.inFlight[:n]...)
	c.inFlight = append(c.inFlight[:0], c.inFlight[n:]...)
	side := c.side()
	c.mu.Unlock()
	for i := range done {
		index := uint32(0)
		for _, s := range done[i].spans {
			index += s.count
			name := PaymentName{Channel: c.id, Epoch: done[i].epoch, Sender: side, Nonce: done[i].nonce, Index: index - 1}
			s.stream.update(func(p *Progress) { p.Acknowledged, p.Last = p.Acknowledged+uint64(s.count), name })
		}
		c.node.counters.acknowledged.Add(uint64(index))
	}
}

// side of this node never changes in a channel, so that any goroutine may ask.
func (c *channel) side() uint8 { return c.state.Side }

// setPeer remembers whose channel it is.
func (c *channel) setPeer(id string) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed = c.peer != id
	c.peer = id
	return changed
}

func (c *channel) peerID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peer
}

// deliveries returns what is closed when the peer's next batch is taken.
func (c *channel) deliveries() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.delivered
}
