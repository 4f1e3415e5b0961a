package bodies

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/meshchain/meshchain/x/channels/types"
)

// shelf is a directory of data by hash, with a limit.
type shelf struct {
	dir   string
	limit int64
	mu    sync.Mutex
}

func openShelf(dir string, limit int64) (*shelf, error) {
	return &shelf{dir: dir, limit: limit}, os.MkdirAll(dir, 0o700)
}

func (s *shelf) path(hash types.Hash) string {
	return filepath.Join(s.dir, hex.EncodeToString(hash[:]))
}

func (s *shelf) has(hash types.Hash) bool {
	_, err := os.Stat(s.path(hash))
	return err == nil
}

func (s *shelf) read(hash types.Hash) []byte {
	data, err := os.ReadFile(s.path(hash))
	if err != nil {
		return nil
	}
	return data
}

// put writes data durably, after making room.
func (s *shelf) put(hash types.Hash, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.room(s.limit - int64(len(data))); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "new.*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path(hash))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(s.dir) // the name must be on disk, too
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// room deletes the oldest until at most so many bytes are left.
func (s *shelf) room(most int64) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var files []os.FileInfo
	total := int64(0)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			files = append(files, info)
			total += info.Size()
		}
	}
	sort.Slice(files, func(i, j int) bool { return files[i].ModTime().Before(files[j].ModTime()) })
	for _, f := range files {
		if total <= most {
			return nil
		}
		if err := os.Remove(filepath.Join(s.dir, f.Name())); err != nil {
			return err
		}
		total -= f.Size()
	}
	return nil
}
