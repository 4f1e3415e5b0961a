package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/vfs"
)

// A segment is a file of the log, "<number in 16 hexadecimal digits>.log":
//
//	"meshlog1" 8 | number 8 | crc 4 | zero 12 | records
const (
	segmentHeaderLength = 32
	segmentMagic        = "meshlog1"
	segmentSuffix       = ".log"
	spareName           = "spare"
)

type segment struct {
	number uint64
	file   vfs.File
	name   string
}

func segmentName(number uint64) string { return fmt.Sprintf("%016x%s", number, segmentSuffix) }

// segmentNumber of a file name, false for other files.
func segmentNumber(name string) (uint64, bool) {
	digits, found := strings.CutSuffix(name, segmentSuffix)
	number, err := strconv.ParseUint(digits, 16, 64)
	return number, found && err == nil && segmentName(number) == name
}

func segmentHeader(number uint64) []byte {
	b := binary.BigEndian.AppendUint64(append(make([]byte, 0, segmentHeaderLength), segmentMagic...), number)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return append(b, make([]byte, 12)...)
}

// createSegment makes the file of a segment, or renames a spare one, with all of its
// space allocated, and returns when name and header are on disk.
func createSegment(fs vfs.FS, dir string, number uint64, size int64) (*segment, error) {
	spare, path := fs.PathJoin(dir, spareName), fs.PathJoin(dir, segmentName(number))
	// A file gets its final name when it is ready, so that a half-made one is
	// never taken for a segment.
	file, err := fs.OpenReadWrite(spare)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", spare, err)
	}
	s := &segment{number: number, file: file, name: segmentName(number)}
	if err := s.prepare(size); err != nil {
		return nil, errors.Join(fmt.Errorf("create %s: %w", path, err), file.Close())
	}
	if err := fs.Rename(spare, path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := syncDir(fs, dir); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

func (s *segment) prepare(size int64) error {
	if err := s.file.Preallocate(0, size); err != nil && !errors.Is(err, syscall.EOPNOTSUPP) {
		return err
	}
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < size {
		// The final length now, so that no later flush has a length to record.
		if _, err := s.file.WriteAt([]byte{0}, size-1); err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(segmentHeader(s.number), 0); err != nil {
		return err
	}
	return s.file.Sync()
}

// openSegment opens an existing segment and checks its header.
func openSegment(fs vfs.FS, dir string, number uint64) (*segment, int64, error) {
	path := fs.PathJoin(dir, segmentName(number))
	file, err := fs.OpenReadWrite(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open %s: %w", path, err)
	}
	s := &segment{number: number, file: file, name: segmentName(number)}
	var b [segmentHeaderLength]byte
	if _, err := file.ReadAt(b[:], 0); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%w: header of %s: %w", ErrCorrupt, path, err), file.Close())
	}
	if string(b[:]) != string(segmentHeader(number)) {
		return nil, 0, errors.Join(fmt.Errorf("%w: header of %s is %x", ErrCorrupt, path, b), file.Close())
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return s, info.Size(), nil
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
