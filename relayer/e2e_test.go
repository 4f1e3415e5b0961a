package relayer_test

import (
	"context"
	"errors"
	"path/filepath"
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
)

const (
	packets    = 50
	relayerKey = "relayer"
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

// TestRelayer runs a main chain, a zone and a relayer as processes. It links with an interruption,
// kills the relayer while packets are under way in both directions, cuts the zone off for 20 s and
// lets a packet time out. Every packet must end, and no unit be lost or made.
func TestRelayer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()

	funds := func(denom string) []localnet.Account {
		return []localnet.Account{{Name: relayerKey, Coins: "1000000000" + denom}, {Name: userKey, Coins: "1000000000" + denom}}
	}
	a := &peer{chain: node.Start(t, localnet.Spec{ChainID: "mesh-main-1", Accounts: funds("usmt")})}
	b := &peer{chain: node.Start(t, localnet.Spec{ChainID: "farm-1", Zone: "farm", Accounts: funds("ufarm")})}
	cfg := relayer.DefaultConfig()
	cfg.ScanInterval = 5 * time.Second
	var chains []*relayer.Chain
	for _, p := range []*peer{a, b} {
		spec := p.chain.Spec
		chainCfg := relayer.ChainConfig{
			ChainID: spec.ChainID, RPC: p.chain.Nodes[0].RPC(), Key: relayerKey, KeyringDir: p.chain.KeyDir(),
			KeyringBackend: "test", GasPrices: spec.GasPrices(), AddressPrefix: "mesh",
		}
		cfg.Chains = append(cfg.Chains, chainCfg)
		chain, err := relayer.OpenChain(chainCfg, nil)
		require.NoError(t, err)
		chains = append(chains, chain)
		p.c, err = client.Dial(ctx, client.Config{RPC: chainCfg.RPC, ChainID: spec.ChainID, Keyring: p.chain.Keys, GasPrices: spec.GasPrices()})
		require.NoError(t, err)
		p.user, err = p.c.Account(userKey)
		require.NoError(t, err)
	}

	path := link(ctx, t, chains)
	a.end, b.end = path.A, path.B
	cfg.Paths = []relayer.Path{path}
	file := filepath.Join(t.TempDir(), "relayer.yaml")
	require.NoError(t, cfg.Save(file))
	rly := &localnet.Service{Command: localnet.Command{
		Name: "relayer", Path: node.Binary(t),
		Args: []string{"relayer", "start", "--config", file, "--log_no_color"}, Log: filepath.Join(t.TempDir(), "relayer.log"),
	}}
	t.Cleanup(func() {
		rly.Abort()
		if t.Failed() {
			t.Logf("the end of the relayer's log:\n%s", localnet.LogTail(rly.Log, 40))
		}
	})
	require.NoError(t, rly.Start())

	// One packet, for the time it takes.
	a.send(ctx, t, b, 1)
	t.Logf("one packet: acknowledged %s after its block", a.finished(ctx, t))
	require.Equal(t, math.NewInt(1), b.vouchers(ctx, t, a))

	// Both directions, and the relayer dies in the middle.
	done := make(chan struct{})
	go func() { defer close(done); a.send(ctx, t, b, packets) }()
	b.send(ctx, t, a, packets)
	<-done
	require.Eventually(t, func() bool { return b.vouchers(ctx, t, a).Int64() > 1 }, 20*time.Second, 20*time.Millisecond)
	rly.Abort()
	openA, err := a.open(ctx)
	require.NoError(t, err)
	openB, err := b.open(ctx)
	require.NoError(t, err)
	require.Positive(t, openA+openB, "the relayer was too fast for this test")
	require.NoError(t, rly.Start())
	t.Logf("killed with %d and %d packets open, all finished %s after the restart", openA, openB, max(a.finished(ctx, t), b.finished(ctx, t)))
	require.Equal(t, math.NewInt(packets+1), b.vouchers(ctx, t, a))
	require.Equal(t, math.NewInt(packets), a.vouchers(ctx, t, b))

	// The zone is away: packets wait, and one of them expires.
	b.chain.Stop()
	_, err = a.user.Send(ctx, a.transfer(t, b, 5*time.Second))
	require.NoError(t, err)
	a.send(ctx, t, b, 20)
	time.Sleep(20 * time.Second)
	open, err := a.open(ctx)
	require.NoError(t, err)
	require.Equal(t, 21, open)
	require.NoError(t, b.chain.Start(ctx))
	t.Logf("zone back: all packets ended %s after its first block", a.finished(ctx, t))

	// 1 + 50 + 20 arrived and one came back.
	require.Equal(t, math.NewInt(packets+21), b.vouchers(ctx, t, a))
	require.Equal(t, math.NewInt(packets+21), a.escrowed(ctx, t))
	require.Equal(t, math.NewInt(packets), b.escrowed(ctx, t))
	require.NoError(t, rly.Err(), "the relayer runs still")

	status, err := relayer.Status(ctx, cfg)
	require.NoError(t, err)
	require.Len(t, status, 1)
	for _, end := range []relayer.EndStatus{status[0].A, status[0].B} {
		require.Empty(t, end.Error)
		require.Zero(t, end.PendingPackets+end.PendingAcks)
		require.True(t, end.ClientExpiry.After(time.Now()))
	}
}

// link links with an interruption after each of the first steps, and checks that what was made
// before is used after.
func link(ctx context.Context, t *testing.T, chains []*relayer.Chain) relayer.Path {
	t.Helper()
	var path relayer.Path
	cut := errors.New("interrupted")
	saves, start := 0, time.Now()
	opts := relayer.LinkOptions{Logger: log.NewTestLogger(t), Save: func(p relayer.Path) error {
		if saves++; saves%2 == 0 && saves < 7 {
			return cut // the step is done, but its result is not recorded
		}
		path = p
		return nil
	}}
	runs := 0
	for {
		runs++
		opts.Path = path
		linked, err := relayer.Link(ctx, chains[0], chains[1], opts)
		if err == nil {
			path = linked
			break
		}
		require.ErrorIs(t, err, cut)
		require.Less(t, runs, 6)
	}
	t.Logf("linked in %s with %d runs", time.Since(start), runs)
	require.Greater(t, runs, 2)
	require.True(t, path.Linked())
	for _, end := range []relayer.End{path.A, path.B} {
		require.Equal(t, "07-tendermint-0", end.ClientID)
		require.Equal(t, "connection-0", end.ConnectionID, "the interrupted handshake was not continued")
		require.Equal(t, "channel-0", end.ChannelID, "the interrupted handshake was not continued")
	}
	// Linking what is linked changes nothing.
	again, err := relayer.Link(ctx, chains[0], chains[1], relayer.LinkOptions{Path: path})
	require.NoError(t, err)
	require.Equal(t, path, again)
	return path
}
