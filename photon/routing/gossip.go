package routing

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Limits of gossip per peer.
const (
	// Burst of announcements that are taken from a peer at once.
	Burst = 2_000
	// PerSecond is how many are taken after that.
	PerSecond = 20
	// QueryInterval in seconds: one question of a peer is answered in that time.
	QueryInterval = 60
	// MaxAnswer of announcements to one question.
	MaxAnswer = 4_096
	// MinRepeat is how much newer an announcement of the same thing must be, in seconds, unless
	// it changes whether the channel can be used, or what the node offers.
	MinRepeat = 60
	// maxAwaiting bounds channels that the chain was asked about and did not answer yet.
	maxAwaiting = 1_024
)

// Errors of announcements. A peer that sends such is scored.
var (
	// ErrAnnouncement: it is not true, or not well-formed.
	ErrAnnouncement = errors.New("invalid announcement")
	// ErrRate: the peer sends too much.
	ErrRate = errors.New("too many announcements")
)

// OnChain is what a chain says about a channel.
type OnChain struct {
	// Key by participant.
	Key [2]types.ChannelKey
	// Capacity is the sum of the deposits.
	Capacity types.Uint128
	// Open tells that the channel exists and nobody closed it.
	Open bool
}

// Action is something that the node must do for the gossip.
type Action interface{ action() }

// Relay sends a message to all connected peers but one.
type Relay struct {
	Message protocol.Message
	Except  protocol.NodeID
}

// Answer sends messages to one peer, at the pace that it takes.
type Answer struct {
	Peer     protocol.NodeID
	Messages []protocol.Message
}

// Look asks the chain about a channel; the answer goes to Gossip.Seen. A domain that the
// node has no chain for is answered with Open false.
type Look struct{ ID protocol.ChannelID }

func (Relay) action()  {}
func (Answer) action() {}
func (Look) action()   {}

// bucket limits a rate: it fills by PerSecond up to Burst.
type bucket struct {
	left  int
	since uint64
	asked uint64
}

// Gossip decides what is believed and passed on.
type Gossip struct {
	self     protocol.NodeID
	graph    *Graph
	peers    map[protocol.NodeID]*bucket
	awaiting map[protocol.ChannelID][]waiting
	// closed remembers channels that the chain does not have, until a time.
	closed map[protocol.ChannelID]uint64
	// checked is when the chain was last asked about a channel.
	checked map[protocol.ChannelID]uint64
	keys    map[protocol.ChannelID]OnChain
	// early are announcements of nodes none of whose channels is verified yet.
	early map[protocol.NodeID]*protocol.AnnounceNode
}

type waiting struct {
	announcement *protocol.AnnounceChannel
	from         protocol.NodeID
}

// NewGossip returns the gossip of a node, which fills the graph.
func NewGossip(self protocol.NodeID, graph *Graph) *Gossip {
	return &Gossip{
		self: self, graph: graph, peers: map[protocol.NodeID]*bucket{}, awaiting: map[protocol.ChannelID][]waiting{},
		closed: map[protocol.ChannelID]uint64{}, checked: map[protocol.ChannelID]uint64{}, keys: map[protocol.ChannelID]OnChain{},
		early: map[protocol.NodeID]*protocol.AnnounceNode{},
	}
}

// recheck is how often the chain is asked again about a channel that is announced anew.
const recheck = 3_600

// Take handles a message of a peer. An error means that the peer did wrong.
func (g *Gossip) Take(from protocol.NodeID, m protocol.Message, now uint64) ([]Action, error) {
	b := g.peers[from]
	if b == nil {
		b = &bucket{left: Burst, since: now}
		g.peers[from] = b
	}
	if query, ok := m.(protocol.GossipQuery); ok {
		if b.asked != 0 && now < b.asked+QueryInterval {
			return nil, nil
		}
		b.asked = max(now, 1)
		return []Action{Answer{Peer: from, Messages: g.graph.Since(query.Since, MaxAnswer)}}, nil
	}
	if now > b.since {
		b.left = min(Burst, b.left+int(min(now-b.since, Burst))*PerSecond) //nolint:gosec // bounded
		b.since = now
	}
	if b.left--; b.left < 0 {
		b.left = 0
		return nil, fmt.Errorf("%w: more than %d a second", ErrRate, PerSecond)
	}
	switch m := m.(type) {
	case *protocol.AnnounceNode:
		return g.takeNode(from, m, now)
	case *protocol.AnnounceChannel:
		return g.takeChannel(from, m, now)
	default:
		return nil, fmt.Errorf("%w: message of kind %d", ErrAnnouncement, m.Kind())
	}
}

func (g *Gossip) takeNode(from protocol.NodeID, a *protocol.AnnounceNode, now uint64) ([]Action, error) {
	before := g.graph.nodes[a.Node]
	if a.Node == g.self || before != nil && a.Time < before.Time+MinRepeat && (a.Time <= before.Time || sameOffer(a, before)) {
		return nil, nil
	}
	if err := checkTime(a.Time, now); err != nil {
		return nil, err
	}
	if err := a.Verify(); err != nil {
		return nil, err
	}
	if !g.graph.addNode(a) {
		if len(g.graph.of[a.Node]) == 0 && len(g.early) < maxAwaiting {
			g.early[a.Node] = a
		}
		return nil, nil
	}
	return []Action{Relay{Message: a, Except: from}}, nil
}

// sameOffer tells whether a node offers the same services for the same price.
func sameOffer(a, b *protocol.AnnounceNode) bool {
	return a.Features == b.Features && a.Price == b.Price && a.PriceDomain == b.PriceDomain
}

func (g *Gossip) takeChannel(from protocol.NodeID, a *protocol.AnnounceChannel, now uint64) ([]Action, error) {
	if a.Node == g.self {
		return nil, nil
	}
	if before := g.graph.Policy(a.ID, a.Side); before != nil && a.Time < before.Time+MinRepeat &&
		(a.Time <= before.Time || a.Disabled == before.Disabled) {
		return nil, nil
	}
	if err := checkTime(a.Time, now); err != nil {
		return nil, err
	}
	if until, ok := g.closed[a.ID]; ok && now < until {
		return nil, nil
	}
	if err := a.Verify(); err != nil {
		return nil, err
	}
	known, ok := g.keys[a.ID]
	if ok && now < g.checked[a.ID]+recheck {
		return g.believe(waiting{a, from}, known)
	}
	if len(g.awaiting) >= maxAwaiting || len(g.awaiting[a.ID]) >= 4 {
		return nil, nil
	}
	g.awaiting[a.ID] = append(g.awaiting[a.ID], waiting{a, from})
	if len(g.awaiting[a.ID]) > 1 {
		return nil, nil // asked already
	}
	return []Action{Look{ID: a.ID}}, nil
}

// Seen takes the chain's answer about a channel.
func (g *Gossip) Seen(id protocol.ChannelID, on OnChain, now uint64) []Action {
	waited := g.awaiting[id]
	delete(g.awaiting, id)
	if !on.Open {
		g.Closed(id, now)
		return nil
	}
	if len(g.keys) >= MaxChannels {
		clear(g.keys)
		clear(g.checked)
	}
	g.keys[id], g.checked[id] = on, now
	var actions []Action
	for _, w := range waited {
		more, err := g.believe(w, on)
		if err == nil {
			actions = append(actions, more...)
		}
	}
	return actions
}

// Unseen tells that the chain did not answer: whoever announces the channel again makes
// it be asked again.
func (g *Gossip) Unseen(id protocol.ChannelID) { delete(g.awaiting, id) }

// believe checks an announcement against the chain and passes it on.
func (g *Gossip) believe(w waiting, on OnChain) ([]Action, error) {
	if err := w.announcement.VerifyAttestation(on.Key[w.announcement.Side]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnnouncement, err)
	}
	if !g.graph.addChannel(w.announcement, on.Capacity) {
		return nil, nil
	}
	actions := []Action{Relay{Message: w.announcement, Except: w.from}}
	node := w.announcement.Node
	if early := g.early[node]; early != nil {
		delete(g.early, node)
		if g.graph.addNode(early) {
			actions = append(actions, Relay{Message: early, Except: w.from})
		}
	}
	return actions, nil
}

// Closed tells that a channel is not open, or not any more.
func (g *Gossip) Closed(id protocol.ChannelID, now uint64) {
	g.graph.Remove(id)
	delete(g.keys, id)
	delete(g.checked, id)
	if len(g.closed) >= MaxChannels {
		clear(g.closed)
	}
	g.closed[id] = now + recheck
}

// Own announces a channel or the node itself to all peers.
func (g *Gossip) Own(m protocol.Message, capacity types.Uint128) []Action {
	switch m := m.(type) {
	case *protocol.AnnounceChannel:
		g.graph.addChannel(m, capacity)
	case *protocol.AnnounceNode:
		g.graph.addNode(m)
	}
	return []Action{Relay{Message: m}}
}

// Update takes an announcement that came with a failure: it is news if it is signed by
// the node whose announcement of the same direction is known, under the same attestation.
func (g *Gossip) Update(a *protocol.AnnounceChannel, now uint64) {
	before := g.graph.Policy(a.ID, a.Side)
	if before == nil || before.Node != a.Node || before.Attestation != a.Attestation || checkTime(a.Time, now) != nil || a.Verify() != nil {
		return
	}
	g.graph.addChannel(a, g.graph.channels[a.ID].capacity)
}

// Newest is the time of the newest announcement, which the next question to a peer starts
// an hour before.
func (g *Gossip) Newest() (newest uint64) {
	for _, c := range g.graph.channels {
		for _, side := range c.sides {
			if side != nil {
				newest = max(newest, side.Time)
			}
		}
	}
	return newest
}

// Tick forgets what expired, and peers that are gone.
func (g *Gossip) Tick(connected []protocol.NodeID, now uint64) {
	g.graph.Expire(now)
	clear(g.early)
	for id, until := range g.closed {
		if now >= until {
			delete(g.closed, id)
		}
	}
	for peer, b := range g.peers {
		if now > b.since+QueryInterval && !slices.Contains(connected, peer) {
			delete(g.peers, peer)
		}
	}
}

// Sign makes the announcement of an own channel. attest signs with the channel key.
func Sign(a *protocol.AnnounceChannel, node ed25519.PrivateKey, attest func([]byte) protocol.Signature) *protocol.AnnounceChannel {
	a.Attestation = attest(a.AttestBytes())
	a.Sign(node)
	return a
}
