package protocol

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// MaxFeeRate bounds Policy.FeeRate: 10 %.
const MaxFeeRate = 100_000

// Policy is what a node asks for forwarding into one of its channels. Amounts are in the
// channel's denom.
type Policy struct {
	// Disabled: forwards nothing into it now.
	Disabled bool
	// FeeBase of each payment, and FeeRate in millionths of what goes out.
	FeeBase types.Uint128
	FeeRate uint32
	// Min and Max amount that goes out.
	Min, Max types.Uint128
	// Delta is how much longer the incoming lock must live than the outgoing one, in seconds.
	Delta uint32
	// Slots of locks that the node takes from the peer in this channel.
	Slots uint16
}

// Fee of forwarding amount: FeeBase + amount × FeeRate / 1,000,000, rounded up; not ok
// if it does not fit 128 bits. FeeRate must be at most 1,000,000.
func (p *Policy) Fee(amount types.Uint128) (types.Uint128, bool) {
	return amount.MulDivCeil(p.FeeRate, 1_000_000).Add(p.FeeBase)
}

// AnnounceChannel tells everybody one direction of a channel: who pays into it and for
// what fee. The newest one of a direction counts; a channel is known when both
// directions are.
type AnnounceChannel struct {
	// ID of the channel, and Side of the node that speaks: 0 opened it.
	ID   ChannelID
	Side uint8
	// Node that speaks, and Peer of the channel.
	Node, Peer NodeID
	// Time it was signed, in Unix seconds.
	Time uint64
	Policy
	// Attestation of the channel key of Side over AttestBytes: the chain knows the key, so
	// that nobody can announce somebody else's channel.
	Attestation Signature
	// Signature of the node over SignBytes.
	Signature Signature
}

// Kind implements Message.
func (*AnnounceChannel) Kind() Kind { return KindAnnounceChannel }

func (m *AnnounceChannel) appendSigned(b []byte) []byte {
	b = append(appendChannelID(b, m.ID), m.Side)
	b = append(append(b, m.Node[:]...), m.Peer[:]...)
	b = binary.BigEndian.AppendUint64(b, m.Time)
	disabled := byte(0)
	if m.Disabled {
		disabled = 1
	}
	b = m.FeeBase.AppendTo(append(b, disabled))
	b = binary.BigEndian.AppendUint32(b, m.FeeRate)
	b = m.Max.AppendTo(m.Min.AppendTo(b))
	b = binary.BigEndian.AppendUint32(b, m.Delta)
	b = binary.BigEndian.AppendUint16(b, m.Slots)
	return append(b, m.Attestation[:]...)
}

// AppendTo implements Message:
//
//	domain 32 | channel 8 | side 1 | node 32 | peer 32 | time 8 | disabled 1 | fee base 16
//	| fee rate 4 | min 16 | max 16 | delta 4 | slots 2 | attestation 64 | signature 64
func (m *AnnounceChannel) AppendTo(b []byte) []byte {
	return append(m.appendSigned(b), m.Signature[:]...)
}

// SignBytes are tag "mesh/policy/v1" 16 | the body without the last signature.
func (m *AnnounceChannel) SignBytes() []byte { return m.appendSigned([]byte(tagPolicy)) }

// AttestBytes are tag "mesh/runs/v1" 16 | domain 32 | channel 8 | side 1 | node 32 | peer 32.
func (m *AnnounceChannel) AttestBytes() []byte {
	b := append(appendChannelID([]byte(tagRuns), m.ID), m.Side)
	return append(append(b, m.Node[:]...), m.Peer[:]...)
}

// Sign signs with the node's key; the attestation must be there.
func (m *AnnounceChannel) Sign(key ed25519.PrivateKey) {
	copy(m.Signature[:], ed25519.Sign(key, m.SignBytes()))
}

// Verify checks the node's signature.
func (m *AnnounceChannel) Verify() error {
	return verifyNode("announcement of a channel", m.Node, m.SignBytes(), m.Signature)
}

// VerifyAttestation checks that the channel key of the side names the node.
func (m *AnnounceChannel) VerifyAttestation(key types.ChannelKey) error {
	return key.CheckSignature("attestation of a channel", m.AttestBytes(), m.Attestation[:])
}

// ParseAnnounceChannel reads a body. It checks form, not truth.
func ParseAnnounceChannel(b []byte) (*AnnounceChannel, error) {
	r := reader{message: "announcement of a channel", b: b}
	m := &AnnounceChannel{
		ID: r.channelID(), Side: r.side("side"), Node: r.node("node"), Peer: r.node("peer"), Time: r.uint64("time"),
	}
	disabled := r.uint8("disabled")
	m.Disabled = disabled == 1
	m.FeeBase, m.FeeRate = r.amount("fee base"), r.uint32("fee rate")
	m.Min, m.Max = r.amount("min"), r.amount("max")
	m.Delta, m.Slots = r.uint32("delta"), r.uint16("slots")
	m.Attestation, m.Signature = r.signature("attestation"), r.signature("signature")
	if err := r.done(); err != nil {
		return nil, err
	}
	switch {
	case disabled > 1 || m.Node == m.Peer:
		return nil, fmt.Errorf("%w: %s: disabled %d: must be 0 or 1; node and peer must differ", ErrMalformed, r.message, disabled)
	case m.FeeRate > MaxFeeRate || m.Max.Less(m.Min):
		return nil, fmt.Errorf("%w: %s: fee rate %d, %s to %s: must be at most %d, rising", ErrMalformed, r.message, m.FeeRate, m.Min, m.Max, MaxFeeRate)
	}
	return m, nil
}

// GossipQuery asks a peer for what it knows. Answers are announcements, as many as the
// peer's limits allow; at most one question a minute is answered.
type GossipQuery struct {
	// Since is the time from which on announcements are wanted, in Unix seconds.
	Since uint64
}

// Kind implements Message.
func (GossipQuery) Kind() Kind { return KindGossipQuery }

// AppendTo implements Message: since 8.
func (m GossipQuery) AppendTo(b []byte) []byte { return binary.BigEndian.AppendUint64(b, m.Since) }

// ParseGossipQuery reads a body.
func ParseGossipQuery(b []byte) (m GossipQuery, err error) {
	r := reader{message: "gossip query", b: b}
	m.Since = r.uint64("since")
	return m, r.done()
}
