package types

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"

	errorsmod "cosmossdk.io/errors"
)

const (
	// IDLength is the length of a TransacKet's id in bytes.
	IDLength = sha256.Size
	// LocalChannel stands for the channel in the source of what was sent on this
	// chain. It is too short to be an IBC channel identifier (ICS-24: 8 to 64).
	LocalChannel = "local"

	idTag      = "mesh/transacket/id/v1"
	receiptTag = "mesh/transacket/receipt/v1"
)

// ID computes the id of the TransacKet that entered this way:
//
//	SHA-256(tag | chain-id | channel | destination channel | sequence)
//
// where each string is preceded by its length in two bytes and the sequence takes
// eight, all big endian, and tag is the 21 bytes "mesh/transacket/id/v1".
//
// The destination channel is in it because anybody can create a light client that
// claims any chain-id: such a chain arrives on a channel of its own, so it can
// never occupy the id of a TransacKet that is yet to come from the true one.
func (s Source) ID() []byte {
	h := sha256.New()
	h.Write([]byte(idTag))
	for _, field := range []string{s.ChainId, s.Channel, s.DestinationChannel} {
		// Validate bounds every field far below 2^16.
		h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(field))))
		h.Write([]byte(field))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, s.Sequence))
	return h.Sum(nil)
}

// ReceiptID computes the id of the receipt for a TransacKet:
//
//	SHA-256(tag | id)
//
// where tag is the 26 bytes "mesh/transacket/receipt/v1".
func ReceiptID(id []byte) []byte {
	sum := sha256.Sum256(append([]byte(receiptTag), id...))
	return sum[:]
}

// Local tells whether the TransacKet was sent on this chain.
func (s Source) Local() bool { return s.Channel == LocalChannel }

// Validate checks the form of a source.
func (s Source) Validate() error {
	switch {
	case s.ChainId == "" || len(s.ChainId) > math.MaxUint8:
		return errorsmod.Wrapf(ErrSource, "source.chain_id %q: must have 1 to 255 bytes", s.ChainId)
	case s.Sequence == 0:
		return errorsmod.Wrap(ErrSource, "source.sequence 0: sequences start at 1")
	case s.Local() && s.DestinationChannel != "":
		return errorsmod.Wrapf(ErrSource, "source.destination_channel %q: must be empty if the channel is %q", s.DestinationChannel, LocalChannel)
	case s.Local():
		return nil
	}
	if err := validateChannel("source.channel", s.Channel); err != nil {
		return err
	}
	return validateChannel("source.destination_channel", s.DestinationChannel)
}

// ParseID reads an id as people hold it: 64 hexadecimal digits, or the base64 (44
// characters) in which protobuf's JSON shows bytes.
func ParseID(s string) ([]byte, error) {
	var id []byte
	var err error
	if len(s) == base64.StdEncoding.EncodedLen(IDLength) {
		id, err = base64.StdEncoding.DecodeString(s)
	} else {
		id, err = hex.DecodeString(s)
	}
	if err != nil || len(id) != IDLength {
		return nil, errorsmod.Wrapf(ErrThread, "id %q: must be %d hexadecimal digits, or the same %d bytes in base64", s, 2*IDLength, IDLength)
	}
	return id, nil
}
