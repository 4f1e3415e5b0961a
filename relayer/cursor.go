package relayer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const cursorFile = "relayer-cursor.json"

// cursor remembers, per chain, the last height below which nothing unfinished was emitted. After a
// restart blocks are read again from there, so that no transaction index is needed for packets that
// were under way. It is a hint: without it, or with a wrong one, the scan of the chains' state still
// finds everything.
type cursor struct {
	file    string
	heights map[string]int64
}

// loadCursor reads the cursor in dir; a missing file is an empty cursor.
func loadCursor(dir string) (*cursor, error) {
	c := &cursor{file: filepath.Join(dir, cursorFile), heights: map[string]int64{}}
	bz, err := os.ReadFile(c.file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("block cursor: %w", err)
	}
	if err := json.Unmarshal(bz, &c.heights); err != nil {
		return nil, fmt.Errorf("block cursor %s: %w: remove the file, the chains' state will be scanned instead", c.file, err)
	}
	for chain, h := range c.heights {
		if h < 0 {
			return nil, fmt.Errorf("block cursor %s: height %d of %s is negative: remove the file", c.file, h, chain)
		}
	}
	if c.heights == nil { // the file holds null
		c.heights = map[string]int64{}
	}
	return c, nil
}

// save stores the heights given, if any of them is new.
func (c *cursor) save(heights map[string]int64) error {
	changed := false
	for chain, h := range heights {
		if h > 0 && c.heights[chain] != h {
			c.heights[chain], changed = h, true
		}
	}
	if !changed {
		return nil
	}
	bz, err := json.Marshal(c.heights)
	if err != nil {
		return fmt.Errorf("block cursor: %w", err)
	}
	return writeFile(c.file, append(bz, '\n'))
}
