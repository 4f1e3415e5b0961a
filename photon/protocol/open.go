package protocol

import "github.com/meshchain/meshchain/x/channels/types"

// OpenRequest asks the partner to sign the terms of a new channel.
type OpenRequest struct {
	// Terms are the bytes of types.OpenTerms.
	Terms [types.OpenTermsLength]byte
}

// Kind implements Message.
func (*OpenRequest) Kind() Kind { return KindOpenRequest }

// AppendTo implements Message: terms 247.
func (m *OpenRequest) AppendTo(b []byte) []byte { return append(b, m.Terms[:]...) }

// ParseOpenRequest reads a body. It checks form; the terms are checked by who signs.
func ParseOpenRequest(b []byte) (*OpenRequest, error) {
	r := reader{message: "open request", b: b}
	m := &OpenRequest{}
	copy(m.Terms[:], r.take("terms", types.OpenTermsLength))
	return m, r.done()
}

// OpenConsent is the partner's signature over terms.
type OpenConsent struct {
	// Terms is the SHA-256 of the terms' bytes.
	Terms types.Hash
	// Signature of the partner's channel key over the terms.
	Signature Signature
}

// Kind implements Message.
func (OpenConsent) Kind() Kind { return KindOpenConsent }

// AppendTo implements Message: terms' hash 32 | signature 64.
func (m OpenConsent) AppendTo(b []byte) []byte {
	return append(append(b, m.Terms[:]...), m.Signature[:]...)
}

// ParseOpenConsent reads a body.
func ParseOpenConsent(b []byte) (m OpenConsent, err error) {
	r := reader{message: "open consent", b: b}
	m = OpenConsent{Terms: r.hash("terms"), Signature: r.signature("signature")}
	return m, r.done()
}
