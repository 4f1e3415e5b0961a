package transport

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"sync"
	"time"
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

// firstPiece of a long frame is read before there is room for more, and then eight times as much each
// time: who announces much and sends little costs little.
const firstPiece = 64 << 10

// slowest is how many bytes a second a peer must send of a frame that it began.
const slowest = 16 << 10

// reader reads frames off a stream.
type reader struct {
	*bufio.Reader
	limit    int
	patience time.Duration
	// hurry says by when the rest of a frame must have come; 0 that there is no hurry any more.
	hurry func(time.Duration)
}

// next reads the next frame. It refuses lengths above limit before it reads on.
func (r *reader) next() (*Frame, error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length == 0 || int64(length) > int64(r.limit) {
		return nil, fmt.Errorf("%w: %d bytes: must have 1 to %d", ErrFrame, length, r.limit)
	}
	n := int(length)
	if r.Buffered() < n {
		r.hurry(r.patience + time.Duration(n/slowest)*time.Second)
		defer r.hurry(0)
	}
	f := NewFrame(min(n, firstPiece))
	for have := 0; ; {
		if _, err := io.ReadFull(r, f.Bytes[have:]); err != nil {
			f.Release()
			return nil, err
		}
		if have = len(f.Bytes); have == n {
			return f, nil
		}
		longer := NewFrame(min(n, 8*have))
		copy(longer.Bytes, f.Bytes)
		f.Release()
		f = longer
	}
}
