package payment

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// secretKnown: an outgoing lock is paid, or will be. What it forwards must be, too. A
// secret that came too late for the lock is as good for what it forwards.
func (c *Core) secretKnown(o *outgoing, secret [types.SecretLength]byte, onChain, late bool) {
	if o == nil || o.known || late && o.in == nil {
		return
	}
	o.known = true
	if o.part != nil {
		c.partPaid(o, secret)
		return
	}
	in := o.in
	if in == nil {
		return
	}
	if in.paid { // for the secret that was passed on, before it was durable here
		if !late {
			c.do(Forwarded{In: in.ref.Channel, Out: o.channel, AmountIn: in.amount, AmountOut: o.amount})
		}
		return
	}
	if c.in[in.ref] != in || in.done && !in.revealed {
		if !late {
			c.do(Lost{In: in.ref, Out: o.channel, Amount: o.amount})
		}
		return
	}
	c.reveal(in, secret)
	if late {
		return
	}
	c.do(Forwarded{In: in.ref.Channel, Out: o.channel, AmountIn: in.amount, AmountOut: o.amount})
	if onChain && in.ref.Channel.Domain != o.channel.Domain {
		c.do(RegisterSecret{Channel: in.ref.Channel, Secret: secret, Until: in.expiry})
	}
}

// pass shows the secret of an outgoing lock to who sent the incoming one.
func (c *Core) pass(o *outgoing, secret [types.SecretLength]byte) {
	if o == nil || o.known || o.in == nil {
		return
	}
	if in := o.in; c.in[in.ref] == in && !in.done {
		c.do(Pass{Channel: in.ref.Channel, LockID: in.ref.Lock, Secret: secret})
	}
}

// reveal saves the secret before anything else may happen, and opens a received lock.
func (c *Core) reveal(in *incoming, secret [types.SecretLength]byte) {
	if in.done {
		return
	}
	in.done, in.revealed = true, true
	s := c.saved[in.hash]
	if s == nil {
		s = &savedSecret{secret: secret}
		c.saved[in.hash] = s
		c.do(SaveSecret{Hash: in.hash, Secret: secret})
	}
	s.locks++
	c.do(Reveal{Channel: in.ref.Channel, LockID: in.ref.Lock, Secret: secret})
}

// void: an outgoing lock will never be paid, or was never signed.
func (c *Core) void(o *outgoing, reason protocol.Reason, failure []byte) {
	if o == nil || o.known {
		return
	}
	c.forgetOut(o)
	if o.part != nil {
		c.partFailed(o, reason, failure)
		return
	}
	if in := o.in; in != nil && c.in[in.ref] == in {
		c.released(in)
		if failure == nil {
			c.refuse(in, reason, o.channel)
			return
		}
		c.dispose(in, reason, failure)
	}
}

// dispose gives up a received lock.
func (c *Core) dispose(in *incoming, reason protocol.Reason, failure []byte) {
	if in.done {
		return
	}
	in.done, in.reason, in.failure = true, reason, failure
	c.do(Dispose{Channel: in.ref.Channel, LockID: in.ref.Lock, Reason: reason, Failure: failure})
}

// refuse disposes of a received lock for a reason of this node's own; next is the channel
// that it would have gone into.
func (c *Core) refuse(in *incoming, reason protocol.Reason, next protocol.ChannelID) {
	var blob []byte
	if in.session != nil {
		f := Failure{Reason: reason, Channel: next}
		if link, ok := c.links.Link(next); ok {
			f.Side = link.Side
			if reason == protocol.ReasonFee || reason == protocol.ReasonExpiry {
				f.Update = c.links.Announcement(next)
			}
		}
		blob = in.session.sealFailure(c.random, in.hash, &f)
	}
	c.dispose(in, reason, blob)
}

func (c *Core) forgetOut(o *outgoing) {
	if o == nil {
		return
	}
	if !o.locked {
		c.unqueue(o)
	}
	delete(c.out, o.outKey)
	c.freed = true
}

// forgetIn: a received lock is gone from the channel, paid or not.
func (c *Core) forgetIn(channel protocol.ChannelID, id uint64, paid bool) {
	link, ok := c.links.Link(channel)
	if !ok {
		return
	}
	if in := c.in[LockRef{Channel: channel, Epoch: link.Epoch, Lock: id}]; in != nil {
		in.paid = paid
		c.forget(in)
	}
}

func (c *Core) forget(in *incoming) {
	delete(c.in, in.ref)
	c.released(in)
	if in.set != nil {
		in.set.drop(in)
	}
	if s := c.saved[in.hash]; s != nil && in.revealed {
		if s.locks--; s.locks <= 0 {
			delete(c.saved, in.hash)
			c.do(DropSecret{Hash: in.hash})
		}
	}
}
