package mediator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/routing"
	"github.com/meshchain/meshchain/x/channels/types"
)

// lookTime bounds one question to a chain.
const lookTime = 10 * time.Second

func packetHash(packet []byte) types.Hash { return sha256.Sum256(packet) }

// take handles a message of a peer; an error scores it.
func (m *Mediator) take(peer string, kind protocol.Kind, body []byte) error {
	message, err := protocol.Parse(append([]byte{byte(kind)}, body...))
	if err != nil {
		return err
	}
	id, ok := NodeID(peer)
	if !ok {
		return nil // an identity of another kind takes no part in routing
	}
	switch message := message.(type) {
	case protocol.QuoteRequest:
		m.enqueueOf(id, payment.QuoteAsked{Peer: id, Request: message})
	case protocol.Quote:
		if message.Node != id {
			return fmt.Errorf("%w: quote of %s: %s sent it", protocol.ErrMalformed, message.Node, id)
		}
		m.enqueueOf(id, payment.Quoted{Quote: message})
	case protocol.RouteRequest:
		m.answerRoutes(peer, message)
	case *protocol.Routes:
		m.working.Lock()
		defer m.working.Unlock()
		if q, ok := m.asking[message.Number]; ok && q.service == id {
			delete(m.asking, message.Number)
			q.answer <- message
		}
	default:
		return m.heard(id, message)
	}
	return nil
}

// heard gives gossip to who decides about it.
func (m *Mediator) heard(from protocol.NodeID, message protocol.Message) error {
	if a, ok := message.(*protocol.AnnounceChannel); ok && m.config.Light {
		if _, own := m.node.Gauge(a.ID); !own {
			return nil
		}
	}
	m.working.Lock()
	actions, err := m.gossip.Take(from, message, m.now())
	m.working.Unlock()
	m.act(actions)
	return err
}

func (m *Mediator) act(actions []routing.Action) {
	for _, action := range actions {
		switch a := action.(type) {
		case routing.Relay:
			m.relay(a.Message, a.Except)
		case routing.Answer:
			for _, message := range a.Messages {
				_ = m.send(a.Peer, message) // gone meanwhile
			}
		case routing.Look:
			if m.lookAtOwn(a.ID) {
				continue
			}
			select {
			case m.looks <- a.ID:
			default:
				m.working.Lock()
				m.gossip.Unseen(a.ID)
				m.working.Unlock()
			}
		}
	}
}

// relay sends to all peers that were greeted, but one.
func (m *Mediator) relay(message protocol.Message, except protocol.NodeID) {
	m.working.Lock()
	peers := make([]string, 0, len(m.peers))
	for id, peer := range m.peers {
		if id != except {
			peers = append(peers, peer)
		}
	}
	m.working.Unlock()
	for _, peer := range peers {
		_ = m.node.SendTo(peer, message) // gone meanwhile
	}
}

// lookAtOwn answers for a channel of this node, which needs no chain.
func (m *Mediator) lookAtOwn(id protocol.ChannelID) bool {
	g, ok := m.node.Gauge(id)
	if !ok {
		return false
	}
	m.working.Lock()
	actions := m.gossip.Seen(id, routing.OnChain{Key: g.Key, Capacity: g.Capacity, Open: g.Open}, m.now())
	m.working.Unlock()
	m.act(actions)
	return true
}

// look asks chains about channels, one at a time.
func (m *Mediator) look() {
	defer m.running.Done()
	for {
		select {
		case id := <-m.looks:
			m.lookAt(id)
		case <-m.stop:
			return
		}
	}
}

func (m *Mediator) lookAt(id protocol.ChannelID) {
	var on routing.OnChain
	var err error
	if m.config.Look != nil {
		ctx, cancel := context.WithTimeout(context.Background(), lookTime)
		on, err = m.config.Look(ctx, id)
		cancel()
	}
	m.working.Lock()
	var actions []routing.Action
	if err != nil {
		m.gossip.Unseen(id)
	} else {
		actions = m.gossip.Seen(id, on, m.now())
	}
	m.working.Unlock()
	if err != nil {
		m.config.Logger.Debug("the chain does not answer about a channel", "channel", id, "error", err)
	}
	m.act(actions)
}

// queryEvery is how often a peer is asked for what it heard, in seconds.
const queryEvery = 3_600

// greet begins gossip with a peer that is new: it is told everything about this node's channels, and asked for
// everything. A peer answers once a minute, and this node may have asked just before it was
// started again, so it asks a second time. The caller holds working.
func (m *Mediator) greet(id protocol.NodeID, peer string) {
	now := m.now()
	if m.peers[id] != "" && m.queryAt[id] != 0 {
		if now >= m.queryAt[id] && !m.config.Light {
			m.queryAt[id] = now + queryEvery
			since := m.gossip.Newest()
			if m.again[id] {
				since = 0
				delete(m.again, id)
			}
			_ = m.node.SendTo(peer, protocol.GossipQuery{Since: since - min(since, queryEvery)}) // gone already
		}
		return
	}
	m.peers[id], m.again[id], m.queryAt[id] = peer, true, now+routing.QueryInterval+1
	messages := []protocol.Message{m.announcement()}
	if !m.config.Light {
		messages = append(messages, protocol.GossipQuery{})
	}
	for _, a := range m.own {
		messages = append(messages, a)
	}
	for _, message := range messages {
		_ = m.node.SendTo(peer, message) // gone already
	}
}

// channelChanged looks at a channel of this node again.
func (m *Mediator) channelChanged(id protocol.ChannelID) {
	g, ok := m.node.Gauge(id)
	m.working.Lock()
	if !ok || !g.Open {
		if own, was := m.known[id]; was {
			m.router.RemoveOwn(own.edge, own.peer)
			delete(m.known, id)
			delete(m.own, id)
			delete(m.told, id)
			delete(m.late, id)
			m.gossip.Closed(id, m.now())
		}
		m.working.Unlock()
		return
	}
	known := m.refresh(&g)
	delete(m.queryAt, m.known[id].peer) // it may be another run of the peer: it is greeted again
	m.working.Unlock()
	if known {
		m.announce(&g)
	}
}
