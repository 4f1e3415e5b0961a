package cli_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/livechain"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	denom = "usmt"
	// challenge is the shortest that the test chain takes.
	challenge = 1800
	patience  = 30 * time.Second
)

// mesh is a chain and some payment nodes in this process.
type mesh struct {
	t     *testing.T
	chain *livechain.Chain
	nodes []*peer
}

// peer is a payment node.
type peer struct {
	*api.Client
	m       *mesh
	home    string
	account string
	id      string
	address string
	rest    string
	stop    func()
}

func newMesh(t *testing.T, nodes int, options ...func(int, *daemon.Config)) *mesh {
	t.Helper()
	return newMeshOn(t, livechain.Start(t, fixture.Accounts(nodes), fixture.Genesis(shortPhases)), nodes, options...)
}

// newMeshOn puts nodes on a chain.
func newMeshOn(t *testing.T, chain *livechain.Chain, nodes int, options ...func(int, *daemon.Config)) *mesh {
	t.Helper()
	m := &mesh{t: t, chain: chain}
	for i := range nodes {
		m.nodes = append(m.nodes, m.add(i, options))
	}
	for _, p := range m.nodes {
		p.start()
	}
	return m
}

// shortPhases lets disputes be short.
func shortPhases(a *app.App, genesis app.GenesisState) {
	var g types.GenesisState
	a.AppCodec().MustUnmarshalJSON(genesis[types.ModuleName], &g)
	g.Params.MinChallenge, g.Params.UnlockPeriod, g.Params.EvidencePeriod = challenge, 60, 60
	genesis[types.ModuleName] = a.AppCodec().MustMarshalJSON(&g)
}

// explain shows the channels of all nodes when a test failed.
func (m *mesh) explain() {
	if !m.t.Failed() {
		return
	}
	for i, p := range m.nodes {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		r, err := p.Channels(ctx, &api.ChannelsRequest{})
		cancel()
		m.t.Logf("node%d: %v %v", i, r, err)
	}
}

// add makes the home of a node.
func (m *mesh) add(i int, options []func(int, *daemon.Config)) *peer {
	m.t.Helper()
	p := &peer{m: m, home: filepath.Join(m.t.TempDir(), fmt.Sprintf("node%d", i)), account: m.chain.F.Accounts[i].String()}
	require.NoError(m.t, daemon.MakeHome(p.home))
	keys, err := client.OpenKeyring("test", p.home, nil)
	require.NoError(m.t, err)
	require.NoError(m.t, keys.ImportPrivKeyHex("photon", hex.EncodeToString(m.chain.F.Accounts[i].Key.Key), string(hd.Secp256k1Type)))
	kind := keyfile.Ed25519
	if i%2 == 1 {
		kind = keyfile.Secp256k1
	}
	_, err = daemon.EnsureChannelKey(p.home, kind)
	require.NoError(m.t, err)

	cfg, c := daemon.DefaultConfig(), daemon.DefaultChain()
	c.ID, c.Endpoints, c.Denoms, c.GasPrices = m.chain.F.ChainID, []string{m.chain.URL}, []string{denom}, "0.0025"+denom
	c.KeyringBackend, c.PollInterval = "test", 50*time.Millisecond
	cfg.Chains = []daemon.ChainConfig{c}
	cfg.Node.Listen = []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", freePort(m.t))}
	cfg.API.GRPC, cfg.API.REST = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Channels.MinChallenge = challenge * time.Second
	cfg.Store.Segment, cfg.Store.Retention, cfg.Store.Reserve = 4<<20, 64<<20, 1<<20
	for _, change := range options {
		change(i, &cfg)
	}
	require.NoError(m.t, cfg.Write(p.home, false))
	return p
}

// freePort is one that a node can keep over a restart.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs the node in this process until stop.
func (p *peer) start() {
	t := p.m.t
	t.Helper()
	cfg, err := daemon.Load(p.home)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan daemon.Addresses, 1), make(chan error, 1)
	go func() {
		done <- daemon.Run(ctx, daemon.Options{
			Home: p.home, Config: cfg, Version: "test", Now: p.m.chain.Now, Ready: func(a daemon.Addresses) { ready <- a },
			Logger: slog.New(slog.NewTextHandler(testLog{t, filepath.Base(p.home)}, &slog.HandlerOptions{Level: slog.LevelInfo})),
		})
	}()
	var a daemon.Addresses
	select {
	case a = <-ready:
	case err := <-done:
		cancel()
		t.Fatalf("node: %v", err)
	}
	token, err := api.ReadToken(daemon.TokenFile(p.home))
	require.NoError(t, err)
	p.Client, err = api.Dial(a.GRPC, token)
	require.NoError(t, err)
	p.rest = "http://" + a.REST
	stopped := false
	p.stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = p.Close()
		cancel()
		require.NoError(t, <-done)
	}
	t.Cleanup(p.stop)
	s := p.status()
	p.id, p.address = s.Id, s.Addresses[0]
	p.eventually("sees the chain", func() bool { return p.status().Chains[0].Clock > 0 })
}

// testLog writes what a node logs to the test's log.
type testLog struct {
	t    *testing.T
	name string
}

// Write implements io.Writer.
func (l testLog) Write(b []byte) (int, error) {
	defer func() { _ = recover() }() // the test may be over
	l.t.Logf("%s %s", l.name, strings.TrimSpace(string(b)))
	return len(b), nil
}

func (m *mesh) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	m.t.Cleanup(cancel)
	return ctx
}

func (p *peer) status() *api.StatusResponse {
	p.m.t.Helper()
	s, err := p.Status(p.m.ctx(), &api.StatusRequest{})
	require.NoError(p.m.t, err)
	return s
}

func (p *peer) eventually(what string, ok func() bool) {
	p.m.t.Helper()
	if !assert.Eventually(p.m.t, ok, patience, 20*time.Millisecond, what) {
		p.m.explain()
		p.m.t.FailNow()
	}
}

// open opens a channel and deposits on the other side, too.
func (p *peer) open(with *peer, deposit, theirs uint64) *api.ChannelRef {
	t := p.m.t
	t.Helper()
	r, err := p.OpenChannel(p.m.ctx(), &api.OpenChannelRequest{Peer: with.address, Deposit: fmt.Sprintf("%d%s", deposit, denom), Challenge: challenge})
	require.NoError(t, err)
	with.eventually("sees the channel", func() bool { return with.channel(r.Channel) != nil })
	if theirs > 0 {
		_, err = with.Deposit(p.m.ctx(), &api.DepositRequest{Channel: r.Channel, Amount: fmt.Sprint(theirs)})
		require.NoError(t, err)
	}
	p.online(r.Channel)
	return r.Channel
}

// online waits until payments can go both ways.
func (p *peer) online(ref *api.ChannelRef) {
	p.m.t.Helper()
	p.eventually("is online", func() bool { c := p.channel(ref); return c != nil && c.Online })
}

func (p *peer) channel(ref *api.ChannelRef) *api.Channel {
	p.m.t.Helper()
	r, err := p.Channels(p.m.ctx(), &api.ChannelsRequest{})
	require.NoError(p.m.t, err)
	for _, c := range r.Channels {
		if c.Ref.ChannelId == ref.ChannelId {
			return c
		}
	}
	return nil
}

// pay makes a payment and returns its name.
func (p *peer) pay(to *peer, amount uint64, data string) *api.PaymentName {
	p.m.t.Helper()
	r, err := p.Pay(p.m.ctx(), &api.PayRequest{Target: to.id, Amount: fmt.Sprintf("%d%s", amount, denom), Data: []byte(data)})
	require.NoError(p.m.t, err)
	require.Len(p.m.t, r.Names, 1)
	return r.Names[0]
}

// stream makes n payments of 1 with 32 bytes of data in batches, and waits for all acknowledgements.
func (p *peer) stream(ctx context.Context, ref *api.ChannelRef, n int) error {
	s, err := p.Stream(ctx)
	if err != nil {
		return err
	}
	const batch = 500
	for sent := 0; sent < n; sent += batch {
		count := min(batch, n-sent)
		if err := s.Send(&api.StreamRequest{Channel: ref, Entries: entries(sent, count), Count: uint32(count)}); err != nil {
			break // Recv says why
		}
	}
	if err := s.CloseSend(); err != nil {
		return err
	}
	for {
		r, err := s.Recv()
		if err != nil {
			return err
		}
		if r.Acknowledged == uint64(n) {
			return nil
		}
	}
}

func entries(first, count int) (b []byte) {
	for i := range count {
		e := types.Entry{Amount: types.NewUint128(1), Kind: types.EntryDirect, Data: []byte(fmt.Sprintf("reading %024d", first+i))}
		copy(e.PaymentID[:], fmt.Sprintf("%016d", first+i))
		b = e.AppendTo(b)
	}
	return b
}

// balance of an account on chain.
func (m *mesh) balance(address string) math.Int {
	m.t.Helper()
	var out math.Int
	m.chain.Do(func(f *fixture.Fixture) {
		out = f.App.BankKeeper.GetBalance(f.Ctx(), sdk.MustAccAddressFromBech32(address), denom).Amount
	})
	return out
}

// checkInvariants of the chain.
func (m *mesh) checkInvariants() {
	m.t.Helper()
	m.chain.Do(func(f *fixture.Fixture) { f.CheckInvariants() })
}

// query asks the chain.
func (m *mesh) query() types.QueryClient {
	m.t.Helper()
	encoding, err := client.NewEncoding("", types.RegisterInterfaces)
	require.NoError(m.t, err)
	c, err := client.New(client.Config{RPC: m.chain.URL, ChainID: m.chain.F.ChainID, Encoding: encoding})
	require.NoError(m.t, err)
	return types.NewQueryClient(c)
}
