package payment

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// peerLimits is what one peer's payments take of this node. Jamming costs the attacker
// nothing but the time that its coins are locked, so what is bounded is what it takes
// from others: the share of each channel, and lock-seconds beyond what an honest payment
// needs.
type peerLimits struct {
	// taken of each channel that its payments go into.
	taken map[protocol.ChannelID]queued
	// used lock-seconds, as of the time since.
	used  uint64
	since uint64
	// held payments now, and what they have used so far, as of the last tick.
	held    int
	pending uint64
}

func (c *Core) limits(peer protocol.NodeID) *peerLimits {
	l := c.peers[peer]
	if l == nil {
		l = &peerLimits{taken: map[protocol.ChannelID]queued{}, since: c.now}
		c.peers[peer] = l
	}
	return l
}

// withinShare tells whether one more payment of a peer leaves enough of a channel to
// others.
func (c *Core) withinShare(peer protocol.NodeID, to *Link, amount types.Uint128) bool {
	l := c.peers[peer]
	if l == nil {
		return true
	}
	q := l.taken[to.ID]
	if q.count+1 > max(1, c.slots(to.ID)*c.config.Share/100) {
		return false
	}
	if q.count == 0 {
		return true // a single payment may take all
	}
	// What the channel could carry without this peer's payments.
	whole, ok := to.Available.Add(q.amount)
	taken, fits := q.amount.Add(amount)
	return ok && fits && !whole.MulDivCeil(uint32(c.config.Share), 100).Less(taken) //nolint:gosec // 1 to 100
}

// hold counts a forwarded payment, unless its peer has used up its lock-seconds.
func (c *Core) hold(in *incoming, to *Link, amount types.Uint128) protocol.Reason {
	l := c.limits(in.peer)
	l.refill(c.now, c.config.HoldRefill)
	if l.used+l.pending >= c.config.HoldBudget {
		return protocol.ReasonSlots
	}
	q := l.taken[to.ID]
	q.amount, _ = q.amount.Add(amount)
	q.count++
	l.taken[to.ID] = q
	l.held++
	return 0
}

// countHolds sums, per peer, what pending payments have used beyond the grace so far.
func (c *Core) countHolds() {
	for _, l := range c.peers {
		l.pending = 0
	}
	for _, in := range c.in {
		if l := c.peers[in.peer]; l != nil && in.out != nil {
			l.pending += c.excess(in)
		}
	}
}

func (c *Core) excess(in *incoming) uint64 {
	if age := c.now - in.since; age > c.config.HoldGrace {
		return age - c.config.HoldGrace
	}
	return 0
}

func (l *peerLimits) refill(now, perMinute uint64) {
	if back := (now - l.since) * perMinute / 60; back > 0 {
		l.used -= min(l.used, back)
		l.since = now
	}
}

// released gives back what a forwarded payment took.
func (c *Core) released(in *incoming) {
	if in.out == nil {
		return
	}
	out := in.out
	in.out = nil
	l := c.peers[in.peer]
	if l == nil {
		return
	}
	l.refill(c.now, c.config.HoldRefill)
	l.used += c.excess(in)
	l.held--
	q := l.taken[out.channel]
	q.amount, _ = q.amount.Sub(out.amount)
	if q.count--; q.count <= 0 {
		delete(l.taken, out.channel)
	} else {
		l.taken[out.channel] = q
	}
}

// forgive forgets peers that owe nothing, so that the table holds only those that matter.
func (c *Core) forgive() {
	for peer, l := range c.peers {
		if l.refill(c.now, c.config.HoldRefill); l.used == 0 && l.held <= 0 {
			delete(c.peers, peer)
		}
	}
}
