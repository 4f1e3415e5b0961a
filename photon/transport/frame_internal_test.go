package transport

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A decoder of a stranger's bytes: it never reads, or makes room for, more than allowed.
func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{0, 0, 0, 2, 1, 2, 3})
	f.Add([]byte{0, 0, 4, 1})
	f.Add([]byte{255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1024
		r := bytes.NewReader(b)
		frame, err := (&reader{Reader: bufio.NewReader(r), limit: limit, hurry: func(time.Duration) {}}).next()
		if err != nil {
			require.True(t, errors.Is(err, ErrFrame) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), err)
			return
		}
		n := int(binary.BigEndian.Uint32(b))
		require.LessOrEqual(t, n, limit)
		require.Equal(t, b[4:4+n], frame.Bytes)
		frame.Release()
	})
}

func TestFramesArePooled(t *testing.T) {
	for _, n := range []int{1, 511, 512, 513, 1 << 20, 1<<23 + 1} {
		f := NewFrame(n)
		require.Len(t, f.Bytes, n)
		f.Release()
	}
}

// A frame that is announced takes no more room than eight times what came of it.
func TestFramesGrowAsTheyCome(t *testing.T) {
	whole := bytes.Repeat([]byte{1, 2, 3}, 1<<20)
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(whole))), whole...)
	var hurries []time.Duration
	next := func(b []byte) (*Frame, error) {
		hurries = nil
		return (&reader{Reader: bufio.NewReader(bytes.NewReader(b)), limit: 1 << 23, patience: time.Second, hurry: func(d time.Duration) { hurries = append(hurries, d) }}).next()
	}
	f, err := next(b)
	require.NoError(t, err)
	require.Equal(t, whole, f.Bytes)
	f.Release()
	require.Equal(t, []time.Duration{(1 + 3<<20/slowest) * time.Second, 0}, hurries)
	_, err = next(b[:4+firstPiece/2])
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, testing.AllocsPerRun(10, func() { _, _ = next(b[:8]) }), 20.0)
}
