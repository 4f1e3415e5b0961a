package machine

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// cursor reads fields; after the first error all are zero.
type cursor struct {
	b   []byte
	err error
}

func (r *cursor) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrEncoding}, args...)...)
		r.b = nil
	}
}

func (r *cursor) take(n int) []byte {
	if n > len(r.b) {
		r.fail("%d bytes are left: must be %d", len(r.b), n)
	}
	if r.err != nil {
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *cursor) done() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("%d bytes are left over", len(r.b))
	}
	return r.err
}

func (r *cursor) uint8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *cursor) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *cursor) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *cursor) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *cursor) upTo(field string, limit uint8) uint8 {
	v := r.uint8()
	if v > limit {
		r.fail("%s %d: must be at most %d", field, v, limit)
		return 0
	}
	return v
}

func (r *cursor) bool() bool { return r.upTo("flag", 1) == 1 }

func (r *cursor) count(field string, n, limit int) int {
	if n > limit {
		r.fail("%s: %d: must be at most %d", field, n, limit)
		return 0
	}
	return n
}

func (r *cursor) text() []byte { return r.take(r.count("length", int(r.uint16()), maxText)) }

func (r *cursor) hash() (h types.Hash)              { copy(h[:], r.take(len(h))); return h }
func (r *cursor) signature() (s protocol.Signature) { copy(s[:], r.take(len(s))); return s }

func (r *cursor) amount() types.Uint128 {
	if b := r.take(types.Uint128Length); b != nil {
		return types.Uint128FromBytes(b)
	}
	return types.Uint128{}
}

func (r *cursor) pair() (p protocol.Pair) {
	copy(p.Proof[:], r.take(types.ProofLength))
	p.Signature, p.Ack = r.signature(), r.signature()
	return p
}

// newest parses the proof of a pair; all zero is none.
func (r *cursor) newest(pair *protocol.Pair) types.BalanceProof {
	if *pair == (protocol.Pair{}) {
		return types.BalanceProof{}
	}
	p, err := types.ParseBalanceProof(pair.Proof[:])
	if err != nil {
		r.fail("%s", err)
	}
	return p
}

func (r *cursor) channel(c *Channel) {
	c.Place = types.Place{Domain: r.hash(), Channel: r.uint64(), Epoch: r.uint64()}
	c.Denom = string(r.text())
	for i := range 2 {
		c.Account[i] = string(r.text())
		if b := r.take(types.KeyLength); b != nil {
			key, err := types.ChannelKeyFromBytes(b)
			if err != nil {
				r.fail("%s", err)
			}
			c.Key[i] = key
		}
		c.Deposit[i] = r.amount()
	}
	c.Challenge, c.UnlockPeriod, c.EvidencePeriod, c.RecoveryPeriod = r.uint64(), r.uint64(), r.uint64(), r.uint64()
	c.Guaranteed = r.bool()
}

// outgoing returns how many locks and gone ones there are.
func (r *cursor) outgoing(o *Outgoing) (locks, gone int) {
	o.Signed = r.pair()
	o.Newest = r.newest(&o.Signed)
	o.Pair = r.pair()
	acked := r.newest(&o.Pair)
	o.Acked = acked.Nonce
	locks = r.count("sent locks", int(r.uint16()), types.MaxLocks)
	o.LastLockID = r.uint64()
	for range r.count("in flight", int(r.uint16()), maxInFlight) {
		var f InFlight
		copy(f.Pair.Proof[:], r.take(types.ProofLength))
		f.Pair.Signature = r.signature()
		f.Size = r.uint32()
		p := r.newest(&f.Pair)
		f.Nonce = p.Nonce
		if r.err != nil {
			return 0, 0
		}
		o.InFlight = append(o.InFlight, f)
		o.Bytes += uint64(f.Size)
	}
	return locks, r.count("gone", int(r.uint32()), maxGone)
}

// locks reads the list behind a proof.
func (r *cursor) locks(n int, newest *types.BalanceProof) (locks []*PendingLock) {
	for range n {
		lock := r.lock()
		if r.err != nil {
			return nil
		}
		locks = append(locks, &lock)
	}
	if _, root, _ := rootOf(locks); r.err == nil && root != newest.LocksRoot {
		r.fail("%d locks have root %x: the proof says %x", n, root, newest.LocksRoot)
	}
	return locks
}

func (r *cursor) gone(n int) (all []*GoneLock) {
	for range n {
		gone := &GoneLock{PendingLock: r.lock(), Nonce: r.uint64(), Resolved: r.bool()}
		if last := len(all) - 1; r.err == nil && last >= 0 && gone.ID <= all[last].ID {
			r.fail("gone lock %d behind %d", gone.ID, all[last].ID)
		}
		if r.err != nil {
			return nil
		}
		all = append(all, gone)
	}
	return all
}

func (r *cursor) lock() (l PendingLock) {
	l.Lock = types.Lock{ID: r.uint64(), Amount: r.amount(), Hash: r.hash(), Expiry: r.uint64()}
	copy(l.PaymentID[:], r.take(len(l.PaymentID)))
	l.Packet = r.hash()
	if l.HasSecret = r.bool(); l.HasSecret {
		l.Secret = r.hash()
	}
	l.RegisteredAt = r.uint64()
	l.Absent = r.bool()
	if l.Disposed = r.bool(); l.Disposed {
		l.Disposal = r.signature()
		l.Reason = protocol.Reason(r.uint8())
	}
	l.Submitted = r.uint64()
	return l
}

func (r *cursor) pact() *Pact {
	p := &Pact{Agreement: protocol.Agreement(r.upTo("agreement", uint8(protocol.AgreeClose))), Mine: r.bool(), Signed: bytes.Clone(r.text())}
	p.Signatures[0], p.Signatures[1] = r.signature(), r.signature()
	p.ValidUntil = r.uint64()
	p.From = Phase(r.upTo("phase before", uint8(PhaseEnded)))
	p.Submitted = r.uint64()
	if want := map[protocol.Agreement]int{protocol.AgreeWithdraw: types.WithdrawLength, protocol.AgreeClose: types.CooperativeLength}[p.Agreement]; len(p.Signed) != want {
		r.fail("agreement of %d bytes: must have %d", len(p.Signed), want)
	}
	return p
}

func (r *cursor) dispute() *Dispute {
	d := &Dispute{Closer: r.upTo("closer", 1), UpdateUntil: r.uint64(), UnlockUntil: r.uint64(), SettleFrom: r.uint64()}
	for i := range 2 {
		d.Held[i], d.Claim[i] = r.shown(), r.shown()
		d.SubmittedPair[i], d.SubmittedDisposals[i] = r.uint64(), r.uint64()
	}
	d.SubmittedLocks, d.SubmittedEnd = r.uint64(), r.uint64()
	return d
}

func (r *cursor) shown() (s Shown) {
	if proof := r.text(); len(proof) > 0 {
		s.Proof = bytes.Clone(proof)
	}
	s.Nonce, s.Unlocked = r.uint64(), r.bool()
	if r.bool() {
		s.Counting = []uint64{}
	}
	for range r.count("counting", int(r.uint16()), types.MaxLocks) {
		s.Counting = append(s.Counting, r.uint64())
	}
	return s
}
