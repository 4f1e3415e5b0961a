package transport

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"sync"
)

// A frame is length 4 | payload, on a stream that is encrypted and in order.
const frameHeader = 4

// Frame is a received frame. Its bytes hold until Release.
type Frame struct {
	Bytes []byte
	class int
}

// Frames are pooled by size, in powers of two from 2^9 to 2^23 bytes.
const (
	smallestClass = 9
	largestClass  = 23
)

var pools [largestClass + 1]sync.Pool

// NewFrame returns a frame of n bytes with whatever contents.
func NewFrame(n int) *Frame {
	class := max(bits.Len(uint(max(n, 1)-1)), smallestClass) //nolint:gosec // positive
	if class > largestClass {
		return &Frame{Bytes: make([]byte, n)}
	}
	if f, ok := pools[class].Get().(*Frame); ok {
		f.Bytes = f.Bytes[:n]
		return f
	}
	return &Frame{Bytes: make([]byte, n, 1<<class), class: class}
}

// Release gives the bytes back. Nobody may use them, or the frame, afterwards.
func (f *Frame) Release() {
	if f.class != 0 {
		pools[f.class].Put(f)
	}
}

// readFrame reads the next frame. It refuses lengths above limit before it reads on.
func readFrame(r io.Reader, limit int) (*Frame, error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n == 0 || int64(n) > int64(limit) {
		return nil, fmt.Errorf("%w: %d bytes: must have 1 to %d", ErrFrame, n, limit)
	}
	f := NewFrame(int(n))
	if _, err := io.ReadFull(r, f.Bytes); err != nil {
		f.Release()
		return nil, err
	}
	return f, nil
}
