package protocol

import (
	"encoding/binary"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Reason why a lock is given up.
type Reason uint8

// Reasons of disposals. Those from ReasonNoRoute on may be the fault of a hop further
// on; the failure blob says whose, to the payer alone.
const (
	ReasonUnspecified Reason = iota
	// ReasonNoRoute: the next hop is unknown or away.
	ReasonNoRoute
	// ReasonCapacity: the next channel cannot carry the amount.
	ReasonCapacity
	// ReasonFee: the fee is below the mediator's.
	ReasonFee
	// ReasonExpiry: there is not enough time for the next hop.
	ReasonExpiry
	// ReasonSlots: the peer has too many locks pending.
	ReasonSlots
	// ReasonUnknownPayment: the target expects no such payment, or another amount.
	ReasonUnknownPayment
	// ReasonPacket: the packet cannot be read.
	ReasonPacket
	// ReasonQuote: the rate of a swap has expired or differs.
	ReasonQuote
	// ReasonStale: the mediator's view of a chain is not fresh.
	ReasonStale
	// ReasonTimeout: the next hop did not answer in time and its lock is gone.
	ReasonTimeout
	// ReasonDust: the amount is not worth a dispute.
	ReasonDust
	// ReasonPaid: the payment request was paid already.
	ReasonPaid
	// ReasonExpired: it is too late for the payment request.
	ReasonExpired
	lastReason
)

// MaxFailure bounds Dispose.Failure in bytes.
const MaxFailure = 512

// Dispose gives up a received lock: the sender takes it out with its next batch.
type Dispose struct {
	// Signed are the bytes of types.DisposalOf.
	Signed [types.DisposalLength]byte
	// Signature of the receiver of the lock over Signed.
	Signature Signature
	// Reason for the sender.
	Reason Reason
	// Failure is for the payer, encrypted; may be empty.
	Failure []byte
}

// Kind implements Message.
func (*Dispose) Kind() Kind { return KindDispose }

// ChannelID of the channel.
func (m *Dispose) ChannelID() ChannelID {
	r := reader{b: m.Signed[types.TagLength:]}
	return r.channelID()
}

// AppendTo implements Message:
//
//	disposal 105 | signature 64 | reason 1 | length 2 | failure
func (m *Dispose) AppendTo(b []byte) []byte {
	b = append(append(b, m.Signed[:]...), m.Signature[:]...)
	return appendText(append(b, byte(m.Reason)), string(m.Failure), MaxFailure)
}

// ParseDispose reads a body. It checks form, not truth.
func ParseDispose(b []byte) (*Dispose, error) {
	r := reader{message: "dispose", b: b}
	m := &Dispose{}
	copy(m.Signed[:], r.take("signed", types.DisposalLength))
	m.Signature = r.signature("signature")
	if m.Reason = Reason(r.uint8("reason")); m.Reason >= lastReason {
		m.Reason = ReasonUnspecified // of a later version
	}
	if text := r.text("failure", MaxFailure); text != "" {
		m.Failure = []byte(text)
	}
	return m, r.done()
}

// Reveal shows the secret of a received lock to its sender, who resolves the lock with
// its next batch.
type Reveal struct {
	types.Place
	// Sender of the lock, not of this message.
	Sender uint8
	// LockID of the lock.
	LockID uint64
	// Secret whose SHA-256 is the lock's hash.
	Secret [types.SecretLength]byte
}

// Kind implements Message.
func (Reveal) Kind() Kind { return KindReveal }

// ChannelID of the channel.
func (m Reveal) ChannelID() ChannelID { return IDOf(m.Place) }

// AppendTo implements Message:
//
//	domain 32 | channel 8 | epoch 8 | sender 1 | lock id 8 | secret 32
func (m Reveal) AppendTo(b []byte) []byte {
	b = append(appendPlace(b, m.Place), m.Sender)
	b = binary.BigEndian.AppendUint64(b, m.LockID)
	return append(b, m.Secret[:]...)
}

// ParseReveal reads a body.
func ParseReveal(b []byte) (m Reveal, err error) {
	r := reader{message: "reveal", b: b}
	m = Reveal{Place: r.place(), Sender: r.side("sender"), LockID: r.uint64("lock id"), Secret: r.hash("secret")}
	return m, r.done()
}
