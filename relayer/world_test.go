package relayer_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/log"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
	"github.com/meshchain/meshchain/testutil/node"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

const (
	relayerKey = "relayer"
	secondKey  = "relayer-2"
	userKey    = "user"
)

// peer is a chain of the test with a user on it.
type peer struct {
	chain *localnet.Chain
	c     *client.Client
	user  *client.Account
	end   relayer.End
}

func (p *peer) transfer(t *testing.T, to *peer, lifetime time.Duration) *transfertypes.MsgTransfer {
	t.Helper()
	return transfertypes.NewMsgTransfer(p.end.PortID, p.end.ChannelID, sdk.NewInt64Coin(p.chain.Spec.Denom(), 1), p.user.Address(), to.user.Address(),
		clienttypes.ZeroHeight(), uint64(time.Now().Add(lifetime).UnixNano()), "")
}

// send sends n transfers, one per transaction, all in flight at once, and waits for their blocks.
func (p *peer) send(ctx context.Context, t *testing.T, to *peer, n int) {
	t.Helper()
	var pending []*client.Pending
	for range n {
		tx, err := p.user.Broadcast(ctx, p.transfer(t, to, time.Hour))
		require.NoError(t, err)
		pending = append(pending, tx)
	}
	for _, tx := range pending {
		_, err := p.c.Wait(ctx, tx)
		require.NoError(t, err)
	}
}

// sendTogether sends n transfers in one transaction.
func (p *peer) sendTogether(ctx context.Context, t *testing.T, to *peer, n int) {
	t.Helper()
	var msgs []sdk.Msg
	for range n {
		msgs = append(msgs, p.transfer(t, to, time.Hour))
	}
	_, err := p.user.Send(ctx, msgs...)
	require.NoError(t, err)
}

// open counts packets that are neither acknowledged nor timed out.
func (p *peer) open(ctx context.Context) (int, error) {
	r, err := channeltypes.NewQueryClient(p.c).PacketCommitments(ctx, &channeltypes.QueryPacketCommitmentsRequest{
		PortId: p.end.PortID, ChannelId: p.end.ChannelID, Pagination: &query.PageRequest{Limit: 1000},
	})
	if err != nil {
		return 0, err
	}
	return len(r.Commitments), nil
}

func (p *peer) finished(ctx context.Context, t *testing.T) time.Duration {
	t.Helper()
	start := time.Now()
	require.Eventually(t, func() bool {
		n, err := p.open(ctx)
		return err == nil && n == 0
	}, 90*time.Second, 100*time.Millisecond, "packets sent by %s are still open", p.chain.Spec.ChainID)
	return time.Since(start)
}

// escrowed is what p's escrow account holds of its own token for the path.
func (p *peer) escrowed(ctx context.Context, t *testing.T) math.Int {
	t.Helper()
	addr, err := p.c.Encoding.FormatAddress(transfertypes.GetEscrowAddress(p.end.PortID, p.end.ChannelID))
	require.NoError(t, err)
	r, err := banktypes.NewQueryClient(p.c).Balance(ctx, &banktypes.QueryBalanceRequest{Address: addr, Denom: p.chain.Spec.Denom()})
	require.NoError(t, err)
	return r.Balance.Amount
}

// vouchers is the supply, on p, of the other chain's token.
func (p *peer) vouchers(ctx context.Context, t *testing.T, of *peer) math.Int {
	t.Helper()
	denom := transfertypes.ParseDenomTrace(transfertypes.GetPrefixedDenom(p.end.PortID, p.end.ChannelID, of.chain.Spec.Denom())).IBCDenom()
	r, err := banktypes.NewQueryClient(p.c).SupplyOf(ctx, &banktypes.QuerySupplyOfRequest{Denom: denom})
	require.NoError(t, err)
	return r.Amount.Amount
}

// world is a main chain and a zone as processes, and what a relayer between them is configured with.
type world struct {
	a, b   *peer
	chains []*relayer.Chain
	cfg    relayer.Config
}

// newWorld starts the chains, with what the specs say beside their names and accounts.
func newWorld(ctx context.Context, t *testing.T, main, zone localnet.Spec) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("runs chains as processes")
	}
	main.ChainID, zone.ChainID, zone.Zone = "mesh-main-1", "farm-1", "farm"
	w := &world{cfg: relayer.DefaultConfig()}
	w.cfg.ScanInterval = 5 * time.Second
	for i, spec := range []localnet.Spec{main, zone} {
		for _, name := range []string{relayerKey, secondKey, userKey} {
			spec.Accounts = append(spec.Accounts, localnet.Account{Name: name, Coins: "1000000000000" + spec.Denom()})
		}
		p := &peer{chain: node.Start(t, spec)}
		spec = p.chain.Spec
		cfg := relayer.ChainConfig{
			ChainID: spec.ChainID, RPC: p.chain.Nodes[0].RPC(), Key: relayerKey, KeyringDir: p.chain.KeyDir(),
			KeyringBackend: "test", GasPrices: spec.GasPrices(), AddressPrefix: "mesh",
		}
		w.cfg.Chains = append(w.cfg.Chains, cfg)
		chain, err := relayer.OpenChain(cfg, nil)
		require.NoError(t, err)
		w.chains = append(w.chains, chain)
		enc, err := client.NewEncoding("", transackettypes.RegisterInterfaces)
		require.NoError(t, err)
		p.c, err = client.Dial(ctx, client.Config{RPC: cfg.RPC, ChainID: spec.ChainID, Encoding: enc, Keyring: p.chain.Keys, GasPrices: spec.GasPrices()})
		require.NoError(t, err)
		p.user, err = p.c.Account(userKey)
		require.NoError(t, err)
		if i == 0 {
			w.a = p
		} else {
			w.b = p
		}
	}
	return w
}

// link opens the path.
func (w *world) link(ctx context.Context, t *testing.T) {
	t.Helper()
	path, err := relayer.Link(ctx, w.chains[0], w.chains[1], relayer.LinkOptions{})
	require.NoError(t, err)
	w.a.end, w.b.end = path.A, path.B
	w.cfg.Paths = []relayer.Path{path}
}

// running is a relayer in this process.
type running struct {
	*relayer.Relayer
	log  *logBuffer
	stop func()
}

// relay runs a relayer until stop or the end of the test.
func relay(t *testing.T, cfg relayer.Config) *running {
	t.Helper()
	cfg.StateDir = t.TempDir()
	r := &running{log: &logBuffer{}}
	var err error
	r.Relayer, err = relayer.New(cfg, log.NewLogger(r.log, log.ColorOption(false)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-done)
		})
	}
	t.Cleanup(func() {
		r.stop()
		if t.Failed() {
			t.Logf("the end of the relayer's log:\n%s", r.log.tail(40))
		}
	})
	return r
}

// relayerProcess is `meshchaind relayer start`, not started yet, which ends with the test.
func relayerProcess(t *testing.T, cfg relayer.Config) *localnet.Service {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "relayer.yaml")
	require.NoError(t, cfg.Save(file))
	rly := &localnet.Service{Command: localnet.Command{
		Name: "relayer", Path: node.Binary(t),
		Args: []string{"relayer", "start", "--config", file, "--log_no_color"}, Log: filepath.Join(dir, "relayer.log"),
	}}
	t.Cleanup(func() {
		rly.Abort()
		if t.Failed() {
			t.Logf("the end of the relayer's log:\n%s", localnet.LogTail(rly.Log, 40))
		}
	})
	return rly
}

// metric sums a counter over its labels.
func (r *running) metric(t *testing.T, name string) float64 {
	t.Helper()
	rec := httptest.NewRecorder()
	r.Metrics().Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	sum := 0.0
	for line := range strings.Lines(rec.Body.String()) {
		if rest, ok := strings.CutPrefix(line, name); ok && (rest[0] == '{' || rest[0] == ' ') {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
			require.NoError(t, err)
			sum += v
		}
	}
	return sum
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) contains(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.buf.String(), s)
}

func (l *logBuffer) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(l.buf.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
