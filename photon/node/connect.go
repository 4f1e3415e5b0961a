package node

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/meshchain/meshchain/photon/protocol"
)

const (
	dialTime   = 10 * time.Second
	redialTime = 5 * time.Second
	maxRedial  = 16 // at a time
)

// firstOther is the first kind of messages that the node hands on.
const firstOther protocol.Kind = 32

type other struct {
	kinds [2]protocol.Kind
	take  func(peer string, kind protocol.Kind, body []byte) error
}

// Handle implements Service.
func (n *Node) Handle(kinds [2]protocol.Kind, take func(peer string, kind protocol.Kind, body []byte) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.others = append(n.others[:len(n.others):len(n.others)], other{kinds, take})
}

// takeOther hands a message on. Kinds that nobody takes are of a later version, or of a
// service that this node does not offer: they are ignored.
func (n *Node) takeOther(s *session, kind protocol.Kind, body []byte) error {
	n.mu.Lock()
	others := n.others
	n.mu.Unlock()
	for _, o := range others {
		if kind >= o.kinds[0] && kind <= o.kinds[1] {
			return o.take(s.peer.ID(), kind, append([]byte(nil), body...))
		}
	}
	return nil
}

// SendTo implements Service.
func (n *Node) SendTo(peer string, m protocol.Message) error {
	s := n.greetedSession(peer)
	if s == nil {
		return fmt.Errorf("%w: %s", ErrNotConnected, peer)
	}
	s.send(m)
	return nil
}

// Connect implements Service. The address is remembered: the node dials it again when
// the peer is away and has a channel.
func (n *Node) Connect(ctx context.Context, address string) (string, error) {
	p, err := n.host.Connect(ctx, address)
	if err != nil {
		return "", err
	}
	n.mu.Lock()
	s := n.sessions[p.ID()]
	n.mu.Unlock()
	if s == nil {
		return "", fmt.Errorf("%w: %s ended the connection at once", ErrNotConnected, p.ID())
	}
	select {
	case <-s.ready:
	case <-ctx.Done():
		return "", fmt.Errorf("%s said no hello: %w", p.ID(), ctx.Err())
	}
	changes := n.store.NewChanges()
	changes.Set(textKey(prefixAddress, p.ID()), []byte(address))
	return p.ID(), n.store.Commit(ctx, changes)
}

// greetedSession returns the connection with a peer that said hello, or nil.
func (n *Node) greetedSession(peer string) *session {
	n.mu.Lock()
	s := n.sessions[peer]
	n.mu.Unlock()
	if s == nil || s.said().Version == 0 {
		return nil
	}
	return s
}

// greeted begins the sessions of the channels with a peer that said hello.
func (n *Node) greeted(s *session) {
	id := s.peer.ID()
	for _, c := range n.allChannels() {
		if c.peerID() == id {
			n.bind(c, s)
		}
	}
}

// ready notes who has a channel's key: the machine has just checked it.
func (n *Node) ready(c *channel) {
	s := c.session.Load()
	if s == nil || !c.setPeer(s.peer.ID()) {
		return
	}
	changes := n.store.NewChanges()
	changes.Set(peerKey(c.state.PeerKey()), []byte(s.peer.ID()))
	n.store.Submit(changes, func(err error) {
		if err != nil {
			n.fail(err)
		}
	})
}

// reconnect dials peers that have channels and are away.
func (n *Node) reconnect() {
	away := map[string]bool{}
	for _, c := range n.allChannels() {
		if id := c.peerID(); id != "" && c.session.Load() == nil {
			away[id] = true
		}
	}
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, at := range n.redial {
		if now.Sub(at) > redialTime {
			delete(n.redial, id)
		}
	}
	for id := range away {
		if _, tried := n.redial[id]; tried || n.sessions[id] != nil || len(n.redial) >= maxRedial {
			continue
		}
		address, err := n.store.Get(textKey(prefixAddress, id))
		if err != nil {
			continue // it dialled us
		}
		n.redial[id] = now
		n.running.Add(1)
		go func() {
			defer n.running.Done()
			ctx, cancel := context.WithTimeout(context.Background(), dialTime)
			defer cancel()
			go func() {
				select {
				case <-n.stop:
					cancel()
				case <-ctx.Done():
				}
			}()
			if _, err := n.host.Connect(ctx, string(address)); err != nil {
				n.config.Logger.Debug("peer is away", "peer", id, "error", err)
			}
		}()
	}
}

// Peers implements Service.
func (n *Node) Peers() []Peer {
	peers := map[string]*Peer{}
	get := func(id string) *Peer {
		if peers[id] == nil {
			peers[id] = &Peer{ID: id, Score: n.host.Score(id)}
			if address, err := n.store.Get(textKey(prefixAddress, id)); err == nil {
				peers[id].Addresses = []string{string(address)}
			}
		}
		return peers[id]
	}
	for _, c := range n.allChannels() {
		if id := c.peerID(); id != "" {
			p := get(id)
			p.Channels = append(p.Channels, c.id)
		}
	}
	n.mu.Lock()
	sessions := make([]*session, 0, len(n.sessions))
	for _, s := range n.sessions {
		sessions = append(sessions, s)
	}
	n.mu.Unlock()
	for _, s := range sessions {
		p := get(s.peer.ID())
		hello := s.said()
		p.Connected, p.Agent, p.Features = hello.Version != 0, hello.Agent, hello.Features
		if len(p.Addresses) == 0 {
			p.Addresses = []string{s.peer.Address() + "/p2p/" + p.ID}
		}
	}
	out := make([]Peer, 0, len(peers))
	for _, p := range peers {
		out = append(out, *p)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}
