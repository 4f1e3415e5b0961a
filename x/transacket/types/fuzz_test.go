package types_test

import (
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
