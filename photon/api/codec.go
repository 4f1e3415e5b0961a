package api

import "fmt"

// wire is what generated messages can do themselves: no reflection on the way of a payment.
type wire interface {
	Marshal() ([]byte, error)
	Unmarshal(b []byte) error
}

// codec is the protobuf encoding of generated messages; its bytes are those of any other protobuf
// implementation.
type codec struct{}

// Name implements encoding.Codec.
func (codec) Name() string { return "proto" }

// Marshal implements encoding.Codec.
func (codec) Marshal(v any) ([]byte, error) {
	m, ok := v.(wire)
	if !ok {
		return nil, fmt.Errorf("%T is no generated message", v)
	}
	return m.Marshal()
}

// Unmarshal implements encoding.Codec.
func (codec) Unmarshal(data []byte, v any) error {
	m, ok := v.(wire)
	if !ok {
		return fmt.Errorf("%T is no generated message", v)
	}
	return m.Unmarshal(data)
}
