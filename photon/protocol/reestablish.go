package protocol

import (
	"encoding/binary"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Reestablish resumes one channel on a new connection. Both send it after Hello;
// before the peer's was checked a node signs nothing in the channel.
type Reestablish struct {
	// Signed are the bytes of types.Reestablish: place, participant, the highest nonce it
	// ever signed, nonce and hash of the newest proof it holds of the peer, and the peer's
	// challenge of this connection.
	Signed [types.ReestablishLength]byte
	// Signature of the channel key over Signed.
	Signature Signature
	// Acked is the newest nonce of the sender's own proofs that it holds an
	// acknowledgement for; the peer sends again those that came after.
	Acked uint64
	// Reply tells that this answers the receiver's: it needs no answer. Whoever begins a
	// session cannot know whether the other end has begun it.
	Reply bool
	// HasPair tells that the pair follows: the receiver's newest proof that the sender
	// holds, with the receiver's own signature and the sender's acknowledgement. It is how
	// a node learns that its store is older than what it signed.
	HasPair bool
	// Pair of the receiver.
	Pair Pair
}

// Pair is a balance proof with both signatures, in fixed length.
type Pair struct {
	Proof     [types.ProofLength]byte
	Signature Signature
	// Ack is all zero if there is none.
	Ack Signature
}

const (
	flagPair  = 1
	flagReply = 2
)

// PairLength of an encoded pair.
const PairLength = types.ProofLength + 2*types.SignatureLength

// AppendTo appends proof 171 | signature 64 | ack signature 64.
func (p *Pair) AppendTo(b []byte) []byte {
	return append(append(append(b, p.Proof[:]...), p.Signature[:]...), p.Ack[:]...)
}

// Acked tells whether the acknowledgement is there.
func (p *Pair) Acked() bool { return p.Ack != Signature{} }

// SignedProof returns the pair as the chain takes it.
func (p *Pair) SignedProof() types.SignedProof {
	s := types.SignedProof{Proof: append([]byte(nil), p.Proof[:]...), Signature: append([]byte(nil), p.Signature[:]...)}
	if p.Acked() {
		s.AckSignature = append([]byte(nil), p.Ack[:]...)
	}
	return s
}

func (r *reader) pair(field string) (p Pair) {
	copy(p.Proof[:], r.take(field, types.ProofLength))
	p.Signature = r.signature(field)
	p.Ack = r.signature(field)
	return p
}

// Kind implements Message.
func (*Reestablish) Kind() Kind { return KindReestablish }

// ChannelID of the channel that is resumed.
func (m *Reestablish) ChannelID() ChannelID {
	r := reader{b: m.Signed[types.TagLength:]}
	return r.channelID()
}

// AppendTo implements Message:
//
//	re-establish 145 | signature 64 | acked 8 | flags 1 (1: pair, 2: reply) | pair 299 if it has
func (m *Reestablish) AppendTo(b []byte) []byte {
	b = append(append(b, m.Signed[:]...), m.Signature[:]...)
	b = binary.BigEndian.AppendUint64(b, m.Acked)
	var flags byte
	if m.Reply {
		flags |= flagReply
	}
	if !m.HasPair {
		return append(b, flags)
	}
	return m.Pair.AppendTo(append(b, flags|flagPair))
}

// ParseReestablish reads a body. It checks form, not truth.
func ParseReestablish(b []byte) (*Reestablish, error) {
	r := reader{message: "re-establish", b: b}
	m := &Reestablish{}
	copy(m.Signed[:], r.take("signed", types.ReestablishLength))
	m.Signature = r.signature("signature")
	m.Acked = r.uint64("acked")
	flags := r.uint8("flags")
	if flags > flagPair|flagReply && r.missing == "" {
		r.missing = "flags: must be 0 to 3"
	}
	m.Reply = flags&flagReply != 0
	if m.HasPair = flags&flagPair != 0; m.HasPair {
		m.Pair = r.pair("pair")
	}
	return m, r.done()
}
