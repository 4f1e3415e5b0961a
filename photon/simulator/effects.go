package simulator

import (
	"bytes"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// carryOut does what the machine asks for.
func (n *Node) carryOut(ch *Channel, effect machine.Effect) {
	w := n.w
	switch e := effect.(type) {
	case machine.Persist:
		w.trace("%s %s persist %s", n.Name, ch.ID, e.Point)
		n.save(ch)
		if n.Evil {
			ch.disk.history = append(ch.disk.history, ch.disk.image.Clone())
		}
		if e.Batch != nil {
			n.log(ch, e.Batch)
		}
	case machine.Early:
		n.carryOut(ch, e.Effect)
	case machine.Send:
		n.send(ch, e.Message)
	case machine.SendSigned:
		n.sendLogged(ch, ch.disk.sent[len(ch.disk.sent)-1])
	case machine.Resend:
		for _, l := range ch.disk.sent {
			if l.epoch == e.Epoch && l.nonce > e.After && l.nonce <= e.UpTo {
				n.sendLogged(ch, l)
			}
		}
	case machine.ResendAcks:
		for _, l := range ch.disk.received {
			if l.epoch == e.Epoch && l.nonce > e.After && l.nonce <= e.UpTo {
				n.send(ch, l.message)
			}
		}
	case machine.Want:
		w.after(1, func() { _ = n.Flush(ch) })
	case machine.Submit:
		n.submit(ch, e.Action)
	case machine.Hangup:
		w.trace("%s %s hangs up: %s: %s", n.Name, ch.ID, e.Code, e.Text)
		w.after(1_000+w.rand.Int64N(8_000), func() {
			if n.up && ch.link.up && !ch.State.Connected {
				n.connect(ch)
			}
		})
	case machine.Notify:
		w.trace("%s %s notice %T %+v", n.Name, ch.ID, e.Notice, e.Notice)
		if ended, ok := e.Notice.(machine.NoticeEnded); ok && ch.ended == nil {
			ch.ended = &ended
			w.book.ended(n, ch)
		}
		if n.Hears != nil {
			n.Hears(ch, e.Notice)
		}
		if n.payments != nil {
			n.payments.hear(ch, e.Notice)
		}
	}
}

// save writes the state as a real node does: the record, and the locks that changed. What is
// on the disk then must be the state.
func (n *Node) save(ch *Channel) {
	ch.disk.image.Save(ch.State)
	if !bytes.Equal(ch.disk.image.Bytes(), ch.State.Image().Bytes()) {
		n.w.fail("%s %s: what was saved is not the state", n.Name, ch.ID)
	}
}

// log keeps a batch as a real node does.
func (n *Node) log(ch *Channel, r *machine.BatchRecord) {
	if !r.Own {
		p := ch.State.Received.Newest
		ch.disk.received = append(ch.disk.received, logged{
			epoch: r.Epoch, nonce: r.Nonce, message: protocol.Ack{Place: p.Place, Sender: p.Sender, Nonce: r.Nonce, Signature: r.Pair.Ack},
		})
		return
	}
	m := &protocol.Batch{
		Proof: r.Pair.Proof[:], Signature: r.Pair.Signature[:], Previous: r.Previous, Count: r.Count, Delta: r.Delta, Entries: ch.outbox.entries,
		Packets: ch.outbox.framed,
	}
	ch.disk.sent = append(ch.disk.sent, logged{epoch: r.Epoch, nonce: r.Nonce, frame: protocol.Append(nil, m), message: m})
}

func (n *Node) sendLogged(ch *Channel, l logged) {
	if n.Filter == nil || n.Filter(ch, l.message) {
		n.w.trace("%s %s sends batch %d", n.Name, ch.ID, l.nonce)
		ch.link.send(n, l.frame)
	}
}

func (n *Node) send(ch *Channel, m protocol.Message) {
	if _, ok := m.(protocol.Consent); ok {
		n.w.book.leaves(n, ch.State.Channel.Place, ch.State.Pact.ValidUntil, types.TagWithdraw)
	}
	if n.Filter == nil || n.Filter(ch, m) {
		n.w.trace("%s %s sends %T", n.Name, ch.ID, m)
		ch.link.send(n, protocol.Append(nil, m))
	}
}

// submit brings a transaction to the chain, sooner or later.
func (n *Node) submit(ch *Channel, action machine.Action) {
	msg, err := chain.Message(n.Account.String(), action, nil)
	if err != nil {
		n.w.fail("%s: %s", n.Name, err)
		return
	}
	n.w.trace("%s %s submits %T", n.Name, ch.ID, action)
	switch a := action.(type) {
	case machine.SubmitClose:
		n.w.book.leaves(n, ch.State.Channel.Place, a.ValidUntil, types.TagClose)
	case machine.SubmitAgreement:
		n.w.book.leaves(n, ch.State.Channel.Place, a.ValidUntil, types.TagWithdraw)
	}
	delay := n.w.rand.Int64N(3_000)
	if n.w.chance(n.w.Faults.Defer) {
		delay += n.w.rand.Int64N(100_000)
	}
	n.w.after(delay, func() { ch.chain.Submit(msg) })
}

// receive takes a message from a link.
func (n *Node) receive(l *Link, m protocol.Message) {
	id, ok := protocol.ChannelOf(m)
	ch := n.Channel(id)
	if !ok || ch == nil || ch.link != l {
		return
	}
	b, isBatch := m.(*protocol.Batch)
	if !isBatch {
		_ = n.apply(ch, machine.Received{Message: m, Now: n.w.Now()})
		return
	}
	sum, err := n.scanner.Scan(b.Entries, b.Count)
	if err != nil {
		if !ch.Peer.Evil {
			n.w.fail("%s: %s", n.Name, err)
		}
		return
	}
	e := machine.ReceivedBatch{Previous: b.Previous, Delta: b.Delta, Summary: sum, Now: n.w.Now()}
	copy(e.Proof[:], b.Proof)
	copy(e.Signature[:], b.Signature)
	ch.packets = map[uint64][]byte{}
	if err := protocol.EachPacket(b.Packets, func(lock uint64, packet []byte) error {
		ch.packets[lock] = packet
		return nil
	}); err != nil && !ch.Peer.Evil {
		n.w.fail("%s: %s", n.Name, err)
		return
	}
	_ = n.apply(ch, e)
}

// Pay puts a direct payment into the outbox.
func (n *Node) Pay(ch *Channel, amount uint64) {
	id := n.w.draw()
	ch.outbox.entries = types.Entry{PaymentID: [16]byte(id[:16]), Amount: types.NewUint128(amount), Kind: types.EntryDirect, Data: id[16:]}.AppendTo(ch.outbox.entries)
	ch.outbox.count++
}

// Lock puts a lock into the outbox.
func (n *Node) Lock(ch *Channel, amount uint64, hash types.Hash, expiry uint64) {
	id := n.w.draw()
	n.LockAs(ch, protocol.Op{Kind: types.EntryLock, PaymentID: [16]byte(id[:16]), Amount: types.NewUint128(amount), Hash: hash, Expiry: expiry})
}

// LockAs puts a lock with all its fields but the id into the outbox.
func (n *Node) LockAs(ch *Channel, op protocol.Op) { ch.outbox.locks = append(ch.outbox.locks, op) }

// Flush signs what is in the outbox, with the locks that are to be resolved or removed.
// What cannot be paid now is forgotten, and the error says why.
func (n *Node) Flush(ch *Channel) error {
	if !n.up {
		return nil
	}
	err := n.flush(ch)
	done := ch.outbox.done
	ch.outbox = outbox{}
	for _, tell := range done {
		tell(err)
	}
	return err
}

func (n *Node) flush(ch *Channel) error {
	if err := ch.State.MayPay(n.w.Now()); err != nil {
		return err
	}
	for _, op := range ch.State.Wanted(nil) {
		ch.outbox.entries = op.AppendTo(ch.outbox.entries)
		ch.outbox.count++
	}
	for i, op := range ch.outbox.locks {
		op.LockID = ch.State.NextLockID() + uint64(i) //nolint:gosec // small
		if i < len(ch.outbox.packets) {
			ch.outbox.framed = protocol.AppendPacket(ch.outbox.framed, op.LockID, ch.outbox.packets[i])
		}
		ch.outbox.entries = op.AppendTo(ch.outbox.entries)
		ch.outbox.count++
	}
	if ch.outbox.count == 0 {
		return nil
	}
	sum, err := n.scanner.Scan(ch.outbox.entries, ch.outbox.count)
	if err == nil {
		err = n.apply(ch, machine.SendBatch{Summary: sum, Now: n.w.Now()})
	}
	if err != nil {
		n.w.trace("%s %s cannot pay: %s", n.Name, ch.ID, err)
	}
	return err
}
