package simulator

import (
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Habits of somebody who uses a node, each a chance in 1,000.
type Habits struct {
	// Pay, Lock, Withdraw, Agree (to close), Close and Deposit, per second.
	Pay, Lock, Withdraw, Agree, Close, Deposit int
	// Reveal or Dispose of a lock that came; otherwise it is left to expire.
	Reveal, Dispose int
}

// Busy habits do everything.
func Busy() Habits {
	return Habits{Pay: 300, Lock: 60, Withdraw: 4, Agree: 0, Close: 0, Deposit: 5, Reveal: 600, Dispose: 200}
}

// Use lets somebody use a node's channel from now on.
func (w *World) Use(n *Node, ch *Channel, habits *Habits) {
	n.Hears = func(ch *Channel, notice machine.Notice) { n.hear(ch, notice, habits) }
	var again func()
	again = func() {
		w.after(500+w.rand.Int64N(1_000), again)
		if n.up && ch.State.Phase != machine.PhaseEnded {
			n.use(ch, habits)
		}
	}
	w.after(0, again)
}

func (n *Node) use(ch *Channel, h *Habits) {
	w, s := n.w, ch.State
	available := s.Available().Lo
	if w.chance(h.Pay) && available > 0 {
		for range 1 + w.rand.IntN(4) {
			n.Pay(ch, 1+w.rand.Uint64N(available/8+1))
		}
	}
	if w.chance(h.Lock) && available > 0 {
		hash, _ := w.NewSecret()
		n.Lock(ch, 1+w.rand.Uint64N(available/4+1), hash, s.LockDeadline()-w.rand.Uint64N(1_200))
	}
	if ch.outbox.count > 0 || len(ch.outbox.locks) > 0 {
		_ = n.Flush(ch)
	}
	switch {
	case w.chance(h.Withdraw):
		_ = n.apply(ch, machine.Agree{Agreement: protocol.AgreeWithdraw, Payout: types.NewUint128(s.Balance().Lo / 4), Now: w.Now()})
	case w.chance(h.Agree):
		_ = n.apply(ch, machine.Agree{Agreement: protocol.AgreeClose, Now: w.Now()})
	case w.chance(h.Close):
		_ = n.apply(ch, machine.Close{Force: true})
	case w.chance(h.Deposit):
		n.deposit(ch, 1+w.rand.Uint64N(500))
	}
}

// deposit raises the node's own deposit.
func (n *Node) deposit(ch *Channel, amount uint64) {
	total, _ := ch.State.Channel.Deposit[ch.State.Side].Add(types.NewUint128(amount))
	ch.chain.Submit(&types.MsgDeposit{Depositor: n.Account.String(), ChannelId: ch.ID.Channel, Participant: uint32(ch.State.Side), Total: total})
}

// hear answers locks, and pays those whose secret came.
func (n *Node) hear(ch *Channel, notice machine.Notice, h *Habits) {
	w := n.w
	switch e := notice.(type) {
	case machine.NoticeLockAdded:
		lock := e.Lock
		secret, known := w.Secrets[lock.Hash]
		delay := w.rand.Int64N(20_000)
		switch {
		case known && w.chance(h.Reveal):
			w.after(delay, func() { _ = n.apply(ch, machine.Reveal{LockID: lock.ID, Secret: secret}) })
		case w.chance(h.Dispose):
			w.after(delay, func() { _ = n.apply(ch, machine.Dispose{LockID: lock.ID, Reason: protocol.ReasonNoRoute}) })
		}
	case machine.NoticeSecret:
		n.payLater(ch, e.Lock.ID)
	case machine.NoticeReady:
		for _, lock := range ch.State.Sent.Locks {
			if lock.HasSecret && !lock.Disposed {
				n.payLater(ch, lock.ID)
			}
		}
	}
}

func (n *Node) payLater(ch *Channel, id uint64) {
	n.w.after(10, func() { _ = n.apply(ch, machine.Pay{LockID: id}) })
}
