package node

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Node is a running payment node.
type Node struct {
	config  Config
	store   *store.Store
	host    *transport.Host
	floor   uint64 // least nonce of this run
	buffers sync.Pool

	mu       sync.Mutex
	channels map[protocol.ChannelID]*channel
	sessions map[string]*session
	watchers map[int]func(protocol.ChannelID, machine.Notice)
	watched  int
	watches  atomic.Pointer[[]func(protocol.ChannelID, machine.Notice)]
	opening  map[types.Hash]*opening
	others   []other
	redial   map[string]time.Time
	failed   error

	chains   map[string]*chainState
	newest   atomic.Uint64 // trusted time that was seen
	counters counters
	stop     chan struct{}
	stopOnce sync.Once
	running  sync.WaitGroup
}

type counters struct {
	sent, acknowledged, received, batchesSent, batchesReceived atomic.Uint64
}

// chainState is what the node keeps of a chain.
type chainState struct {
	identity Identity
	mu       sync.Mutex // chain events come one at a time
	height   atomic.Int64
	written  int64
	seen     bool // a header came in this run
}

var _ Service = (*Node)(nil)

// Open starts a node: its state is read, its channels run, peers are connected to.
// Transactions and chain events are the caller's.
func Open(config Config) (n *Node, err error) {
	if err := config.defaults(); err != nil {
		return nil, err
	}
	n = &Node{
		config: config, channels: map[protocol.ChannelID]*channel{}, sessions: map[string]*session{},
		watchers: map[int]func(protocol.ChannelID, machine.Notice){}, opening: map[types.Hash]*opening{}, redial: map[string]time.Time{},
		chains: map[string]*chainState{}, stop: make(chan struct{}),
	}
	n.buffers.New = func() any { b := make([]byte, 0, 4096); return &b }
	if n.store, err = store.Open(config.Store); err != nil {
		return nil, err
	}
	if at := n.store.Sequence(); at < n.config.Watermark {
		n.config.FromBackup = true
		n.config.Logger.Error("the store is an older copy: nothing is signed in its channels until their peers agree to a new epoch", "records", at, "known", n.config.Watermark)
	}
	if err := n.load(); err != nil {
		return nil, errors.Join(err, n.store.Close())
	}
	config.Transport.Version, config.Transport.MaxFrame = protocol.Version, protocol.MaxMessage
	config.Transport.UserAgent, config.Transport.Refusal = config.Agent, refusal
	n.mu.Lock() // peers may connect before the host is known
	n.host, err = transport.New(config.Transport, transport.Handler{Connected: n.connected, Frame: n.frame, Disconnected: n.disconnected})
	n.mu.Unlock()
	if err != nil {
		close(n.stop)
		n.running.Wait()
		return nil, errors.Join(err, n.store.Close())
	}
	n.running.Add(2)
	go n.tick()
	go n.sweep()
	return n, nil
}

// start runs a channel; lost tells that what was signed in it may be lost.
func (n *Node) start(chainID string, state *machine.State, signer machine.Signer, lost bool) *channel {
	c := n.newChannel(chainID, state, signer)
	if peer, err := n.store.Get(peerKey(state.PeerKey())); err == nil {
		c.peer = string(peer)
	}
	c.apply(machine.Start{Floor: n.floor, FromBackup: lost})
	c.flush()
	n.mu.Lock()
	n.channels[c.id] = c
	s := n.sessions[c.peer]
	n.mu.Unlock()
	n.running.Add(1)
	go c.run()
	if s != nil {
		n.bind(c, s)
	}
	return c
}

// bind begins a channel's session on a connection that said hello.
func (n *Node) bind(c *channel, s *session) {
	if s.said().Version != 0 {
		_ = c.submit(request{connect: s}) // ended, or the node stops
	}
}

// now is the trusted time: the clock's, but never before what was seen.
func (n *Node) now() machine.Now {
	now := n.config.Now()
	if now.IsZero() {
		return 0
	}
	return machine.Now(max(uint64(max(now.Unix(), 0)), n.newest.Load())) //nolint:gosec // not negative
}

// tick tells machines the time and looks after connections.
func (n *Node) tick() {
	defer n.running.Done()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-n.stop:
			return
		}
		now := n.now()
		for _, c := range n.allChannels() {
			select {
			case c.events <- request{event: machine.Tick{Now: now}}:
			default: // busy; the next one will do
			}
		}
		n.reconnect()
	}
}

// fail stops the node: what is on disk is not known any more.
func (n *Node) fail(err error) {
	n.mu.Lock()
	if n.failed == nil && !errors.Is(err, store.ErrClosed) {
		n.failed = err
		n.config.Logger.Error("the node stops: it cannot write to its disk", "error", err)
	}
	n.mu.Unlock()
	n.stopOnce.Do(func() { close(n.stop) })
}

// Done is closed when the node has stopped by itself; Err says why.
func (n *Node) Done() <-chan struct{} { return n.stop }

// Err is why the node stopped by itself.
func (n *Node) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.failed
}

// Close stops the node. Everything that was acknowledged is on disk.
func (n *Node) Close() error {
	n.stopOnce.Do(func() { close(n.stop) })
	err := n.host.Close()
	n.running.Wait()
	return errors.Join(err, n.store.Close())
}

// Sequence of the store, to be kept elsewhere as Watermark of the next run.
func (n *Node) Sequence() uint64 { return n.store.Sequence() }

// FromBackup tells whether the store was put back from a copy, by the configuration or the watermark.
func (n *Node) FromBackup() bool { return n.config.FromBackup }

// ID implements Service.
func (n *Node) ID() string { return n.host.ID() }

// Addresses implements Service.
func (n *Node) Addresses() []string { return n.host.Addresses() }

// Accepting implements Service.
func (n *Node) Accepting() error {
	if err := n.Err(); err != nil {
		return err
	}
	return n.store.Accepting()
}

// Counters implements Service.
func (n *Node) Counters() Counters {
	stats := n.store.Stats()
	return Counters{
		Sent: n.counters.sent.Load(), Acknowledged: n.counters.acknowledged.Load(), Received: n.counters.received.Load(),
		BatchesSent: n.counters.batchesSent.Load(), BatchesReceived: n.counters.batchesReceived.Load(),
		LogBytes: stats.Logged, Flushes: stats.Flushes, DiskBytes: stats.LogSize + stats.DatabaseSize,
	}
}

func (n *Node) channel(id protocol.ChannelID) (*channel, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := n.channels[id]
	if c == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoChannel, id)
	}
	return c, nil
}

// allChannels in the order of their ids.
func (n *Node) allChannels() []*channel {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]*channel, 0, len(n.channels))
	for _, c := range n.channels {
		all = append(all, c)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.chainID != b.chainID {
			return a.chainID < b.chainID
		}
		return a.id.Channel < b.id.Channel
	})
	return all
}

// Channels implements Service.
func (n *Node) Channels() []Channel {
	all := n.allChannels()
	out := make([]Channel, 0, len(all))
	for _, c := range all {
		if ch, err := c.inspect(); err == nil {
			out = append(out, ch)
		}
	}
	return out
}

// Channel implements Service.
func (n *Node) Channel(id protocol.ChannelID) (Channel, error) {
	c, err := n.channel(id)
	if err != nil {
		return Channel{}, err
	}
	return c.inspect()
}

// inspect copies the state.
func (c *channel) inspect() (out Channel, err error) {
	done := make(chan error, 1)
	if err := c.submit(request{inspect: func(s *machine.State) { out.State = s.Clone() }, done: func(err error) { done <- err }}); err != nil {
		return out, err
	}
	if err := c.await(context.Background(), done); err != nil {
		return out, err
	}
	out.ChainID, out.Peer, out.Queued = c.chainID, c.peerID(), c.outbox.payments()
	return out, nil
}

// await waits for the outcome of a request.
func (c *channel) await(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-c.stopped:
	case <-c.node.stop:
	}
	select {
	case err := <-done:
		return err
	default:
		return fmt.Errorf("%w: channel %s", ErrClosed, c.id)
	}
}

// Do implements Service.
func (n *Node) Do(ctx context.Context, id protocol.ChannelID, event machine.Event) error {
	c, err := n.channel(id)
	if err != nil {
		return err
	}
	return c.run1(ctx, event)
}

// run1 runs an event and waits until its effects are durable.
func (c *channel) run1(ctx context.Context, event machine.Event) error {
	done := make(chan error, 1)
	if err := c.submit(request{event: event, done: func(err error) { done <- err }}); err != nil {
		return err
	}
	return c.await(ctx, done)
}

// Watch implements Service.
func (n *Node) Watch(notice func(protocol.ChannelID, machine.Notice)) (stop func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.watched++
	number := n.watched
	n.watchers[number] = notice
	n.rewatch()
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.watchers, number)
		n.rewatch()
	}
}

func (n *Node) rewatch() {
	all := make([]func(protocol.ChannelID, machine.Notice), 0, len(n.watchers))
	for i := 1; i <= n.watched; i++ {
		if w := n.watchers[i]; w != nil {
			all = append(all, w)
		}
	}
	n.watches.Store(&all)
}

func (n *Node) watching() []func(protocol.ChannelID, machine.Notice) {
	if all := n.watches.Load(); all != nil {
		return *all
	}
	return nil
}

// Stream implements Service.
func (n *Node) Stream(id protocol.ChannelID) (*Stream, error) {
	c, err := n.channel(id)
	if err != nil {
		return nil, err
	}
	return &Stream{outbox: c.outbox, changed: make(chan struct{})}, nil
}

func limitError(what string, have, limit int) error {
	return fmt.Errorf("%w: %d %s: must be at most %d", ErrLimit, have, what, limit)
}
