package mediator

import (
	"slices"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// links shows a node's channels to its payment.Core.
type links Mediator

var _ payment.Links = (*links)(nil)

// Link implements payment.Links.
func (l *links) Link(id protocol.ChannelID) (payment.Link, bool) {
	g, ok := l.node.Gauge(id)
	if !ok {
		return payment.Link{}, false
	}
	own, ok := l.known[id]
	if !ok || own.peer.IsZero() {
		if !(*Mediator)(l).refresh(&g) {
			return payment.Link{}, false
		}
		own = l.known[id]
	}
	return payment.Link{
		ID: id, Side: g.Side, Peer: own.peer, Chain: g.ChainID, Epoch: g.Epoch, Available: g.Available, Pending: g.Pending,
		Clock: g.Clock, Time: g.Time, Deadline: g.Deadline, Err: g.Err,
	}, true
}

// To implements payment.Links.
func (l *links) To(peer protocol.NodeID, domain types.Hash) (ids []protocol.ChannelID) {
	for id, own := range l.known {
		if own.peer == peer && id.Domain == domain {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b protocol.ChannelID) int { return int(a.Channel) - int(b.Channel) }) //nolint:gosec // of one chain, small numbers
	return ids
}

// Slots implements payment.Links.
func (l *links) Slots(id protocol.ChannelID) int {
	own, ok := l.known[id]
	if !ok {
		return 0
	}
	if a := l.graph.Policy(id, 1-own.edge.Side); a != nil {
		return int(a.Slots)
	}
	return 0
}

// Announcement implements payment.Links.
func (l *links) Announcement(id protocol.ChannelID) *protocol.AnnounceChannel { return l.own[id] }

// refresh takes note of a channel of the node. It returns false while its peer is not
// known.
func (m *Mediator) refresh(g *node.Gauge) bool {
	id, ok := NodeID(g.Peer)
	if !ok {
		return false
	}
	own := ownChannel{edge: payment.Edge{Channel: g.ID, Side: g.Side}, peer: id}
	if m.known[g.ID] != own {
		m.known[g.ID] = own
		m.router.AddOwn(own.edge, id)
	}
	return true
}

// NodeID reads the public key out of a peer's identity, 12D3Koo...; not ok for identities
// that do not have an ed25519 key in them.
func NodeID(text string) (id protocol.NodeID, ok bool) {
	p, err := peer.Decode(text)
	if err != nil {
		return id, false
	}
	key, err := p.ExtractPublicKey()
	if err != nil {
		return id, false
	}
	raw, err := key.Raw()
	if err != nil || len(raw) != len(id) {
		return id, false
	}
	copy(id[:], raw)
	return id, true
}

func contains(all []protocol.NodeID, id protocol.NodeID) bool { return slices.Contains(all, id) }

// PeerID is the identity of a node as text, 12D3Koo...
func PeerID(id protocol.NodeID) string {
	key, err := crypto.UnmarshalEd25519PublicKey(id[:])
	if err != nil {
		return id.String()
	}
	p, err := peer.IDFromPublicKey(key)
	if err != nil {
		return id.String()
	}
	return p.String()
}
