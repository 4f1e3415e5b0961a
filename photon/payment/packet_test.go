package payment

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

func keyring(t testing.TB, seed byte) *Keyring {
	t.Helper()
	k, err := NewKeyring([32]byte{seed})
	require.NoError(t, err)
	return k
}

// wrapped is a packet over three nodes, as a payer makes it.
func wrapped(t testing.TB, data []byte, nodes ...*Keyring) (*Core, *payment, *part, []byte) {
	t.Helper()
	c := &Core{config: DefaultConfig(protocol.NodeID{9}), keys: keyring(t, 99), random: rand.Reader, now: 1}
	p := &payment{Order: Order{ID: [16]byte{7}, Amount: types.NewUint128(50), Data: data, Hash: hashOf([32]byte{3})}, secret: [32]byte{3}, drawn: true}
	part := &part{payment: p}
	for i, k := range nodes {
		part.route = append(part.route, protocol.RouteHop{ID: protocol.ChannelID{Channel: uint64(i + 1)}, PacketKey: k.Public()}) //nolint:gosec // small
		part.amounts = append(part.amounts, types.NewUint128(uint64(52-i)))                                                       //nolint:gosec // small
		part.expiries = append(part.expiries, uint64(2_000-420*i))                                                                //nolint:gosec // small
	}
	packet, err := c.wrap(p, part, -1, [16]byte{})
	require.NoError(t, err)
	return c, p, part, packet
}

// Each node learns its own hop; only the target learns the payment.
func TestPacket(t *testing.T) {
	nodes := []*Keyring{keyring(t, 1), keyring(t, 2), keyring(t, 3)}
	data := bytes.Repeat([]byte{5}, MaxData)
	_, p, part, packet := wrapped(t, data, nodes...)
	first := packet
	for i, k := range nodes[:2] {
		for j, other := range nodes {
			if j != i {
				_, _, _, err := other.open(packet, p.Hash)
				require.ErrorIs(t, err, ErrPacket, "node %d opens the packet of %d", j, i)
			}
		}
		_, _, _, err := k.open(packet, types.Hash{1})
		require.ErrorIs(t, err, ErrPacket, "under another payment's hash")
		changed := bytes.Clone(packet)
		changed[len(changed)-1] ^= 1
		_, _, _, err = k.open(changed, p.Hash)
		require.ErrorIs(t, err, ErrPacket)
		forward, final, _, err := k.open(packet, p.Hash)
		require.NoError(t, err)
		require.Nil(t, final)
		require.Equal(t, part.route[i+1].ID, forward.Next)
		require.Equal(t, part.amounts[i+1], forward.Amount)
		require.Equal(t, part.expiries[i+1], forward.Expiry)
		packet = forward.Packet
	}
	_, final, _, err := nodes[2].open(packet, p.Hash)
	require.NoError(t, err)
	require.Equal(t, &Final{Total: p.Amount, ID: p.ID, Secret: p.secret, Data: data}, final)
	require.NotContains(t, string(first), string(data[:32]))
}

// A failure is read by the payer, who knows which node spoke; nobody can forge one.
func TestFailure(t *testing.T) {
	nodes := []*Keyring{keyring(t, 1), keyring(t, 2), keyring(t, 3)}
	_, p, part, packet := wrapped(t, nil, nodes...)
	forward, _, _, err := nodes[0].open(packet, p.Hash)
	require.NoError(t, err)
	_, _, session, err := nodes[1].open(forward.Packet, p.Hash)
	require.NoError(t, err)
	update := &protocol.AnnounceChannel{ID: part.route[2].ID, Node: protocol.NodeID{1}, Policy: DefaultPolicy()}
	want := Failure{Reason: protocol.ReasonFee, Channel: part.route[2].ID, Side: 1, Update: update}
	blob := session.sealFailure(rand.Reader, p.Hash, &want)
	require.LessOrEqual(t, len(blob), protocol.MaxFailure)
	for i, s := range part.sessions {
		got, err := s.openFailure(p.Hash, blob)
		if i != 1 {
			require.ErrorIs(t, err, ErrPacket)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	blob[30] ^= 1
	_, err = part.sessions[1].openFailure(p.Hash, blob)
	require.ErrorIs(t, err, ErrPacket)
}

// Sessions are used for a while, then made anew; those of others are bounded.
func TestSessions(t *testing.T) {
	payer, node := keyring(t, 1), keyring(t, 2)
	a, err := payer.with(node.Public(), 100, 2, 60)
	require.NoError(t, err)
	b, err := payer.with(node.Public(), 100, 2, 60)
	require.NoError(t, err)
	require.Same(t, a, b)
	c, err := payer.with(node.Public(), 100, 2, 60)
	require.NoError(t, err)
	require.NotSame(t, a, c, "used up")
	d, err := payer.with(node.Public(), 160, 2, 60)
	require.NoError(t, err)
	require.NotSame(t, c, d, "too old")
	_, err = payer.with([32]byte{}, 160, 2, 60)
	require.Error(t, err, "no key")
	for range 2*maxSessions + 10 {
		s, err := keyring(t, 3).with(node.Public(), 1, 1, 60)
		require.NoError(t, err)
		_, err = node.session(s.public)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(node.young)+len(node.old), 2*maxSessions)
}

func FuzzPacket(f *testing.F) {
	node := keyring(f, 1)
	_, p, _, packet := wrapped(f, []byte("data"), node)
	f.Add(packet, p.Hash[:])
	f.Fuzz(func(t *testing.T, packet, hash []byte) {
		var h types.Hash
		copy(h[:], hash)
		forward, final, _, err := node.open(packet, h)
		require.Equal(t, err == nil, (forward == nil) != (final == nil))
	})
}

func FuzzPlain(f *testing.F) {
	f.Add((&Final{Data: []byte("x")}).appendTo(nil, 3))
	f.Add((&Forward{Packet: []byte("inside")}).appendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		forward, final, err := parsePlain(b)
		switch {
		case err != nil:
		case forward != nil:
			require.Equal(t, b, forward.appendTo(nil))
		default:
			require.LessOrEqual(t, len(final.Data), MaxData)
		}
	})
}

func FuzzFailure(f *testing.F) {
	f.Add((&Failure{Reason: protocol.ReasonFee, Update: &protocol.AnnounceChannel{Node: protocol.NodeID{1}}}).appendTo(nil))
	f.Add((&Failure{}).appendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := parseFailure(b); err == nil {
			require.Equal(t, b, got.appendTo(nil))
		}
	})
}

func BenchmarkWrap(b *testing.B) {
	nodes := []*Keyring{keyring(b, 1), keyring(b, 2), keyring(b, 3)}
	c, p, part, _ := wrapped(b, make([]byte, 32), nodes...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.wrap(p, part, -1, [16]byte{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	node := keyring(b, 1)
	_, p, _, packet := wrapped(b, make([]byte, 32), node, keyring(b, 2), keyring(b, 3))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, _, err := node.open(packet, p.Hash); err != nil {
			b.Fatal(err)
		}
	}
}
