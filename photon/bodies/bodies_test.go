package bodies_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/bodies"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// wire connects two services in memory, one message after the other.
type wire struct {
	name  string
	to    *wire
	take  func(peer string, kind protocol.Kind, body []byte) error
	queue chan func()
}

func newWire(t *testing.T, name string) *wire {
	w := &wire{name: name, queue: make(chan func(), 1000)}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case f := <-w.queue:
				f()
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { close(done) })
	return w
}

func (w *wire) Handle(_ [2]protocol.Kind, take func(string, protocol.Kind, []byte) error) {
	w.take = take
}

func (w *wire) SendTo(peer string, m protocol.Message) error {
	if w.to == nil || peer != w.to.name {
		return errors.New("not connected")
	}
	body := m.AppendTo(nil)
	w.to.queue <- func() { _ = w.to.take(w.name, m.Kind(), body) }
	return nil
}

func pair(t *testing.T, limit int64) (from, to *bodies.Service, dir string) {
	t.Helper()
	a, b := newWire(t, "a"), newWire(t, "b")
	a.to, b.to = b, a
	dir = t.TempDir()
	from, err := bodies.New(a, t.TempDir(), limit, time.Now, anybody)
	require.NoError(t, err)
	to, err = bodies.New(b, dir, limit, time.Now, anybody)
	require.NoError(t, err)
	return from, to, dir
}

func anybody(string) bool { return true }

// Whoever has no channel with a node fills no disk of it, and pushes nothing out.
func TestStranger(t *testing.T) {
	a, b := newWire(t, "a"), newWire(t, "b")
	a.to, b.to = b, a
	from, err := bodies.New(a, t.TempDir(), 1000, time.Now, anybody)
	require.NoError(t, err)
	to, err := bodies.New(b, t.TempDir(), 1000, time.Now, func(peer string) bool { return peer != "a" })
	require.NoError(t, err)
	hash, err := from.Send(within(t), "b", []byte("spam"))
	require.ErrorIs(t, err, bodies.ErrDeclined)
	require.Nil(t, to.Read(hash))
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestSend(t *testing.T) {
	from, to, _ := pair(t, 16<<20)
	for _, size := range []int{257, bodies.MaxPiece, bodies.MaxPiece + 1, bodies.MaxBody} {
		data := bytes.Repeat([]byte{byte(size)}, size)
		hash, err := from.Send(within(t), "b", data)
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(data), hash)
		require.Equal(t, data, to.Read(hash))
		again, err := from.Send(within(t), "b", data)
		require.NoError(t, err)
		require.Equal(t, hash, again)
	}
	require.Nil(t, to.Read(types.Hash{1}))
	_, err := from.Send(within(t), "b", make([]byte, bodies.MaxBody+1))
	require.ErrorIs(t, err, bodies.ErrTooLong)
	_, err = from.Send(within(t), "c", make([]byte, 300))
	require.ErrorContains(t, err, "not connected")
}

func TestLimit(t *testing.T) {
	from, to, dir := pair(t, 1000)
	_, err := from.Send(within(t), "b", make([]byte, 1001))
	require.ErrorIs(t, err, bodies.ErrDeclined)
	var hashes []types.Hash
	for i := range 5 {
		hash, err := from.Send(within(t), "b", bytes.Repeat([]byte{byte(i)}, 400))
		require.NoError(t, err)
		hashes = append(hashes, hash)
		time.Sleep(10 * time.Millisecond)
	}
	require.Nil(t, to.Read(hashes[0]), "the oldest is gone")
	require.NotNil(t, to.Read(hashes[4]))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

// TestGarbage: what is no message is an error, for which the peer is scored; what fits nothing is ignored.
func TestGarbage(t *testing.T) {
	w := newWire(t, "b")
	w.to = newWire(t, "a")
	w.to.take = func(string, protocol.Kind, []byte) error { return nil }
	_, err := bodies.New(w, t.TempDir(), 1000, time.Now, anybody)
	require.NoError(t, err)
	for kind := bodies.KindOffer; kind <= bodies.KindDecline; kind++ {
		require.ErrorIs(t, w.take("a", kind, nil), protocol.ErrMalformed)
		require.ErrorIs(t, w.take("a", kind, make([]byte, 17+bodies.MaxPiece)), protocol.ErrMalformed)
	}
	require.NoError(t, w.take("a", bodies.KindPiece, bodies.Piece{ID: 5, Data: []byte("x")}.AppendTo(nil)))
	require.NoError(t, w.take("a", bodies.KindHave, bodies.Have{ID: 5}.AppendTo(nil)))
}
