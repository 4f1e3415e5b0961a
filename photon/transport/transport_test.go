package transport_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/transport"
)

// node is a host that remembers what happened.
type node struct {
	*transport.Host
	connected chan *transport.Peer
	frames    chan []byte
	ended     chan error
	hold      atomic.Bool
}

func newNode(t testing.TB, change func(*transport.Config)) *node {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	require.NoError(t, err)
	c := transport.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Version: 1, MaxFrame: 6 << 20}
	if change != nil {
		change(&c)
	}
	n := &node{connected: make(chan *transport.Peer, 1024), frames: make(chan []byte, 1024), ended: make(chan error, 1024)}
	n.Host, err = transport.New(c, transport.Handler{
		Connected: func(p *transport.Peer) { n.connected <- p },
		Frame: func(_ *transport.Peer, f *transport.Frame) error {
			for n.hold.Load() {
				time.Sleep(time.Millisecond)
			}
			n.frames <- bytes.Clone(f.Bytes)
			f.Release()
			return nil
		},
		Disconnected: func(_ *transport.Peer, err error) { n.ended <- err },
	})
	require.NoError(t, err)
	t.Cleanup(func() { n.hold.Store(false); _ = n.Close() })
	return n
}

func connect(t testing.TB, from, to *node) (*transport.Peer, *transport.Peer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	p, err := from.Connect(ctx, to.Addresses()[0])
	require.NoError(t, err)
	require.Equal(t, to.ID(), p.ID())
	<-from.connected
	return p, <-to.connected
}

func TestFramesBothWays(t *testing.T) {
	for name, change := range map[string]func(*transport.Config){
		"tcp":  nil,
		"quic": func(c *transport.Config) { c.QUIC = true; c.Listen = []string{"/ip4/127.0.0.1/udp/0/quic-v1"} },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newNode(t, change), newNode(t, change)
			pa, pb := connect(t, a, b)
			var done atomic.Int32
			for i := range 50 {
				large := bytes.Repeat([]byte{byte(i)}, 1+i*20_000)
				pa.Send(func() { done.Add(1) }, []byte("head "), large)
				pb.Send(nil, []byte{byte(i)})
			}
			for i := range 50 {
				require.Equal(t, append([]byte("head "), bytes.Repeat([]byte{byte(i)}, 1+i*20_000)...), <-b.frames)
				require.Equal(t, []byte{byte(i)}, <-a.frames)
			}
			require.Eventually(t, func() bool { return done.Load() == 50 }, time.Second, time.Millisecond)
			pa.Send(nil, []byte("last"))
			pa.Disconnect()
			require.Equal(t, []byte("last"), <-b.frames)
			require.ErrorIs(t, <-a.ended, transport.ErrClosed)
			require.Error(t, <-b.ended)
			connect(t, b, a)
		})
	}
}

// Both dial at once: one stream remains, the same on both sides.
func TestSimultaneousDial(t *testing.T) {
	for range 5 {
		a, b := newNode(t, nil), newNode(t, nil)
		var both sync.WaitGroup
		for from, to := range map[*node]*node{a: b, b: a} {
			both.Go(func() { _, _ = from.Connect(context.Background(), to.Addresses()[0]) })
		}
		both.Wait()
		require.Eventually(t, func() bool {
			// An attempt may meet the stream that is being given up.
			p, err := a.Connect(context.Background(), b.Addresses()[0])
			if err != nil {
				return false
			}
			p.Send(nil, []byte("a"))
			q, err := b.Connect(context.Background(), a.Addresses()[0])
			if err != nil {
				return false
			}
			q.Send(nil, []byte("b"))
			return bytes.Equal(next(b.frames), []byte("a")) && bytes.Equal(next(a.frames), []byte("b"))
		}, 10*time.Second, 10*time.Millisecond)
		_, _ = a.Close(), b.Close()
	}
}

func next(frames chan []byte) []byte {
	select {
	case f := <-frames:
		return f
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}

func TestWhoCannotTalk(t *testing.T) {
	ctx := context.Background()
	a := newNode(t, nil)
	other := newNode(t, func(c *transport.Config) { c.Network = "test" })
	_, err := a.Connect(ctx, other.Addresses()[0])
	require.ErrorIs(t, err, transport.ErrNetwork)
	require.ErrorContains(t, err, `is on "test", this node on "mesh"`)

	old := newNode(t, func(c *transport.Config) { c.Version = 0 })
	_, err = a.Connect(ctx, old.Addresses()[0])
	require.ErrorIs(t, err, transport.ErrVersion)
	require.ErrorContains(t, err, `speaks "0", this node 1: update the older one`)

	stranger, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"))
	require.NoError(t, err)
	defer stranger.Close()
	_, err = a.Connect(ctx, stranger.Addrs()[0].String()+"/p2p/"+stranger.ID().String())
	require.ErrorIs(t, err, transport.ErrNoPhoton)

	_, err = a.Connect(ctx, a.Addresses()[0])
	require.ErrorContains(t, err, "this node itself")
	_, err = a.Connect(ctx, "10.0.0.1:9735")
	require.ErrorContains(t, err, "must be like /ip4/1.2.3.4/tcp/9735/p2p/12D3Koo...")

	full := newNode(t, func(c *transport.Config) { c.MaxPeers = 1 })
	connect(t, newNode(t, nil), full)
	_, err = full.Connect(ctx, a.Addresses()[0])
	require.ErrorIs(t, err, transport.ErrTooMany)
	_, err = transport.New(transport.Config{}, transport.Handler{})
	require.ErrorContains(t, err, "no key")
}

// A peer that sends garbage is scored, logged once, dropped and then refused.
func TestGarbage(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	a := newNode(t, func(c *transport.Config) {
		c.MaxFrame = 1000
		c.Logger = slog.New(slog.NewTextHandler(writer(func(b []byte) { mu.Lock(); log.Write(b); mu.Unlock() }), nil))
	})
	evil, err := libp2p.New(libp2p.NoListenAddrs)
	require.NoError(t, err)
	defer evil.Close()
	m, err := multiaddr.NewMultiaddr(a.Addresses()[0])
	require.NoError(t, err)
	info, err := peer.AddrInfoFromP2pAddr(m)
	require.NoError(t, err)
	attempts := 0
	for ; a.Score(evil.ID().String()) < transport.BanScore; attempts++ {
		if evil.Connect(context.Background(), *info) != nil {
			break
		}
		s, err := evil.NewStream(context.Background(), info.ID, "/mesh/photon/mesh/1")
		if err != nil {
			break
		}
		_, _ = s.Write(binary.BigEndian.AppendUint32(nil, 1001))
		select {
		case <-a.connected:
		case <-time.After(5 * time.Second):
			t.Fatal("not connected")
		}
		require.ErrorIs(t, <-a.ended, transport.ErrFrame)
	}
	require.Equal(t, 4, attempts)
	for range 5 {
		_ = evil.Connect(context.Background(), *info) // it may look as if it worked, for a moment
		if s, err := evil.NewStream(context.Background(), info.ID, "/mesh/photon/mesh/1"); err == nil {
			_, _ = s.Write([]byte{0, 0, 0, 1, 1})
		}
	}
	select {
	case <-a.connected:
		t.Fatal("a banned peer was taken")
	case <-time.After(200 * time.Millisecond):
	}
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("misbehaves")), log.String())
	require.Contains(t, log.String(), "1001 bytes: must have 1 to 1000")
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// A peer that does not read is disconnected when its queue is full; every done is called.
func TestSlowPeer(t *testing.T) {
	a := newNode(t, func(c *transport.Config) { c.SendQueue = 1 << 20 })
	b := newNode(t, nil)
	b.hold.Store(true)
	p, _ := connect(t, a, b)
	var done atomic.Int32
	frame := make([]byte, 512<<10)
	sent := int32(0)
	for ended := false; !ended; sent++ {
		p.Send(func() { done.Add(1) }, frame)
		select {
		case err := <-a.ended:
			require.ErrorIs(t, err, transport.ErrSlow)
			ended = true
		case <-time.After(time.Millisecond):
		}
	}
	require.Eventually(t, func() bool { return done.Load() == sent }, 5*time.Second, time.Millisecond)
}

func BenchmarkStream(b *testing.B) {
	x, y := newNode(b, nil), newNode(b, nil)
	p, _ := connect(b, x, y)
	frame := make([]byte, 256<<10)
	b.SetBytes(int64(len(frame)))
	slots := make(chan struct{}, 64)
	go func() {
		for range y.frames {
		}
	}()
	for b.Loop() {
		slots <- struct{}{}
		p.Send(func() { <-slots }, frame)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	x, y := newNode(b, nil), newNode(b, nil)
	p, q := connect(b, x, y)
	for b.Loop() {
		p.Send(nil, make([]byte, 400))
		<-y.frames
		q.Send(nil, make([]byte, 200))
		<-x.frames
	}
}
