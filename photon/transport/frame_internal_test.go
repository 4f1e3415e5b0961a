package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

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
		frame, err := readFrame(r, limit)
		if err != nil {
			require.True(t, errors.Is(err, ErrFrame) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), err)
			return
		}
		n := int(binary.BigEndian.Uint32(b))
		require.LessOrEqual(t, n, limit)
		require.Equal(t, b[4:4+n], frame.Bytes)
		require.Equal(t, len(b)-4-n, r.Len())
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
