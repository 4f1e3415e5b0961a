package machine

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// encodingVersion is the first byte of an encoded state.
const encodingVersion = 1

// Bounds of lists in an encoded state: a file that was damaged must not ask for more
// memory than a channel can use.
const (
	maxInFlight = 1_024
	maxGone     = 2 * types.MaxLocks * maxInFlight
	maxText     = 256
)

// appendRecord appends all of the state but the locks, of which it says how many there are,
// the configuration and the session. Everything is fixed width or bounded: about 1,500 bytes,
// and 240 for each batch in flight.
func (s *State) appendRecord(b []byte) []byte {
	w := writer{append(b, encodingVersion)}
	w.channel(&s.Channel)
	w.uint8(s.Side)
	w.uint64(uint64(s.View.Height)) //nolint:gosec // heights are positive
	w.uint64(s.View.Clock)
	w.uint64(s.View.Time)
	w.uint64(s.View.Synced)
	w.uint8(uint8(s.Phase))
	w.uint8(uint8(s.Wait))
	w.outgoing(&s.Sent)
	w.pair(&s.Received.Pair)
	w.uint16(uint16(len(s.Received.Locks))) //nolint:gosec // at most MaxLocks
	w.uint64(s.Received.LastLockID)
	w.bool(s.PeerRestored)
	w.bool(s.Broken)
	if w.bool(s.Restored != nil); s.Restored != nil {
		w.pair(s.Restored)
	}
	// An agreement counts once it is signed.
	signed := s.Pact != nil && s.Pact.Signatures[s.Side] != (protocol.Signature{})
	if w.bool(signed); signed {
		w.pact(s.Pact)
	}
	if w.bool(s.Closing != nil); s.Closing != nil {
		w.bool(s.Closing.Recovering)
		w.uint64(s.Closing.ValidUntil)
		w.bytes(s.Closing.Signature[:])
		w.uint64(s.Closing.Submitted)
		w.bool(s.Closing.Abandoned)
	}
	if w.bool(s.Dispute != nil); s.Dispute != nil {
		w.dispute(s.Dispute)
	}
	return w.b
}

// ParseState reads what Save wrote. The next event must be Start. ErrEncoding says which field
// is wrong.
func ParseState(config Config, image Image) (*State, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	r := cursor{b: image.Bytes()}
	if version := r.uint8(); version != encodingVersion {
		return nil, fmt.Errorf("%w: version %d: must be %d", ErrEncoding, version, encodingVersion)
	}
	s := &State{Config: config}
	r.channel(&s.Channel)
	s.Side = r.upTo("side", 1)
	s.View = View{Height: int64(r.uint64()), Clock: r.uint64(), Time: r.uint64(), Synced: r.uint64()} //nolint:gosec // as it was written
	s.Phase = Phase(r.upTo("phase", uint8(PhaseEnded)))
	s.Wait = Wait(r.upTo("wait", uint8(WaitHeal)))
	sent, gone := r.outgoing(&s.Sent)
	s.Received.Pair = r.pair()
	s.Received.Newest = r.newest(&s.Received.Pair)
	received := r.count("received locks", int(r.uint16()), types.MaxLocks)
	s.Received.LastLockID = r.uint64()
	s.PeerRestored = r.bool()
	s.Broken = r.bool()
	if r.bool() {
		pair := r.pair()
		s.Restored = &pair
	}
	if r.bool() {
		s.Pact = r.pact()
	}
	if r.bool() {
		s.Closing = &Closing{Recovering: r.bool(), ValidUntil: r.uint64(), Signature: r.signature(), Submitted: r.uint64(), Abandoned: r.bool()}
	}
	if r.bool() {
		s.Dispute = r.dispute()
	}
	s.Sent.Locks, s.Sent.Gone, s.Received.Locks = r.locks(sent, &s.Sent.Newest), r.gone(gone), r.locks(received, &s.Received.Newest)
	if err := r.done(); err != nil {
		return nil, err
	}
	s.saved.note(s)
	if s.Phase == PhaseAgreed && s.Pact == nil || s.Phase == PhaseClosing && s.Closing == nil || s.Phase == PhaseDispute && s.Dispute == nil || s.Phase == 0 {
		return nil, fmt.Errorf("%w: phase %s without what belongs to it", ErrEncoding, s.Phase)
	}
	return s, nil
}

type writer struct{ b []byte }

func (w *writer) uint8(v uint8)   { w.b = append(w.b, v) }
func (w *writer) uint16(v uint16) { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *writer) uint32(v uint32) { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *writer) uint64(v uint64) { w.b = binary.BigEndian.AppendUint64(w.b, v) }
func (w *writer) bytes(v []byte)  { w.b = append(w.b, v...) }

func (w *writer) amount(v types.Uint128) { w.b = v.AppendTo(w.b) }

func (w *writer) bool(v bool) {
	if v {
		w.uint8(1)
	} else {
		w.uint8(0)
	}
}

// text writes a length of 2 bytes and the bytes; what is longer than a frame of the
// chain allows was refused before.
func (w *writer) text(v []byte) {
	w.uint16(uint16(len(v))) //nolint:gosec // at most maxText
	w.bytes(v)
}

func (w *writer) pair(p *protocol.Pair) { w.b = p.AppendTo(w.b) }

func (w *writer) channel(c *Channel) {
	w.bytes(c.Domain[:])
	w.uint64(c.Place.Channel)
	w.uint64(c.Epoch)
	w.text([]byte(c.Denom))
	for i := range 2 {
		w.text([]byte(c.Account[i]))
		w.b = c.Key[i].AppendTo(w.b)
		w.amount(c.Deposit[i])
	}
	w.uint64(c.Challenge)
	w.uint64(c.UnlockPeriod)
	w.uint64(c.EvidencePeriod)
	w.uint64(c.RecoveryPeriod)
	w.bool(c.Guaranteed)
}

func (w *writer) outgoing(o *Outgoing) {
	w.pair(&o.Signed)
	w.pair(&o.Pair)
	w.uint16(uint16(len(o.Locks))) //nolint:gosec // at most MaxLocks
	w.uint64(o.LastLockID)
	w.uint16(uint16(len(o.InFlight))) //nolint:gosec // bounded by WindowBatches
	for i := range o.InFlight {
		f := &o.InFlight[i]
		w.bytes(f.Pair.Proof[:])
		w.bytes(f.Pair.Signature[:])
		w.uint32(f.Size)
	}
	w.uint32(uint32(len(o.Gone))) //nolint:gosec // bounded by the window
}

func (w *writer) gone(g *GoneLock) {
	w.lock(&g.PendingLock)
	w.uint64(g.Nonce)
	w.bool(g.Resolved)
}

func (w *writer) lock(l *PendingLock) {
	w.b = l.AppendTo(w.b)
	w.bytes(l.PaymentID[:])
	w.bytes(l.Packet[:])
	if w.bool(l.HasSecret); l.HasSecret {
		w.bytes(l.Secret[:])
	}
	w.uint64(l.RegisteredAt)
	w.bool(l.Absent)
	if w.bool(l.Disposed); l.Disposed {
		w.bytes(l.Disposal[:])
		w.uint8(uint8(l.Reason))
	}
	w.uint64(l.Submitted)
}

func (w *writer) pact(p *Pact) {
	w.uint8(uint8(p.Agreement))
	w.bool(p.Mine)
	w.text(p.Signed)
	w.bytes(p.Signatures[0][:])
	w.bytes(p.Signatures[1][:])
	w.uint64(p.ValidUntil)
	w.uint8(uint8(p.From))
	w.uint64(p.Submitted)
}

func (w *writer) dispute(d *Dispute) {
	w.uint8(d.Closer)
	w.uint64(d.UpdateUntil)
	w.uint64(d.UnlockUntil)
	w.uint64(d.SettleFrom)
	for i := range 2 {
		w.shown(&d.Held[i])
		w.shown(&d.Claim[i])
		w.uint64(d.SubmittedPair[i])
		w.uint64(d.SubmittedDisposals[i])
	}
	w.uint64(d.SubmittedLocks)
	w.uint64(d.SubmittedEnd)
}

func (w *writer) shown(s *Shown) {
	w.text(s.Proof)
	w.uint64(s.Nonce)
	w.bool(s.Unlocked)
	w.bool(s.Counting != nil)
	w.uint16(uint16(len(s.Counting))) //nolint:gosec // at most MaxLocks
	for _, id := range s.Counting {
		w.uint64(id)
	}
}
