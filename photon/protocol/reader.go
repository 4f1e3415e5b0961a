package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Signature is R | S of a channel key.
type Signature = [types.SignatureLength]byte

// reader takes fields off a body. After the first that is missing all are zero, and
// done says which it was.
type reader struct {
	message string
	b       []byte
	missing string
}

func (r *reader) take(field string, n int) []byte {
	if r.missing != "" || n > len(r.b) {
		if r.missing == "" {
			r.missing = fmt.Sprintf("%s: %d bytes are left: must be %d", field, len(r.b), n)
		}
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) hash(field string) (h types.Hash) { copy(h[:], r.take(field, len(h))); return h }

func (r *reader) signature(field string) (s Signature) { copy(s[:], r.take(field, len(s))); return s }

func (r *reader) uint8(field string) uint8 {
	if b := r.take(field, 1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16(field string) uint16 {
	if b := r.take(field, 2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32(field string) uint32 {
	if b := r.take(field, 4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64(field string) uint64 {
	if b := r.take(field, 8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) amount(field string) types.Uint128 {
	if b := r.take(field, types.Uint128Length); b != nil {
		return types.Uint128FromBytes(b)
	}
	return types.Uint128{}
}

func (r *reader) side(field string) uint8 {
	side := r.uint8(field)
	if side > 1 && r.missing == "" {
		r.missing = fmt.Sprintf("%s %d: must be 0 (opener) or 1 (partner)", field, side)
	}
	return side
}

// text reads a length of 2 bytes and at most limit bytes.
func (r *reader) text(field string, limit int) string {
	n := int(r.uint16(field))
	if n > limit && r.missing == "" {
		r.missing = fmt.Sprintf("%s has %d bytes: must have at most %d", field, n, limit)
	}
	return string(r.take(field, n))
}

func (r *reader) channelID() ChannelID {
	return ChannelID{Domain: r.hash("domain"), Channel: r.uint64("channel")}
}

func (r *reader) place() types.Place {
	return types.Place{Domain: r.hash("domain"), Channel: r.uint64("channel"), Epoch: r.uint64("epoch")}
}

// done returns what was wrong, be it bytes that are left over.
func (r *reader) done() error {
	if r.missing != "" {
		return fmt.Errorf("%w: %s: %s", ErrMalformed, r.message, r.missing)
	}
	if len(r.b) > 0 {
		return fmt.Errorf("%w: %s: %d bytes are left over", ErrMalformed, r.message, len(r.b))
	}
	return nil
}

func appendChannelID(b []byte, id ChannelID) []byte {
	return binary.BigEndian.AppendUint64(append(b, id.Domain[:]...), id.Channel)
}

func appendPlace(b []byte, p types.Place) []byte {
	return binary.BigEndian.AppendUint64(appendChannelID(b, IDOf(p)), p.Epoch)
}

// appendText appends a length of 2 bytes and at most limit bytes of the text.
func appendText(b []byte, text string, limit int) []byte {
	text = text[:min(len(text), limit)]
	return append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...) //nolint:gosec // limits are below 2^16
}
