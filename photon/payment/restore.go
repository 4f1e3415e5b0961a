package payment

import (
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// restore finds out what belongs together after a restart; see the table in doc.go.
func (c *Core) restore(e *Restore) {
	for i := range e.Requests {
		r := e.Requests[i]
		c.requests[r.Hash] = &r
	}
	saved := make(map[types.Hash][types.SecretLength]byte, len(e.Secrets))
	for _, secret := range e.Secrets {
		hash := hashOf(secret)
		saved[hash] = secret
		if r := c.requests[hash]; r != nil && !r.Paid { // the crash came in between
			r.Paid = true
			c.do(SaveRequest{Request: *r})
		}
	}
	type undecided struct {
		*incoming
		lock *machine.PendingLock
	}
	var pending []undecided
	forwards := map[[16]byte]*incoming{}
	for i := range e.Channels {
		ch := &e.Channels[i]
		link, _ := c.links.Link(ch.Channel)
		for _, lock := range ch.Received {
			in := &incoming{
				ref: LockRef{ch.Channel, ch.Epoch, lock.ID}, amount: lock.Amount, hash: lock.Hash, expiry: lock.Expiry,
				peer: link.Peer, since: c.now, done: lock.HasSecret || lock.Disposed, reason: lock.Reason,
			}
			c.in[in.ref] = in
			forwards[c.keys.forwardID(in.ref)] = in
			if secret, ok := saved[lock.Hash]; lock.HasSecret && ok {
				in.revealed = true
				c.counted(in.hash, secret)
			} else {
				in.revealed = lock.HasSecret
			}
			pending = append(pending, undecided{in, lock})
		}
	}
	for i := range e.Channels {
		ch := &e.Channels[i]
		for _, lock := range ch.Sent {
			c.restoreOut(ch.Channel, lock, forwards, true)
		}
		for _, g := range ch.Gone {
			if g.Resolved {
				c.restoreOut(ch.Channel, &g.PendingLock, forwards, false)
			}
		}
	}
	for _, p := range pending {
		if p.done || p.out != nil {
			continue
		}
		if secret, ok := saved[p.hash]; ok {
			c.reveal(p.incoming, secret)
			continue
		}
		// Never forwarded, or its outgoing lock was void; the packet is gone with the process.
		c.dispose(p.incoming, protocol.ReasonTimeout, nil)
	}
	for _, secret := range e.Secrets {
		if hash := hashOf(secret); c.saved[hash] == nil {
			c.do(DropSecret{Hash: hash})
		}
	}
}

// restoreOut finds the lock that an own one forwards, and does what is due. Without one it
// is of an own payment of an earlier run, which only has to be ended.
func (c *Core) restoreOut(channel protocol.ChannelID, lock *machine.PendingLock, forwards map[[16]byte]*incoming, pending bool) {
	o := &outgoing{outKey: outKey{channel, lock.PaymentID}, amount: lock.Amount, hash: lock.Hash, in: forwards[lock.PaymentID], locked: true}
	if o.in != nil && o.in.hash != lock.Hash {
		o.in = nil
	}
	c.out[o.outKey] = o
	if o.in != nil {
		o.in.out = o
	}
	switch {
	case lock.Disposed:
		c.void(o, lock.Reason, nil)
	case lock.HasSecret:
		c.secretKnown(o, lock.Secret, lock.RegisteredAt != 0, false)
		if pending {
			c.do(PayLock{Channel: channel, LockID: lock.ID})
		}
	}
}

// counted takes over a secret that the store has.
func (c *Core) counted(hash types.Hash, secret [types.SecretLength]byte) {
	s := c.saved[hash]
	if s == nil {
		s = &savedSecret{secret: secret}
		c.saved[hash] = s
	}
	s.locks++
}
