package payment

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

func (c *Core) unqueue(o *outgoing) {
	q := c.queued[o.channel]
	q.amount, _ = q.amount.Sub(o.amount)
	if q.count--; q.count <= 0 {
		delete(c.queued, o.channel)
		return
	}
	c.queued[o.channel] = q
}

// lock asks for an outgoing lock.
func (c *Core) lock(o *outgoing, expiry uint64, packet []byte) {
	c.out[o.outKey] = o
	q := c.queued[o.channel]
	q.amount, _ = q.amount.Add(o.amount)
	q.count++
	c.queued[o.channel] = q
	c.do(AddLock{Channel: o.channel, PaymentID: o.id, Amount: o.amount, Hash: o.hash, Expiry: expiry, Packet: packet, Until: c.now + c.config.QueueTime})
}

// room returns what can still be locked in a channel, and whether a slot is free.
func (c *Core) room(link *Link) (types.Uint128, bool) {
	q := c.queued[link.ID]
	left, ok := link.Available.Sub(q.amount)
	if !ok {
		left = types.Uint128{}
	}
	return left, link.Pending+q.count < c.slots(link.ID)
}

func (c *Core) slots(id protocol.ChannelID) int {
	if n := c.links.Slots(id); n > 0 {
		return min(n, types.MaxLocks)
	}
	return c.config.Slots
}
