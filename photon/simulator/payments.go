package simulator

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/routing"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Payments runs a payment.Core on a node. What it saved survives a crash; what it knew
// does not.
type Payments struct {
	// Finished, Arrived, Forwarded and Lost are what it told, over all runs.
	Finished  []payment.Finished
	Arrived   []payment.Arrived
	Forwarded []payment.Forwarded
	Lost      int
	// Config of the next run.
	Config payment.Config

	n        *Node
	core     *payment.Core
	router   *routing.Router
	gossip   *routing.Gossip
	random   random
	saved    map[types.Hash][types.SecretLength]byte
	order    []types.Hash // of saved, so that a restart is repeatable
	requests []payment.Request
	todo     []payment.Command
	known    []*protocol.AnnounceChannel
	nodes    []*protocol.AnnounceNode
}

// random is a reader of the world's dice.
type random struct{ *rand.Rand }

func (r random) Read(b []byte) (int, error) {
	for i := 0; i < len(b); i += 8 {
		var word [8]byte
		binary.BigEndian.PutUint64(word[:], r.Uint64())
		copy(b[i:], word[:])
	}
	return len(b), nil
}

func hashOfBytes(b []byte) types.Hash { return sha256.Sum256(b) }

// ID of a node in routing: its key.
func (n *Node) ID() (id protocol.NodeID) {
	copy(id[:], n.key.Public().(ed25519.PublicKey))
	return id
}

// Payments makes a node pay, mediate and be paid over several channels.
func (w *World) Payments(n *Node) *Payments {
	p := &Payments{n: n, Config: payment.DefaultConfig(n.ID()), random: random{w.rand}, saved: map[types.Hash][types.SecretLength]byte{}}
	n.payments = p
	p.begin()
	w.after(1_000, p.tick)
	return p
}

func (p *Payments) begin() {
	keys, err := payment.NewKeyring([32]byte(p.n.key.Seed()))
	if err == nil {
		graph := routing.NewGraph()
		p.gossip = routing.NewGossip(p.n.ID(), graph)
		p.router = routing.NewRouter(p.n.ID(), graph, p.gossip)
		p.core, err = payment.New(p.Config, keys, (*simLinks)(p), p.router, p.random)
	}
	if err != nil {
		p.n.w.fail("%s: %s", p.n.Name, err)
		return
	}
	for _, a := range p.known {
		p.gossip.Own(a, types.NewUint128(1_000_000))
	}
	for _, a := range p.nodes {
		p.gossip.Own(a, types.Uint128{})
	}
	for _, ch := range p.n.channels {
		p.router.AddOwn(payment.Edge{Channel: ch.ID, Side: ch.State.Side}, ch.Peer.ID())
	}
}

// restart begins a new run with what was saved.
func (p *Payments) restart() {
	p.todo = nil
	p.begin()
	restore := payment.Restore{Requests: p.requests}
	for _, hash := range p.order {
		restore.Secrets = append(restore.Secrets, p.saved[hash])
	}
	for _, ch := range p.n.channels {
		s := ch.State.Clone()
		restore.Channels = append(restore.Channels, payment.ChannelLocks{
			Channel: ch.ID, Epoch: s.Channel.Epoch, Sent: s.Sent.Locks, Gone: s.Sent.Gone, Received: s.Received.Locks,
		})
	}
	p.apply(restore)
}

func (p *Payments) tick() {
	p.n.w.after(1_000, p.tick)
	if p.n.up {
		p.apply(payment.Tick{})
	}
}

// Pay begins a payment.
func (p *Payments) Pay(order payment.Order) { p.apply(payment.Pay{Order: order}) }

// hear takes what a machine tells.
func (p *Payments) hear(ch *Channel, notice machine.Notice) {
	if added, ok := notice.(machine.NoticeLockAdded); ok {
		p.apply(payment.Received{Channel: ch.ID, Lock: added.Lock, Packet: ch.packets[added.Lock.ID]})
		return
	}
	p.apply(payment.Noticed{Channel: ch.ID, Notice: notice})
}

// apply runs an event; what is to be done is done in a moment, in order, unless the node
// crashes before.
func (p *Payments) apply(event payment.Event) {
	first := len(p.todo) == 0
	p.todo = p.core.Apply(event, uint64(p.n.w.Now()), p.todo)
	if first && len(p.todo) > 0 {
		run := p.n.runs
		p.n.w.after(1, func() {
			if p.n.up && p.n.runs == run {
				p.work()
			}
		})
	}
}

func (p *Payments) work() {
	run := p.n.runs
	for len(p.todo) > 0 {
		todo := p.todo
		p.todo = nil
		for _, command := range todo {
			if p.n.w.chance(p.n.w.Faults.Crash) {
				p.n.w.trace("%s: crash before %T", p.n.Name, command)
				p.n.crash()
			}
			if !p.n.up || p.n.runs != run {
				return
			}
			p.carryOut(command)
		}
	}
}

func (p *Payments) carryOut(command payment.Command) {
	w, n := p.n.w, p.n
	w.trace("%s %T %+v", n.Name, command, command)
	switch c := command.(type) {
	case payment.AddLock:
		ch := n.Channel(c.Channel)
		n.LockAs(ch, protocol.Op{
			Kind: types.EntryLock, PaymentID: c.PaymentID, Amount: c.Amount, Hash: c.Hash, Expiry: c.Expiry, Packet: hashOfBytes(c.Packet),
		})
		ch.outbox.packets = append(ch.outbox.packets, c.Packet)
		ch.outbox.done = append(ch.outbox.done, func(err error) {
			if err == nil {
				p.apply(payment.Locked{Channel: c.Channel, PaymentID: c.PaymentID})
			} else {
				p.apply(payment.NotLocked{Channel: c.Channel, PaymentID: c.PaymentID, Err: err})
			}
		})
		w.after(1, func() { _ = n.Flush(ch) })
	case payment.Reveal:
		_ = n.apply(n.Channel(c.Channel), machine.Reveal{LockID: c.LockID, Secret: c.Secret})
	case payment.Pass:
		_ = n.apply(n.Channel(c.Channel), machine.Pass{LockID: c.LockID, Secret: c.Secret})
	case payment.PayLock:
		_ = n.apply(n.Channel(c.Channel), machine.Pay{LockID: c.LockID})
	case payment.Dispose:
		_ = n.apply(n.Channel(c.Channel), machine.Dispose{LockID: c.LockID, Reason: c.Reason, Failure: c.Failure})
	case payment.SaveSecret:
		if _, ok := p.saved[c.Hash]; !ok {
			p.order = append(p.order, c.Hash)
		}
		p.saved[c.Hash] = c.Secret
	case payment.DropSecret:
		delete(p.saved, c.Hash)
		p.order = slices.DeleteFunc(p.order, func(h types.Hash) bool { return h == c.Hash })
	case payment.SaveRequest:
		p.requests = slices.DeleteFunc(p.requests, func(r payment.Request) bool { return r.Hash == c.Request.Hash })
		p.requests = append(p.requests, c.Request)
	case payment.DropRequest:
		p.requests = slices.DeleteFunc(p.requests, func(r payment.Request) bool { return r.Hash == c.Hash })
	case payment.RegisterSecret:
		ch := n.Channel(c.Channel)
		n.submit(ch, machine.SubmitSecrets{Channel: c.Channel.Channel, Secrets: [][types.SecretLength]byte{c.Secret}, Until: c.Until})
	case payment.AskQuote:
		w.after(50, func() {
			if peer := w.node(c.Peer); peer != nil && peer.up && peer.payments != nil {
				peer.payments.apply(payment.QuoteAsked{Peer: n.ID(), Request: c.Request})
			}
		})
	case payment.AnswerQuote:
		c.Quote.Sign(n.key)
		w.after(50, func() {
			if peer := w.node(c.Peer); peer != nil && peer.up && peer.payments != nil {
				peer.payments.apply(payment.Quoted{Quote: c.Quote})
			}
		})
	case payment.Finished:
		p.Finished = append(p.Finished, c)
	case payment.Arrived:
		p.Arrived = append(p.Arrived, c)
	case payment.Forwarded:
		p.Forwarded = append(p.Forwarded, c)
	case payment.Lost:
		p.Lost++
		if !n.Evil {
			w.fail("%s lost lock %d of %s: it paid %s", n.Name, c.In.Lock, c.In.Channel, c.Amount)
		}
	}
}

func (w *World) node(id protocol.NodeID) *Node {
	for _, n := range w.Nodes {
		if n.ID() == id {
			return n
		}
	}
	return nil
}

// Announce tells all nodes of all channels, as gossip would; features are those of all.
func (w *World) Announce(features protocol.Features) {
	var channels []*protocol.AnnounceChannel
	var nodes []*protocol.AnnounceNode
	for _, n := range w.Nodes {
		if n.payments == nil {
			continue
		}
		for _, ch := range n.channels {
			a := &protocol.AnnounceChannel{ID: ch.ID, Side: ch.State.Side, Node: n.ID(), Peer: ch.Peer.ID(), Time: uint64(w.Now()), Policy: n.payments.Config.Policy}
			a.Sign(n.key)
			channels = append(channels, a)
		}
		a := &protocol.AnnounceNode{Node: n.ID(), PacketKey: n.payments.core.Keys().Public(), Time: uint64(w.Now()), Features: features}
		a.Sign(n.key)
		nodes = append(nodes, a)
	}
	for _, n := range w.Nodes {
		if n.payments != nil {
			n.payments.known, n.payments.nodes = channels, nodes
			n.payments.restart()
		}
	}
}

// simLinks shows the channels of a node to its core.
type simLinks Payments

func (l *simLinks) Link(id protocol.ChannelID) (payment.Link, bool) {
	ch := l.n.Channel(id)
	if ch == nil {
		return payment.Link{}, false
	}
	s := ch.State
	return payment.Link{
		ID: id, Side: s.Side, Peer: ch.Peer.ID(), Chain: ch.chain.ID, Epoch: s.Channel.Epoch, Available: s.Available(), Pending: len(s.Sent.Locks),
		Clock: s.View.Clock, Time: s.View.Time, Deadline: s.LockDeadline(), Err: s.MayPay(l.n.w.Now()),
	}, true
}

func (l *simLinks) To(peer protocol.NodeID, domain types.Hash) (ids []protocol.ChannelID) {
	for _, ch := range l.n.channels {
		if ch.Peer.ID() == peer && ch.ID.Domain == domain {
			ids = append(ids, ch.ID)
		}
	}
	return ids
}

func (l *simLinks) Slots(protocol.ChannelID) int { return 0 }

func (l *simLinks) Announcement(protocol.ChannelID) *protocol.AnnounceChannel { return nil }
