package machine

import (
	"crypto/sha256"
	"math/big"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Forward takes an incoming lock on, or says why not: then the caller disposes of it
// (ReasonUnspecified: it is taken).
func (m *Mediator) Forward(f *Forward, steps []Step) ([]Step, protocol.Reason) {
	if reason := m.check(f); reason != protocol.ReasonUnspecified {
		return steps, reason
	}
	t := Transfer{Hash: f.Hash, In: f.In, Out: f.Out, Stage: StageSending}
	m.Transfers = append(m.Transfers, t)
	op := protocol.Op{
		Kind: types.EntryLock, PaymentID: t.OutPaymentID(), Amount: f.Out.Amount, Hash: f.Hash, Expiry: f.Out.Expiry, Packet: sha256.Sum256(f.Packet),
	}
	return append(steps, Keep{t}, AddLock{Transfer: t, Op: op, Packet: f.Packet}), protocol.ReasonUnspecified
}

// check applies limits, margins and fees.
func (m *Mediator) check(f *Forward) protocol.Reason {
	pending := 0
	for i := range m.Transfers {
		if t := &m.Transfers[i]; t.In.Channel == f.In.Channel {
			pending++
			if t.In.LockID == f.In.LockID && t.In.Epoch == f.In.Epoch {
				return protocol.ReasonPacket // asked for twice
			}
		}
	}
	hold, in := f.OutClock.left(f.Out.Expiry), f.InClock.left(f.In.Expiry)
	same := f.In.Channel.Domain == f.Out.Channel.Domain
	switch {
	case f.In.Channel == f.Out.Channel:
		return protocol.ReasonNoRoute
	case pending >= m.Config.MaxPerChannel || len(m.Transfers) >= m.Config.MaxTransfers:
		return protocol.ReasonSlots
	case hold < m.Config.MinHold || hold > m.Config.MaxHold:
		return protocol.ReasonExpiry
	case same:
		if in < hold+m.Config.Margin {
			return protocol.ReasonExpiry
		}
		return m.checkFee(f)
	case !f.InClock.fresh(m.Config.MaxHeaderAge) || !f.OutClock.fresh(m.Config.MaxHeaderAge):
		return protocol.ReasonStale
	case in < hold+m.Config.SwapMargin:
		// Clocks of two chains drift apart: each is at most as fast as time.
		return protocol.ReasonExpiry
	default:
		return checkQuote(f)
	}
}

// checkFee: in ≥ out + base + out × ppm / 1,000,000, rounded up.
func (m *Mediator) checkFee(f *Forward) protocol.Reason {
	fee, ok := f.Out.Amount.MulDivCeil(m.Config.FeePPM, 1_000_000).Add(m.Config.FeeBase)
	if due, sum := f.Out.Amount.Add(fee); !ok || !sum || f.In.Amount.Less(due) {
		return protocol.ReasonFee
	}
	return protocol.ReasonUnspecified
}

// checkQuote: the quote lives, and out ≤ in × num / den.
func checkQuote(f *Forward) protocol.Reason {
	q := f.Quote
	if q == nil || q.Den.IsZero() || f.InClock.Now > q.ValidUntil || q.ValidUntil > q.GivenAt+MaxQuoteLife || f.InClock.Now < q.GivenAt {
		return protocol.ReasonQuote
	}
	left := new(big.Int).Mul(f.Out.Amount.Big(), q.Den.Big())
	right := new(big.Int).Mul(f.In.Amount.Big(), q.Num.Big())
	if left.Cmp(right) > 0 {
		return protocol.ReasonQuote
	}
	return protocol.ReasonUnspecified
}

// Signed tells that the outgoing lock is signed, with its id.
func (m *Mediator) Signed(in Leg, lockID uint64, steps []Step) []Step {
	t := m.byIn(in.Channel, in.Epoch, in.LockID)
	if t == nil || t.Stage != StageSending {
		return steps
	}
	t.Stage, t.Out.LockID = StagePending, lockID
	return append(steps, Keep{*t})
}

// Failed tells that the outgoing lock was not signed and will not be.
func (m *Mediator) Failed(in Leg, reason protocol.Reason, failure []byte, steps []Step) []Step {
	t := m.byIn(in.Channel, in.Epoch, in.LockID)
	if t == nil || t.Stage != StageSending {
		return steps
	}
	return m.void(t, reason, failure, steps)
}

// OutDisposed tells that the receiver of an outgoing lock gave it up (NoticeDisposed).
func (m *Mediator) OutDisposed(channel protocol.ChannelID, epoch, lockID uint64, reason protocol.Reason, failure []byte, steps []Step) []Step {
	t := m.byOut(channel, epoch, lockID)
	if t == nil || t.Stage != StagePending {
		return steps
	}
	return m.void(t, reason, failure, steps)
}

// OutExpired tells that an outgoing lock expired without a secret on record
// (NoticeExpired of an own lock).
func (m *Mediator) OutExpired(channel protocol.ChannelID, epoch, lockID uint64, steps []Step) []Step {
	return m.OutDisposed(channel, epoch, lockID, protocol.ReasonTimeout, nil, steps)
}

// Secret tells that a secret is known: from the receiver of an outgoing lock
// (NoticeSecret), from any chain, or from anybody. Late says that the outgoing lock is
// void nevertheless; then it is not paid.
func (m *Mediator) Secret(secret [types.SecretLength]byte, late bool, steps []Step) []Step {
	hash := types.Hash(sha256.Sum256(secret[:]))
	for i := range m.Transfers {
		t := &m.Transfers[i]
		// A transfer that is void stays so: its incoming lock may be given up already. A lock
		// that is not signed yet is found by Recover or by Signed.
		if t.Hash != hash || t.Stage != StagePending {
			continue
		}
		t.Stage, t.Secret = StagePaid, secret
		steps = append(steps, Keep{*t}, RevealIn{*t})
		if !late {
			steps = append(steps, PayOut{*t})
		}
	}
	return steps
}

// Gone tells that the incoming lock is decided: it was paid, given up, has expired, or
// its channel has ended.
func (m *Mediator) Gone(in Leg, steps []Step) []Step {
	for i := range m.Transfers {
		if t := m.Transfers[i]; t.In.Channel == in.Channel && t.In.Epoch == in.Epoch && t.In.LockID == in.LockID {
			m.Transfers = append(m.Transfers[:i], m.Transfers[i+1:]...)
			return append(steps, Drop{t})
		}
	}
	return steps
}

func (m *Mediator) void(t *Transfer, reason protocol.Reason, failure []byte, steps []Step) []Step {
	t.Stage, t.Reason, t.Failure = StageVoid, reason, append([]byte(nil), failure...)
	return append(steps, Keep{*t}, DisposeIn{*t})
}

// Recover brings a transfer that was read from disk up to date with its two channels,
// after a start, before anything else happens. out is nil if that channel has ended; in
// may be nil as well. A secret that is on record on a chain must have been given to the
// channels before.
func (m *Mediator) Recover(t Transfer, in, out *State, steps []Step) []Step {
	m.Transfers = append(m.Transfers, t)
	now := &m.Transfers[len(m.Transfers)-1]
	incoming := lockOf(in, now.In.Epoch, now.In.LockID)
	switch {
	case now.Stage == StageVoid:
		return append(steps, DisposeIn{*now})
	case now.Stage == StagePaid:
		steps = append(steps, RevealIn{*now})
		if lock := m.outgoing(now, out); lock != nil && lock.HasSecret && !lock.Disposed {
			steps = append(steps, PayOut{*now})
		}
		return steps
	case incoming != nil && incoming.HasSecret:
		now.Stage, now.Secret = StagePaid, incoming.Secret
		return append(steps, Keep{*now}, RevealIn{*now}, PayOut{*now})
	}
	lock := m.outgoing(now, out)
	switch {
	case lock == nil && (out == nil || out.Channel.Epoch != now.Out.Epoch) && !expired(in, now.In.Expiry):
		return steps // decided by a chain: its secrets come as events, or the incoming lock expires
	case lock == nil:
		// It was never signed, or removed as void: it is paid only after RevealIn is durable.
		return m.void(now, protocol.ReasonTimeout, nil, steps)
	}
	now.Stage, now.Out.LockID = StagePending, lock.ID
	steps = append(steps, Keep{*now})
	switch {
	case lock.Disposed:
		return m.void(now, lock.Reason, nil, steps)
	case lock.HasSecret:
		return m.Secret(lock.Secret, false, steps)
	}
	return steps
}

// outgoing finds the outgoing lock of a transfer, signed or on its way out.
func (m *Mediator) outgoing(t *Transfer, out *State) *PendingLock {
	if out == nil || out.Channel.Epoch != t.Out.Epoch {
		return nil
	}
	id := t.OutPaymentID()
	for i := range out.Sent.Locks {
		if out.Sent.Locks[i].PaymentID == id {
			return &out.Sent.Locks[i]
		}
	}
	return nil
}

func lockOf(s *State, epoch, id uint64) *PendingLock {
	if s == nil || s.Channel.Epoch != epoch {
		return nil
	}
	if at := find(s.Received.Locks, id); at >= 0 {
		return &s.Received.Locks[at]
	}
	return nil
}

func expired(s *State, expiry uint64) bool { return s == nil || s.View.Clock > expiry }

func (m *Mediator) byIn(channel protocol.ChannelID, epoch, lockID uint64) *Transfer {
	for i := range m.Transfers {
		if t := &m.Transfers[i]; t.In.LockID == lockID && t.In.Channel == channel && t.In.Epoch == epoch {
			return t
		}
	}
	return nil
}

func (m *Mediator) byOut(channel protocol.ChannelID, epoch, lockID uint64) *Transfer {
	for i := range m.Transfers {
		if t := &m.Transfers[i]; t.Out.LockID == lockID && t.Out.Channel == channel && t.Out.Epoch == epoch {
			return t
		}
	}
	return nil
}
