package types_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/channels/types"
)

// encoder is anything that was parsed from signed bytes.
type encoder interface{ Bytes() []byte }

func parsed[T encoder](v T, err error) (encoder, error) { return v, err }

// TestVectorsHold parses every vector: the valid ones give their bytes again and
// verify, the others are refused.
func TestVectorsHold(t *testing.T) {
	stored, err := os.ReadFile(vectorsFile)
	require.NoError(t, err)
	var file vectorFile
	require.NoError(t, json.Unmarshal(stored, &file))
	require.GreaterOrEqual(t, len(file.Vectors), 60)
	parsers := map[string]func([]byte) (encoder, error){
		"proof":      func(b []byte) (encoder, error) { return parsed(types.ParseBalanceProof(b)) },
		"ack":        func(b []byte) (encoder, error) { return parsed(types.ParseAck(b)) },
		"locks":      func(b []byte) (encoder, error) { return parsed(types.ParseLocks(b)) },
		"coop":       func(b []byte) (encoder, error) { return parsed(types.ParseCooperativeClose(b)) },
		"withdraw":   func(b []byte) (encoder, error) { return parsed(types.ParseWithdraw(b)) },
		"open":       func(b []byte) (encoder, error) { return parsed(types.ParseOpenTerms(b)) },
		"close":      func(b []byte) (encoder, error) { return parsed(types.ParseCloseAuthorization(b)) },
		"disposal":   func(b []byte) (encoder, error) { return parsed(types.ParseDisposal(b)) },
		"delegation": func(b []byte) (encoder, error) { return parsed(types.ParseDelegation(b)) },
		"approval":   func(b []byte) (encoder, error) { return parsed(types.ParseApproval(b)) },
		"hello":      func(b []byte) (encoder, error) { return parsed(types.ParseReestablish(b)) },
	}
	invalid := 0
	seen := make(map[string]bool)
	for _, v := range file.Vectors {
		require.False(t, seen[v.Name], "%s is there twice", v.Name)
		seen[v.Name] = true
		b, err := hex.DecodeString(v.Bytes)
		require.NoError(t, err)
		if !v.Valid {
			invalid++
			require.NotEmpty(t, v.Reason, v.Name)
		}
		switch parse := parsers[v.Kind]; {
		case parse != nil:
			message, err := parse(b)
			require.Equal(t, v.Valid, err == nil, "%s: %v", v.Name, err)
			if v.Valid {
				require.Equal(t, v.Bytes, hex.EncodeToString(message.Bytes()), v.Name)
			}
		case v.Kind == "entry":
			e, rest, err := types.ParseEntry(b)
			require.Equal(t, v.Valid, err == nil && len(rest) == 0, "%s: %v", v.Name, err)
			if v.Valid {
				require.Equal(t, v.Bytes, hex.EncodeToString(e.AppendTo(nil)), v.Name)
			}
		case v.Kind == "receipt":
			r, err := types.ParseReceipt(b)
			if err == nil {
				_, _, err = r.Verify(mustKey(t, v.Fields["sender_key"]), mustKey(t, v.Fields["receiver_key"]))
			}
			require.Equal(t, v.Valid, err == nil, "%s: %v", v.Name, err)
		case v.Kind == "key":
			_, err := types.ParseChannelKey(v.Key)
			require.Equal(t, v.Valid, err == nil, "%s: %v", v.Name, err)
		}
		if v.Signature != "" {
			signature, err := hex.DecodeString(v.Signature)
			require.NoError(t, err)
			require.Equal(t, v.Valid, mustKey(t, v.Key).Verify(b, signature), v.Name)
		}
	}
	require.GreaterOrEqual(t, invalid, 20)
	t.Logf("%d vectors, %d of them invalid", len(file.Vectors), invalid)
}

func mustKey(t *testing.T, text any) types.ChannelKey {
	t.Helper()
	name, ok := text.(string)
	require.True(t, ok)
	k, err := types.ParseChannelKey(name)
	require.NoError(t, err)
	return k
}

// FuzzDecoders: no bytes make a decoder panic, and what it accepts it writes again,
// byte by byte.
func FuzzDecoders(f *testing.F) {
	stored, err := os.ReadFile(vectorsFile)
	require.NoError(f, err)
	var file vectorFile
	require.NoError(f, json.Unmarshal(stored, &file))
	for _, v := range file.Vectors {
		if b, err := hex.DecodeString(v.Bytes); err == nil && len(b) > 0 && len(b) < 2_000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		same := func(name string, message encoder, err error) {
			if err == nil {
				require.Equal(t, b, message.Bytes(), name)
			}
		}
		for name, parse := range map[string]func([]byte) (encoder, error){
			"proof": func(b []byte) (encoder, error) { return parsed(types.ParseBalanceProof(b)) },
			"ack":   func(b []byte) (encoder, error) { return parsed(types.ParseAck(b)) },
			"coop":  func(b []byte) (encoder, error) { return parsed(types.ParseCooperativeClose(b)) },
			"wd":    func(b []byte) (encoder, error) { return parsed(types.ParseWithdraw(b)) },
			"open":  func(b []byte) (encoder, error) { return parsed(types.ParseOpenTerms(b)) },
			"close": func(b []byte) (encoder, error) { return parsed(types.ParseCloseAuthorization(b)) },
			"disp":  func(b []byte) (encoder, error) { return parsed(types.ParseDisposal(b)) },
			"deleg": func(b []byte) (encoder, error) { return parsed(types.ParseDelegation(b)) },
			"guar":  func(b []byte) (encoder, error) { return parsed(types.ParseApproval(b)) },
			"hello": func(b []byte) (encoder, error) { return parsed(types.ParseReestablish(b)) },
			"rcpt":  func(b []byte) (encoder, error) { return parsed(types.ParseReceipt(b)) },
		} {
			message, err := parse(b)
			same(name, message, err)
		}
		if locks, err := types.ParseLocks(b); err == nil && len(b) > 0 {
			require.Equal(t, b, locks.Bytes())
			require.Equal(t, locks.Root(), types.LocksRoot(b))
		}
		if e, rest, err := types.ParseEntry(b); err == nil {
			require.Equal(t, b, append(e.AppendTo(nil), rest...))
		}
		if h, err := types.ParseHead(b); err == nil {
			require.Equal(t, b, h.AppendTo(nil))
		}
		if len(b) >= types.KeyLength {
			if k, err := types.ChannelKeyFromBytes(b); err == nil {
				require.Equal(t, b[:types.KeyLength], k.AppendTo(nil))
			}
		}
	})
}
