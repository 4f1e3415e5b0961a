package node_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

const chainID = "test-1"

type signer ed25519.PrivateKey

func (s signer) Key() types.ChannelKey {
	return types.Ed25519Key(ed25519.PrivateKey(s).Public().(ed25519.PublicKey))
}

func (s signer) Sign(message []byte) protocol.Signature {
	return protocol.Signature(ed25519.Sign(ed25519.PrivateKey(s), message))
}

// party is a node with what outlives it.
type party struct {
	*node.Node
	config node.Config
	signer signer
}

func newParty(t testing.TB, name string, change func(*node.Config)) *party {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	require.NoError(t, err)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	p := &party{signer: signer(private), config: node.Config{
		Store:      store.Options{Dir: filepath.Join(t.TempDir(), name)},
		Transport:  transport.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}},
		Identities: []node.Identity{{ChainID: chainID, Account: name, Address: []byte(name), Signer: signer(private)}},
		Submit:     func(string, machine.Action, uint64) {},
		ConsentOpen: func(_ string, terms types.OpenTerms) error {
			if terms.Deposit.IsZero() {
				return errors.New("deposit 0: must be at least 1")
			}
			return nil
		},
		Agent: "test/" + name,
	}}
	if os.Getenv("PHOTON_LOG") != "" {
		p.config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
	}
	if change != nil {
		change(&p.config)
	}
	p.open(t)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func (p *party) open(t testing.TB) {
	t.Helper()
	var err error
	p.Node, err = node.Open(p.config)
	require.NoError(t, err)
}

func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// openChannel has b sign terms, tells both what the chain says of the new channel, and
// waits until it is ready.
func openChannel(t testing.TB, a, b *party, number uint64, deposit uint64) protocol.ChannelID {
	t.Helper()
	ctx := deadline(t)
	ch := machine.Channel{
		Place: types.Place{Domain: types.Hash{1, 2, 3}, Channel: number, Epoch: 1}, Denom: "usmt",
		Account: [2]string{a.config.Identities[0].Account, b.config.Identities[0].Account},
		Key:     [2]types.ChannelKey{a.signer.Key(), b.signer.Key()},
		Deposit: [2]types.Uint128{types.NewUint128(deposit), types.NewUint128(deposit)}, Challenge: 8_400, UnlockPeriod: 1_800, EvidencePeriod: 3_600,
	}
	peer, err := a.Connect(ctx, b.Addresses()[0])
	require.NoError(t, err)
	terms := types.OpenTerms{
		Domain: ch.Domain, Account: [2][]byte{a.config.Identities[0].Address, b.config.Identities[0].Address}, Key: ch.Key,
		Deposit: ch.Deposit[0], Challenge: ch.Challenge, ValidUntil: 100,
	}
	signature, err := a.RequestOpen(ctx, peer, terms)
	require.NoError(t, err)
	require.True(t, b.signer.Key().Verify(terms.Bytes(), signature[:]))
	for _, p := range []*party{a, b} {
		require.NoError(t, p.ChainEvent(ctx, chainID, number, machine.Snapshot{Channel: ch}))
		p.header(t, 1)
	}
	ready(t, a)
	ready(t, b)
	return ch.ID()
}

func (p *party) header(t testing.TB, height int64) {
	t.Helper()
	require.NoError(t, p.ChainEvent(deadline(t), chainID, 0, machine.Header{Height: height, Clock: uint64(height), Time: uint64(time.Now().Unix())}))
}

// connect dials and waits until all channels of the two are ready.
func connect(t testing.TB, a, b *party) {
	t.Helper()
	ctx := deadline(t)
	id, err := a.Connect(ctx, b.Addresses()[0])
	require.NoError(t, err)
	require.Equal(t, b.ID(), id)
	ready(t, a)
	ready(t, b)
}

func ready(t testing.TB, p *party) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, c := range p.Channels() {
			if !c.State.Connected {
				return false
			}
		}
		return true
	}, 20*time.Second, 5*time.Millisecond)
}

// payments encodes n payments of 1 with so many bytes of data, numbered from first on.
func payments(first, n, data int) []byte {
	var b []byte
	for i := range n {
		e := types.Entry{Amount: types.NewUint128(1), Kind: types.EntryDirect, Data: bytes.Repeat([]byte{7}, data)}
		binary.BigEndian.PutUint64(e.PaymentID[:], uint64(first+i))
		b = e.AppendTo(b)
	}
	return b
}

func wait(t testing.TB, s *node.Stream, count uint64) node.Progress {
	t.Helper()
	p := s.Progress()
	for p.Acknowledged < count {
		var err error
		p, err = s.Wait(deadline(t), p.Acknowledged)
		require.NoError(t, err)
		require.NoError(t, p.Err)
	}
	return p
}

func TestDirectPayments(t *testing.T) {
	a, b := newParty(t, "a", nil), newParty(t, "b", nil)
	id := openChannel(t, a, b, 1, 1_000_000)
	s, err := a.Stream(id)
	require.NoError(t, err)
	ctx := deadline(t)

	require.NoError(t, s.Send(ctx, payments(0, 1, 32), 1))
	p := wait(t, s, 1)
	require.Equal(t, uint64(1), p.Accepted)
	require.NoError(t, s.Send(ctx, payments(1, 20_000, 32), 20_000))
	p = wait(t, s, 20_001)

	// Each payment has a receipt, on both sides the same.
	for _, name := range []node.PaymentName{p.Last, {Channel: id, Epoch: 1, Sender: 0, Nonce: p.Last.Nonce, Index: 0}} {
		ra, err := a.Receipt(name)
		require.NoError(t, err)
		rb, err := b.Receipt(name)
		require.NoError(t, err)
		require.Equal(t, ra.Bytes(), rb.Bytes())
		proof, entry, err := ra.Verify(a.signer.Key(), b.signer.Key())
		require.NoError(t, err)
		require.Equal(t, types.NewUint128(1), entry.Amount)
		require.Equal(t, types.NewUint128(20_001), proof.Transferred)
	}
	_, err = a.Receipt(node.PaymentName{Channel: id, Epoch: 1, Sender: 0, Nonce: p.Last.Nonce + 1})
	require.ErrorIs(t, err, node.ErrNoPayment)
	_, err = a.Receipt(node.PaymentName{Channel: id, Epoch: 1, Sender: 0, Nonce: p.Last.Nonce, Index: p.Last.Index + 1})
	require.ErrorIs(t, err, node.ErrNoPayment)

	// The receiver gets every payment once, in order, and the other way it works too.
	got := 0
	_ = b.Receive(ctx, id, 0, func(batch node.Batch) error {
		for rest := batch.Entries; len(rest) > 0; got++ {
			var e types.Entry
			e, rest, err = types.ParseEntry(rest)
			require.NoError(t, err)
			require.Equal(t, uint64(got), binary.BigEndian.Uint64(e.PaymentID[:]))
		}
		if got == 20_001 {
			return fmt.Errorf("enough")
		}
		return nil
	})
	require.Equal(t, 20_001, got)
	back, err := b.Stream(id)
	require.NoError(t, err)
	require.NoError(t, back.Send(ctx, payments(0, 10, 0), 10))
	wait(t, back, 10)
	require.Equal(t, balance(t, a, id), types.NewUint128(1_000_000-20_001+10))
	require.Equal(t, balance(t, b, id), types.NewUint128(1_000_000+20_001-10))

	history, err := a.History(id, 1, 0, 0, 2)
	require.NoError(t, err)
	require.Len(t, history, 2)
	require.Equal(t, p.Last.Nonce, history[0].Nonce)
	require.True(t, history[0].Acknowledged)
	require.Equal(t, uint64(20_001), a.Counters().Acknowledged)
}

func balance(t testing.TB, p *party, id protocol.ChannelID) types.Uint128 {
	t.Helper()
	c, err := p.Channel(id)
	require.NoError(t, err)
	return c.State.Balance()
}

// A restart of either side loses nothing, and payments that were accepted go on.
func TestRestart(t *testing.T) {
	a, b := newParty(t, "a", nil), newParty(t, "b", nil)
	id := openChannel(t, a, b, 1, 1_000_000)
	total := uint64(0)
	for round := range 4 {
		s, err := a.Stream(id)
		require.NoError(t, err)
		require.NoError(t, s.Send(deadline(t), payments(0, 3000, 32), 3000))
		wait(t, s, 3000)
		total += 3000
		again := []*party{a, b}[round%2]
		require.NoError(t, again.Close())
		again.open(t)
		again.header(t, int64(round+2))
		connect(t, a, b)
		require.Equal(t, types.NewUint128(1_000_000-total), balance(t, a, id))
		require.Equal(t, types.NewUint128(1_000_000+total), balance(t, b, id))
	}
}

// One end sees the channel first and is told that the other does not know it. Once the other began
// the session it stays: a payment would find the channel away for a moment.
func TestSessionStays(t *testing.T) {
	a, b := newParty(t, "a", nil), newParty(t, "b", nil)
	openChannel(t, a, b, 1, 1_000)
	var begun atomic.Int32
	stop := a.Watch(func(_ protocol.ChannelID, n machine.Notice) {
		if _, ok := n.(machine.NoticeReady); ok {
			begun.Add(1)
		}
	})
	defer stop()
	for height := range int64(3) {
		a.header(t, height+2)
		b.header(t, height+2)
	}
	require.Never(t, func() bool { return begun.Load() > 0 }, 300*time.Millisecond, 10*time.Millisecond)
}

func TestBadInput(t *testing.T) {
	a, b := newParty(t, "a", nil), newParty(t, "b", nil)
	id := openChannel(t, a, b, 1, 100)
	s, err := a.Stream(id)
	require.NoError(t, err)
	ctx := deadline(t)
	_, err = a.Stream(protocol.ChannelID{Channel: 9})
	require.ErrorIs(t, err, node.ErrNoChannel)

	entry := func(amount uint64, kind types.EntryKind, data int) []byte {
		return types.Entry{Amount: types.NewUint128(amount), Kind: kind, Data: make([]byte, data)}.AppendTo(nil)
	}
	for name, c := range map[string]struct {
		entries []byte
		count   uint32
		text    string
	}{
		"nothing":        {nil, 0, "0 entries"},
		"too few bytes":  {entry(1, 1, 0), 2, "0 bytes are left"},
		"left over":      {append(entry(1, 1, 0), 1), 1, "1 bytes are left over"},
		"amount zero":    {entry(0, 1, 0), 1, "amount 0: must be at least 1"},
		"data too long":  {entry(1, 1, 257), 1, "257 bytes of data: must be at most 256"},
		"lock":           {entry(1, types.EntryLock, 80), 1, "kind 3: must be 1 (direct) or 2 (reference)"},
		"bad reference":  {entry(1, types.EntryReference, 39), 1, "must be at most 256, or 40 for a reference"},
		"above capacity": {entry(101, 1, 0), 1, "amount is above what is available: 101, with 0 that wait: 100 are available"},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorContains(t, s.Send(ctx, c.entries, c.count), c.text) })
	}
	require.Equal(t, uint64(0), s.Progress().Accepted)
	require.NoError(t, s.Send(ctx, entry(100, 1, 0), 1))
	wait(t, s, 1)
	require.ErrorIs(t, s.Send(ctx, entry(1, 1, 0), 1), machine.ErrCapacity)
}
