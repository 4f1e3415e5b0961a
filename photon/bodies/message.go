// Package bodies carries data that is too long for a payment: it goes to the peer first, in pieces, and
// the payment (an entry of kind reference) has its SHA-256 and size. What the receiver has said that it
// has is on its disk.
package bodies

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Kinds of messages.
const (
	KindOffer   protocol.Kind = 100
	KindPiece   protocol.Kind = 101
	KindHave    protocol.Kind = 102
	KindDecline protocol.Kind = 103
	lastKind    protocol.Kind = 109
)

const (
	// MaxBody is the longest data in bytes.
	MaxBody = 6 << 20
	// MaxPiece of it in one message.
	MaxPiece = 256 << 10
	maxText  = 200
)

// Offer begins a transfer.
type Offer struct {
	ID   uint64
	Hash types.Hash
	Size uint64
}

// Kind implements protocol.Message.
func (Offer) Kind() protocol.Kind { return KindOffer }

// AppendTo implements protocol.Message: id 8 | hash 32 | size 8.
func (m Offer) AppendTo(b []byte) []byte {
	b = append(binary.BigEndian.AppendUint64(b, m.ID), m.Hash[:]...)
	return binary.BigEndian.AppendUint64(b, m.Size)
}

// ParseOffer reads a body.
func ParseOffer(b []byte) (m Offer, err error) {
	if len(b) != 48 {
		return m, fmt.Errorf("%w: offer has %d bytes: must have 48", protocol.ErrMalformed, len(b))
	}
	return Offer{binary.BigEndian.Uint64(b), types.Hash(b[8:40]), binary.BigEndian.Uint64(b[40:])}, nil
}

// Piece of the data, from an offset on.
type Piece struct {
	ID, Offset uint64
	Data       []byte
}

// Kind implements protocol.Message.
func (Piece) Kind() protocol.Kind { return KindPiece }

// AppendTo implements protocol.Message: id 8 | offset 8 | data.
func (m Piece) AppendTo(b []byte) []byte {
	return append(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, m.ID), m.Offset), m.Data...)
}

// ParsePiece reads a body; the data aliases it.
func ParsePiece(b []byte) (m Piece, err error) {
	if len(b) <= 16 || len(b) > 16+MaxPiece {
		return m, fmt.Errorf("%w: piece has %d bytes: must have 17 to %d", protocol.ErrMalformed, len(b), 16+MaxPiece)
	}
	return Piece{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), b[16:]}, nil
}

// Have tells up to where the receiver has the data; all of it means that it is on disk.
type Have struct{ ID, Offset uint64 }

// Kind implements protocol.Message.
func (Have) Kind() protocol.Kind { return KindHave }

// AppendTo implements protocol.Message: id 8 | offset 8.
func (m Have) AppendTo(b []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, m.ID), m.Offset)
}

// ParseHave reads a body.
func ParseHave(b []byte) (m Have, err error) {
	if len(b) != 16 {
		return m, fmt.Errorf("%w: have has %d bytes: must have 16", protocol.ErrMalformed, len(b))
	}
	return Have{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}, nil
}

// Decline refuses a transfer, or gives it up.
type Decline struct {
	ID   uint64
	Text string
}

// Kind implements protocol.Message.
func (Decline) Kind() protocol.Kind { return KindDecline }

// AppendTo implements protocol.Message: id 8 | text.
func (m Decline) AppendTo(b []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, m.ID), m.Text[:min(maxText, len(m.Text))]...)
}

// ParseDecline reads a body.
func ParseDecline(b []byte) (m Decline, err error) {
	if len(b) < 8 || len(b) > 8+maxText {
		return m, fmt.Errorf("%w: decline has %d bytes: must have 8 to %d", protocol.ErrMalformed, len(b), 8+maxText)
	}
	return Decline{binary.BigEndian.Uint64(b), string(b[8:])}, nil
}
