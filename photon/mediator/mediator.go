package mediator

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/routing"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Bounds and defaults.
const (
	// DefaultAnnounceEvery is how often own channels are announced again.
	DefaultAnnounceEvery = 24 * time.Hour
	// maxQueue bounds events that wait; beyond it own payments are refused.
	maxQueue = 65_536
	// maxOfPeer bounds events that wait because a peer sent a message; more are dropped.
	maxOfPeer = 16
)

// Errors of a Mediator.
var (
	// ErrBusy: too many events wait.
	ErrBusy = errors.New("too much is under way")
	// ErrClosed: the mediator has ended.
	ErrClosed = errors.New("closed")
)

// Config of a Mediator. Zero values stand for the defaults.
type Config struct {
	// Key is the node's identity.
	Key ed25519.PrivateKey
	// Payment has the rules of payments. Default payment.DefaultConfig. Self is set.
	Payment payment.Config
	// Attest signs with the channel key of a chain. Without it channels are not announced.
	Attest func(chainID string, message []byte) (protocol.Signature, error)
	// Look asks the chain of a domain about a channel that was announced. Without it nothing
	// is believed but this node's own channels. It may take its time.
	Look func(ctx context.Context, id protocol.ChannelID) (routing.OnChain, error)
	// Submit brings a transaction to a chain, as in node.Config.
	Submit func(chainID string, action machine.Action, clock uint64)
	// Alias and Addresses that are announced. Danger of addresses: everybody learns them.
	Alias     string
	Addresses []string
	// Light keeps no announcements but those of this node's own channels and their ends: such a
	// node asks others for ways (FindRoutes).
	Light bool
	// Features that are announced. FeatureMediate follows from Payment.Mediate.
	Features protocol.Features
	// PriceDomain and Price of one answer of the path-finding service, if Features has it.
	PriceDomain types.Hash
	Price       types.Uint128
	// AnnounceEvery is how often own channels are announced again. At most 48 hours, or they
	// are forgotten meanwhile.
	AnnounceEvery time.Duration
	// Arrived is called for each payment to this node, from one goroutine. It must not block.
	Arrived func(payment.Arrived)
	// Forwarded is called for each payment that was mediated. It must not block.
	Forwarded func(payment.Forwarded)
	// Now is the trusted time (default time.Now).
	Now func() time.Time
	// Logger of what an operator should know. Default none.
	Logger *slog.Logger
}

// Mediator runs payments over several channels on one node.
type Mediator struct {
	config Config
	self   protocol.NodeID
	core   *payment.Core // of the goroutine, and under working
	graph  *routing.Graph
	gossip *routing.Gossip
	router *routing.Router
	paths  *routing.Service

	// working is held while an event is applied; readers of the graph take it, too.
	working sync.Mutex
	node    *node.Node
	known   map[protocol.ChannelID]ownChannel
	peers   map[protocol.NodeID]string
	// queryAt is when a peer is asked for gossip next; again those that are asked for everything then.
	queryAt map[protocol.NodeID]uint64
	again   map[protocol.NodeID]bool
	own     map[protocol.ChannelID]*protocol.AnnounceChannel
	asking  map[uint64]question
	allowed map[string]*allowance // by peer
	lastAsk uint64
	totals  Totals

	// What was ordered, beside what is configured: rates, policies, and the path-finding service.
	rates    map[payment.Pair]payment.Rate
	policies map[protocol.ChannelID]protocol.Policy
	ordered  bool
	paid     map[[16]byte]uint64 // requests of others, and when they expire
	journal  journal
	earned   map[protocol.ChannelID]*Earning
	// told is the time of the newest announcement of each own channel that went to everybody;
	// late are those that have news which wait for their time.
	told map[protocol.ChannelID]uint64
	late map[protocol.ChannelID]bool
	// self announced, and whether there are news of it.
	announced *protocol.AnnounceNode

	mu      sync.Mutex // guards the fields below
	queue   []queued
	ofPeer  map[protocol.NodeID]int // events of peers that wait
	started bool
	closed  bool
	waiting map[[16]byte]chan payment.Finished

	wake    chan struct{}
	stop    chan struct{}
	looks   chan protocol.ChannelID
	running sync.WaitGroup
}

// question to a path-finding service.
type question struct {
	service protocol.NodeID
	answer  chan *protocol.Routes
}

type ownChannel struct {
	edge payment.Edge
	peer protocol.NodeID
}

// queued is an event, or something else to do in the goroutine.
type queued struct {
	event payment.Event
	do    func()
}

// Totals since the start.
type Totals struct {
	// Forwarded payments, Arrived ones and own ones that were Paid or Failed.
	Forwarded, Arrived, Paid, Failed uint64
	// Lost payments: paid out and not in. Must be 0.
	Lost uint64
}

// New returns a mediator. Its Hook belongs into node.Config.Mediate; Start begins.
func New(config Config) (*Mediator, error) {
	if len(config.Key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("key of %d bytes: must be the node's ed25519 key of %d", len(config.Key), ed25519.PrivateKeySize)
	}
	m := &Mediator{
		config: config, graph: routing.NewGraph(), known: map[protocol.ChannelID]ownChannel{}, peers: map[protocol.NodeID]string{}, queryAt: map[protocol.NodeID]uint64{}, again: map[protocol.NodeID]bool{},
		own:   map[protocol.ChannelID]*protocol.AnnounceChannel{},
		rates: map[payment.Pair]payment.Rate{}, policies: map[protocol.ChannelID]protocol.Policy{},
		journal: newJournal(), earned: map[protocol.ChannelID]*Earning{}, paid: map[[16]byte]uint64{}, told: map[protocol.ChannelID]uint64{},
		late: map[protocol.ChannelID]bool{}, asking: map[uint64]question{}, allowed: map[string]*allowance{},
		waiting: map[[16]byte]chan payment.Finished{}, ofPeer: map[protocol.NodeID]int{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), looks: make(chan protocol.ChannelID, 1_024),
	}
	copy(m.self[:], config.Key.Public().(ed25519.PublicKey))
	c := &m.config
	if c.Payment.MaxHops == 0 {
		c.Payment = payment.DefaultConfig(m.self)
	}
	c.Payment.Self = m.self
	if c.AnnounceEvery == 0 {
		c.AnnounceEvery = DefaultAnnounceEvery
	}
	if c.AnnounceEvery < time.Second || c.AnnounceEvery > 48*time.Hour {
		return nil, fmt.Errorf("announce every %s: must be 1 s to 48 h", c.AnnounceEvery)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	m.gossip = routing.NewGossip(m.self, m.graph)
	m.router = routing.NewRouter(m.self, m.graph, m.gossip)
	m.paths = routing.NewService(m.router, c.PriceDomain, c.Price)
	keys, err := payment.NewKeyring([32]byte(config.Key.Seed()))
	if err != nil {
		return nil, err
	}
	m.core, err = payment.New(c.Payment, keys, (*links)(m), m.router, rand.Reader)
	return m, err
}

// Hook hears of everything that channels tell. It is node.Config.Mediate.
func (m *Mediator) Hook(_ *node.Node, id protocol.ChannelID, notice machine.Notice, packet []byte) {
	switch e := notice.(type) {
	case machine.NoticeLockAdded:
		m.enqueue(queued{event: payment.Received{Channel: id, Lock: e.Lock, Packet: packet}})
	case machine.NoticeLearned, machine.NoticeSecret, machine.NoticeLockResolved, machine.NoticeLockRemoved, machine.NoticeDisposed, machine.NoticeExpired:
		m.enqueue(queued{event: payment.Noticed{Channel: id, Notice: notice}})
	case machine.NoticeReady, machine.NoticeClosed, machine.NoticeEnded, machine.NoticeWithdrawn:
		m.enqueue(queued{do: func() { m.channelChanged(id) }})
		m.enqueue(queued{event: payment.Noticed{Channel: id, Notice: notice}})
		if _, ended := notice.(machine.NoticeEnded); ended {
			m.enqueue(queued{do: func() { m.forgetChannel(id) }})
		}
	}
}

func (m *Mediator) enqueue(q queued) {
	m.mu.Lock()
	if m.closed { // what is under way is found again at the next start
		m.mu.Unlock()
		return
	}
	m.queue = append(m.queue, q)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// enqueueOf is enqueue for an event that costs a peer no more than a message.
func (m *Mediator) enqueueOf(peer protocol.NodeID, event payment.Event) {
	m.mu.Lock()
	if m.ofPeer[peer] >= maxOfPeer {
		m.mu.Unlock()
		return
	}
	m.ofPeer[peer]++
	m.mu.Unlock()
	m.enqueue(queued{do: func() {
		m.mu.Lock()
		if m.ofPeer[peer]--; m.ofPeer[peer] <= 0 {
			delete(m.ofPeer, peer)
		}
		m.mu.Unlock()
		m.apply(event)
	}})
}

// Start takes over what the node's channels and store have, and begins.
func (m *Mediator) Start(n *node.Node) error {
	m.working.Lock()
	m.node = n
	restore := payment.Restore{}
	for _, ch := range n.Channels() {
		s := ch.State
		restore.Channels = append(restore.Channels, payment.ChannelLocks{
			Channel: s.Channel.ID(), Epoch: s.Channel.Epoch, Sent: s.Sent.Locks, Gone: s.Sent.Gone, Received: s.Received.Locks,
		})
	}
	if err := m.loadKept(&restore); err != nil {
		m.working.Unlock()
		return err
	}
	for _, g := range n.Gauges() {
		m.refresh(&g)
	}
	n.Handle([2]protocol.Kind{protocol.KindAnnounceNode, protocol.KindQuote}, m.take)
	m.working.Unlock()
	m.apply(restore)
	m.mu.Lock()
	m.started = true
	m.mu.Unlock()
	m.running.Add(2)
	go m.run()
	go m.look()
	return nil
}

// Close ends the mediator; the node goes on.
func (m *Mediator) Close() {
	m.mu.Lock()
	closed := m.closed
	m.closed = true
	m.mu.Unlock()
	if !closed {
		close(m.stop)
	}
	m.running.Wait()
	if !closed && m.node != nil {
		m.saveEarnings()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, done := range m.waiting {
		done <- payment.Finished{ID: id, Err: ErrClosed}
		delete(m.waiting, id)
	}
}

// run is the goroutine.
func (m *Mediator) run() {
	defer m.running.Done()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	announce := time.NewTicker(m.config.AnnounceEvery)
	defer announce.Stop()
	for {
		select {
		case <-m.wake:
		case <-second.C:
			m.tick()
		case <-announce.C:
			m.announceAll()
		case <-m.stop:
			return
		}
		m.mu.Lock()
		queue := m.queue
		m.queue = nil
		m.mu.Unlock()
		for _, q := range queue {
			if q.do != nil {
				q.do()
			} else {
				m.apply(q.event)
			}
		}
	}
}

func (m *Mediator) now() uint64 { return uint64(max(m.config.Now().Unix(), 0)) } //nolint:gosec // not negative

// apply runs an event and carries out what follows.
func (m *Mediator) apply(event payment.Event) {
	m.working.Lock()
	commands := m.core.Apply(event, m.now(), nil)
	m.working.Unlock()
	for _, command := range commands {
		m.carryOut(command)
	}
}

func (m *Mediator) tick() {
	m.apply(payment.Tick{})
	m.announceLate()
	m.forgetPaid()
	m.saveEarnings()
	m.working.Lock()
	defer m.working.Unlock()
	var connected []protocol.NodeID
	for _, peer := range m.node.Peers() {
		if id, ok := NodeID(peer.ID); ok && peer.Connected {
			connected = append(connected, id)
			m.greet(id, peer.ID)
		}
	}
	for id := range m.peers {
		if !contains(connected, id) {
			delete(m.peers, id)
			delete(m.queryAt, id)
			delete(m.again, id)
		}
	}
	for peer, a := range m.allowed { // one that comes back begins where it was
		if m.now() > a.since+routeBurst/routeRate {
			delete(m.allowed, peer)
		}
	}
	m.gossip.Tick(connected, m.now())
}
