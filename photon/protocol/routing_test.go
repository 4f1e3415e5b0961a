package protocol

import (
	"crypto/ed25519"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/channels/types"
)

// routingSamples has one message of each kind of routing.
func routingSamples() []Message {
	id := ChannelID{Domain: types.Hash{1}, Channel: 7}
	policy := Policy{Disabled: true, FeeBase: types.NewUint128(1), FeeRate: 100, Min: types.NewUint128(1), Max: types.MaxUint128, Delta: 420, Slots: 30}
	open := policy
	open.Disabled = false
	return []Message{
		&AnnounceNode{Node: NodeID{1}, PacketKey: [32]byte{2}, Time: 3, Features: FeatureSwap, Price: types.NewUint128(4), Alias: "mill", Addresses: []string{"/ip4/1.2.3.4/tcp/1", "/dns/a/tcp/2"}},
		&AnnounceNode{Node: NodeID{1}},
		&AnnounceChannel{ID: id, Side: 1, Node: NodeID{1}, Peer: NodeID{2}, Time: 5, Policy: policy, Attestation: Signature{6}, Signature: Signature{7}},
		GossipQuery{Since: 9},
		RouteRequest{Number: 1, From: NodeID{1}, To: NodeID{2}, Domain: types.Hash{3}, Amount: types.NewUint128(4), MaxFee: types.NewUint128(5), Paid: PaymentName{ID: id, Epoch: 1, Nonce: 2, Index: 3}},
		&Routes{Number: 1, Routes: [][]RouteHop{{{ID: id, Side: 1, To: NodeID{2}, PacketKey: [32]byte{3}, Policy: open}}, {{ID: id, Policy: open}, {ID: id, Policy: open}}}, Target: &AnnounceNode{Node: NodeID{2}, Alias: "mill"}, Reason: "no"},
		&Routes{Number: 2},
		QuoteRequest{Number: 1, In: types.Hash{1}, Out: types.Hash{2}, Amount: types.NewUint128(3)},
		Quote{Number: 1, Node: NodeID{1}, ID: [16]byte{2}, In: types.Hash{3}, Out: types.Hash{4}, AmountIn: types.NewUint128(5), AmountOut: types.NewUint128(6), Fee: types.NewUint128(1), Delta: 7, OutClock: 8, ValidUntil: 9},
	}
}

// What a node did not sign is not taken for its word.
func TestNodeSignatures(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	node := &AnnounceNode{Node: NodeID(public), Alias: "mill"}
	node.Sign(key)
	require.NoError(t, node.Verify())
	node.Alias = "mile"
	require.ErrorIs(t, node.Verify(), ErrNodeSignature)

	channel := &AnnounceChannel{Node: NodeID(public), Peer: NodeID{1}}
	channel.Attestation = Signature(ed25519.Sign(key, channel.AttestBytes()))
	channel.Sign(key)
	require.NoError(t, channel.Verify())
	require.NoError(t, channel.VerifyAttestation(types.Ed25519Key(public)))
	channel.Peer[0]++
	require.Error(t, channel.VerifyAttestation(types.Ed25519Key(public)))
	require.ErrorIs(t, channel.Verify(), ErrNodeSignature)

	quote := Quote{Node: NodeID(public), AmountIn: types.NewUint128(5)}
	quote.Sign(key)
	require.NoError(t, quote.Verify())
	quote.AmountIn = types.NewUint128(4)
	require.ErrorIs(t, quote.Verify(), ErrNodeSignature)
}

// TestFee rounds up, and says when it does not fit.
func TestFee(t *testing.T) {
	p := Policy{FeeBase: types.NewUint128(2), FeeRate: 100}
	for amount, want := range map[uint64]uint64{1: 3, 10_000: 3, 10_001: 4, 1_000_000: 102} {
		fee, ok := p.Fee(types.NewUint128(amount))
		require.True(t, ok)
		require.Equal(t, types.NewUint128(want), fee, "of %d", amount)
	}
	_, ok := (&Policy{FeeBase: types.MaxUint128, FeeRate: 1}).Fee(types.NewUint128(1))
	require.False(t, ok)
}
