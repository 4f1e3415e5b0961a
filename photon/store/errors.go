package store

import "errors"

var (
	// ErrNotFound says that there is nothing under a key.
	ErrNotFound = errors.New("not found")
	// ErrDropped says that the segment with a body was dropped by retention.
	ErrDropped = errors.New("dropped by retention")
	// ErrFull says that the disk has less free space than the reserve: no new payments
	// are taken until there is more. What was taken is safe.
	ErrFull = errors.New("disk full")
	// ErrCorrupt says that the disk returned something else than was written.
	ErrCorrupt = errors.New("corrupt store")
	// ErrFailed says that the disk refused a write or a flush. What is on disk is not
	// known from there on, so that the store takes nothing more; a restart reads what
	// there is.
	ErrFailed = errors.New("store failed")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("store closed")
	// ErrTooLarge says that one record does not fit a segment.
	ErrTooLarge = errors.New("record too large")
)
