package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// scanChunk is how much of a damaged segment is searched at a time.
const scanChunk = 1 << 20

// readRecord reads the record at p into buffer, which it may replace by a larger one.
func (s *segment) readRecord(p position, size int64, buffer *[]byte) (record, error) {
	room := size - p.offset - headerLength
	if room < 0 {
		return record{}, errNoRecord
	}
	var head [headerLength]byte
	if _, err := s.file.ReadAt(head[:], p.offset); err != nil {
		return record{}, readError(s, p.offset, err)
	}
	h, err := parseHeader(head[:], room)
	if err != nil {
		return record{}, err
	}
	if h.sequence != p.sequence+1 || h.previous != p.crc {
		return record{}, fmt.Errorf("%w: sequence %d after %08x, must be %d after %08x", errNoRecord, h.sequence, h.previous, p.sequence+1, p.crc)
	}
	total := headerLength + int(h.length)
	if cap(*buffer) < total {
		*buffer = make([]byte, total)
	}
	b := (*buffer)[:total]
	if _, err := s.file.ReadAt(b, p.offset); err != nil {
		return record{}, readError(s, p.offset, err)
	}
	return parseRecord(s.number, b)
}

// readError tells an end of the file, which ends the log, from a disk that does not read.
func readError(s *segment, offset int64, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s ends at %d", errNoRecord, s.name, offset)
	}
	return fmt.Errorf("read %s at %d: %w", s.name, offset, err)
}

// provesLoss searches the rest of a segment for a valid record which says that the
// sequence that could not be read had been on disk. Then the end is not a torn tail but
// damage, and to go on would forget payments that were acknowledged.
func (s *segment) provesLoss(from int64, size int64, sequence uint64) (bool, error) {
	magic := binary.BigEndian.AppendUint32(nil, recordMagic)
	chunk := make([]byte, scanChunk+headerLength)
	for at := from; at < size; at += scanChunk {
		n, err := s.file.ReadAt(chunk[:min(int64(len(chunk)), size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("read %s at %d: %w", s.name, at, err)
		}
		for b, offset := chunk[:n], at; ; {
			i := bytes.Index(b, magic)
			if i < 0 || offset+int64(i) >= at+scanChunk {
				break
			}
			b, offset = b[i:], offset+int64(i)
			if proves, err := s.recordProves(offset, b, size, sequence); err != nil || proves {
				return proves, err
			}
			b, offset = b[1:], offset+1
		}
	}
	return false, nil
}

func (s *segment) recordProves(offset int64, b []byte, size int64, sequence uint64) (bool, error) {
	h, err := parseHeader(b, size-offset-headerLength)
	if err != nil || h.synced < sequence {
		return false, nil //nolint:nilerr // not a record, or one of the same flush: proves nothing
	}
	whole := make([]byte, headerLength+int(h.length))
	if _, err := s.file.ReadAt(whole, offset); err != nil {
		return false, fmt.Errorf("read %s at %d: %w", s.name, offset, err)
	}
	_, err = parseRecord(s.number, whole)
	return err == nil, nil
}
