package node

import (
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

// maxQueuedOps bounds operations on locks that wait in a channel.
const maxQueuedOps = 2 * types.MaxLocks

// opsRequest are operations on locks that go into one batch together.
type opsRequest struct {
	ops     []protocol.Op
	packets [][]byte
	done    func(ids []uint64, err error)
	ids     []uint64
	first   PaymentName // where the first of them stands, once it is signed
	until   machine.Now // not signed after it; 0 for ever
}

// AddOps implements Service.
func (n *Node) AddOps(id protocol.ChannelID, ops []protocol.Op, packets [][]byte, done func([]uint64, error)) error {
	return n.addOps(id, &opsRequest{ops: ops, packets: packets, done: done})
}

func (n *Node) addOps(id protocol.ChannelID, request *opsRequest) error {
	c, err := n.channel(id)
	if err != nil {
		return err
	}
	c.mu.Lock()
	waiting := 0
	for _, r := range c.ops {
		waiting += len(r.ops)
	}
	if waiting+len(request.ops) > maxQueuedOps {
		c.mu.Unlock()
		return limitError("operations on locks that wait", waiting+len(request.ops), maxQueuedOps)
	}
	c.ops = append(c.ops, request)
	c.mu.Unlock()
	signal(c.outbox.wake)
	return nil
}

// opsDraft returns an empty draft if operations wait, else nil.
func (c *channel) opsDraft() *draft {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ops) == 0 && !c.wanted.Load() {
		return nil
	}
	d := &draft{frame: transport.NewFrame(1 << 16)}
	d.frame.Bytes = d.frame.Bytes[:0]
	return d
}

// addOps adds what waits to a batch: first what the machine itself wants (locks to be
// resolved or removed), then what callers asked for.
func (c *channel) addOps(d *draft) {
	c.mu.Lock()
	requests := c.ops
	c.ops = nil
	if c.alone > 0 && len(requests) > 1 {
		requests, c.ops = requests[:1:1], requests[1:]
	}
	c.alone = max(0, c.alone-1)
	c.mu.Unlock()
	if !c.wanted.Swap(false) && len(requests) == 0 {
		return
	}
	d.ops = requests
	taken := map[uint64]bool{}
	d.wanted = c.state.Wanted(nil)
	for i := range d.wanted {
		taken[d.wanted[i].LockID] = true
		d.frame.Bytes = d.wanted[i].AppendTo(d.frame.Bytes)
	}
	next := c.state.NextLockID()
	for _, r := range requests {
		r.ids = r.ids[:0]
		kept := r.ops[:0]
		for i := range r.ops {
			op := r.ops[i]
			if op.Kind == types.EntryLock {
				op.LockID = next
				next++
				if i < len(r.packets) && len(r.packets[i]) > 0 {
					d.packets = protocol.AppendPacket(d.packets, op.LockID, r.packets[i])
				}
			} else if taken[op.LockID] {
				continue // the machine wants the same
			}
			r.ids = append(r.ids, op.LockID)
			kept = append(kept, op)
			d.frame.Bytes = op.AppendTo(d.frame.Bytes)
		}
		r.ops = kept
	}
}

// allOps of a batch, in the order of their entries.
func (d *draft) allOps() []protocol.Op {
	all := d.wanted
	for _, r := range d.ops {
		all = append(all[:len(all):len(all)], r.ops...)
	}
	return all
}

// keepOps puts operations back that could not be signed now.
func (c *channel) keepOps(d *draft) {
	if len(d.wanted) > 0 {
		c.wanted.Store(true)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ops = append(d.ops, c.ops...)
	d.ops, d.wanted = nil, nil
}

// refuseOps tells callers why their operations are not signed.
func (c *channel) refuseOps(d *draft, reason error) {
	for _, r := range d.ops {
		if r.done != nil {
			r.done(nil, reason)
		}
	}
	d.ops, d.wanted = nil, nil
}

// signedOps tells callers the ids of their locks.
func (c *channel) signedOps(d *draft) {
	newest := &c.state.Sent.Newest
	index := d.count + uint32(len(d.wanted)) //nolint:gosec // entries of a batch
	for _, r := range d.ops {
		r.first = PaymentName{Channel: c.id, Epoch: newest.Epoch, Sender: c.state.Side, Nonce: newest.Nonce, Index: index}
		index += uint32(len(r.ops)) //nolint:gosec // as above
		if r.done != nil {
			r.done(r.ids, nil)
		}
	}
}
