package deploy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

const (
	// voting is the voting period of the test's main chain.
	voting = 4 * time.Second
	// shortUnbonding makes links expire after 20 s.
	shortUnbonding = 30 * time.Second
)

// secret of all keyrings of TestOperate.
var (
	secret = Passphrase("correct horse battery")
	trust  = Control{Passphrase: secret}
)

// encrypted is a keyring of backend file with the owner's key.
func encrypted(t *testing.T, main *localnet.Chain) string {
	t.Helper()
	dir := t.TempDir()
	armor, err := main.Keys.ExportPrivKeyArmor("owner", string(secret))
	require.NoError(t, err)
	keys, err := client.OpenKeyring("file", dir, secret)
	require.NoError(t, err)
	require.NoError(t, keys.ImportPrivKey("owner", armor, string(secret)))
	return dir
}

// deciding is a main chain on which proposals pass within seconds.
func deciding(t *testing.T) (*localnet.Chain, Options) {
	t.Helper()
	main := node.New(t, localnet.Spec{
		ChainID: "mesh-main-1", BlockTime: fast, Accounts: []localnet.Account{{Name: "owner", Coins: "10000000000usmt"}},
	})
	genesis, err := os.ReadFile(main.GenesisFile())
	require.NoError(t, err)
	for period, short := range map[string]time.Duration{"voting_period": voting, "expedited_voting_period": voting / 2} {
		field := regexp.MustCompile(`"` + period + `": "[0-9]+s"`)
		require.Len(t, field.FindAll(genesis, -1), 1)
		genesis = field.ReplaceAll(genesis, fmt.Appendf(nil, `"%s": "%s"`, period, short))
	}
	require.NoError(t, os.WriteFile(main.GenesisFile(), genesis, 0o600))
	require.NoError(t, main.Start(context.Background()))
	return main, optionsFor(t, main)
}

// Two zones in one home. One is joined by others, from a snapshot, by its blocks and as a validator. The
// link of the other expires, since the relayer is away for longer than its trusting period, and is
// recovered by governance; what was under way arrives. At the end nothing is left.
func TestOperate(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	main, opts := deciding(t)
	opts.KeyringBackend, opts.KeyringDir, opts.Passphrase = "file", encrypted(t, main), secret
	h := newHome(t)
	farm := smallSpec("farm")
	farm.Parameters.SnapshotInterval = 40 // two are kept, for 10 s each
	_, err := Create(ctx, h, farm, opts)
	require.NoError(t, err)
	port := smallSpec("port")
	port.Parameters.UnbondingTime = shortUnbonding
	_, err = Create(ctx, h, port, opts)
	require.NoError(t, err)
	for _, name := range []string{"farm", "port"} {
		s := awaitHealth(ctx, t, h, name, HealthHealthy)
		require.NotZero(t, s.NodePID)
		require.Equal(t, "active", s.Registry)
		require.Equal(t, "2u"+name, s.ToMain.Escrow.String(), "activation and heartbeat paid one unit each")
	}
	listed, err := h.List(ctx, opts.MainRPC)
	require.NoError(t, err)
	require.Len(t, listed, 2)
	require.True(t, listed[0].Here && listed[0].Name == "farm" && listed[0].Status == "active")
	_, err = Recover(ctx, h, "port", trust, false)
	require.ErrorIs(t, err, ErrAlive)

	require.NoError(t, h.stopRelay(ctx))
	require.Equal(t, HealthUnrelayed, awaitHealth(ctx, t, h, "farm", HealthUnrelayed).Health)
	send(ctx, t, h, "port", 3)
	require.Equal(t, 3, awaitHealth(ctx, t, h, "port", HealthUnrelayed).Pending())
	joined := newHome(t)
	testJoin(ctx, t, h, joined, opts)
	testMetrics(ctx, t, h)
	require.Equal(t, "meshchaind zone recover port", awaitHealth(ctx, t, h, "port", HealthExpired).Next)
	testRecover(ctx, t, h, main)
	s := awaitHealth(ctx, t, h, "port", HealthHealthy)
	require.Empty(t, s.ToZone.Escrow.String(), "what was under way for too long is refunded")
	arrived(ctx, t, h, "port", send(ctx, t, h, "port", 3))

	require.NoError(t, Stop(ctx, h, "port"))
	awaitHealth(ctx, t, h, "port", HealthStopped)
	awaitHealth(ctx, t, h, "farm", HealthHealthy)
	_, err = Destroy(ctx, joined, "farm", Control{}, false)
	require.NoError(t, err)
	require.Empty(t, tree(t, joined))
	for _, name := range []string{"port", "farm"} {
		out, err := Destroy(ctx, h, name, trust, false)
		require.NoError(t, err)
		require.True(t, out.Retired)
		require.Equal(t, "100000000usmt", out.Bond)
		require.True(t, out.BondFrom.After(time.Now().Add(20*24*time.Hour)))
		require.Equal(t, name == "farm", out.Returned != "", "with the last zone the relayer returns what it has")
	}
	require.Empty(t, tree(t, h))
	require.Empty(t, processes(t, h.dir))
}

// tree lists everything in a home.
func tree(t *testing.T, h Home) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(h.dir, func(path string, _ os.DirEntry, err error) error {
		if path != h.dir {
			all = append(all, path)
		}
		return err
	}))
	return all
}

func awaitHealth(ctx context.Context, t *testing.T, h Home, name, want string) (s *Status) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		s, err = h.ReadStatus(ctx, name)
		require.NoError(t, err)
		return s.Health == want && (want != HealthHealthy || s.HeartbeatHeight > 0 && s.Pending() == 0)
	}, 60*time.Second, fast, "zone %s does not become %s", name, want)
	return s
}

// on returns the owner's work on a zone.
func on(t *testing.T, h Home, name string) *work {
	t.Helper()
	r, err := h.LoadRecord(name)
	require.NoError(t, err)
	return &work{Home: h, Record: r, opts: Options{Passphrase: secret}}
}

// send sends TransacKets to a zone and returns their ids.
func send(ctx context.Context, t *testing.T, h Home, name string, n int) (ids []string) {
	t.Helper()
	w := on(t, h, name)
	main, err := w.onMain(ctx)
	require.NoError(t, err)
	for range n {
		id, err := w.sendProof(ctx, main, fmt.Sprintf("test-%d", len(w.Txs)), sdk.NewInt64Coin("usmt", 1), nil)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}

func arrived(ctx context.Context, t *testing.T, h Home, name string, ids []string) {
	t.Helper()
	w := on(t, h, name)
	w.Txs = nil // as awaitProof looks there for what was tidied up
	zone, err := w.onZone(ctx)
	require.NoError(t, err)
	for _, id := range ids {
		_, err := w.awaitProof(ctx, zone, "arrives", id)
		require.NoError(t, err)
	}
}

func testJoin(ctx context.Context, t *testing.T, h, joined Home, opts Options) {
	join := JoinOptions{Binary: opts.Binary, MainRPC: opts.MainRPC, BlockTime: fast, SnapshotInterval: 40, KeyringBackend: "test"}

	// What is not the zone's genesis is refused, whoever serves it.
	wrong := join
	wrong.Genesis = filepath.Join(t.TempDir(), "genesis.json")
	data, err := os.ReadFile(h.genesis("farm"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(wrong.Genesis, []byte(strings.Replace(string(data), "1000000000", "1000000001", 1)), 0o600))
	strange := newHome(t)
	_, err = Join(ctx, strange, "farm", wrong)
	require.ErrorContains(t, err, "it is not the zone's")
	_, err = Destroy(ctx, strange, "farm", Control{}, false)
	require.NoError(t, err)

	// From a snapshot.
	require.Eventually(t, func() bool {
		s, err := h.ReadStatus(ctx, "farm")
		return err == nil && newestSnapshot(uint64(s.Height), 40) > s.HeartbeatHeight
	}, 30*time.Second, fast)
	_, err = Join(ctx, joined, "farm", join)
	require.NoError(t, err)
	require.Greater(t, earliest(ctx, t, joined), int64(1), "it began with a snapshot")
	_, err = Destroy(ctx, joined, "farm", Control{}, false)
	require.NoError(t, err)

	// By its blocks, from a file, and as a validator: first the account needs funds.
	join.SnapshotInterval, join.Genesis, join.Stake = 1_000_000, h.genesis("farm"), math.NewInt(1_000_000)
	_, err = Join(ctx, joined, "farm", join)
	require.ErrorContains(t, err, "needed are 2000000ufarm, stake and fees: send it the rest")
	require.Equal(t, int64(1), earliest(ctx, t, joined))
	r, err := joined.LoadRecord("farm")
	require.NoError(t, err)
	w := on(t, h, "farm")
	zone, err := w.onZone(ctx)
	require.NoError(t, err)
	owner, err := zone.Account("owner")
	require.NoError(t, err)
	_, err = owner.Send(ctx, &banktypes.MsgSend{FromAddress: owner.Address(), ToAddress: r.Owner.Address, Amount: sdk.NewCoins(sdk.NewInt64Coin("ufarm", 2_000_000))})
	require.NoError(t, err)
	_, err = Join(ctx, joined, "farm", join)
	require.NoError(t, err)
	s, err := joined.ReadStatus(ctx, "farm")
	require.NoError(t, err)
	require.Equal(t, 1, s.Peers)
	require.Equal(t, HealthHealthy, s.Health)
}

func earliest(ctx context.Context, t *testing.T, h Home) int64 {
	t.Helper()
	r, err := h.LoadRecord("farm")
	require.NoError(t, err)
	c, err := dial(ctx, r.rpc(), "farm-1", "", nil, nil)
	require.NoError(t, err)
	s, err := c.RPC.Status(ctx)
	require.NoError(t, err)
	return s.SyncInfo.EarliestBlockHeight
}

// testRecover lets governance recover the expired client, and has the relayer say meanwhile that it is
// dead.
func testRecover(ctx context.Context, t *testing.T, h Home, main *localnet.Chain) {
	require.NoError(t, Start(ctx, h, "farm", trust)) // the relayer, too
	require.Eventually(t, func() bool {
		return strings.Contains(scrape(t, serviceMetricsURL(t, h)), `zone_client_expiring{chain="mesh-main-1",client="07-tendermint-1"} 2`)
	}, 20*time.Second, fast)
	require.Contains(t, localnet.LogTail(filepath.Join(h.relayer(), "relayer.log"), 1000), "meshchaind zone recover port")

	prepared, err := Recover(ctx, h, "port", trust, false)
	require.NoError(t, err)
	require.Len(t, prepared, 1)
	require.FileExists(t, prepared[0].File)
	_, err = localnet.Run(ctx, main.Spec.Binary, "tx", "gov", "submit-proposal", prepared[0].File, "--from", "owner", "--keyring-backend", "test",
		"--keyring-dir", main.KeyDir(), "--node", prepared[0].RPC, "--chain-id", prepared[0].Chain, "--fees", "2000usmt", "--generate-only", "--home", t.TempDir())
	require.NoError(t, err, "the command that was named takes the file")
	submitted, err := Recover(ctx, h, "port", trust, true)
	require.NoError(t, err)
	require.Equal(t, prepared[0].Substitute, submitted[0].Substitute, "the substitute is made once")

	validator, err := client.Dial(ctx, client.Config{RPC: main.Nodes[0].RPC(), Keyring: main.Keys, GasPrices: main.Spec.GasPrices(), GasAdjustment: gasMargin, Encoding: must(encoding())})
	require.NoError(t, err)
	account, err := validator.Account("validator-0")
	require.NoError(t, err)
	_, err = account.Send(ctx, &govv1.MsgVote{ProposalId: submitted[0].Proposal, Voter: account.Address(), Option: govv1.VoteOption_VOTE_OPTION_YES})
	require.NoError(t, err)
	awaitHealth(ctx, t, h, "port", HealthHealthy)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func serviceMetricsURL(t *testing.T, h Home) string {
	t.Helper()
	address, err := h.listen()
	require.NoError(t, err)
	return "http://" + address + metricsPath
}

func scrape(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url) //nolint:gosec // a node of this test
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}

// metricName is a name in a query that is no function, operator or label.
var metricName = regexp.MustCompile(`\b(cometbft|relayer|zone|process|go)_[a-z0-9_]+`)

// testMetrics looks for every metric that dashboard and alerts ask for in what node and relayer really
// serve.
func testMetrics(ctx context.Context, t *testing.T, h Home) {
	t.Helper()
	r, err := h.LoadRecord("farm")
	require.NoError(t, err)
	facts, err := h.facts(r)
	require.NoError(t, err)
	var asked []string
	for _, q := range facts.Queries() {
		names := metricName.FindAllString(q, -1)
		require.NotEmpty(t, names, q)
		asked = append(asked, names...)
	}
	slices.Sort(asked)
	asked = slices.Compact(asked)
	require.Greater(t, len(asked), 15)
	require.NoError(t, Start(ctx, h, "farm", trust))
	send(ctx, t, h, "farm", 1)
	served := func() string {
		return scrape(t, fmt.Sprintf("http://127.0.0.1:%d/metrics", r.Ports.Prometheus)) + scrape(t, serviceMetricsURL(t, h))
	}
	for _, name := range asked {
		series := regexp.MustCompile(`(?m)^` + name + `(\{| )`)
		require.Eventually(t, func() bool { return series.MatchString(served()) }, 40*time.Second, fast, "nobody serves %s", name)
	}
	require.Contains(t, served(), `cometbft_consensus_height{chain_id="farm-1"}`, "the label that queries select by")
	require.NoError(t, h.stopRelay(ctx))
}
