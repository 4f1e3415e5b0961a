package store

import (
	"encoding/binary"
	"fmt"
)

// position is where the log goes on: what was applied to the database lies before it.
type position struct {
	segment uint64
	offset  int64
	// sequence of the last record before it, and that record's crc.
	sequence uint64
	crc      uint32
}

const positionLength = 28

func (p position) bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, positionLength), p.segment)
	b = binary.BigEndian.AppendUint64(b, uint64(p.offset)) //nolint:gosec // never negative
	b = binary.BigEndian.AppendUint64(b, p.sequence)
	return binary.BigEndian.AppendUint32(b, p.crc)
}

func parsePosition(b []byte) (p position, err error) {
	if len(b) != positionLength {
		return p, fmt.Errorf("%w: position of the log has %d bytes: must have %d", ErrCorrupt, len(b), positionLength)
	}
	p.segment = binary.BigEndian.Uint64(b)
	p.offset = int64(binary.BigEndian.Uint64(b[8:])) //nolint:gosec // checked below
	p.sequence = binary.BigEndian.Uint64(b[16:])
	p.crc = binary.BigEndian.Uint32(b[24:])
	if p.segment == 0 || p.offset < segmentHeaderLength {
		return p, fmt.Errorf("%w: position of the log is segment %d, offset %d", ErrCorrupt, p.segment, p.offset)
	}
	return p, nil
}

// reference names a body in the log: segment 8 | offset of the body 8 | length 4.
type reference struct {
	segment uint64
	offset  int64
	length  uint32
}

const referenceLength = 20

func (r reference) bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, referenceLength), r.segment)
	b = binary.BigEndian.AppendUint64(b, uint64(r.offset)) //nolint:gosec // never negative
	return binary.BigEndian.AppendUint32(b, r.length)
}

func parseReference(b []byte) (r reference, err error) {
	if len(b) != referenceLength {
		return r, fmt.Errorf("%w: reference to a body has %d bytes: must have %d", ErrCorrupt, len(b), referenceLength)
	}
	return reference{
		segment: binary.BigEndian.Uint64(b),
		offset:  int64(binary.BigEndian.Uint64(b[8:])), //nolint:gosec // a bad one fails to read
		length:  binary.BigEndian.Uint32(b[16:]),
	}, nil
}
