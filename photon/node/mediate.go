package node

import (
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// ErrTooLate says that a lock was not signed in the time that it had.
var ErrTooLate = errors.New("not signed in time")

// Gauge is what a channel can do, as of its machine's last step. It is cheap to ask for.
type Gauge struct {
	ID      protocol.ChannelID
	ChainID string
	Side    uint8
	Epoch   uint64
	// Peer is the other node, empty while it is not known.
	Peer string
	// Key by participant, and Capacity: both deposits.
	Key      [2]types.ChannelKey
	Capacity types.Uint128
	// Available to send, and Pending own locks.
	Available types.Uint128
	Pending   int
	// Clock of the chain, and Time of its newest header.
	Clock, Time uint64
	// Deadline is the latest expiry of a new own lock.
	Deadline uint64
	// Open tells that nobody closes the channel.
	Open bool
	// Err is why nothing can be paid now.
	Err error
}

// measure notes what the channel can do.
func (c *channel) measure(mayPay error) {
	s := c.state
	capacity, _ := s.Channel.Deposit[0].Add(s.Channel.Deposit[1])
	c.gauge.Store(&Gauge{
		ID: c.id, ChainID: c.chainID, Side: s.Side, Epoch: s.Channel.Epoch, Peer: c.peerID(), Key: s.Channel.Key, Capacity: capacity,
		Available: s.Available(), Pending: len(s.Sent.Locks), Clock: s.View.Clock, Time: s.View.Time, Deadline: s.LockDeadline(),
		Open: s.Phase == machine.PhaseOpen, Err: mayPay,
	})
}

// Gauge returns what a channel can do.
func (n *Node) Gauge(id protocol.ChannelID) (Gauge, bool) {
	c, err := n.channel(id)
	if err != nil {
		return Gauge{}, false
	}
	g := c.gauge.Load()
	if g == nil {
		return Gauge{}, false
	}
	now := *g
	now.Peer = c.peerID()
	return now, true
}

// Gauges returns those of all channels, in the order of their ids.
func (n *Node) Gauges() []Gauge {
	var all []Gauge
	for _, c := range n.allChannels() {
		if g := c.gauge.Load(); g != nil {
			now := *g
			now.Peer = c.peerID()
			all = append(all, now)
		}
	}
	return all
}

// Post hands an event to a channel's machine. done is told its error when its effects are
// durable; it must not block. Post blocks while the channel is busy.
func (n *Node) Post(id protocol.ChannelID, event machine.Event, done func(error)) error {
	c, err := n.channel(id)
	if err != nil {
		return err
	}
	return c.submit(request{event: event, done: done})
}

// AddLock queues a new lock with its packet for the next batch. done is told where its entry
// stands when it is signed, or why it is not and never will be: at the latest a second after until.
func (n *Node) AddLock(id protocol.ChannelID, op protocol.Op, packet []byte, until machine.Now, done func(PaymentName, error)) error {
	request := &opsRequest{ops: []protocol.Op{op}, packets: [][]byte{packet}, until: until}
	request.done = func(_ []uint64, err error) { done(request.first, err) }
	return n.addOps(id, request)
}

// expireOps refuses operations that waited too long.
func (c *channel) expireOps(now machine.Now) {
	c.mu.Lock()
	kept, late := c.ops[:0], []*opsRequest(nil)
	for _, r := range c.ops {
		if r.until != 0 && now > r.until {
			late = append(late, r)
		} else {
			kept = append(kept, r)
		}
	}
	clear(c.ops[len(kept):])
	c.ops = kept
	c.mu.Unlock()
	for _, r := range late {
		if r.done != nil {
			r.done(nil, fmt.Errorf("%w: until %d", ErrTooLate, r.until))
		}
	}
}

// mediate tells the layer above, with the packet of a new lock.
func (r *release) mediate(notice machine.Notice) {
	hook := r.channel.node.config.Mediate
	if hook == nil {
		return
	}
	var packet []byte
	if added, ok := notice.(machine.NoticeLockAdded); ok {
		_ = protocol.EachPacket(r.packets, func(lock uint64, p []byte) error { // checked when it came
			if lock == added.Lock.ID {
				packet = append([]byte(nil), p...)
			}
			return nil
		})
	}
	hook(r.channel.node, r.channel.id, notice, packet)
}

// Keep makes a small value durable under a name of its own: before anything that a channel
// hands to the disk later. A nil value forgets it. It does not block.
func (n *Node) Keep(name, value []byte) {
	changes := n.store.NewChanges()
	if key := append([]byte{prefixKept}, name...); value == nil {
		changes.Delete(key)
	} else {
		changes.Set(key, value)
	}
	n.store.SubmitNow(changes, func(err error) {
		if err != nil {
			n.fail(fmt.Errorf("keep %x: %w", name, err))
		}
	})
}

// Kept calls visit for what was kept under names that begin with prefix, in order. It waits
// until what was handed in before is there.
func (n *Node) Kept(prefix []byte, visit func(name, value []byte)) error {
	barrier := make(chan error, 1)
	n.store.SubmitNow(n.store.NewChanges(), func(err error) { barrier <- err })
	if err := <-barrier; err != nil {
		return err
	}
	start := append([]byte{prefixKept}, prefix...)
	return n.store.Scan(start, after(start), func(key, value []byte) bool {
		visit(append([]byte(nil), key[1:]...), append([]byte(nil), value...))
		return true
	})
}
