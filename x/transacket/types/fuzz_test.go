package types_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// FuzzDecodeMemo: whatever is accepted is bounded, valid, and says the same after
// another round; whatever does not hold the key in some case is never claimed.
func FuzzDecodeMemo(f *testing.F) {
	v := load(f)
	for _, memo := range v.Memos.Plain {
		f.Add(memo)
	}
	for _, memo := range v.Memos.Accepted.Memos {
		f.Add(memo)
	}
	for _, c := range v.Memos.Refused {
		f.Add(c.Memo)
	}
	f.Fuzz(func(t *testing.T, memo string) {
		e, claimed, err := types.DecodeMemo(memo)
		if !claimed {
			require.NoError(t, err)
			require.Zero(t, e)
			return
		}
		require.True(t, strings.HasPrefix(strings.TrimLeft(memo, " \t\r\n"), "{"))
		if err != nil {
			require.Zero(t, e)
			return
		}
		require.LessOrEqual(t, len(memo), types.MaxMemo)
		require.NoError(t, e.Validate())
		canonical, err := types.EncodeMemo(e)
		require.NoError(t, err)
		again, claimed, err := types.DecodeMemo(canonical)
		require.NoError(t, err)
		require.True(t, claimed)
		require.Equal(t, e, again)
	})
}

// FuzzDecodeEnvelope: one envelope has one encoding.
func FuzzDecodeEnvelope(f *testing.F) {
	v := load(f)
	for _, c := range v.Envelopes.Valid {
		f.Add(unhex(f, c.Proto))
	}
	for _, c := range v.Envelopes.Invalid {
		f.Add(unhex(f, c.Proto))
	}
	f.Fuzz(func(t *testing.T, bz []byte) {
		e, err := types.DecodeEnvelope(bz)
		if err != nil {
			require.Zero(t, e)
			return
		}
		require.NoError(t, e.Validate())
		again, err := e.Marshal()
		require.NoError(t, err)
		require.Equal(t, bz, again)
	})
}

// FuzzDecodeAck: one receipt has one encoding.
func FuzzDecodeAck(f *testing.F) {
	v := load(f)
	for _, c := range v.Acks.Valid {
		f.Add(unhex(f, c.Proto))
	}
	for _, c := range v.Acks.Invalid {
		f.Add(unhex(f, c.Result))
	}
	f.Fuzz(func(t *testing.T, bz []byte) {
		a, err := types.DecodeAck(bz)
		if err != nil {
			require.Zero(t, a)
			return
		}
		require.LessOrEqual(t, len(a.Reply), types.MaxReply)
		again, err := a.Marshal()
		require.NoError(t, err)
		require.Equal(t, bz, again)
	})
}

// FuzzVerifyPath: no path but the right one leads to a root, and none makes the
// check fail in another way.
func FuzzVerifyPath(f *testing.F) {
	v := load(f)
	for _, c := range v.Roots {
		for i, path := range c.Paths {
			var joined []byte
			for _, beside := range path {
				joined = append(joined, unhex(f, beside)...)
			}
			f.Add(uint64(len(c.Contents)), uint64(i), joined)
		}
	}
	f.Fuzz(func(t *testing.T, leaves, index uint64, joined []byte) {
		var path [][]byte
		for len(joined) >= 32 {
			path, joined = append(path, joined[:32]), joined[32:]
		}
		for _, c := range v.Roots {
			if leaves != uint64(len(c.Contents)) || len(joined) > 0 {
				continue
			}
			for i, content := range c.Contents {
				if !types.VerifyPath(unhex(t, c.Root), unhex(t, content), index, leaves, path) {
					continue
				}
				require.Equal(t, uint64(i), index)
				require.Len(t, path, len(c.Paths[i]))
				for j := range path {
					require.Equal(t, c.Paths[i][j], hex.EncodeToString(path[j]))
				}
			}
		}
		types.VerifyPath(make([]byte, 32), make([]byte, 32), index, leaves, path)
	})
}
