package gateway

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// maxLine of a journal in bytes.
const maxLine = 64 << 10

// entry is a line of a journal: one of its parts is there.
type entry struct {
	Segment   *types.SegmentCommit `json:"segment,omitempty"`
	Key       *types.KeyDisclosure `json:"key,omitempty"`
	Committed *place               `json:"committed,omitempty"`
}

// place names a segment.
type place struct {
	Schema []byte `json:"schema"`
	T      uint32 `json:"t"`
}

// journal is a file of lines that were taken from devices and not brought to the chain.
// It holds no secrets: keys come to a gateway when everybody may know them.
type journal struct {
	path string
	file *os.File
}

// openJournal reads what is outstanding of the streams of q, and shortens the file to
// that. Lines of streams that q does not have are dropped; a line that was cut short by
// a crash was not acknowledged to anybody.
func openJournal(path string, q *queue) (*journal, error) {
	if err := replay(path, q); err != nil {
		return nil, err
	}
	fresh := path + ".new"
	file, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &journal{path, file}
	var entries []entry
	for _, id := range q.order {
		s := q.streams[id]
		for i := range s.segments {
			entries = append(entries, entry{Segment: &s.segments[i]})
		}
		if s.key.T > s.disclosed {
			entries = append(entries, entry{Key: &s.key})
		}
	}
	if err := errors.Join(j.append(entries...), os.Rename(fresh, path), syncDir(path)); err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, errors.Join(err, file.Close()))
	}
	return j, nil
}

func replay(path string, q *queue) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		e.apply(q)
	}
	return lines.Err()
}

// apply repeats an entry; what the queue refuses is nothing to the chain.
func (e *entry) apply(q *queue) {
	switch {
	case e.Segment != nil && len(e.Segment.Schema) == segment.IDLength && len(e.Segment.Digest) == segment.DigestLength:
		_ = q.segment(segment.ID(e.Segment.Schema), e.Segment.T, [segment.DigestLength]byte(e.Segment.Digest), e.Segment.Mac)
	case e.Key != nil && len(e.Key.Schema) == segment.IDLength:
		_, _ = q.keyReleased(segment.ID(e.Key.Schema), e.Key.T, e.Key.Key)
	case e.Committed != nil && len(e.Committed.Schema) == segment.IDLength:
		q.committed(segment.ID(e.Committed.Schema), e.Committed.T)
	}
}

// append writes entries, which are on disk when it returns.
func (j *journal) append(entries ...entry) error {
	if len(entries) == 0 {
		return nil
	}
	var lines []byte
	for i := range entries {
		line, err := json.Marshal(&entries[i])
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	if _, err := j.file.Write(lines); err != nil {
		return fmt.Errorf("journal %s: %w", j.path, err)
	}
	return j.file.Sync()
}

func (j *journal) close() error { return j.file.Close() }

// syncDir makes a rename durable.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
