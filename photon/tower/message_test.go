package tower

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

func full() *State {
	m := &State{Place: types.Place{Channel: 3, Epoch: 4}, Delegator: 1, Reward: types.NewUint128(5), Expiry: 6, Received: &protocol.Pair{}, Own: &protocol.Pair{}}
	for i := range types.MaxLocks {
		m.Locks = types.Lock{ID: uint64(i + 1), Amount: types.NewUint128(1)}.AppendTo(m.Locks) //nolint:gosec // small
		m.Secrets = append(m.Secrets, [32]byte{byte(i)})
		m.Disposals = append(m.Disposals, types.Disposal{LockId: uint64(i), Hash: make([]byte, 32), Signature: make([]byte, 64)}) //nolint:gosec // small
	}
	return m
}

func TestLargestState(t *testing.T) {
	m := full()
	b := m.AppendTo(nil)
	require.Len(t, b, MaxState)
	got, err := ParseState(b)
	require.NoError(t, err)
	require.Equal(t, m, got)
	_, err = ParseState(append(b, 0))
	require.ErrorIs(t, err, protocol.ErrTooLarge)
}

func TestGarbageIsRefused(t *testing.T) {
	b := (&State{Delegator: 1}).AppendTo(nil)
	for n := range b {
		_, err := ParseState(b[:n])
		require.ErrorIs(t, err, protocol.ErrMalformed, "%d bytes", n)
	}
	for _, parse := range []func([]byte) error{
		func(b []byte) error { _, err := ParseAsk(b); return err },
		func(b []byte) error { _, err := ParseTerms(b); return err },
		func(b []byte) error { _, err := ParseReceipt(b); return err },
		func(b []byte) error { _, err := ParseRefusal(b); return err },
		func(b []byte) error { _, err := ParseShow(b); return err },
		func(b []byte) error { _, err := ParseShown(b); return err },
	} {
		require.ErrorIs(t, parse(nil), protocol.ErrMalformed)
		require.ErrorIs(t, parse(make([]byte, 31)), protocol.ErrMalformed)
	}
}

func FuzzParseState(f *testing.F) {
	f.Add(full().AppendTo(nil))
	f.Add((&State{}).AppendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ParseState(b); err == nil {
			require.Equal(t, b, m.AppendTo(nil))
		}
	})
}

// TestVault: what is at rest is encrypted, survives a restart, and is noticed when it was changed or
// put in another's place.
func TestVault(t *testing.T) {
	dir := t.TempDir()
	v, err := openVault(dir, []byte("secret"))
	require.NoError(t, err)
	a, b := types.Place{Channel: 1}, types.Place{Channel: 2}
	plain := full().AppendTo(nil)
	require.NoError(t, v.put(a, 0, plain))
	require.NoError(t, v.put(a, 0, plain))
	require.NoError(t, v.put(b, 1, []byte("b")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.state.123"), nil, 0o600), "of a write that was cut off")

	read := func(secret string) (out [][]byte, err error) {
		v, err := openVault(dir, []byte(secret))
		require.NoError(t, err)
		err = v.each(func(r []byte) error { out = append(out, r); return nil })
		return out, err
	}
	records, err := read("secret")
	require.NoError(t, err)
	require.ElementsMatch(t, [][]byte{plain, []byte("b")}, records)
	_, err = read("another")
	require.Error(t, err)
	raw, err := os.ReadFile(v.name(a, 0))
	require.NoError(t, err)
	require.NotContains(t, string(raw), string(plain[100:200]))

	require.NoError(t, os.WriteFile(v.name(b, 1), raw, 0o600))
	_, err = read("secret")
	require.Error(t, err, "one record in the place of another")
	require.NoError(t, v.remove(b, 1))
	require.NoError(t, v.remove(b, 1))
	_, err = read("secret")
	require.NoError(t, err)
}

// TestDiskRefuses: a tower whose disk takes nothing goes on, says so once, and takes records again
// when it does.
func TestDiskRefuses(t *testing.T) {
	var log bytes.Buffer
	v, err := openVault(filepath.Join(t.TempDir(), "tower"), []byte("secret"))
	require.NoError(t, err)
	s := &Server{cfg: ServerConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))}, vault: v}
	at := types.Place{Channel: 1}
	require.NoError(t, s.write(&watch{}, at))
	require.NoError(t, os.RemoveAll(v.dir))
	for range 3 {
		require.ErrorContains(t, s.write(&watch{}, at), "cannot write to its disk")
	}
	require.NoError(t, os.Mkdir(v.dir, 0o700))
	for range 2 {
		require.NoError(t, s.write(&watch{}, at))
	}
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("ERROR")), log.String())
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("takes records again")), log.String())
}

// TestDue: what a tower does in each phase.
func TestDue(t *testing.T) {
	proof := func(nonce uint64) *protocol.Pair {
		p := types.BalanceProof{Place: types.Place{Channel: 1}, Nonce: nonce}
		return &protocol.Pair{Proof: [types.ProofLength]byte(p.Bytes())}
	}
	held := func(nonce uint64, unlocked bool) *types.Evidence {
		return &types.Evidence{Signed: types.SignedProof{Proof: proof(nonce).Proof[:]}, Unlocked: unlocked, UnlockedAmount: types.NewUint128(1)}
	}
	m := &State{Place: types.Place{Channel: 1}, Delegator: 1, Received: proof(5), Secrets: [][32]byte{{1}, {1}, {2}}, Disposals: []types.Disposal{{LockId: 8}}}
	for i, expiry := range []uint64{299, 299, 100} {
		m.Locks = types.Lock{ID: uint64(i + 1), Amount: types.NewUint128(1), Hash: hashOf(m.Secrets[i][:]), Expiry: expiry}.AppendTo(m.Locks) //nolint:gosec // small
	}
	for _, c := range []struct {
		what          string
		clock         uint64
		partner, mine *types.Evidence
		want          []string
	}{
		{"before a quarter", 149, nil, nil, []string{"secrets"}},
		{"from a quarter on", 150, nil, nil, []string{"secrets", "pair"}},
		{"an older one is held", 299, held(4, false), nil, []string{"secrets", "pair"}},
		{"ours is held", 299, held(5, false), nil, []string{"secrets"}},
		{"a newer one is held", 299, held(6, false), nil, []string{"secrets"}},
		{"unlock", 300, held(5, false), nil, []string{"unlock"}},
		{"unlocked", 300, held(5, true), held(1, true), []string{"disposal"}},
		{"evidence", 400, held(5, false), held(1, true), []string{"disposal"}},
		{"nothing to dispose", 400, held(5, false), held(1, false), nil},
		{"over", 500, nil, nil, []string{"settle"}},
	} {
		ch := &types.Channel{Id: 1, Dispute: &types.Dispute{ClosedAt: 100, UpdateUntil: 300, UnlockUntil: 400, SettleFrom: 500, Directions: []types.Direction{{Held: c.partner}, {Held: c.mine}}}}
		var got []string
		for _, a := range Due(m, ch, c.clock, "tower") {
			if msg, ok := a.Msg.(*types.MsgRegisterSecrets); ok {
				require.Equal(t, [][]byte{m.Secrets[0][:]}, msg.Secrets, "once, and not for a lock that expired")
			}
			name, _, _ := strings.Cut(a.Name, " ")
			require.Equal(t, name == "secrets" || name == "disposal", a.Once, "what nobody sees in the channel is not paid for twice")
			got = append(got, name)
		}
		require.Equal(t, c.want, got, c.what)
		ch.Epoch = 1
		require.Empty(t, Due(m, ch, c.clock, "tower"), "another epoch")
	}
}
