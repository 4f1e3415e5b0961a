package protocol

import (
	"encoding/binary"
	"fmt"
)

// FaultCode says what a node holds against a message.
type FaultCode uint16

// Codes of faults. After all but FaultNotYet and FaultUnknownChannel the sender of the
// fault scores the peer and ends the connection.
const (
	FaultUnspecified FaultCode = iota
	// FaultMalformed: the bytes are no message.
	FaultMalformed
	// FaultVersion: another version of the protocol.
	FaultVersion
	// FaultUnknownChannel: the node has no such channel with this peer.
	FaultUnknownChannel
	// FaultSignature: a signature does not verify.
	FaultSignature
	// FaultStep: a batch is not a legal step. The node acknowledges nothing more.
	FaultStep
	// FaultEquivocation: two different proofs for one nonce.
	FaultEquivocation
	// FaultNotYet: legal, as soon as this node has seen more of the chain; re-establish
	// and send again.
	FaultNotYet
	// FaultState: the message does not fit the state of the channel.
	FaultState
	// FaultBusy: the node takes no payments now (its disk is full, say).
	FaultBusy
)

var faultNames = [...]string{
	"unspecified", "malformed", "version", "unknown channel", "signature", "illegal step", "equivocation", "not yet", "state", "busy",
}

// String names the code.
func (c FaultCode) String() string {
	if int(c) < len(faultNames) {
		return faultNames[c]
	}
	return fmt.Sprintf("fault %d", uint16(c))
}

// MaxFaultText bounds texts for people in bytes.
const MaxFaultText = 256

// Fault tells the peer what is wrong, so that people can find out. It binds nobody.
type Fault struct {
	// ID is zero if the fault is about no channel.
	ID   ChannelID
	Code FaultCode
	// Text for people.
	Text string
}

// Kind implements Message.
func (Fault) Kind() Kind { return KindFault }

// ChannelID of the channel.
func (m Fault) ChannelID() ChannelID { return m.ID }

// AppendTo implements Message: domain 32 | channel 8 | code 2 | length 2 | text.
func (m Fault) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(appendChannelID(b, m.ID), uint16(m.Code))
	return appendText(b, m.Text, MaxFaultText)
}

// ParseFault reads a body.
func ParseFault(b []byte) (m Fault, err error) {
	r := reader{message: "fault", b: b}
	m = Fault{ID: r.channelID(), Code: FaultCode(r.uint16("code")), Text: r.text("text", MaxFaultText)}
	return m, r.done()
}
