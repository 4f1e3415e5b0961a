package protocol

import (
	"encoding/binary"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Ack says that the receiver of a batch has it on disk and takes it. Each batch is
// acknowledged by its own: receipts need it.
type Ack struct {
	types.Place
	// Sender of the batch, not of this message.
	Sender uint8
	// Nonce of the batch.
	Nonce uint64
	// Signature over types.Ack of the batch's proof.
	Signature Signature
}

// Kind implements Message.
func (Ack) Kind() Kind { return KindAck }

// ChannelID of the channel.
func (m Ack) ChannelID() ChannelID { return IDOf(m.Place) }

// AppendTo implements Message:
//
//	domain 32 | channel 8 | epoch 8 | sender 1 | nonce 8 | signature 64
func (m Ack) AppendTo(b []byte) []byte {
	b = append(appendPlace(b, m.Place), m.Sender)
	b = binary.BigEndian.AppendUint64(b, m.Nonce)
	return append(b, m.Signature[:]...)
}

// ParseAck reads a body.
func ParseAck(b []byte) (m Ack, err error) {
	r := reader{message: "ack", b: b}
	m = Ack{Place: r.place(), Sender: r.side("sender"), Nonce: r.uint64("nonce"), Signature: r.signature("signature")}
	return m, r.done()
}
