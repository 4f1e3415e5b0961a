package tower

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Kinds of messages.
const (
	KindAsk     protocol.Kind = 64
	KindTerms   protocol.Kind = 65
	KindState   protocol.Kind = 66
	KindReceipt protocol.Kind = 67
	KindRefusal protocol.Kind = 68
	KindShow    protocol.Kind = 69
	KindShown   protocol.Kind = 70
	lastKind    protocol.Kind = 79
)

const (
	placeLength = 48
	maxText     = 200
	tagReceipt  = "mesh/tower/v1\x00\x00\x00"
)

// Ask asks whether a node watches channels of a domain.
type Ask struct{ Domain types.Hash }

// Kind implements protocol.Message.
func (Ask) Kind() protocol.Kind { return KindAsk }

// AppendTo implements protocol.Message: domain 32.
func (m Ask) AppendTo(b []byte) []byte { return append(b, m.Domain[:]...) }

// ParseAsk reads a body.
func ParseAsk(b []byte) (m Ask, err error) {
	r := reader{b: b}
	m.Domain = r.hash()
	return m, r.done("ask")
}

// Terms are the tower's answer: its account there, or none, and the least reward.
type Terms struct {
	Domain  types.Hash
	Reward  types.Uint128
	Account string
}

// Kind implements protocol.Message.
func (Terms) Kind() protocol.Kind { return KindTerms }

// AppendTo implements protocol.Message: domain 32 | reward 16 | account.
func (m Terms) AppendTo(b []byte) []byte {
	return append(m.Reward.AppendTo(append(b, m.Domain[:]...)), m.Account...)
}

// ParseTerms reads a body.
func ParseTerms(b []byte) (m Terms, err error) {
	r := reader{b: b}
	m.Domain, m.Reward = r.hash(), r.amount()
	m.Account = string(r.rest(maxText))
	return m, r.done("terms")
}

// Receipt is the tower's word that it keeps a state.
type Receipt struct {
	types.Place
	// Nonce of the pair in the state; 0 if it has none.
	Nonce uint64
	// State is the SHA-256 of the state's body.
	State types.Hash
	// Time by the tower's clock, Unix seconds.
	Time uint64
	// Signature of the tower's node key over Signed.
	Signature [types.SignatureLength]byte
}

// Signed returns the bytes that the tower signs: tag 16 | place 48 | nonce 8 | state 32 | time 8.
func (m Receipt) Signed() []byte { return m.fields([]byte(tagReceipt)) }

func (m Receipt) fields(b []byte) []byte {
	b = appendPlace(b, m.Place)
	b = binary.BigEndian.AppendUint64(b, m.Nonce)
	b = append(b, m.State[:]...)
	return binary.BigEndian.AppendUint64(b, m.Time)
}

// Kind implements protocol.Message.
func (Receipt) Kind() protocol.Kind { return KindReceipt }

// AppendTo implements protocol.Message: place 48 | nonce 8 | state 32 | time 8 | signature 64.
func (m Receipt) AppendTo(b []byte) []byte { return append(m.fields(b), m.Signature[:]...) }

// ParseReceipt reads a body.
func ParseReceipt(b []byte) (m Receipt, err error) {
	r := reader{b: b}
	m = Receipt{Place: r.place(), Nonce: r.uint64(), State: r.hash(), Time: r.uint64()}
	copy(m.Signature[:], r.take(types.SignatureLength))
	return m, r.done("receipt")
}

// Refusal says why a state is not kept.
type Refusal struct {
	types.Place
	Text string
}

// Kind implements protocol.Message.
func (Refusal) Kind() protocol.Kind { return KindRefusal }

// AppendTo implements protocol.Message: place 48 | text.
func (m Refusal) AppendTo(b []byte) []byte {
	return append(appendPlace(b, m.Place), m.Text[:min(maxText, len(m.Text))]...)
}

// ParseRefusal reads a body.
func ParseRefusal(b []byte) (m Refusal, err error) {
	r := reader{b: b}
	m.Place = r.place()
	m.Text = string(r.rest(maxText))
	return m, r.done("refusal")
}

// Show asks for what the tower has.
type Show struct{ types.Place }

// Kind implements protocol.Message.
func (Show) Kind() protocol.Kind { return KindShow }

// AppendTo implements protocol.Message: place 48.
func (m Show) AppendTo(b []byte) []byte { return appendPlace(b, m.Place) }

// ParseShow reads a body.
func ParseShow(b []byte) (m Show, err error) {
	r := reader{b: b}
	m.Place = r.place()
	return m, r.done("show")
}

// Shown is the body of the newest state that the tower has; empty if it has none.
type Shown struct {
	types.Place
	State []byte
}

// Kind implements protocol.Message.
func (Shown) Kind() protocol.Kind { return KindShown }

// AppendTo implements protocol.Message: place 48 | state.
func (m Shown) AppendTo(b []byte) []byte { return append(appendPlace(b, m.Place), m.State...) }

// ParseShown reads a body; the state in it is not checked.
func ParseShown(b []byte) (m Shown, err error) {
	r := reader{b: b}
	m.Place = r.place()
	m.State = r.rest(MaxState)
	return m, r.done("shown")
}

func appendPlace(b []byte, p types.Place) []byte {
	b = append(b, p.Domain[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Channel)
	return binary.BigEndian.AppendUint64(b, p.Epoch)
}

// reader takes fields off a body; the first one that is missing makes an error.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || len(r.b) < n {
		r.short, r.b = true, nil
		return make([]byte, max(0, min(n, protocol.PairLength)))
	}
	field := r.b[:n]
	r.b = r.b[n:]
	return field
}

func (r *reader) hash() (h types.Hash)  { copy(h[:], r.take(types.HashLength)); return h }
func (r *reader) uint8() uint8          { return r.take(1)[0] }
func (r *reader) uint16() uint16        { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) uint64() uint64        { return binary.BigEndian.Uint64(r.take(8)) }
func (r *reader) amount() types.Uint128 { return types.Uint128FromBytes(r.take(types.Uint128Length)) }

func (r *reader) place() types.Place {
	return types.Place{Domain: r.hash(), Channel: r.uint64(), Epoch: r.uint64()}
}

func (r *reader) rest(most int) []byte {
	if len(r.b) > most {
		r.short = true
	}
	out := append([]byte(nil), r.b[:min(most, len(r.b))]...)
	r.b = nil
	return out
}

func (r *reader) done(what string) error {
	if r.short || len(r.b) > 0 {
		return fmt.Errorf("%w: %s of a tower: a length does not fit", protocol.ErrMalformed, what)
	}
	return nil
}

func hashOf(b []byte) types.Hash { return sha256.Sum256(b) }
