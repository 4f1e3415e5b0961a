package protocol

import "encoding/binary"

// Ping asks for a Pong with the same number.
type Ping struct{ Number uint64 }

// Pong answers a Ping.
type Pong struct{ Number uint64 }

// Kind implements Message.
func (Ping) Kind() Kind { return KindPing }

// Kind implements Message.
func (Pong) Kind() Kind { return KindPong }

// AppendTo implements Message: number 8.
func (m Ping) AppendTo(b []byte) []byte { return binary.BigEndian.AppendUint64(b, m.Number) }

// AppendTo implements Message: number 8.
func (m Pong) AppendTo(b []byte) []byte { return binary.BigEndian.AppendUint64(b, m.Number) }

// ParsePing reads a body.
func ParsePing(b []byte) (m Ping, err error) {
	r := reader{message: "ping", b: b}
	m.Number = r.uint64("number")
	return m, r.done()
}

// ParsePong reads a body.
func ParsePong(b []byte) (m Pong, err error) {
	r := reader{message: "pong", b: b}
	m.Number = r.uint64("number")
	return m, r.done()
}
