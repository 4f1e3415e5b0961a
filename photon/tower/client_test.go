package tower_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/tower"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

// rig is a client with one channel, and a tower that the test plays.
type rig struct {
	t       *testing.T
	client  *tower.Client
	file    string
	key     crypto.PrivKey
	peer    string
	keys    [2]keyfile.Key
	channel types.Channel

	mu    sync.Mutex
	state *machine.State
	take  func(peer string, kind protocol.Kind, body []byte) error
	// newest state that the client sent, and how the tower answers.
	got    []byte
	states int
	sign   bool
	shows  func(newest []byte) []byte
	seen   []machine.Event
	over   bool // the channel, as the node knows it
}

var domain = types.Hash{9}

func newRig(t *testing.T) *rig {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	require.NoError(t, err)
	id, err := peer.IDFromPrivateKey(key)
	require.NoError(t, err)
	r := &rig{t: t, key: key, peer: id.String(), sign: true, shows: func(b []byte) []byte { return b }, file: filepath.Join(t.TempDir(), "towers.json")}
	r.channel = types.Channel{Id: 7, Denom: "usmt", Domain: domain[:]}
	for i := range r.keys {
		r.keys[i], err = keyfile.Draw(keyfile.Ed25519)
		require.NoError(t, err)
		r.channel.Participants = append(r.channel.Participants, types.Participant{Key: r.keys[i].Public()})
	}
	r.state = &machine.State{Side: 1, Phase: machine.PhaseOpen, Channel: machine.Channel{Place: types.Place{Domain: domain, Channel: 7}}, View: machine.View{Time: uint64(time.Now().Unix())}} //nolint:gosec // after 1970
	r.client, err = tower.NewClient(tower.ClientConfig{
		File: r.file, Domains: func() []types.Hash { return []types.Hash{domain} }, Audit: 300 * time.Millisecond,
		Delegate: func(_ string, m []byte) (out [64]byte, err error) {
			s, err := r.keys[1].Sign(m)
			copy(out[:], s)
			return out, err
		},
		Account: func(_, text string) ([]byte, error) { return []byte(text), nil }, Clock: func(string) uint64 { return 1000 },
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}, r)
	require.NoError(t, err)
	tower.Register(r, nil, r.client)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.client.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

// pay lets the client receive a pair with a nonce.
func (r *rig) pay(nonce uint64) {
	p := types.BalanceProof{Place: r.state.Channel.Place, Nonce: nonce, Transferred: types.NewUint128(nonce), LogHead: types.Hash{1}}
	pair := protocol.Pair{Proof: [types.ProofLength]byte(p.Bytes())}
	s, err := r.keys[0].Sign(p.Bytes())
	require.NoError(r.t, err)
	copy(pair.Signature[:], s)
	s, err = r.keys[1].Sign(types.AckFor(p).Bytes())
	require.NoError(r.t, err)
	copy(pair.Ack[:], s)
	r.mu.Lock()
	defer r.mu.Unlock()
	next := *r.state
	next.Received.Newest, next.Received.Pair = p, pair
	r.state = &next
}

func (r *rig) Handle(_ [2]protocol.Kind, take func(string, protocol.Kind, []byte) error) {
	r.take = take
}
func (r *rig) Peers() []node.Peer { return []node.Peer{{ID: r.peer, Connected: true}} }

func (r *rig) Channels() []node.Channel {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return nil
	}
	return []node.Channel{{ChainID: "mesh-test-1", State: r.state}}
}

func (r *rig) Do(_ context.Context, _ protocol.ChannelID, ev machine.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, ev)
	return nil
}

// SendTo is the tower.
func (r *rig) SendTo(_ string, m protocol.Message) error {
	body := m.AppendTo(nil)
	go func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		var answer protocol.Message
		switch m := m.(type) {
		case tower.Ask:
			answer = tower.Terms{Domain: m.Domain, Reward: types.NewUint128(10), Account: "tower"}
		case *tower.State:
			r.got = body
			r.states++
			if !r.sign {
				return
			}
			receipt := tower.Receipt{Place: m.Place, State: sha256.Sum256(body), Time: 1}
			if m.Received != nil {
				p, err := types.ParseBalanceProof(m.Received.Proof[:])
				if err != nil {
					r.t.Error(err)
				}
				receipt.Nonce = p.Nonce
			}
			s, err := r.key.Sign(receipt.Signed())
			if err != nil {
				r.t.Error(err)
			}
			copy(receipt.Signature[:], s)
			answer = receipt
		case tower.Show:
			answer = tower.Shown{Place: m.Place, State: r.shows(r.got)}
		}
		if answer != nil {
			go func() { _ = r.take(r.peer, answer.Kind(), answer.AppendTo(nil)) }()
		}
	}()
	return nil
}

func (r *rig) add(reward uint64) (tower.Status, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return r.client.Add(ctx, r.peer, "/ip4/127.0.0.1/tcp/1/p2p/"+r.peer, types.NewUint128(reward))
}

func (r *rig) eventually(what string, ok func(tower.Status) bool) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		list := r.client.List()
		return len(list) == 1 && ok(list[0])
	}, 10*time.Second, 10*time.Millisecond, what)
}

func upToDate(s tower.Status) bool { return s.Watching == 1 && s.Behind == 0 }

func TestHandsOverWhatIsNew(t *testing.T) {
	r := newRig(t)
	_, err := r.add(9)
	require.ErrorIs(t, err, tower.ErrReward)
	s, err := r.add(10)
	require.NoError(t, err)
	require.Equal(t, "tower", s.Account)
	for nonce := uint64(1); nonce <= 3; nonce++ {
		r.pay(nonce)
		require.Eventually(t, func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			m, err := tower.ParseState(r.got)
			return err == nil && m.Received != nil && bytes.Equal(m.Received.Proof[:], r.state.Received.Pair.Proof[:])
		}, time.Second, 5*time.Millisecond, "at most a second behind")
	}
	r.eventually("signed for", upToDate)
	r.mu.Lock()
	m, err := tower.ParseState(r.got)
	require.NoError(t, err)
	_, err = m.Check(&r.channel, []byte("tower"))
	require.NoError(t, err)
	_, err = m.Check(&r.channel, []byte("another"))
	require.Error(t, err, "the delegation names the tower")
	sent := r.states
	r.mu.Unlock()
	time.Sleep(600 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Equal(t, sent, r.states, "nothing new, nothing sent")
	list, err := os.ReadFile(r.file)
	require.NoError(t, err)
	require.Contains(t, string(list), r.peer)
}

// TestTowerThatDoesNotSign is behind, and asked again.
func TestTowerThatDoesNotSign(t *testing.T) {
	r := newRig(t)
	_, err := r.add(10)
	require.NoError(t, err)
	r.mu.Lock()
	r.sign = false
	r.mu.Unlock()
	r.pay(1)
	r.eventually("behind", func(s tower.Status) bool { return s.Behind == 1 })
	r.mu.Lock()
	r.sign = true
	r.mu.Unlock()
	r.eventually("signed for", upToDate)
}

// TestLyingTower: a tower that shows less than it signed for, or nothing, is found out; the evidence is
// kept, and it is never used again, not even after a restart.
func TestLyingTower(t *testing.T) {
	for what, shows := range map[string]func(old []byte) func([]byte) []byte{
		"older":   func(old []byte) func([]byte) []byte { return func([]byte) []byte { return old } },
		"nothing": func([]byte) func([]byte) []byte { return func([]byte) []byte { return nil } },
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			_, err := r.add(10)
			require.NoError(t, err)
			r.pay(1)
			r.eventually("signed for", upToDate)
			r.mu.Lock()
			old := r.got
			r.mu.Unlock()
			r.pay(2)
			r.eventually("signed for", func(s tower.Status) bool {
				r.mu.Lock()
				defer r.mu.Unlock()
				return upToDate(s) && !bytes.Equal(r.got, old)
			})
			r.mu.Lock()
			r.shows = shows(old)
			r.mu.Unlock()
			r.eventually("caught", func(s tower.Status) bool { return strings.Contains(s.Err, "it signed for nonce 2") })
			files, err := filepath.Glob(filepath.Join(filepath.Dir(r.file), "tower-evidence-7-*.json"))
			require.NoError(t, err)
			require.Len(t, files, 1)
			_, err = r.add(10)
			require.ErrorIs(t, err, tower.ErrLied)
			again, err := tower.NewClient(tower.ClientConfig{File: r.file}, r)
			require.NoError(t, err)
			require.Empty(t, again.Wanted())
		})
	}
}

// TestTowerShowsOwnProof: what a tower has of this node's own proofs tells the machine whether its store
// is older than what it signed.
func TestTowerShowsOwnProof(t *testing.T) {
	r := newRig(t)
	r.pay(1)
	own := r.state.Received.Pair
	r.mu.Lock()
	r.shows = func(newest []byte) []byte {
		m, err := tower.ParseState(newest)
		if err != nil {
			return nil
		}
		m.Own = &own
		return m.AppendTo(nil)
	}
	r.mu.Unlock()
	_, err := r.add(10)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, ev := range r.seen {
			if seen, ok := ev.(machine.OwnProofSeen); ok && seen.Pair == own {
				return true
			}
		}
		return false
	}, 5*time.Second, 10*time.Millisecond)
}

// TestTowerThatIsAhead: a tower that saw the end of a channel first has nothing of it any more. That is
// no lie; nor is it while this node cannot see the chain.
func TestTowerThatIsAhead(t *testing.T) {
	r := newRig(t)
	_, err := r.add(10)
	require.NoError(t, err)
	r.pay(1)
	r.eventually("signed for", upToDate)
	shown := make(chan struct{}, 100)
	r.mu.Lock()
	r.shows = func([]byte) []byte { shown <- struct{}{}; return nil }
	r.mu.Unlock()
	<-shown
	r.mu.Lock()
	blind := *r.state
	blind.View.Time -= 600
	r.state = &blind
	r.mu.Unlock()
	time.Sleep(time.Second) // some audits
	require.Empty(t, r.client.List()[0].Err)
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	time.Sleep(time.Second)
	require.Empty(t, r.client.List()[0].Err)
}
