package simulator

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Faults of the network and the machines, each a chance in 1,000 per occasion.
type Faults struct {
	// Lose, Repeat and Reorder a message.
	Lose, Repeat, Reorder int
	// Cut a link, per message.
	Cut int
	// Crash a node, per effect.
	Crash int
	// Defer a transaction by a few blocks.
	Defer int
	// Away: a node does not see a block for a while.
	Away int
}

// Calm has no faults.
func Calm() Faults { return Faults{} }

// Rough has all of them.
func Rough() Faults {
	return Faults{Lose: 10, Repeat: 20, Reorder: 20, Cut: 5, Crash: 4, Defer: 200, Away: 20}
}

// World is one run.
type World struct {
	Seed   uint64
	Faults Faults
	Chains []*Chain
	Nodes  []*Node
	Links  []*Link
	// Secrets by hash: what a payer told the one who is paid.
	Secrets map[types.Hash][types.SecretLength]byte
	// Challenge of channels that are opened.
	Challenge uint64
	// Failures are broken invariants.
	Failures []string
	// Trace is called for everything that happens, if set.
	Trace func(format string, args ...any)

	// Observe is called for every event that a machine ran, before its effects, if set.
	Observe func(n *Node, ch *Channel, e machine.Event, effects []machine.Effect)

	rand  *rand.Rand
	now   int64 // milliseconds since genesis
	queue queue
	order uint64
	book  *book
}

// NewWorld returns a world with one chain.
func NewWorld(seed uint64, faults Faults) (*World, error) {
	w := &World{
		Challenge: Challenge, Seed: seed, Faults: faults, rand: rand.New(rand.NewPCG(seed, 0x70686f746f6e)), Secrets: map[types.Hash][types.SecretLength]byte{}, //nolint:gosec // repeatable on purpose
	}
	w.book = newBook(w)
	_, err := w.AddChain("mesh-sim-1")
	return w, err
}

// AddChain adds a chain that makes blocks.
func (w *World) AddChain(id string) (*Chain, error) {
	c, err := NewChain(id)
	if err != nil {
		return nil, err
	}
	w.Chains = append(w.Chains, c)
	w.after(0, func() { w.block(c) })
	return c, nil
}

// Now is the time in Unix seconds.
func (w *World) Now() machine.Now { return machine.Now(genesisTime + w.now/1000) } //nolint:gosec // positive

func (w *World) fail(format string, args ...any) {
	if len(w.Failures) < 10 {
		w.Failures = append(w.Failures, fmt.Sprintf("seed %d, %d ms: ", w.Seed, w.now)+fmt.Sprintf(format, args...))
	}
}

func (w *World) trace(format string, args ...any) {
	if w.Trace != nil {
		w.Trace("%9d "+format, append([]any{w.now}, args...)...)
	}
}

// chance is true in n of 1,000 cases.
func (w *World) chance(n int) bool { return n > 0 && w.rand.IntN(1000) < n }

// draw returns 32 bytes.
func (w *World) draw() (h types.Hash) {
	for i := 0; i < len(h); i += 8 {
		binary.BigEndian.PutUint64(h[i:], w.rand.Uint64())
	}
	return h
}

// after runs do in some milliseconds.
func (w *World) after(ms int64, do func()) {
	w.order++
	heap.Push(&w.queue, event{at: w.now + ms, order: w.order, do: do})
}

// Run lets seconds pass.
func (w *World) Run(seconds int64) {
	end := w.now + seconds*1000
	for len(w.queue) > 0 && w.queue[0].at <= end && len(w.Failures) == 0 {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	w.now = end
}

// block makes a block and lets the nodes see it.
func (w *World) block(c *Chain) {
	w.after(blockSeconds*1000, func() { w.block(c) })
	if c.Halted {
		return
	}
	// The header time is that of the block's making, however long the chain stood still.
	step := max(int64(w.Now())-c.ctx.BlockTime().Unix(), 0) //nolint:gosec // far from 2^63
	if _, err := c.Block(uint64(step)); err != nil {
		w.fail("block: %s", err)
		return
	}
	for _, n := range w.Nodes {
		delay := w.rand.Int64N(2_000)
		if w.chance(w.Faults.Away) {
			delay += w.rand.Int64N(60_000)
		}
		w.after(delay, n.follow)
	}
}

// Heal ends all faults: nodes are up, links are whole.
func (w *World) Heal() {
	w.Faults = Calm()
	for _, c := range w.Chains {
		c.Halted = false
	}
	for _, n := range w.Nodes {
		n.crashIn = 0
		n.blind = false
		if !n.up {
			n.start()
		}
	}
	for _, l := range w.Links {
		l.cut()
	}
}

// NewSecret draws a secret that everybody who is to know it finds in Secrets.
func (w *World) NewSecret() (hash types.Hash, secret [types.SecretLength]byte) {
	secret = w.draw()
	hash = hashOf(secret)
	w.Secrets[hash] = secret
	return hash, secret
}

// channelAt returns the chain of a channel.
func (w *World) chainOf(id protocol.ChannelID) *Chain {
	for _, c := range w.Chains {
		if c.Domain() == id.Domain {
			return c
		}
	}
	return nil
}

type event struct {
	at    int64
	order uint64
	do    func()
}

// queue is a heap of events by time, and among those of the same time by order.
type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
