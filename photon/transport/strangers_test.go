package transport_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/transport"
)

// stranger is a libp2p node that can say whatever it wants to one that is under test.
func stranger(t *testing.T, to *node) host.Host {
	t.Helper()
	h, err := libp2p.New(libp2p.NoListenAddrs)
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.Close() })
	info, err := transport.ParseAddress(to.Addresses()[0])
	require.NoError(t, err)
	require.NoError(t, h.Connect(context.Background(), *info))
	return h
}

// logging makes a node log into a buffer; count counts lines of it.
func logging() (change func(*transport.Config), count func(string) int) {
	var mu sync.Mutex
	var log bytes.Buffer
	change = func(c *transport.Config) {
		c.Patience = 300 * time.Millisecond
		c.Refusal = func(theirs, ours string) []byte { return []byte(theirs + " is not " + ours) }
		c.Logger = slog.New(slog.NewTextHandler(writer(func(b []byte) { mu.Lock(); log.Write(b); mu.Unlock() }), nil))
	}
	return change, func(text string) int {
		mu.Lock()
		defer mu.Unlock()
		return bytes.Count(log.Bytes(), []byte(text))
	}
}

// Who begins something and does not go on is disconnected: without a stream, without a first frame, and in
// the middle of a frame. Who is silent between frames is not.
func TestIdlers(t *testing.T) {
	change, count := logging()
	a := newNode(t, change)
	other, honest := connect(t, newNode(t, nil), a)
	other.Send(nil, []byte("hello"))
	<-a.frames
	for _, says := range [][]byte{nil, {}, {0, 0}, {0, 0, 1, 0, 7}, {0, 0, 0, 1, 7, 0, 1, 0, 0}} {
		h := stranger(t, a)
		if says != nil {
			s, err := h.NewStream(context.Background(), h.Network().Peers()[0], "/mesh/photon/mesh/1")
			require.NoError(t, err)
			_, err = s.Write(says)
			require.NoError(t, err)
			<-a.connected
			require.ErrorIs(t, <-a.ended, transport.ErrIdle, "%v", says)
			select {
			case <-a.frames: // the whole one before the half one
			default:
			}
			require.Equal(t, uint32(transport.BanScore/4), a.Score(h.ID().String()))
		} else {
			require.Eventually(t, func() bool { return len(h.Network().Peers()) == 0 }, 5*time.Second, 10*time.Millisecond)
		}
	}
	require.Equal(t, 4, count("misbehaves"))
	p, err := a.Connect(context.Background(), "/ip4/127.0.0.1/tcp/1/p2p/"+honest.ID())
	require.NoError(t, err, "it was silent all the time and is there")
	require.Equal(t, honest, p)
}

// Nodes of other versions and networks are told why they are refused; each is logged once and gets no points.
func TestForeigners(t *testing.T) {
	change, count := logging()
	a := newNode(t, change)
	for _, speaks := range []string{"/mesh/photon/mesh/0", "/mesh/photon/test/1"} {
		h := stranger(t, a)
		to := h.Network().Peers()[0]
		for range 3 {
			info, err := transport.ParseAddress(a.Addresses()[0])
			require.NoError(t, err)
			require.NoError(t, h.Connect(context.Background(), *info))
			s, err := h.NewStream(context.Background(), to, protocol.ID(speaks))
			require.NoError(t, err)
			_ = s.CloseWrite()
			said, err := io.ReadAll(s)
			require.NoError(t, err)
			want := speaks + " is not /mesh/photon/mesh/1"
			require.Equal(t, append(binary.BigEndian.AppendUint32(nil, uint32(len(want))), want...), said)
			require.Eventually(t, func() bool { return len(h.Network().Peers()) == 0 }, 5*time.Second, time.Millisecond)
		}
		require.Zero(t, a.Score(h.ID().String()))
		require.Equal(t, 1, count(speaks))
	}
}

// Identities cost nothing: a thousand that misbehave do not fill the log.
func TestLogOfStrangersIsBounded(t *testing.T) {
	change, count := logging()
	a := newNode(t, change)
	for i := range 40 {
		h := stranger(t, a)
		s, err := h.NewStream(context.Background(), h.Network().Peers()[0], "/mesh/photon/mesh/1")
		require.NoError(t, err)
		_, err = s.Write([]byte{255, 255, 255, 255})
		require.NoError(t, err)
		<-a.connected
		require.ErrorIs(t, <-a.ended, transport.ErrFrame, fmt.Sprint(i))
		_ = h.Close()
	}
	require.Equal(t, 32, count("misbehaves"))
}
