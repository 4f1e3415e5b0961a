package node

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

// release is what follows a step of a machine: effects that wait until everything that
// was to be persisted before them is on disk.
type release struct {
	channel *channel
	effects []machine.Effect
	// frame with entries and packets, of a batch.
	frame            *transport.Frame
	entries, packets []byte
	own              bool // frame is an own batch
	done             func(error)
	// durable tells that nothing is waited for any more.
	durable bool
}

// write gathers what steps in a row have to persist. The state is written once, as it is
// after the last of them: its record, and the locks that changed since the write before.
type write struct {
	changes *store.Changes
	steps   []*release
	body    bool // changes have the one body that they can
}

// carryOut begins the effects of the step that was just applied: what is to be persisted
// goes into the open write, and the rest waits for it, behind the rest of the steps before.
func (c *channel) carryOut(r *release) {
	r.durable = true
	for _, effect := range c.effects {
		if early, ok := effect.(machine.Early); ok {
			if e, ok := early.Effect.(machine.Notify); ok {
				r.mediate(e.Notice)
			} else {
				c.do(early.Effect)
			}
			continue
		}
		persist, ok := effect.(machine.Persist)
		if !ok {
			if _, forget := effect.(machine.Forget); forget {
				c.ended = true
			}
			if notify, ok := effect.(machine.Notify); ok && c.open.changes != nil {
				if fault, ok := notify.Notice.(machine.NoticeFault); ok {
					c.persistFault(c.open.changes, &fault)
				}
			}
			r.effects = append(r.effects, effect)
			continue
		}
		if c.open.changes == nil {
			c.open.changes = c.node.store.NewChanges()
		}
		if r.durable {
			r.durable = false
			c.open.steps = append(c.open.steps, r)
		}
		c.open.body = c.open.body || persist.Batch != nil
		c.persistRecords(c.open.changes, r, &persist)
	}
	clear(c.effects)
	c.mu.Lock()
	c.outstanding = append(c.outstanding, r)
	first := len(c.outstanding) == 1
	c.mu.Unlock()
	if r.durable && first {
		c.releaseDurable()
	}
}

// makeRoom hands the open write in if it has a body, before a step that may have another.
// Not after that step: the state would name a batch that is not on disk.
func (c *channel) makeRoom() {
	if c.open.body {
		c.handIn()
	}
}

// flush hands the open write in, if it is time. One without a body waits for the one before it, so that
// what small steps there are meanwhile share it: each write has the whole state, and with
// many pending locks that is long. It is flushed to disk no later for it.
func (c *channel) flush() {
	if c.open.body || c.writing.Load() == 0 || c.ended {
		c.handIn()
	}
}

// handIn hands the open write in.
func (c *channel) handIn() {
	w := c.open
	if w.changes == nil {
		return
	}
	c.open = write{}
	c.writing.Add(1)
	buffer := c.node.buffers.Get().(*[]byte)
	*buffer = saveState(w.changes, c.state, (*buffer)[:0])
	c.node.buffers.Put(buffer)
	c.node.store.Submit(w.changes, func(err error) {
		if err != nil {
			c.node.fail(fmt.Errorf("channel %s: %w", c.id, err))
			return
		}
		c.mu.Lock()
		for _, r := range w.steps {
			r.durable = true
		}
		c.mu.Unlock()
		c.writing.Add(-1)
		c.releaseDurable()
		signal(c.outbox.wake)
	})
}

// saveState adds what changed of a state, with a buffer to work in.
func saveState(changes *store.Changes, state *machine.State, buffer []byte) []byte {
	id := state.Channel.ID()
	record := state.Save(buffer, func(key machine.LockKey, value []byte) {
		if value == nil {
			changes.Delete(lockKey(id, key))
		} else {
			changes.Set(lockKey(id, key), value)
		}
	})
	changes.Set(channelKey(prefixState, id), record)
	return record
}

// persistRecords adds what belongs to the log.
func (c *channel) persistRecords(changes *store.Changes, r *release, persist *machine.Persist) {
	if b := persist.Batch; b != nil {
		sender := c.state.Peer()
		if b.Own {
			sender = c.state.Side
		}
		header := appendHeader(make([]byte, 0, headerLength), b, uint64(c.node.now()), len(r.entries))
		changes.Set(batchKey(prefixHeader, c.id, b.Epoch, sender, b.Nonce), header)
		changes.Body(batchKey(prefixBody, c.id, b.Epoch, sender, b.Nonce), r.entries, r.packets)
	}
	if a := persist.Ack; a != nil {
		changes.Set(batchKey(prefixAck, c.id, a.Epoch, c.state.Side, a.Nonce), a.Signature[:])
	}
}

// releaseDurable carries out what waits for nothing, in order. Several goroutines may
// come here; the one that finds a step at the head works on it to its end.
func (c *channel) releaseDurable() {
	c.releasing.Lock()
	defer c.releasing.Unlock()
	for {
		c.mu.Lock()
		if len(c.outstanding) == 0 || !c.outstanding[0].durable {
			c.mu.Unlock()
			return
		}
		r := c.outstanding[0]
		c.outstanding = append(c.outstanding[:0], c.outstanding[1:]...)
		if r.own {
			c.unwritten--
		}
		c.mu.Unlock()
		r.run()
		if r.own {
			signal(c.outbox.wake) // the next one may be signed
		}
	}
}

func (r *release) run() {
	sent := false
	for _, effect := range r.effects {
		if e, ok := effect.(machine.SendSigned); ok {
			sent = true
			r.sendSigned(e.Record)
			continue
		}
		if e, ok := effect.(machine.Notify); ok {
			r.mediate(e.Notice)
		}
		r.channel.do(effect)
	}
	if r.frame != nil && !sent {
		r.frame.Release()
	}
	if r.done != nil {
		r.done(nil)
	}
}

// sendSigned sends the batch, whose entries are still where they were hashed.
func (r *release) sendSigned(record *machine.BatchRecord) {
	r.channel.sendBatch(record.Pair.Proof[:], record.Pair.Signature[:], record.Previous, record.Count, record.Delta, r.entries, r.packets, r.frame.Release)
}

func (c *channel) sendBatch(proof, signature []byte, previous types.Hash, count uint32, delta types.Uint128, entries, packets []byte, done func()) {
	s := c.session.Load()
	if s == nil {
		if done != nil {
			done()
		}
		return
	}
	m := protocol.Batch{Proof: proof, Signature: signature, Previous: previous, Count: count, Delta: delta, Entries: entries, Packets: packets}
	head := m.AppendHeader(append(make([]byte, 0, 1+protocol.BatchHeaderLength), byte(protocol.KindBatch)))
	s.peer.Send(done, head, entries, packets)
}

// do carries out an effect that is not Persist or SendSigned. It does not block.
func (c *channel) do(effect machine.Effect) {
	switch e := effect.(type) {
	case machine.Send:
		if s := c.session.Load(); s != nil {
			s.send(e.Message)
		}
	case machine.Resend:
		c.resend(e)
	case machine.ResendAcks:
		c.resendAcks(e)
	case machine.Deliver:
		c.mu.Lock()
		close(c.delivered)
		c.delivered = make(chan struct{})
		c.mu.Unlock()
	case machine.Acknowledged:
		c.acknowledged(e.Epoch, e.Nonce)
	case machine.Want:
		c.wanted.Store(true)
		signal(c.outbox.wake)
	case machine.Submit:
		c.node.config.Submit(c.chainID, e.Action, c.clock.Load())
	case machine.Hangup:
		c.hangUp(e)
	case machine.Notify:
		c.notify(e.Notice)
	case machine.Forget:
		c.node.forget(c)
	}
}

// resend sends own batches again, out of the log.
func (c *channel) resend(e machine.Resend) {
	start := batchKey(prefixHeader, c.id, e.Epoch, c.side(), e.After+1)
	end := batchKey(prefixHeader, c.id, e.Epoch, c.side(), e.UpTo+1)
	var failed error
	err := c.node.store.Scan(start, end, func(key, value []byte) bool {
		var h batchHeader
		var entries, packets []byte
		nonce := nonceOfKey(key)
		if h, failed = parseHeader(value); failed == nil {
			entries, packets, failed = c.node.readBody(&h, c.id, e.Epoch, c.side(), nonce)
		}
		if failed == nil {
			c.sendBatch(h.pair.Proof[:], h.pair.Signature[:], h.previous, h.count, h.delta, entries, packets, nil)
		}
		return failed == nil
	})
	if err != nil || failed != nil {
		c.node.config.Logger.Error("batches cannot be sent again", "channel", c.id, "after", e.After, "error", fmt.Errorf("%w, %w", err, failed))
	}
}

// resendAcks sends acknowledgements of the peer's batches again.
func (c *channel) resendAcks(e machine.ResendAcks) {
	s := c.session.Load()
	if s == nil {
		return
	}
	sender := 1 - c.side()
	err := c.node.store.Scan(batchKey(prefixHeader, c.id, e.Epoch, sender, e.After+1), batchKey(prefixHeader, c.id, e.Epoch, sender, e.UpTo+1), func(key, value []byte) bool {
		h, err := parseHeader(value)
		if err == nil {
			s.send(protocol.Ack{
				Place:  types.Place{Domain: c.id.Domain, Channel: c.id.Channel, Epoch: e.Epoch},
				Sender: sender, Nonce: nonceOfKey(key), Signature: h.pair.Ack,
			})
		}
		return err == nil
	})
	if err != nil {
		c.node.config.Logger.Error("acknowledgements cannot be sent again", "channel", c.id, "after", e.After, "error", err)
	}
}

// hangUp ends the session of the channel. What may become right is tried again after the
// next header; everything else costs the peer its connection.
func (c *channel) hangUp(e machine.Hangup) {
	s := c.session.Load()
	if s == nil {
		return
	}
	if e.Retry {
		c.wantRetry.Store(true)
		return
	}
	c.session.CompareAndSwap(s, nil)
	s.peer.Punish(pointsFor(e.Code), fmt.Errorf("channel %s: %s: %s", c.id, e.Code, e.Text))
	s.peer.Disconnect()
}

// notify tells people and the layers above.
func (c *channel) notify(notice machine.Notice) {
	switch e := notice.(type) {
	case machine.NoticeReady:
		c.node.ready(c)
		signal(c.outbox.wake)
	case machine.NoticeFault:
		c.node.config.Logger.Warn("a channel's peer objects, or is objected to", "channel", c.id, "code", e.Code, "by_peer", e.ByPeer, "text", e.Text)
	}
	for _, watch := range c.node.watching() {
		watch(c.id, notice)
	}
}
