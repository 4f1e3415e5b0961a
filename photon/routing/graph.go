package routing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Bounds of a graph. An entry takes about 600 bytes: all together some 60 MB.
const (
	// MaxChannels of a graph.
	MaxChannels = 65_536
	// MaxNodes of a graph.
	MaxNodes = 32_768
	// MaxChannelsOfNode bounds what one node can fill the graph with.
	MaxChannelsOfNode = 4_096
	// Lifetime of an announcement in seconds: nodes repeat theirs daily.
	Lifetime = 3 * 86_400
	// MaxFuture that the time of an announcement may lie ahead, in seconds.
	MaxFuture = 600
)

// channel is one channel with what both sides announced of it.
type channel struct {
	id protocol.ChannelID
	// sides[i] is what side i announced; nil if it did not.
	sides [2]*protocol.AnnounceChannel
	// capacity is the sum of the deposits, from the chain.
	capacity types.Uint128
}

// known tells whether both sides named each other.
func (c *channel) known() bool {
	a, b := c.sides[0], c.sides[1]
	return a != nil && b != nil && a.Node == b.Peer && b.Node == a.Peer
}

// Graph of all channels that were announced. It is not safe for concurrent use.
type Graph struct {
	nodes    map[protocol.NodeID]*protocol.AnnounceNode
	channels map[protocol.ChannelID]*channel
	// of lists the channels of a node that it announced itself, in order.
	of map[protocol.NodeID][]protocol.ChannelID
}

// NewGraph returns an empty graph.
func NewGraph() *Graph {
	return &Graph{
		nodes: map[protocol.NodeID]*protocol.AnnounceNode{}, channels: map[protocol.ChannelID]*channel{}, of: map[protocol.NodeID][]protocol.ChannelID{},
	}
}

// Node returns the newest announcement of a node, or nil.
func (g *Graph) Node(id protocol.NodeID) *protocol.AnnounceNode { return g.nodes[id] }

// Policy returns the newest announcement of one side of a channel, or nil.
func (g *Graph) Policy(id protocol.ChannelID, side uint8) *protocol.AnnounceChannel {
	if c := g.channels[id]; c != nil && side < 2 {
		return c.sides[side]
	}
	return nil
}

// Size returns how many nodes and channels there are.
func (g *Graph) Size() (nodes, channels int) { return len(g.nodes), len(g.channels) }

// addNode takes a verified announcement; false if it is not news.
func (g *Graph) addNode(a *protocol.AnnounceNode) bool {
	before := g.nodes[a.Node]
	if before != nil && before.Time >= a.Time {
		return false
	}
	if before == nil && (len(g.nodes) >= MaxNodes || len(g.of[a.Node]) == 0) {
		return false // who has no channel has no place in it: identities cost nothing, channels do
	}
	g.nodes[a.Node] = a
	return true
}

// addChannel takes a verified announcement; false if it is not news.
func (g *Graph) addChannel(a *protocol.AnnounceChannel, capacity types.Uint128) bool {
	c := g.channels[a.ID]
	if c == nil {
		if len(g.channels) >= MaxChannels {
			return false
		}
		c = &channel{id: a.ID}
	}
	before := c.sides[a.Side]
	if before != nil && before.Time >= a.Time {
		return false
	}
	if before != nil && before.Node != a.Node {
		g.unlist(before.Node, a.ID)
		before = nil
	}
	if before == nil {
		if len(g.of[a.Node]) >= MaxChannelsOfNode {
			return false
		}
		at, _ := slices.BinarySearchFunc(g.of[a.Node], a.ID, compareID)
		g.of[a.Node] = slices.Insert(g.of[a.Node], at, a.ID)
	}
	g.channels[a.ID] = c
	c.sides[a.Side], c.capacity = a, capacity
	return true
}

func (g *Graph) unlist(node protocol.NodeID, id protocol.ChannelID) {
	list := g.of[node]
	if at, ok := slices.BinarySearchFunc(list, id, compareID); ok {
		list = slices.Delete(list, at, at+1)
	}
	if len(list) == 0 {
		delete(g.of, node)
		delete(g.nodes, node)
		return
	}
	g.of[node] = list
}

// Remove forgets a channel, because it closed.
func (g *Graph) Remove(id protocol.ChannelID) {
	c := g.channels[id]
	if c == nil {
		return
	}
	delete(g.channels, id)
	for _, side := range c.sides {
		if side != nil {
			g.unlist(side.Node, id)
		}
	}
}

// Expire forgets what was not repeated within Lifetime, and returns how many channels went.
func (g *Graph) Expire(now uint64) int {
	var old []protocol.ChannelID
	for id, c := range g.channels {
		newest := uint64(0)
		for _, side := range c.sides {
			if side != nil {
				newest = max(newest, side.Time)
			}
		}
		if newest+Lifetime < now {
			old = append(old, id)
		}
	}
	for _, id := range old {
		g.Remove(id)
	}
	return len(old)
}

// Since returns what was announced from a time on, channels before nodes, in a fixed
// order and at most limit.
func (g *Graph) Since(since uint64, limit int) []protocol.Message {
	var channels []*protocol.AnnounceChannel
	for _, c := range g.channels {
		for _, side := range c.sides {
			if side != nil && side.Time >= since {
				channels = append(channels, side)
			}
		}
	}
	slices.SortFunc(channels, func(a, b *protocol.AnnounceChannel) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), compareID(a.ID, b.ID), cmp.Compare(a.Side, b.Side))
	})
	var nodes []*protocol.AnnounceNode
	for _, n := range g.nodes {
		if n.Time >= since {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b *protocol.AnnounceNode) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), slices.Compare(a.Node[:], b.Node[:]))
	})
	out := make([]protocol.Message, 0, min(limit, len(channels)+len(nodes)))
	for _, c := range channels {
		if len(out) < limit {
			out = append(out, c)
		}
	}
	for _, n := range nodes {
		if len(out) < limit {
			out = append(out, n)
		}
	}
	return out
}

func compareID(a, b protocol.ChannelID) int {
	return cmp.Or(slices.Compare(a.Domain[:], b.Domain[:]), cmp.Compare(a.Channel, b.Channel))
}

// checkTime refuses announcements from the future or of long ago.
func checkTime(at, now uint64) error {
	if at > now+MaxFuture || at+Lifetime < now {
		return fmt.Errorf("%w: time %d: must be %d to %d", ErrAnnouncement, at, now-min(now, Lifetime), now+MaxFuture)
	}
	return nil
}
