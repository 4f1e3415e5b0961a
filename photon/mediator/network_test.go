package mediator_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/routing"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

const chainID = "test-1"

var domain = types.Hash{1, 2, 3}

type signer ed25519.PrivateKey

func (s signer) Key() types.ChannelKey {
	return types.Ed25519Key(ed25519.PrivateKey(s).Public().(ed25519.PublicKey))
}

func (s signer) Sign(message []byte) protocol.Signature {
	return protocol.Signature(ed25519.Sign(ed25519.PrivateKey(s), message))
}

// party is a node with its mediator, and what outlives them.
type party struct {
	*node.Node
	*mediator.Mediator
	name     string
	net      *network
	identity ed25519.PrivateKey
	signer   signer
	config   node.Config
	change   func(*mediator.Config)

	mu      sync.Mutex
	arrived []payment.Arrived
}

// network stands for the chain: it knows all channels, and tells the time.
type network struct {
	t       testing.TB
	parties []*party
	mu      sync.Mutex
	on      map[protocol.ChannelID]machine.Channel
	height  int64
}

func newNetwork(t testing.TB) *network {
	return &network{t: t, on: map[protocol.ChannelID]machine.Channel{}}
}

func (n *network) look(_ context.Context, id protocol.ChannelID) (routing.OnChain, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	ch, ok := n.on[id]
	capacity, _ := ch.Deposit[0].Add(ch.Deposit[1])
	return routing.OnChain{Key: ch.Key, Capacity: capacity, Open: ok}, nil
}

func (n *network) add(name string, change func(*mediator.Config)) *party {
	_, identity, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(n.t, err)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(n.t, err)
	key, err := crypto.UnmarshalEd25519PrivateKey(identity)
	require.NoError(n.t, err)
	rules := machine.DefaultConfig()
	rules.MaxSlots = types.MaxLocks
	p := &party{name: name, net: n, identity: identity, signer: signer(private), change: change, config: node.Config{
		Store:       store.Options{Dir: filepath.Join(n.t.TempDir(), name)},
		Transport:   transport.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}},
		Identities:  []node.Identity{{ChainID: chainID, Account: name, Address: []byte(name), Signer: signer(private)}},
		Machine:     rules,
		Submit:      func(string, machine.Action, uint64) {},
		ConsentOpen: func(string, types.OpenTerms) error { return nil },
		Agent:       "test/" + name,
	}}
	if os.Getenv("PHOTON_LOG") != "" {
		p.config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
	}
	p.open()
	n.parties = append(n.parties, p)
	n.t.Cleanup(p.close)
	return p
}

func (p *party) open() {
	config := mediator.Config{
		Key: p.identity, Payment: payment.DefaultConfig(protocol.NodeID{}), Look: p.net.look, Logger: p.config.Logger,
		Attest: func(_ string, message []byte) (protocol.Signature, error) { return p.signer.Sign(message), nil },
		Arrived: func(a payment.Arrived) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.arrived = append(p.arrived, a)
		},
	}
	config.Payment.Policy.Slots = types.MaxLocks
	config.Payment.Share = 100
	if p.change != nil {
		p.change(&config)
	}
	var err error
	p.Mediator, err = mediator.New(config)
	require.NoError(p.net.t, err)
	p.config.Mediate = p.Mediator.Hook
	p.Node, err = node.Open(p.config)
	require.NoError(p.net.t, err)
	require.NoError(p.net.t, p.Mediator.Start(p.Node))
}

func (p *party) close() {
	p.Mediator.Close()
	_ = p.Node.Close()
}

func (p *party) took() []payment.Arrived {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]payment.Arrived(nil), p.arrived...)
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// open puts a channel on chain and connects its ends.
func (n *network) open(a, b *party, number, deposit uint64) protocol.ChannelID {
	ch := machine.Channel{
		Place: types.Place{Domain: domain, Channel: number, Epoch: 1}, Denom: "usmt",
		Account: [2]string{a.name, b.name}, Key: [2]types.ChannelKey{a.signer.Key(), b.signer.Key()},
		Deposit: [2]types.Uint128{types.NewUint128(deposit), types.NewUint128(deposit)}, Challenge: 8_400, UnlockPeriod: 1_800, EvidencePeriod: 3_600,
	}
	n.mu.Lock()
	n.on[ch.ID()] = ch
	n.mu.Unlock()
	peer, err := a.Connect(within(n.t), b.Addresses()[0])
	require.NoError(n.t, err)
	_, err = a.RequestOpen(within(n.t), peer, types.OpenTerms{ // which tells both whose keys these are
		Domain: domain, Account: [2][]byte{[]byte(a.name), []byte(b.name)}, Key: ch.Key, Deposit: ch.Deposit[0], Challenge: ch.Challenge, ValidUntil: 100,
	})
	require.NoError(n.t, err)
	for _, p := range []*party{a, b} {
		require.NoError(n.t, p.ChainEvent(within(n.t), chainID, number, machine.Snapshot{Channel: ch}))
	}
	n.block()
	n.connect(a, b)
	return ch.ID()
}

// block lets all nodes see a new header.
func (n *network) block() {
	n.height++
	for _, p := range n.parties {
		require.NoError(n.t, p.ChainEvent(within(n.t), chainID, 0, machine.Header{
			Height: n.height, Clock: uint64(n.height), Time: uint64(time.Now().Unix()), //nolint:gosec // positive
		}))
	}
}

func (n *network) connect(a, b *party) {
	_, err := a.Connect(within(n.t), b.Addresses()[0])
	require.NoError(n.t, err)
	for _, p := range []*party{a, b} {
		require.Eventually(n.t, func() bool {
			for _, c := range p.Channels() {
				if !c.State.Connected {
					return false
				}
			}
			return true
		}, 20*time.Second, 5*time.Millisecond)
	}
}

// line opens channels from each party to the next and waits until all know all.
func line(t testing.TB, deposit uint64, change func(*mediator.Config), names ...string) (*network, []protocol.ChannelID) {
	n := newNetwork(t)
	for _, name := range names {
		n.add(name, change)
	}
	var ids []protocol.ChannelID
	for i := range names[1:] {
		ids = append(ids, n.open(n.parties[i], n.parties[i+1], uint64(i+1), deposit)) //nolint:gosec // small
	}
	n.informed(len(names), len(ids))
	return n, ids
}

// informed waits until all have heard of so many nodes and channels, in both directions.
func (n *network) informed(nodes, channels int) {
	for _, p := range n.parties {
		require.Eventually(n.t, func() bool {
			gotNodes, gotChannels := p.Known()
			if gotNodes < nodes || gotChannels < channels {
				return false
			}
			for _, other := range n.parties {
				if other != p {
					if _, err := p.Routes(other.Self(), domain, types.NewUint128(1), types.NewUint128(1_000), 1); err != nil {
						return false
					}
				}
			}
			return true
		}, 30*time.Second, 20*time.Millisecond, fmt.Sprintf("%s knows too little", p.name))
	}
}

// balance of a party in a channel, and whether locks are pending.
func (p *party) balance(id protocol.ChannelID) (uint64, bool) {
	ch, err := p.Channel(id)
	require.NoError(p.net.t, err)
	return ch.State.Balance().Lo, len(ch.State.Sent.Locks)+len(ch.State.Received.Locks)+len(ch.State.Sent.Gone) > 0
}

// settled waits until no locks are pending anywhere, and checks that both ends of each
// channel agree.
func (n *network) settled(deposit uint64) {
	for id := range n.on {
		var ends []*party
		for _, p := range n.parties {
			if _, err := p.Channel(id); err == nil {
				ends = append(ends, p)
			}
		}
		require.Len(n.t, ends, 2)
		require.Eventually(n.t, func() bool {
			a, pendingA := ends[0].balance(id)
			b, pendingB := ends[1].balance(id)
			return !pendingA && !pendingB && a+b == 2*deposit
		}, 30*time.Second, 10*time.Millisecond, "channel %s", id)
	}
}
