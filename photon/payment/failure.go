package payment

import (
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Failure is what a node tells the payer, and nobody else, when it gives up a payment.
// It is encrypted and authenticated under the session of that node: the payer knows who
// spoke. The nodes in between pass it on; one that changes it makes it unreadable, and
// then the payer holds it against all of them.
type Failure struct {
	Reason protocol.Reason
	// Channel that the node would have paid into, and its Side there; no channel if the
	// reason lies in the node itself.
	Channel protocol.ChannelID
	Side    uint8
	// Update is the node's newest announcement of that direction, if its policy is the reason.
	Update *protocol.AnnounceChannel
}

func (f *Failure) appendTo(b []byte) []byte {
	b = append(append(b, byte(f.Reason)), f.Channel.Domain[:]...)
	b = append(binary.BigEndian.AppendUint64(b, f.Channel.Channel), f.Side)
	if f.Update != nil {
		b = f.Update.AppendTo(b)
	}
	return b
}

func parseFailure(b []byte) (f Failure, err error) {
	const fixed = 1 + types.HashLength + 8 + 1
	if len(b) < fixed {
		return f, fmt.Errorf("%w: failure has %d bytes: must have at least %d", ErrPacket, len(b), fixed)
	}
	f.Reason, f.Channel.Domain = protocol.Reason(b[0]), types.Hash(b[1:33])
	f.Channel.Channel, f.Side = binary.BigEndian.Uint64(b[33:]), b[41]
	if len(b) > fixed {
		if f.Update, err = protocol.ParseAnnounceChannel(b[fixed:]); err != nil {
			return f, fmt.Errorf("%w: %w", ErrPacket, err)
		}
	}
	return f, nil
}

// sealFailure returns nonce 24 | ciphertext.
func (s *session) sealFailure(random io.Reader, hash types.Hash, f *Failure) []byte {
	nonce, err := randomNonce(random)
	if err != nil {
		return nil // the reason in the clear must do
	}
	return s.reply.Seal(nonce[:], nonce[:], f.appendTo(nil), hash[:])
}

// openFailure reads a failure if the node of this session made it.
func (s *session) openFailure(hash types.Hash, blob []byte) (Failure, error) {
	if len(blob) < chacha20poly1305.NonceSizeX {
		return Failure{}, fmt.Errorf("%w: failure has %d bytes", ErrPacket, len(blob))
	}
	plain, err := s.reply.Open(nil, blob[:chacha20poly1305.NonceSizeX], blob[chacha20poly1305.NonceSizeX:], hash[:])
	if err != nil {
		return Failure{}, fmt.Errorf("%w: failure is of another node", ErrPacket)
	}
	return parseFailure(plain)
}
