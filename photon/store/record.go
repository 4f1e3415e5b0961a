package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A record of the log, big endian:
//
//	magic 4 | crc 4 | previous crc 4 | length 4 | sequence 8 | synced 8
//	| changes length 4 | key length 2 | kind 1 | zero 1 | key | changes | body
//
// length counts what follows the header; the body is what key and changes leave of it.
// crc is CRC-32C over the segment's number and everything behind the crc. The previous
// record's crc makes a chain, so that bytes which an earlier life of a segment left
// behind the end are never taken for records. synced is the newest sequence that was on
// disk when the record was written: a record that proves that a damaged one before it
// was on disk tells bit rot from a torn tail.
const (
	recordMagic  = 0x6d657368 // "mesh"
	headerLength = 40
)

type recordKind uint8

const (
	// kindChanges carries key, changes and body.
	kindChanges recordKind = 1
	// kindEnd is the last record of a segment; the log goes on in the next one.
	kindEnd recordKind = 2
)

// errNoRecord says that no record begins here: the end of the log, or a torn one.
var errNoRecord = errors.New("no record")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header of a record.
type header struct {
	crc, previous    uint32
	length           uint32
	sequence, synced uint64
	changes          uint32
	key              uint16
	kind             recordKind
}

// appendTo appends the header's bytes with the crc that it has.
func (h *header) appendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, recordMagic)
	b = binary.BigEndian.AppendUint32(b, h.crc)
	b = binary.BigEndian.AppendUint32(b, h.previous)
	b = binary.BigEndian.AppendUint32(b, h.length)
	b = binary.BigEndian.AppendUint64(b, h.sequence)
	b = binary.BigEndian.AppendUint64(b, h.synced)
	b = binary.BigEndian.AppendUint32(b, h.changes)
	b = binary.BigEndian.AppendUint16(b, h.key)
	return append(b, byte(h.kind), 0)
}

// seal computes the crc over the header and the parts of the payload.
func (h *header) seal(segment uint64, parts ...[]byte) {
	var b [headerLength]byte
	h.crc = 0
	h.appendTo(b[:0])
	h.crc = checksum(segment, b[8:], parts...)
}

func checksum(segment uint64, header []byte, parts ...[]byte) uint32 {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], segment)
	crc := crc32.Update(crc32.Checksum(number[:], castagnoli), castagnoli, header)
	for _, part := range parts {
		crc = crc32.Update(crc, castagnoli, part)
	}
	return crc
}

// parseHeader reads a header and checks what can be known without the payload, of
// which there are at most room bytes.
func parseHeader(b []byte, room int64) (h header, err error) {
	if len(b) < headerLength || binary.BigEndian.Uint32(b) != recordMagic {
		return h, errNoRecord
	}
	h.crc = binary.BigEndian.Uint32(b[4:])
	h.previous = binary.BigEndian.Uint32(b[8:])
	h.length = binary.BigEndian.Uint32(b[12:])
	h.sequence = binary.BigEndian.Uint64(b[16:])
	h.synced = binary.BigEndian.Uint64(b[24:])
	h.changes = binary.BigEndian.Uint32(b[32:])
	h.key = binary.BigEndian.Uint16(b[36:])
	h.kind = recordKind(b[38])
	switch {
	case int64(h.length) > room:
		return h, fmt.Errorf("%w: length %d with room for %d", errNoRecord, h.length, room)
	case uint64(h.changes)+uint64(h.key) > uint64(h.length):
		return h, fmt.Errorf("%w: %d bytes of changes and a key of %d in %d", errNoRecord, h.changes, h.key, h.length)
	case h.kind != kindChanges && h.kind != kindEnd || h.kind == kindEnd && h.length != 0 || b[39] != 0:
		return h, fmt.Errorf("%w: kind %d with %d bytes", errNoRecord, h.kind, h.length)
	case h.synced >= h.sequence:
		return h, fmt.Errorf("%w: sequence %d synced to %d", errNoRecord, h.sequence, h.synced)
	}
	return h, nil
}

// record is a checked record; its slices point into the bytes that it was parsed from.
type record struct {
	header
	keyBytes, changesBytes, body []byte
}

// parseRecord reads the record of a segment at the start of b.
func parseRecord(segment uint64, b []byte) (r record, err error) {
	if r.header, err = parseHeader(b, int64(len(b))-headerLength); err != nil {
		return r, err
	}
	payload := b[headerLength : headerLength+int(r.length)]
	if sum := checksum(segment, b[8:headerLength], payload); sum != r.crc {
		return r, fmt.Errorf("%w: checksum %08x, must be %08x", errNoRecord, r.crc, sum)
	}
	r.keyBytes = payload[:r.key]
	r.changesBytes = payload[r.key : uint32(r.key)+r.changes]
	r.body = payload[uint32(r.key)+r.changes:]
	return r, nil
}
