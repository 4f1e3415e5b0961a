package routing

import (
	"slices"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// hopCost in millionths of the amount: of two routes with nearly the same fee the shorter
// one is faster and fails less.
const hopCost = 50

// rules of one search. Each is dropped in turn to find out why there is no route.
type rules struct {
	anyFee, anyCapacity, anyState bool
	maxHops                       int
	without                       map[payment.Edge]bool
}

// label is the best known way from a node to the target with at most so many hops.
type label struct {
	// cost of the way, which is compared; amount that must come into the edge.
	cost, amount types.Uint128
	edge         payment.Edge
	policy       *protocol.AnnounceChannel // nil for an own channel that is not announced
	to           protocol.NodeID
	// next is the label of to that this one goes on with; nil if to is the target.
	next *label
}

// search goes from the target backwards, one hop a round (Bellman and Ford): what a
// channel must carry depends on the fees after it. Rounds bound the hops, and ties go to
// the smaller edge, so that the same graph gives the same route.
func (r *Router) search(q *payment.Query, rule *rules) *label {
	labels := map[protocol.NodeID]*label{}
	frontier := []protocol.NodeID{q.To}
	for range rule.maxHops {
		reached := map[protocol.NodeID]*label{}
		for _, to := range frontier {
			r.relax(q, rule, to, labels, reached)
		}
		frontier = frontier[:0]
		for node, l := range reached {
			labels[node] = l
			if node != q.From {
				frontier = append(frontier, node)
			}
		}
		slices.SortFunc(frontier, func(a, b protocol.NodeID) int { return slices.Compare(a[:], b[:]) })
	}
	return labels[q.From]
}

// relax looks at all edges that end at a node.
func (r *Router) relax(q *payment.Query, rule *rules, to protocol.NodeID, labels, reached map[protocol.NodeID]*label) {
	next, amount, cost := labels[to], q.Amount, types.Uint128{}
	if to == q.To {
		next = nil
	} else {
		amount, cost = next.amount, next.cost
		if r.graph.nodes[to] == nil {
			return // nothing can be encrypted to it
		}
	}
	try := func(from protocol.NodeID, edge payment.Edge, policy *protocol.AnnounceChannel, capacity types.Uint128) {
		if from == q.To || rule.without[edge] {
			return
		}
		l, ok := r.extend(q, rule, from, edge, policy, capacity, amount, cost)
		if !ok {
			return
		}
		l.to, l.next = to, next
		for _, known := range []*label{labels[from], reached[from]} {
			if known != nil && (known.cost.Less(l.cost) || known.cost == l.cost && compareEdge(known.edge, l.edge) <= 0) {
				return
			}
		}
		reached[from] = l
	}
	for _, id := range r.graph.of[to] {
		c := r.graph.channels[id]
		if id.Domain != q.Domain || !c.known() {
			continue
		}
		side := uint8(0)
		if c.sides[0].Node == to {
			side = 1
		}
		try(c.sides[side].Node, payment.Edge{Channel: id, Side: side}, c.sides[side], c.capacity)
	}
	if q.From == r.self {
		for _, own := range r.ownTo[to] {
			if own.Channel.Domain == q.Domain {
				try(q.From, own, nil, types.MaxUint128)
			}
		}
	}
}

// extend puts an edge before a way, if the rules allow it.
func (r *Router) extend(q *payment.Query, rule *rules, from protocol.NodeID, edge payment.Edge, policy *protocol.AnnounceChannel,
	capacity, amount, cost types.Uint128,
) (*label, bool) {
	l := &label{amount: amount, edge: edge, policy: policy}
	local := from == q.From && q.Local != nil
	taken := q.Taken[edge]
	if local {
		left, ok := q.Local(edge.Channel)
		left = minus(left, taken)
		if !ok && !rule.anyState || left.Less(amount) && !rule.anyCapacity {
			return nil, false
		}
	} else if policy == nil || policy.Disabled && !rule.anyState {
		return nil, false
	} else if !rule.anyCapacity && (minus(capacity, taken).Less(amount) || policy.Max.Less(amount) || amount.Less(policy.Min)) {
		return nil, false
	}
	small, offline, more := r.memory.judge(edge, amount, q.Now)
	if small && !rule.anyCapacity || offline && !rule.anyState {
		return nil, false
	}
	price := amount.MulDivCeil(hopCost+more, 1_000_000)
	if from != q.From { // its own channels cost a payer nothing
		fee, ok := policy.Fee(amount)
		if ok {
			l.amount, ok = amount.Add(fee)
		}
		if !ok {
			return nil, false
		}
		if spent, _ := l.amount.Sub(q.Amount); q.MaxFee.Less(spent) && !rule.anyFee {
			return nil, false
		}
		if price, ok = price.Add(fee); !ok {
			return nil, false
		}
	}
	var ok bool
	l.cost, ok = cost.Add(price)
	return l, ok
}

func minus(a, b types.Uint128) types.Uint128 {
	if left, ok := a.Sub(b); ok {
		return left
	}
	return types.Uint128{}
}

// route makes hops of labels.
func (r *Router) route(l *label) payment.Route {
	var route payment.Route
	for ; l != nil; l = l.next {
		hop := protocol.RouteHop{ID: l.edge.Channel, Side: l.edge.Side, To: l.to}
		if l.policy != nil {
			hop.Policy = l.policy.Policy
		}
		if node := r.graph.nodes[l.to]; node != nil {
			hop.PacketKey = node.PacketKey
		}
		route = append(route, hop)
	}
	return route
}
