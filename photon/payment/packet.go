package payment

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Bounds of packets.
const (
	// MaxData that a payment carries to its target, in bytes.
	MaxData = 1024
	// layer is what encryption adds: key 32 | nonce 24 | tag 16.
	layer = types.HashLength + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
	// forwardLength is a Forward without the packet inside.
	forwardLength = 1 + types.HashLength + 8 + types.Uint128Length + 8 + 16 + 2
	finalLength   = 1 + types.Uint128Length + 16 + types.SecretLength + 2
)

// ErrPacket says that a packet is not for this node, was changed, or is no packet.
var ErrPacket = errors.New("packet cannot be read")

const (
	typeForward = 1
	typeFinal   = 2
)

// Forward is what a mediator finds in its packet. It learns where the payment goes next
// and nothing more.
type Forward struct {
	// Next channel to lock Amount in, until Expiry by the clock of its chain.
	Next   protocol.ChannelID
	Amount types.Uint128
	Expiry uint64
	// Quote of the mediator that this swap goes by; zero if the denom stays.
	Quote [16]byte
	// Packet for the next node.
	Packet []byte
}

// Final is what the target finds in its packet.
type Final struct {
	// Total of the payment; this lock is one part of it.
	Total types.Uint128
	// ID of the payment, the same in all parts.
	ID [16]byte
	// Secret that the payer chose; zero if the target knows it from a payment request.
	Secret [types.SecretLength]byte
	// Data for the target.
	Data []byte
}

func (f *Forward) appendTo(b []byte) []byte {
	b = append(append(b, typeForward), f.Next.Domain[:]...)
	b = binary.BigEndian.AppendUint64(b, f.Next.Channel)
	b = f.Amount.AppendTo(b)
	b = binary.BigEndian.AppendUint64(b, f.Expiry)
	b = append(b, f.Quote[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(f.Packet))) //nolint:gosec // at most MaxPacket
	return append(b, f.Packet...)
}

func (f *Final) appendTo(b []byte, padding int) []byte {
	b = f.Total.AppendTo(append(b, typeFinal))
	b = append(append(b, f.ID[:]...), f.Secret[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(f.Data))) //nolint:gosec // at most MaxData
	return append(append(b, f.Data...), make([]byte, padding)...)
}

// parsePlain reads what a layer holds: exactly one of forward and final is set.
func parsePlain(b []byte) (*Forward, *Final, error) {
	switch {
	case len(b) >= forwardLength && b[0] == typeForward:
		f := &Forward{Amount: types.Uint128FromBytes(b[41:])}
		copy(f.Next.Domain[:], b[1:])
		f.Next.Channel = binary.BigEndian.Uint64(b[33:])
		f.Expiry = binary.BigEndian.Uint64(b[57:])
		copy(f.Quote[:], b[65:])
		n := int(binary.BigEndian.Uint16(b[81:]))
		if n != len(b)-forwardLength {
			return nil, nil, fmt.Errorf("%w: packet inside has %d bytes: %d follow", ErrPacket, n, len(b)-forwardLength)
		}
		f.Packet = b[forwardLength:]
		return f, nil, nil
	case len(b) >= finalLength && b[0] == typeFinal:
		f := &Final{Total: types.Uint128FromBytes(b[1:])}
		copy(f.ID[:], b[17:])
		copy(f.Secret[:], b[33:])
		n := int(binary.BigEndian.Uint16(b[65:]))
		if n > MaxData || n > len(b)-finalLength {
			return nil, nil, fmt.Errorf("%w: data has %d bytes: must have at most %d and fit the %d that follow", ErrPacket, n, MaxData, len(b)-finalLength)
		}
		f.Data = b[finalLength : finalLength+n]
		return nil, f, nil
	default:
		return nil, nil, fmt.Errorf("%w: %d bytes: must be a forward or a final layer", ErrPacket, len(b))
	}
}

// seal encrypts one layer: session key 32 | nonce 24 | ciphertext. The payment's hash is
// authenticated, so that a packet cannot be moved to another payment.
func (s *session) seal(nonce [chacha20poly1305.NonceSizeX]byte, hash types.Hash, plain []byte) []byte {
	b := make([]byte, 0, layer+len(plain))
	b = append(append(b, s.public[:]...), nonce[:]...)
	return s.packet.Seal(b, nonce[:], plain, hash[:])
}

// open decrypts the layer that is for this node.
func (k *Keyring) open(packet []byte, hash types.Hash) (*Forward, *Final, *session, error) {
	if len(packet) < layer+1 || len(packet) > protocol.MaxPacket {
		return nil, nil, nil, fmt.Errorf("%w: %d bytes: must be %d to %d", ErrPacket, len(packet), layer+1, protocol.MaxPacket)
	}
	s, err := k.session([32]byte(packet))
	if err != nil {
		return nil, nil, nil, err
	}
	nonce, sealed := packet[32:32+chacha20poly1305.NonceSizeX], packet[32+chacha20poly1305.NonceSizeX:]
	plain, err := s.packet.Open(nil, nonce, sealed, hash[:])
	if err != nil {
		return nil, nil, s, fmt.Errorf("%w: it is not for this node and payment, or was changed", ErrPacket)
	}
	forward, final, err := parsePlain(plain)
	return forward, final, s, err
}
