package main_test

import (
	"context"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	libnetwork "github.com/libp2p/go-libp2p/core/network"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

// TestEquivocation: a peer, with its own keys, signs a second proof for a nonce that it used. The node keeps both as
// evidence, shows them after a restart and takes nothing more of it; what was taken before counts.
func TestEquivocation(t *testing.T) {
	if testing.Short() {
		t.Skip("runs processes")
	}
	n := newNet(t, 2)
	a, b := n.procs[0], n.procs[1]
	ref := n.open(a, b, deposit)
	require.NoError(t, b.pay(a, 1000))
	n.quiet(a, b, ref)
	newest := a.newestProof(ref)
	b.stop()
	e := n.twin(b, a, ref)
	second := newest
	second.Transferred = types.NewUint128(999)
	e.send(e.stream, e.batch(second))
	require.Equal(t, protocol.FaultEquivocation, e.fault(e.stream).Code)

	for range 2 {
		faults := a.faults()
		require.Len(t, faults, 1)
		require.Equal(t, ref.ChannelId, faults[0].Channel.ChannelId)
		require.Equal(t, "equivocation", faults[0].Code)
		require.Equal(t, newest.Bytes(), faults[0].First[:types.ProofLength])
		require.Equal(t, second.Bytes(), faults[0].Second[:types.ProofLength])
		for _, signed := range [][]byte{faults[0].First, faults[0].Second} {
			require.NoError(t, e.key.Public().CheckSignature("proof", signed[:types.ProofLength], signed[types.ProofLength:]))
		}
		require.Contains(t, a.command("peers"), "equivocation: two proofs for nonce")
		a.restart()
	}

	// The channel goes on for nobody, and is closed with what was taken.
	b.start()
	n.online(ref)
	require.Error(t, b.do(func(ctx context.Context, c *api.Client) error {
		_, err := c.Pay(ctx, &api.PayRequest{Target: a.id, Amount: "1usmt", Timeout: 1})
		return err
	}))
	require.Equal(t, "1000", a.channel(ref).Received)
}

// twin is an attacker with the identity and the channel key of a node.
type twin struct {
	*attacker
	key    keyfile.Key
	stream libnetwork.Stream
}

// twin connects to a node as another one whose keys it has, and re-establishes their channel.
func (n *network) twin(of, to *proc, ref *api.ChannelRef) *twin {
	t := n.t
	t.Helper()
	identity, err := daemon.EnsureNodeKey(of.home)
	require.NoError(t, err)
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.Identity(identity))
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.Close() })
	info, err := transport.ParseAddress(to.addr)
	require.NoError(t, err)
	e := &twin{attacker: &attacker{Host: h, n: n, to: *info}}
	e.key, err = daemon.EnsureChannelKey(of.home, "")
	require.NoError(t, err)
	s, err := e.open(speaks)
	require.NoError(t, err)
	e.stream = s
	require.NoError(t, s.SetDeadline(time.Now().Add(patience)))
	e.say(s, protocol.Hello{Version: protocol.Version, Challenge: types.Hash{1}})
	newest := to.newestProof(ref)
	for established := false; !established; {
		switch m := e.next().(type) {
		case protocol.Hello:
			r := types.Reestablish{Place: newest.Place, Participant: newest.Sender, Nonce: newest.Nonce, Challenge: m.Challenge}
			signed := &protocol.Reestablish{}
			copy(signed.Signed[:], r.Bytes())
			signed.Signature = e.sign(r.Bytes())
			e.say(s, signed)
		case *protocol.Reestablish:
			established = m.Reply // it has checked ours
		}
	}
	return e
}

func (e *twin) next() protocol.Message {
	t := e.n.t
	t.Helper()
	for {
		var head [4]byte
		_, err := io.ReadFull(e.stream, head[:])
		require.NoError(t, err)
		frame := make([]byte, binary.BigEndian.Uint32(head[:]))
		_, err = io.ReadFull(e.stream, frame)
		require.NoError(t, err)
		if m, err := protocol.Parse(frame); err == nil { // of the node's own, not of routing
			return m
		}
	}
}

func (e *twin) sign(message []byte) (out protocol.Signature) {
	signature, err := e.key.Sign(message)
	require.NoError(e.n.t, err)
	copy(out[:], signature)
	return out
}

// batch with a proof and one payment.
func (e *twin) batch(p types.BalanceProof) []byte {
	entry := types.Entry{Amount: types.NewUint128(1), Kind: types.EntryDirect}
	signature := e.sign(p.Bytes())
	m := protocol.Batch{Proof: p.Bytes(), Signature: signature[:], Count: 1, Delta: entry.Amount, Entries: entry.AppendTo(nil)}
	return append(m.AppendHeader([]byte{byte(protocol.KindBatch)}), m.Entries...)
}

// newestProof that a node has of its peer.
func (p *proc) newestProof(ref *api.ChannelRef) (proof types.BalanceProof) {
	t := p.n.t
	t.Helper()
	require.NoError(t, p.do(func(ctx context.Context, c *api.Client) error {
		r, err := c.Payments(ctx, &api.PaymentsRequest{ChannelId: ref.ChannelId, Limit: 1})
		if err != nil {
			return err
		}
		name := r.Payments[0].Name
		receipt, err := c.Receipt(ctx, &api.ReceiptRequest{ChannelId: ref.ChannelId, Epoch: name.Epoch, Sender: name.Sender, Nonce: name.Nonce, Index: name.Index})
		if err != nil {
			return err
		}
		parsed, err := types.ParseReceipt(receipt.Receipt)
		if err == nil {
			proof, err = types.ParseBalanceProof(parsed.Pair.Proof)
		}
		return err
	}))
	return proof
}

func (p *proc) faults() (out []*api.Fault) {
	p.n.t.Helper()
	require.NoError(p.n.t, p.do(func(ctx context.Context, c *api.Client) error {
		r, err := c.Peers(ctx, &api.PeersRequest{})
		if err == nil {
			out = r.Faults
		}
		return err
	}))
	return out
}
