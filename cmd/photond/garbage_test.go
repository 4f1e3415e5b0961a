package main_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	libnetwork "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	libprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/testutil/node"
	"github.com/meshchain/meshchain/x/channels/types"
)

const speaks = "/mesh/photon/mesh/1"

// attacker is a libp2p node with an identity of its own that says what it wants to a payment node.
type attacker struct {
	host.Host
	n  *network
	to peer.AddrInfo
}

// TestGarbage: a node is attacked by peers of other versions and networks, with garbage, lengths out of bounds, half
// frames and floods, while it is paid. Who does wrong is told so, refused after a few attempts and logged
// once for that and once for being refused; payments go on all the while.
func TestGarbage(t *testing.T) {
	if testing.Short() {
		t.Skip("runs processes")
	}
	n := newNet(t, 2)
	a, b := n.procs[0], n.procs[1]
	ref := n.open(a, b, deposit)
	ctx, cancel := context.WithCancel(context.Background())
	var paid, failed atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := a.pay(b, 1); err != nil {
				failed.Add(1)
			}
			paid.Add(1)
		}
	}()

	// Those that only hold something: identities without a stream, without a hello, and with half a frame.
	for i := range 30 {
		e := n.attacker(b)
		if i%3 == 0 {
			continue
		}
		s, err := e.open(speaks)
		require.NoError(t, err)
		if i%3 == 1 {
			_, err = s.Write([]byte{0, 0x40, 0, 0, 1, 2, 3})
			require.NoError(t, err)
		}
	}

	for _, foreign := range []string{"/mesh/photon/mesh/0", "/mesh/photon/test/1"} {
		e := n.attacker(b)
		for range 3 {
			s, err := e.open(foreign)
			require.NoError(t, err)
			fault := e.fault(s)
			require.Equal(t, protocol.FaultVersion, fault.Code)
			require.Contains(t, fault.Text, `you speak "`+foreign+`", this node "`+speaks+`"`)
		}
		require.Equal(t, 1, b.logged(e.ID().String()))
	}

	random := rand.New(rand.NewSource(1)) //nolint:gosec // repeatable
	hello := protocol.Hello{Version: protocol.Version, Agent: "evil/1"}
	unknown := protocol.Ack{Place: types.Place{Domain: types.Hash{1}, Channel: 1}, Nonce: 1}
	for name, attack := range map[string]struct {
		code protocol.FaultCode // that it is told; unspecified for a connection that just ends
		say  func(*attacker, io.Writer)
	}{
		"length out of bounds": {0, func(_ *attacker, w io.Writer) { _, _ = w.Write([]byte{0xff, 0xff, 0xff, 0xff, 1}) }},
		"empty frame":          {0, func(_ *attacker, w io.Writer) { _, _ = w.Write(make([]byte, 4)) }},
		"random bytes": {protocol.FaultMalformed, func(e *attacker, w io.Writer) {
			b := make([]byte, 1+random.Intn(5000))
			random.Read(b)
			e.send(w, b)
		}},
		"old hello":      {protocol.FaultVersion, func(e *attacker, w io.Writer) { e.say(w, protocol.Hello{Version: 999}) }},
		"no hello":       {protocol.FaultMalformed, func(e *attacker, w io.Writer) { e.say(w, protocol.Ping{}) }},
		"a second hello": {protocol.FaultMalformed, func(e *attacker, w io.Writer) { e.say(w, hello, hello) }},
		"garbage batch": {protocol.FaultMalformed, func(e *attacker, w io.Writer) {
			e.say(w, hello)
			e.send(w, append([]byte{byte(protocol.KindBatch)}, make([]byte, 300)...))
		}},
		"flood of pings":  {protocol.FaultBusy, func(e *attacker, w io.Writer) { e.say(w, hello); e.flood(w, protocol.Ping{}) }},
		"unknown channel": {protocol.FaultBusy, func(e *attacker, w io.Writer) { e.say(w, hello); e.flood(w, unknown) }},
		"flood of faults": {protocol.FaultBusy, func(e *attacker, w io.Writer) { e.say(w, hello); e.flood(w, protocol.Fault{Text: "no"}) }},
		"flood of terms":  {protocol.FaultBusy, func(e *attacker, w io.Writer) { e.say(w, hello); e.flood(w, &protocol.OpenRequest{}) }},
	} {
		e := n.attacker(b)
		attempts := 0
		for ; attempts < 30; attempts++ {
			s, err := e.open(speaks)
			if err != nil {
				break
			}
			attack.say(e, s)
			if fault := e.fault(s); attack.code != 0 && fault.Code != 0 {
				require.Equal(t, attack.code, fault.Code, "%s: %s", name, fault.Text)
			}
		}
		require.Less(t, attempts, 30, "%s: it is never refused", name)
		require.Positive(t, attempts, name)
		id := e.ID().String()
		require.Equal(t, 1, b.logged("misbehaves; more of it is not logged\" peer="+id), name)
		require.Equal(t, 1, b.logged("refused for a while\" peer="+id), name)
		most := 2
		if name == "flood of faults" {
			most = 2 + attempts // what it objects to is logged once for each connection
		}
		require.LessOrEqual(t, b.logged(id), most, name)
	}

	cancel()
	<-done
	require.Zero(t, failed.Load(), "of %d payments while it was attacked", paid.Load())
	require.Greater(t, paid.Load(), int64(50))
	n.quiet(a, b, ref)
	require.Equal(t, a.channel(ref).Sent, b.channel(ref).Received)
	a.othersAreNamed()
}

// othersAreNamed: who dials a node of another version or network is told so, with exit codes of their own.
func (p *proc) othersAreNamed() {
	t := p.n.t
	for offers, want := range map[string]struct {
		code int
		says string
	}{
		"/mesh/photon/test/1": {18, `is on "test", this node on "mesh"`},
		"/mesh/photon/mesh/0": {19, `speaks "0", this node 1: update the older one`},
		"/ipfs/kad/1.0.0":     {10, "not a payment node"},
	} {
		h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = h.Close() })
		h.SetStreamHandler(libprotocol.ID(offers), func(s libnetwork.Stream) { _ = s.Reset() })
		cmd := exec.Command(node.Photond(t), "--home", p.home, "peers", "connect", h.Addrs()[0].String()+"/p2p/"+h.ID().String())
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s", out)
		require.Equal(t, want.code, exit.ExitCode(), "%s", out)
		require.Contains(t, string(out), want.says)
	}
}

// attacker of a node.
func (n *network) attacker(to *proc) *attacker {
	n.t.Helper()
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.DisableRelay())
	require.NoError(n.t, err)
	n.t.Cleanup(func() { _ = h.Close() })
	info, err := transport.ParseAddress(to.addr)
	require.NoError(n.t, err)
	e := &attacker{Host: h, n: n, to: *info}
	require.NoError(n.t, e.connect())
	return e
}

func (e *attacker) connect() error {
	ctx, cancel := context.WithTimeout(libnetwork.WithForceDirectDial(context.Background(), "test"), patience)
	defer cancel()
	return e.Connect(ctx, e.to)
}

// open opens a stream, or says that the node refuses.
func (e *attacker) open(speaks string) (libnetwork.Stream, error) {
	for range 20 {
		if err := e.connect(); err != nil {
			return nil, err
		}
		s, err := e.NewStream(context.Background(), e.to.ID, libprotocol.ID(speaks))
		if err != nil {
			// A connection that is being ended, or was refused after the handshake.
			time.Sleep(20 * time.Millisecond)
			continue
		}
		return s, nil
	}
	return nil, errors.New("no stream is taken")
}

// say sends messages in frames of their own.
func (e *attacker) say(w io.Writer, messages ...protocol.Message) {
	for _, m := range messages {
		e.send(w, protocol.Append(nil, m))
	}
}

func (e *attacker) send(w io.Writer, frame []byte) {
	_, _ = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...)) //nolint:gosec // short
}

// flood sends a message until the node does not take it any more.
func (e *attacker) flood(w io.Writer, m protocol.Message) {
	frame := protocol.Append(nil, m)
	frame = append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...) //nolint:gosec // short
	many := []byte(strings.Repeat(string(frame), 200))
	for range 500 {
		if _, err := w.Write(many); err != nil {
			return
		}
	}
}

// fault reads to the end of a stream and returns the last fault that came, if any.
func (e *attacker) fault(s libnetwork.Stream) (fault protocol.Fault) {
	_ = s.SetDeadline(time.Now().Add(10 * time.Second))
	defer func() { _ = s.Reset() }()
	for {
		var head [4]byte
		if _, err := io.ReadFull(s, head[:]); err != nil {
			return fault
		}
		frame := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(s, frame); err != nil {
			return fault
		}
		if m, err := protocol.Parse(frame); err == nil {
			if f, ok := m.(protocol.Fault); ok {
				fault = f
			}
		}
	}
}
