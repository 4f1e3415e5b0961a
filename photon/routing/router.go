package routing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Router finds routes in a graph. It is not safe for concurrent use.
type Router struct {
	self   protocol.NodeID
	graph  *Graph
	gossip *Gossip
	memory *Memory
	// own channels by peer, announced or not, in order.
	ownTo map[protocol.NodeID][]payment.Edge
}

var _ payment.Router = (*Router)(nil)

// NewRouter returns a router for a node.
func NewRouter(self protocol.NodeID, graph *Graph, gossip *Gossip) *Router {
	return &Router{self: self, graph: graph, gossip: gossip, memory: NewMemory(), ownTo: map[protocol.NodeID][]payment.Edge{}}
}

// AddOwn tells of a channel of this node, whose side is in the edge.
func (r *Router) AddOwn(edge payment.Edge, peer protocol.NodeID) {
	list := r.ownTo[peer]
	at, ok := slices.BinarySearchFunc(list, edge, compareEdge)
	if !ok {
		r.ownTo[peer] = slices.Insert(list, at, edge)
	}
}

// RemoveOwn forgets a channel of this node.
func (r *Router) RemoveOwn(edge payment.Edge, peer protocol.NodeID) {
	list := r.ownTo[peer]
	if at, ok := slices.BinarySearchFunc(list, edge, compareEdge); ok {
		list = slices.Delete(list, at, at+1)
	}
	if len(list) == 0 {
		delete(r.ownTo, peer)
		return
	}
	r.ownTo[peer] = list
}

func compareEdge(a, b payment.Edge) int {
	return cmp.Or(compareID(a.Channel, b.Channel), cmp.Compare(a.Side, b.Side))
}

// Route implements payment.Router.
func (r *Router) Route(q payment.Query) (payment.Route, error) {
	rule := &rules{maxHops: min(max(q.MaxHops, 1), protocol.MaxHops)}
	if l := r.search(&q, rule); l != nil {
		return r.route(l), nil
	}
	return nil, r.why(q, rule.maxHops)
}

// Routes returns up to limit routes, the best first: the best one, and the best ones
// without each of its edges (the first round of Yen's algorithm).
func (r *Router) Routes(q payment.Query, limit int) ([]payment.Route, error) {
	best, err := r.Route(q)
	if err != nil {
		return nil, err
	}
	routes := []payment.Route{best}
	var others []*label
	for _, hop := range best {
		edge := payment.Edge{Channel: hop.ID, Side: hop.Side}
		rule := &rules{maxHops: min(max(q.MaxHops, 1), protocol.MaxHops), without: map[payment.Edge]bool{edge: true}}
		if l := r.search(&q, rule); l != nil {
			others = append(others, l)
		}
	}
	slices.SortStableFunc(others, func(a, b *label) int { return a.cost.Cmp(b.cost) })
	for _, l := range others {
		route := r.route(l)
		same := func(known payment.Route) bool { return slices.Equal(known, route) }
		if len(routes) < limit && !slices.ContainsFunc(routes, same) {
			routes = append(routes, route)
		}
	}
	return routes, nil
}

// why drops one rule after the other until there is a route: the last one dropped is what
// stood in the way.
func (r *Router) why(q payment.Query, maxHops int) error {
	if !r.known(q.To, q.Domain) {
		return fmt.Errorf("%w: %w: no channel of %s in domain %x... was announced", payment.ErrNoRoute, payment.ErrUnknownTarget, q.To, q.Domain[:4])
	}
	rule := &rules{maxHops: maxHops, anyFee: true}
	if l := r.search(&q, rule); l != nil {
		fee, _ := l.amount.Sub(q.Amount)
		return fmt.Errorf("%w: %w: the cheapest route costs %s: at most %s are allowed", payment.ErrNoRoute, payment.ErrFeeCap, fee, q.MaxFee)
	}
	rule.anyCapacity = true
	if r.search(&q, rule) != nil {
		return fmt.Errorf("%w: %w: no way of at most %d hops carries %s", payment.ErrNoRoute, payment.ErrNoCapacity, maxHops, q.Amount)
	}
	rule.anyState = true
	if r.search(&q, rule) != nil {
		return fmt.Errorf("%w: %w: a channel on each way of at most %d hops is", payment.ErrNoRoute, payment.ErrOffline, maxHops)
	}
	rule.maxHops = 2 * protocol.MaxHops
	if r.search(&q, rule) != nil {
		return fmt.Errorf("%w: %w: no way has at most %d", payment.ErrNoRoute, payment.ErrTooManyHops, maxHops)
	}
	return fmt.Errorf("%w: no channels lead from %s to %s", payment.ErrNoRoute, q.From, q.To)
}

func (r *Router) known(node protocol.NodeID, domain types.Hash) bool {
	has := func(id protocol.ChannelID) bool { return id.Domain == domain }
	ownHas := func(e payment.Edge) bool { return e.Channel.Domain == domain }
	return slices.ContainsFunc(r.graph.of[node], has) || slices.ContainsFunc(r.ownTo[node], ownHas)
}

// Succeeded implements payment.Router.
func (r *Router) Succeeded(edges []payment.Edge, amounts []types.Uint128, now uint64) {
	for i, edge := range edges {
		r.memory.succeeded(edge, amounts[i], now)
	}
}

// Failed implements payment.Router.
func (r *Router) Failed(edge payment.Edge, amount types.Uint128, reason protocol.Reason, now uint64) {
	r.memory.failed(edge, amount, reason, now)
}

// Update implements payment.Router.
func (r *Router) Update(a *protocol.AnnounceChannel, now uint64) { r.gossip.Update(a, now) }

// Mediators implements payment.Router.
func (r *Router) Mediators(domain types.Hash) []protocol.NodeID {
	var out []protocol.NodeID
	for peer, edges := range r.ownTo {
		node := r.graph.nodes[peer]
		in := func(e payment.Edge) bool { return e.Channel.Domain == domain }
		if node != nil && node.Features&protocol.FeatureSwap != 0 && slices.ContainsFunc(edges, in) {
			out = append(out, peer)
		}
	}
	slices.SortFunc(out, func(a, b protocol.NodeID) int { return slices.Compare(a[:], b[:]) })
	return out
}

// OwnChannel implements payment.Router.
func (r *Router) OwnChannel(domain types.Hash) (best protocol.ChannelID, ok bool) {
	for _, edges := range r.ownTo {
		for _, e := range edges {
			if e.Channel.Domain == domain && (!ok || compareID(e.Channel, best) < 0) {
				best, ok = e.Channel, true
			}
		}
	}
	return best, ok
}
