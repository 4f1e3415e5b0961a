package routing

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const now = 1_000_000

// who is a node, whose channel key is the same.
type who struct{ ed25519.PrivateKey }

func someone(n int) who {
	seed := sha256.Sum256([]byte{byte(n)})
	return who{ed25519.NewKeyFromSeed(seed[:])}
}

func (w who) id() protocol.NodeID { return protocol.NodeID(w.Public().(ed25519.PublicKey)) }

func (w who) attest(b []byte) protocol.Signature {
	return protocol.Signature(ed25519.Sign(w.PrivateKey, b))
}

func (w who) key() types.ChannelKey { return types.Ed25519Key(w.Public().(ed25519.PublicKey)) }

func (w who) node(at uint64) *protocol.AnnounceNode {
	a := &protocol.AnnounceNode{Node: w.id(), PacketKey: [32]byte{1}, Time: at}
	a.Sign(w.PrivateKey)
	return a
}

func (w who) channel(id protocol.ChannelID, side uint8, peer who, at uint64, policy protocol.Policy) *protocol.AnnounceChannel {
	return Sign(&protocol.AnnounceChannel{ID: id, Side: side, Node: w.id(), Peer: peer.id(), Time: at, Policy: policy}, w.PrivateKey, w.attest)
}

var policy = protocol.Policy{FeeRate: 100, Min: types.NewUint128(1), Max: types.MaxUint128, Delta: 420, Slots: 30}

func channelID(n int) protocol.ChannelID {
	return protocol.ChannelID{Domain: types.Hash{1}, Channel: uint64(n)} //nolint:gosec // small
}

// world is what a router of node 0 knows: edges between numbered nodes.
type world struct {
	*Router
	people []who
	graph  *Graph
	gossip *Gossip
}

func newWorld(n int) *world {
	w := &world{graph: NewGraph()}
	for i := range n {
		w.people = append(w.people, someone(i))
	}
	w.gossip = NewGossip(w.people[0].id(), w.graph)
	w.Router = NewRouter(w.people[0].id(), w.graph, w.gossip)
	return w
}

func (w *world) open(number, a, b int, capacity uint64, policies [2]protocol.Policy) {
	id := channelID(number)
	w.gossip.Own(w.people[a].channel(id, 0, w.people[b], now, policies[0]), types.NewUint128(capacity))
	w.gossip.Own(w.people[b].channel(id, 1, w.people[a], now, policies[1]), types.NewUint128(capacity))
	w.gossip.Own(w.people[a].node(now), types.Uint128{})
	w.gossip.Own(w.people[b].node(now), types.Uint128{})
}

func (w *world) query(to int, amount, fee uint64, hops int) payment.Query {
	return payment.Query{
		From: w.people[0].id(), To: w.people[to].id(), Domain: types.Hash{1}, Amount: types.NewUint128(amount), MaxFee: types.NewUint128(fee), MaxHops: hops, Now: now,
	}
}

// In any graph: there is a route exactly if a search of all ways finds one, it leads from
// end to end, and it keeps amount, fee and hops.
func TestRouteProperty(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		nodes := rapid.IntRange(2, 6).Draw(r, "nodes")
		w := newWorld(nodes)
		type edge struct {
			from, to int
			capacity uint64
			policy   protocol.Policy
		}
		var edges []edge
		for number := range rapid.IntRange(1, 9).Draw(r, "channels") {
			a := rapid.IntRange(0, nodes-1).Draw(r, "a")
			b := (a + rapid.IntRange(1, nodes-1).Draw(r, "b")) % nodes
			capacity := rapid.Uint64Range(100, 2_000).Draw(r, "capacity")
			var both [2]protocol.Policy
			for i := range both {
				both[i] = policy
				both[i].FeeBase = types.NewUint128(rapid.Uint64Range(0, 20).Draw(r, "base"))
				both[i].Disabled = rapid.IntRange(0, 4).Draw(r, "disabled") == 0
			}
			w.open(number, a, b, capacity, both)
			edges = append(edges, edge{a, b, capacity, both[0]}, edge{b, a, capacity, both[1]})
		}
		amount, hops := rapid.Uint64Range(1, 1_500).Draw(r, "amount"), rapid.IntRange(1, 4).Draw(r, "hops")
		to := rapid.IntRange(1, nodes-1).Draw(r, "to")
		// All ways, from the target back; what must come into a node, given what leaves it.
		var ways func(at int, need uint64, seen map[int]bool, left int) bool
		ways = func(at int, need uint64, seen map[int]bool, left int) bool {
			if left == 0 {
				return false
			}
			for _, e := range edges {
				if e.to != at || e.policy.Disabled || e.capacity < need || seen[e.from] {
					continue
				}
				if e.from == 0 {
					return true
				}
				fee, _ := e.policy.Fee(types.NewUint128(need))
				seen[e.from] = true
				ok := ways(e.from, need+fee.Lo, seen, left-1)
				delete(seen, e.from)
				if ok {
					return true
				}
			}
			return false
		}
		q := w.query(to, amount, 1<<40, hops)
		route, err := w.Route(q)
		exists := ways(to, amount, map[int]bool{to: true}, hops)
		if err != nil {
			require.ErrorIs(r, err, payment.ErrNoRoute)
			// Cheapest first, the search may drop a dearer way into a node that asks for less later on.
			if exists {
				require.NotErrorIs(r, err, payment.ErrUnknownTarget)
				require.ErrorIs(r, err, payment.ErrNoCapacity)
			}
			return
		}
		require.True(r, exists)
		require.LessOrEqual(r, len(route), hops)
		need, at := amount, to
		for i := len(route) - 1; i >= 0; i-- {
			require.Equal(r, w.people[at].id(), route[i].To)
			e := edges[2*int(route[i].ID.Channel)+int(route[i].Side)] //nolint:gosec // small
			require.Equal(r, at, e.to)
			require.GreaterOrEqual(r, e.capacity, need)
			at = e.from
			if i > 0 {
				fee, _ := e.policy.Fee(types.NewUint128(need))
				need += fee.Lo
			}
		}
		require.Zero(r, at)
		again, err := w.Route(q)
		require.NoError(r, err)
		require.Equal(r, route, again, "deterministic")
		if need > amount {
			_, err = w.Route(w.query(to, amount, need-amount-1, hops))
			if err == nil {
				return // another way is dearer by cost and cheaper by fee
			}
			require.ErrorIs(r, err, payment.ErrNoRoute)
		}
	})
}

// Failures are learned, for a while; the other way is taken meanwhile.
func TestMemory(t *testing.T) {
	w := newWorld(4)
	w.open(0, 0, 1, 1_000, [2]protocol.Policy{policy, policy})
	w.open(1, 1, 3, 1_000, [2]protocol.Policy{policy, policy})
	w.open(2, 0, 2, 1_000, [2]protocol.Policy{policy, policy})
	dear := policy
	dear.FeeBase = types.NewUint128(5)
	w.open(3, 2, 3, 1_000, [2]protocol.Policy{dear, dear})
	q := w.query(3, 100, 50, 3)
	first, err := w.Route(q)
	require.NoError(t, err)
	require.Equal(t, channelID(0), first[0].ID)
	edge := payment.Edge{Channel: first[1].ID, Side: first[1].Side}
	w.Failed(edge, types.NewUint128(100), protocol.ReasonCapacity, now)
	second, err := w.Route(q)
	require.NoError(t, err)
	require.Equal(t, channelID(2), second[0].ID)
	small, err := w.Route(w.query(3, 99, 50, 3))
	require.NoError(t, err)
	require.Equal(t, channelID(0), small[0].ID, "less may go")
	q.Now += forget
	back, err := w.Route(q)
	require.NoError(t, err)
	require.Equal(t, first, back, "forgotten")

	routes, err := w.Routes(q, 4)
	require.NoError(t, err)
	require.Len(t, routes, 2)
	w.Failed(payment.Edge{Channel: channelID(1), Side: 0}, types.NewUint128(1), protocol.ReasonNoRoute, now)
	w.Failed(payment.Edge{Channel: channelID(3), Side: 0}, types.NewUint128(1), protocol.ReasonNoRoute, now)
	_, err = w.Route(w.query(3, 100, 50, 3))
	require.ErrorIs(t, err, payment.ErrOffline)
}

// Why there is no route.
func TestWhy(t *testing.T) {
	w := newWorld(6)
	for i := range 4 {
		w.open(i, i, i+1, 1_000, [2]protocol.Policy{policy, policy})
	}
	for _, test := range []struct {
		to          int
		amount, fee uint64
		hops        int
		want        error
	}{
		{3, 500, 2, 3, nil},
		{3, 500, 1, 3, payment.ErrFeeCap},
		{3, 1_001, 100, 3, payment.ErrNoCapacity},
		{4, 500, 100, 3, payment.ErrTooManyHops},
		{5, 500, 100, 3, payment.ErrUnknownTarget},
	} {
		_, err := w.Route(w.query(test.to, test.amount, test.fee, test.hops))
		if test.want == nil {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, test.want)
		require.ErrorIs(t, err, payment.ErrNoRoute)
	}
}

// Only what both the node and the channel's key say, and the chain knows, is believed.
func TestGossip(t *testing.T) {
	a, b, liar := someone(1), someone(2), someone(3)
	self := someone(0)
	g := NewGossip(self.id(), NewGraph())
	id := channelID(1)
	on := OnChain{Key: [2]types.ChannelKey{a.key(), b.key()}, Capacity: types.NewUint128(100), Open: true}

	early, err := g.Take(b.id(), a.node(now), now)
	require.NoError(t, err)
	require.Empty(t, early, "a node without a channel is not passed on")
	actions, err := g.Take(b.id(), a.channel(id, 0, b, now, policy), now)
	require.NoError(t, err)
	require.Equal(t, []Action{Look{ID: id}}, actions)
	actions = g.Seen(id, on, now)
	require.Len(t, actions, 2, "the channel, and the node that waited for it")
	require.Equal(t, b.id(), actions[0].(Relay).Except)

	forged := liar.channel(id, 1, a, now, policy)
	_, err = g.Take(liar.id(), forged, now)
	require.ErrorIs(t, err, ErrAnnouncement, "the channel's key names another node")
	changed := *b.channel(id, 1, a, now, policy)
	changed.FeeRate = 0
	_, err = g.Take(liar.id(), &changed, now)
	require.ErrorIs(t, err, protocol.ErrNodeSignature)
	_, err = g.Take(liar.id(), b.channel(id, 1, a, now+MaxFuture+1, policy), now)
	require.ErrorIs(t, err, ErrAnnouncement, "from the future")
	actions, err = g.Take(b.id(), b.channel(id, 1, a, now, policy), now)
	require.NoError(t, err)
	require.Len(t, actions, 1, "the chain was asked already")
	actions, err = g.Take(a.id(), b.channel(id, 1, a, now+1, policy), now)
	require.NoError(t, err)
	require.Empty(t, actions, "too soon after the last one")

	answer, err := g.Take(liar.id(), protocol.GossipQuery{}, now)
	require.NoError(t, err)
	require.Len(t, answer[0].(Answer).Messages, 3)
	answer, err = g.Take(liar.id(), protocol.GossipQuery{}, now+1)
	require.NoError(t, err)
	require.Empty(t, answer, "once a minute")

	unknown := channelID(9)
	_, err = g.Take(liar.id(), liar.channel(unknown, 0, a, now, policy), now)
	require.NoError(t, err)
	require.Empty(t, g.Seen(unknown, OnChain{}, now), "no such channel on chain")
	actions, err = g.Take(liar.id(), liar.channel(unknown, 0, a, now+70, policy), now+70)
	require.NoError(t, err)
	require.Empty(t, actions, "the chain is not asked again for a while")
	for range Burst {
		_, err = g.Take(liar.id(), forged, now+70)
	}
	require.ErrorIs(t, err, ErrRate)

	nodes, channels := g.graph.Size()
	require.Equal(t, [2]int{1, 1}, [2]int{nodes, channels})
	g.Tick(nil, now+Lifetime+100)
	nodes, channels = g.graph.Size()
	require.Equal(t, [2]int{0, 0}, [2]int{nodes, channels}, "expired, with its node")
}

// The service takes its price once per answer.
func TestService(t *testing.T) {
	w := newWorld(3)
	w.open(0, 0, 1, 1_000, [2]protocol.Policy{policy, policy})
	w.open(1, 1, 2, 1_000, [2]protocol.Policy{policy, policy})
	s := NewService(w.Router, types.Hash{1}, types.NewUint128(5))
	request := protocol.RouteRequest{Number: 3, From: w.people[0].id(), To: w.people[2].id(), Domain: types.Hash{1}, Amount: types.NewUint128(10), MaxFee: types.NewUint128(9)}
	pay := func(amount uint64) func(protocol.PaymentName) (types.Uint128, bool) {
		return func(protocol.PaymentName) (types.Uint128, bool) { return types.NewUint128(amount), amount > 0 }
	}
	answer, used := s.Answer(request, now, pay(5))
	require.Nil(t, used)
	require.Contains(t, answer.Reason, "price", "it names no payment")
	request.Paid = protocol.PaymentName{ID: channelID(0), Epoch: 1, Nonce: 7, Index: 2}
	answer, _ = s.Answer(request, now, pay(4))
	require.Contains(t, answer.Reason, "at least 5")
	answer, used = s.Answer(request, now, pay(5))
	require.Len(t, answer.Routes, 1)
	require.Len(t, answer.Routes[0], 2)
	require.Equal(t, request.Paid, *used)
	answer, _ = s.Answer(request, now, pay(5))
	require.Contains(t, answer.Reason, "was used")
	request.Paid.Index++
	request.To = someone(9).id()
	answer, _ = s.Answer(request, now, pay(5))
	require.Contains(t, answer.Reason, "unknown")
}

// Thousands of channels: what one search costs.
func BenchmarkRoute(b *testing.B) {
	const nodes, channels = 100, 5_000
	w := newWorld(nodes)
	for i := range channels {
		from := i % nodes
		w.open(i, from, (from+1+i/nodes)%nodes, 1_000_000, [2]protocol.Policy{policy, policy})
	}
	q := w.query(nodes/2, 1_000, 100, 3)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Route(q); err != nil {
			b.Fatal(err)
		}
	}
}
