package protocol

import (
	"crypto/ed25519"
	"encoding/binary"

	"github.com/meshchain/meshchain/x/channels/types"
)

// MaxQuoteLife is the longest that a quote may be valid, in seconds.
const MaxQuoteLife = 30

// QuoteRequest asks a mediator for its rate between two of its channels.
type QuoteRequest struct {
	// Number of the request; the answer has it.
	Number uint64
	// In is the domain that the mediator receives in, Out the one that it pays in.
	In, Out types.Hash
	// Amount that goes out.
	Amount types.Uint128
}

// Kind implements Message.
func (QuoteRequest) Kind() Kind { return KindQuoteRequest }

// AppendTo implements Message: number 8 | in 32 | out 32 | amount 16.
func (m QuoteRequest) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, m.Number)
	return m.Amount.AppendTo(append(append(b, m.In[:]...), m.Out[:]...))
}

// ParseQuoteRequest reads a body.
func ParseQuoteRequest(b []byte) (m QuoteRequest, err error) {
	r := reader{message: "quote request", b: b}
	m = QuoteRequest{Number: r.uint64("number"), In: r.hash("in"), Out: r.hash("out"), Amount: r.amount("amount")}
	return m, r.done()
}

// Quote is a rate that a mediator stands by until ValidUntil: for AmountOut it takes
// AmountIn, its fee included. It holds for one payment.
type Quote struct {
	Number uint64
	// Node that quotes.
	Node NodeID
	// ID that the packet to the mediator must name; zero if it does not quote.
	ID [16]byte
	// In and Out are the domains.
	In, Out types.Hash
	// AmountIn that the mediator takes for AmountOut; Fee is the part of it that is above its rate.
	AmountIn, AmountOut, Fee types.Uint128
	// Delta is how much later, in seconds of wall time, the lock to the mediator must expire.
	Delta uint32
	// OutClock is the channel clock of the chain that it pays on.
	OutClock uint64
	// ValidUntil in Unix seconds.
	ValidUntil uint64
	// Signature of the node over SignBytes.
	Signature Signature
}

// Kind implements Message.
func (Quote) Kind() Kind { return KindQuote }

func (m *Quote) appendSigned(b []byte) []byte {
	b = append(append(b, m.Node[:]...), m.ID[:]...)
	b = append(append(b, m.In[:]...), m.Out[:]...)
	b = m.Fee.AppendTo(m.AmountOut.AppendTo(m.AmountIn.AppendTo(b)))
	b = binary.BigEndian.AppendUint32(b, m.Delta)
	b = binary.BigEndian.AppendUint64(b, m.OutClock)
	return binary.BigEndian.AppendUint64(b, m.ValidUntil)
}

// AppendTo implements Message:
//
//	number 8 | node 32 | id 16 | in 32 | out 32 | amount in 16 | amount out 16 | fee 16
//	| delta 4 | out clock 8 | valid until 8 | signature 64
func (m Quote) AppendTo(b []byte) []byte {
	b = m.appendSigned(binary.BigEndian.AppendUint64(b, m.Number))
	return append(b, m.Signature[:]...)
}

// SignBytes are tag "mesh/quote/v1" 16 | the body from the node on, without the signature.
func (m *Quote) SignBytes() []byte { return m.appendSigned([]byte(tagQuote)) }

// Sign signs with the node's key.
func (m *Quote) Sign(key ed25519.PrivateKey) {
	copy(m.Signature[:], ed25519.Sign(key, m.SignBytes()))
}

// Verify checks the signature.
func (m *Quote) Verify() error { return verifyNode("quote", m.Node, m.SignBytes(), m.Signature) }

// ParseQuote reads a body. It checks form, not truth.
func ParseQuote(b []byte) (m Quote, err error) {
	r := reader{message: "quote", b: b}
	m = Quote{Number: r.uint64("number"), Node: r.node("node")}
	copy(m.ID[:], r.take("id", len(m.ID)))
	m.In, m.Out = r.hash("in"), r.hash("out")
	m.AmountIn, m.AmountOut, m.Fee = r.amount("amount in"), r.amount("amount out"), r.amount("fee")
	m.Delta, m.OutClock, m.ValidUntil = r.uint32("delta"), r.uint64("out clock"), r.uint64("valid until")
	m.Signature = r.signature("signature")
	return m, r.done()
}
