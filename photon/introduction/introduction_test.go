package introduction_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/introduction"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

// wire connects two services in memory.
type wire struct {
	name string
	to   *wire
	take func(peer string, kind protocol.Kind, body []byte) error
}

func (w *wire) Handle(_ [2]protocol.Kind, take func(string, protocol.Kind, []byte) error) {
	w.take = take
}

func (w *wire) SendTo(peer string, m protocol.Message) error {
	if w.to == nil || peer != w.to.name {
		return errors.New("not connected")
	}
	go func() { _ = w.to.take(w.name, m.Kind(), m.AppendTo(nil)) }()
	return nil
}

func TestIntroduce(t *testing.T) {
	a, b := &wire{name: "a"}, &wire{name: "b"}
	a.to, b.to = b, a
	key, err := keyfile.Draw(keyfile.Secp256k1)
	require.NoError(t, err)
	here := types.Hash{7}
	asks := introduction.New(a, func(types.Hash) (string, types.ChannelKey) { return "", types.ChannelKey{} })
	introduction.New(b, func(d types.Hash) (string, types.ChannelKey) {
		if d != here {
			return "", types.ChannelKey{}
		}
		return "mesh1bob", key.Public()
	})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	account, got, err := asks.Introduce(ctx, "b", here)
	require.NoError(t, err)
	require.Equal(t, "mesh1bob", account)
	require.True(t, got.Same(key.Public()))

	_, _, err = asks.Introduce(ctx, "b", types.Hash{8})
	require.ErrorIs(t, err, introduction.ErrNotThere)
	_, _, err = asks.Introduce(ctx, "c", here)
	require.ErrorContains(t, err, "not connected")
}

// TestAnswerOfAnother: an answer counts only from the peer that was asked.
func TestAnswerOfAnother(t *testing.T) {
	a, b := &wire{name: "a"}, &wire{name: "b"}
	a.to = b
	s := introduction.New(a, nil)
	b.take = func(_ string, _ protocol.Kind, body []byte) error {
		q, err := introduction.ParseQuestion(body)
		if err != nil {
			return err
		}
		return a.take("mallory", introduction.KindAnswer, introduction.Answer{ID: q.ID, Account: "mesh1mallory"}.AppendTo(nil))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, _, err := s.Introduce(ctx, "b", types.Hash{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestGarbage(t *testing.T) {
	a := &wire{name: "a"}
	introduction.New(a, nil)
	for _, kind := range []protocol.Kind{introduction.KindQuestion, introduction.KindAnswer, 98} {
		for _, n := range []int{0, 1, 39, 41, 200} {
			require.Error(t, a.take("b", kind, make([]byte, n)), "kind %d, %d bytes", kind, n)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add(introduction.Answer{ID: 1, Account: "mesh1"}.AppendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := introduction.ParseAnswer(b); err == nil {
			require.Equal(t, b, m.AppendTo(nil))
		}
	})
}
