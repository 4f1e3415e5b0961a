package chain_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	account = "mesh1alice"
	other   = "mesh1bob"
)

// rig is one or more endpoints of the same chain, and somebody who follows it.
type rig struct {
	t     *testing.T
	nodes []*fakeNode
	cfg   chain.Config
	key   types.ChannelKey

	mu   sync.Mutex
	news []chain.News
}

func newRig(t *testing.T, endpoints int) *rig {
	t.Helper()
	validator := ed25519.GenPrivKey()
	start := time.Now().Add(-10 * time.Second)
	r := &rig{t: t, cfg: chain.Config{ChainID: chainID, PollInterval: 5 * time.Millisecond, Reconcile: 50 * time.Millisecond, CallTimeout: 2 * time.Second}}
	for range endpoints {
		n := newFake(t, validator, start)
		r.nodes = append(r.nodes, n)
		r.cfg.Endpoints = append(r.cfg.Endpoints, n.url)
	}
	key, err := keyfile.Draw(keyfile.Ed25519)
	require.NoError(t, err)
	r.key = key.Public()
	return r
}

func (r *rig) all(do func(*fakeNode)) {
	for _, n := range r.nodes {
		n.with(do)
	}
}

func (r *rig) mine(events ...any) {
	for _, n := range r.nodes {
		n.mine(events...)
	}
}

func (r *rig) channel(id uint64, changed int64) types.Channel {
	return types.Channel{Id: id, Denom: "usmt", ChangedHeight: changed, Participants: []types.Participant{
		{Account: account, Key: r.key, Deposit: types.NewUint128(100)}, {Account: other, Key: types.ChannelKey{Type: types.KEY_TYPE_ED25519, Key: make([]byte, 32)}},
	}}
}

// open makes a block in which a channel opens.
func (r *rig) open(id uint64) {
	r.all(func(n *fakeNode) {
		c := r.channel(id, n.height+1)
		n.changes = append(n.changes, types.Change{Height: n.height + 1, Channel: &c})
	})
	c := r.channel(id, r.nodes[0].height+1)
	r.mine(&types.EventChannelOpened{ChannelId: id, Opener: account, Partner: other, Channel: c})
}

// deposit makes a block with a deposit; silent ones emit nothing.
func (r *rig) deposit(id uint64, silent bool) {
	r.all(func(n *fakeNode) {
		for i := range n.changes {
			if n.changes[i].Channel != nil && n.changes[i].Channel.Id == id {
				n.changes[i].Height = n.height + 1
			}
		}
	})
	if silent {
		r.mine()
		return
	}
	r.mine(&types.EventDeposited{ChannelId: id, Payer: account})
}

func (r *rig) follow(height int64) (*chain.Chain, *chain.Follower) {
	r.t.Helper()
	c, err := chain.Open(r.cfg)
	require.NoError(r.t, err)
	f := c.Follow(height, slog.New(slog.DiscardHandler))
	require.NoError(r.t, f.Watch(r.key, account))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = f.Run(ctx, func(n chain.News) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.news = append(r.news, n)
			return nil
		})
	}()
	r.t.Cleanup(func() { cancel(); <-done })
	return c, f
}

// told lists the kinds of everything that was told, with the channel.
func (r *rig) told() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.news {
		for _, ev := range n.Events {
			id := uint64(0)
			switch m := ev.Message.(type) {
			case *types.Change:
				id = m.Channel.Id
			case interface{ GetChannelId() uint64 }:
				id = m.GetChannelId()
			}
			out = append(out, fmt.Sprintf("%T %d", ev.Message, id))
		}
	}
	return out
}

func (r *rig) last() chain.News {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.news) == 0 {
		return chain.News{}
	}
	return r.news[len(r.news)-1]
}

func (r *rig) gaps() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, news := range r.news {
		if news.Gap {
			n++
		}
	}
	return n
}

func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	require.Eventually(r.t, ok, 5*time.Second, 2*time.Millisecond, what)
}

func (r *rig) caughtUp() {
	r.t.Helper()
	r.eventually("the newest block", func() bool {
		n := r.last()
		return n.Err == nil && n.Height == r.nodes[0].newest()
	})
}

func (n *fakeNode) newest() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.height - n.lag
}

const (
	opened  = "*types.EventChannelOpened"
	deposit = "*types.EventDeposited"
	change  = "*types.Change"
	secret  = "*types.EventSecretRegistered"
)

func TestFollowsInOrderAndOnce(t *testing.T) {
	r := newRig(t, 2)
	r.open(1)
	r.mine()
	_, _ = r.follow(0)
	r.caughtUp()
	r.open(2)
	r.deposit(2, false)
	r.mine(&types.EventSecretRegistered{Hash: "aa"})
	r.mine(&types.EventDeposited{ChannelId: 77}) // somebody else's
	r.caughtUp()
	time.Sleep(150 * time.Millisecond) // several comparisons with the state find nothing new
	require.Equal(t, []string{change + " 1", opened + " 2", deposit + " 2", secret + " 0"}, r.told())
	require.Equal(t, 1, r.gaps(), "only the start")
	require.NotZero(t, r.last().Clock)
}

func TestBorrowedKeyIsNotOurs(t *testing.T) {
	r := newRig(t, 1)
	_, _ = r.follow(0)
	r.caughtUp()
	c := r.channel(9, 11)
	c.Participants[0].Account = other
	r.mine(&types.EventChannelOpened{ChannelId: 9, Channel: c})
	r.caughtUp()
	require.Empty(t, r.told())
}

func TestResumesWhereItWas(t *testing.T) {
	r := newRig(t, 1)
	r.open(1)
	stopped := r.nodes[0].newest()
	r.mine(&types.EventSecretRegistered{Hash: "aa"})
	r.deposit(1, false)
	r.mine()
	_, _ = r.follow(stopped)
	r.caughtUp()
	require.Equal(t, []string{change + " 1", secret + " 0"}, r.told(), "the state tells the deposit, the block the secret")
}

func TestGapIsFilledFromTheState(t *testing.T) {
	r := newRig(t, 1)
	_, _ = r.follow(0)
	r.caughtUp()
	r.open(1)
	r.caughtUp()
	before := r.gaps()
	r.deposit(1, true) // the endpoint leaves the event out
	r.mine()
	r.mine()
	r.eventually("the missed deposit", func() bool { return len(r.told()) == 2 })
	require.Equal(t, []string{opened + " 1", change + " 1"}, r.told())
	require.Equal(t, before+1, r.gaps())
}

func TestPrunedBlocks(t *testing.T) {
	r := newRig(t, 1)
	r.open(1)
	for range 5 {
		r.mine()
	}
	r.nodes[0].with(func(n *fakeNode) { n.pruned = n.height - 1 })
	_, _ = r.follow(3)
	r.caughtUp()
	require.Equal(t, []string{change + " 1"}, r.told())
	require.Positive(t, r.gaps())
}

func TestLaggingEndpointIsLeftOut(t *testing.T) {
	r := newRig(t, 2)
	r.all(func(n *fakeNode) { n.start = n.start.Add(-60 * time.Second); n.height = 70 })
	r.nodes[0].with(func(n *fakeNode) { n.lag = 50 })
	c, _ := r.follow(0)
	r.eventually("the endpoint that is up to date", func() bool { return r.last().Err == nil && r.last().Head.Height == 70 })
	_, endpoints, err := c.Status()
	require.NoError(t, err)
	require.False(t, endpoints[0].Active)
	require.ErrorIs(t, endpoints[0].Err, chain.ErrStale)
	require.Contains(t, endpoints[0].Err.Error(), "50 blocks")
	require.True(t, endpoints[1].Active)
}

func TestStaleView(t *testing.T) {
	r := newRig(t, 2)
	r.all(func(n *fakeNode) { n.start = n.start.Add(-45 * time.Second) })
	_, _ = r.follow(0)
	r.eventually("stale", func() bool { return r.last().Err != nil })
	require.ErrorIs(t, r.last().Err, chain.ErrStale)
	require.Positive(t, r.last().Head.Height, "what is seen is told all the same")
}

func TestHeaderFromTheFuture(t *testing.T) {
	r := newRig(t, 1)
	r.all(func(n *fakeNode) { n.start = n.start.Add(45 * time.Second) })
	_, _ = r.follow(0)
	r.eventually("clock", func() bool { return r.last().Err != nil })
	require.ErrorIs(t, r.last().Err, chain.ErrClock)
}

func TestContradiction(t *testing.T) {
	r := newRig(t, 2)
	r.nodes[1].with(func(n *fakeNode) { n.appHash = "another history" })
	c, _ := r.follow(0)
	r.eventually("contradiction", func() bool { return r.last().Err != nil })
	require.ErrorIs(t, r.last().Err, chain.ErrContradiction)
	_, err := c.Look(context.Background())
	require.ErrorIs(t, err, chain.ErrContradiction)
	r.nodes[1].with(func(n *fakeNode) { n.appHash = "app" })
	r.caughtUp()
}

func TestStatesThatDiffer(t *testing.T) {
	r := newRig(t, 2)
	_, _ = r.follow(0)
	r.caughtUp()
	c := r.channel(4, 11)
	r.mine()
	r.nodes[1].with(func(n *fakeNode) { n.changes = append(n.changes, types.Change{Height: 11, Channel: &c}) })
	r.mine()
	r.mine()
	r.eventually("contradiction", func() bool { return r.last().Err != nil })
	require.ErrorIs(t, r.last().Err, chain.ErrContradiction)
	require.Empty(t, r.told())
}

// TestForgedHeaders: an endpoint with validators of its own is not believed once there is a
// checkpoint, alone or beside an honest one.
func TestForgedHeaders(t *testing.T) {
	r := newRig(t, 1)
	r.cfg.Checkpoint = filepath.Join(t.TempDir(), "checkpoint.json")
	c, err := chain.Open(r.cfg)
	require.NoError(t, err)
	_, err = c.Look(context.Background())
	require.NoError(t, err)

	forger := newFake(t, ed25519.GenPrivKey(), r.nodes[0].start)
	forger.with(func(n *fakeNode) { n.height = 12 })
	cfg := r.cfg
	cfg.Endpoints = []string{forger.url}
	c, err = chain.Open(cfg)
	require.NoError(t, err)
	_, err = c.Look(context.Background())
	require.ErrorIs(t, err, chain.ErrUnverified)

	cfg.Endpoints = []string{forger.url, r.nodes[0].url}
	c, err = chain.Open(cfg)
	require.NoError(t, err)
	r.nodes[0].mine()
	head, err := c.Look(context.Background())
	require.NoError(t, err)
	require.Equal(t, int64(11), head.Height)
	_, endpoints, _ := c.Status()
	require.ErrorIs(t, endpoints[0].Err, chain.ErrUnverified)
}

func TestTrustHash(t *testing.T) {
	r := newRig(t, 1)
	r.cfg.TrustHeight, r.cfg.TrustHash = 5, r.nodes[0].header(5).Hash()
	c, err := chain.Open(r.cfg)
	require.NoError(t, err)
	_, err = c.Look(context.Background())
	require.NoError(t, err)

	r.cfg.TrustHash = make([]byte, 32)
	c, err = chain.Open(r.cfg)
	require.NoError(t, err)
	_, err = c.Look(context.Background())
	require.ErrorIs(t, err, chain.ErrUnverified)
}

func TestWrongChain(t *testing.T) {
	r := newRig(t, 1)
	r.nodes[0].with(func(n *fakeNode) { n.network = "mesh-test-2" })
	_, _ = r.follow(0)
	r.eventually("wrong chain", func() bool { return r.last().Err != nil })
	require.ErrorIs(t, r.last().Err, chain.ErrWrongChain)
	require.Contains(t, r.last().Err.Error(), `"mesh-test-2", want "mesh-test-1"`)
}

// TestGarbage: whatever an endpoint answers, to any question, the follower says that it cannot
// follow, goes on asking and recovers.
func TestGarbage(t *testing.T) {
	for _, junk := range []string{"", "null", "[]", "{}", `{"jsonrpc":"2.0","id":0,"result":null}`, `{"jsonrpc":"2.0","id":0,"result":{}}`, "\x00\xff", `{"result":{"signed_header":{}}}`} {
		for _, method := range []string{"status", "commit", "block_results", "abci_query"} {
			t.Run(method+" "+junk, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, 1)
				r.open(1)
				r.mine()
				r.nodes[0].with(func(n *fakeNode) { n.junk[method] = junk })
				_, _ = r.follow(9)
				r.eventually("an error", func() bool { return r.last().Err != nil })
				r.nodes[0].with(func(n *fakeNode) { delete(n.junk, method) })
				r.caughtUp()
				require.Equal(t, []string{change + " 1"}, r.told())
			})
		}
	}
}

func TestMalformedEvent(t *testing.T) {
	r := newRig(t, 1)
	_, _ = r.follow(0)
	r.caughtUp()
	for _, ev := range []abci.Event{
		{Type: "mesh.channels.v1.EventNothing"},
		{Type: "mesh.channels.v1.EventDeposited", Attributes: []abci.EventAttribute{{Key: "channel_id", Value: "}"}}},
		{Type: "mesh.channels.v1.EventDeposited", Attributes: []abci.EventAttribute{{Key: "total", Value: `{"amount":"x"}`}}},
	} {
		r.mine(ev)
		at := r.nodes[0].newest()
		r.eventually("refused", func() bool { return r.last().Err != nil })
		r.nodes[0].with(func(n *fakeNode) { n.events[at] = nil })
		r.caughtUp()
	}
}
