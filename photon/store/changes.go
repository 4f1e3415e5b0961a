package store

import (
	"fmt"

	"github.com/cockroachdb/pebble"
)

// MaxKey is the longest key in bytes.
const MaxKey = 256

// Changes is what becomes durable together: keys that are set or deleted, and at most
// one body. A Changes belongs to the store from Submit on.
type Changes struct {
	batch   *pebble.Batch
	bodyKey []byte
	body    [][]byte
	done    func(error)
	err     error
}

// NewChanges returns empty changes.
func (s *Store) NewChanges() *Changes { return &Changes{batch: s.db.NewBatch()} }

// Set puts a value under a key. Both are copied.
func (c *Changes) Set(key, value []byte) {
	if c.check(key) {
		c.err = c.batch.Set(key, value, nil)
	}
}

// Delete removes a key.
func (c *Changes) Delete(key []byte) {
	if c.check(key) {
		c.err = c.batch.Delete(key, nil)
	}
}

// DeleteRange removes all keys from start on up to, not including, end.
func (c *Changes) DeleteRange(start, end []byte) {
	if c.check(start) && c.check(end) {
		c.err = c.batch.DeleteRange(start, end, nil)
	}
}

// Body appends a body to the log, to be found under key until retention drops it. It
// is the concatenation of parts, which are not copied: they must not change before the
// changes are durable. Only the last body of a Changes counts.
func (c *Changes) Body(key []byte, parts ...[]byte) {
	if c.check(key) {
		c.bodyKey = append(c.bodyKey[:0], key...)
		c.body = append(c.body[:0], parts...)
	}
}

func (c *Changes) check(key []byte) bool {
	if c.err == nil && (len(key) == 0 || len(key) > MaxKey || key[0] == internalPrefix) {
		c.err = fmt.Errorf("key %.64x of %d bytes: must have 1 to %d and not start with %02x", key, len(key), MaxKey, internalPrefix)
	}
	return c.err == nil
}

// size of the payload of the record.
func (c *Changes) size() int {
	n := len(c.bodyKey) + c.changesLength()
	for _, part := range c.body {
		n += len(part)
	}
	return n
}

// changesLength is the length of the encoded keys; none at all take no bytes.
func (c *Changes) changesLength() int {
	if c.batch.Empty() {
		return 0
	}
	return c.batch.Len()
}

func (c *Changes) changes() []byte {
	if c.batch.Empty() {
		return nil
	}
	return c.batch.Repr()
}

func (c *Changes) finish(err error) {
	_ = c.batch.Close() // gives the buffer back to pebble's pool
	c.batch = nil
	if c.done != nil {
		c.done(err)
	}
}
