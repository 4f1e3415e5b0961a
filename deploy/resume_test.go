package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	conntypes "github.com/cosmos/ibc-go/v8/modules/core/03-connection/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// fast blocks, so that tests take less.
const fast = 250 * time.Millisecond

// killedEnv makes the test program a command that makes a zone and kills itself.
const killedEnv = "DEPLOY_TEST_KILLED"

func TestMain(m *testing.M) {
	if job := os.Getenv(killedEnv); job != "" {
		if err := createAndDie(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// job is what such a command is to do.
type job struct {
	Home, Seen string
	Spec       Spec
	Options    Options
}

// createAndDie kills its own process, as kill -9 does, at the first point that no earlier one has
// died at.
func createAndDie(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	j.Options.interrupt = func(point string) {
		seen, err := os.ReadFile(j.Seen)
		if err != nil {
			panic(err)
		}
		if slices.Contains(strings.Split(string(seen), "\n"), point) {
			return
		}
		if err := os.WriteFile(j.Seen, append(seen, point+"\n"...), 0o600); err != nil {
			panic(err)
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	_, err := Create(context.Background(), NewHome(j.Home), j.Spec, j.Options)
	return err
}

// mainChain of a test, with an owner who can pay for zones.
func mainChain(t *testing.T) (*localnet.Chain, Options) {
	t.Helper()
	main := node.Start(t, localnet.Spec{
		ChainID: "mesh-main-1", BlockTime: fast, Accounts: []localnet.Account{{Name: "owner", Coins: "10000000000usmt"}},
	})
	return main, optionsFor(t, main)
}

func optionsFor(t *testing.T, main *localnet.Chain) Options {
	t.Helper()
	return Options{Binary: node.Binary(t), MainRPC: main.Nodes[0].RPC(), From: "owner", KeyringBackend: "test", KeyringDir: main.KeyDir()}
}

// newHome is a home whose processes end with the test.
func newHome(t *testing.T) Home {
	t.Helper()
	h := NewHome(t.TempDir())
	t.Cleanup(func() {
		names, err := h.Names()
		require.NoError(t, err)
		for _, name := range names {
			r, err := h.LoadRecord(name)
			require.NoError(t, err)
			if t.Failed() {
				t.Logf("the end of the log of the node of %s:\n%s", name, localnet.LogTail(h.nodeDaemon(r).log(), 20))
				t.Logf("the end of the log of the relayer:\n%s", localnet.LogTail(filepath.Join(h.relayer(), "relayer.log"), 30))
			}
			require.NoError(t, h.nodeDaemon(r).stop(context.Background()))
		}
		require.NoError(t, h.stopRelay(context.Background()))
		require.Empty(t, processes(t, h.dir))
	})
	return h
}

// processes that have a folder in their command line.
func processes(t *testing.T, dir string) (found []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, f := range all {
		if line, err := os.ReadFile(f); err == nil && strings.Contains(string(line), dir) { // it may have ended
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func smallSpec(name string) Spec {
	return Spec{
		Name: name, Area: "test/" + name, BlockTime: fast,
		Accounts: []Account{{Name: "alice", Coins: "7u" + name + ",5uwater"}},
		Denoms:   []Denom{{Base: "uwater", Display: "water", Exponent: 6, Description: "litres"}},
	}
}

// A command that is killed after every journal write and after every effect outside of it, and run
// again each time, brings about what one that runs through does: no transaction twice, no second
// client, connection or channel, one process each.
func TestCreateKilledEverywhere(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	main, opts := mainChain(t)
	c, err := client.Dial(ctx, client.Config{RPC: main.Nodes[0].RPC()})
	require.NoError(t, err)
	owner, err := main.Address("owner")
	require.NoError(t, err)

	through := newHome(t)
	_, err = Create(ctx, through, smallSpec("north"), opts)
	require.NoError(t, err)
	north := outcome(ctx, t, through, "north", c, owner, 0)

	killed := newHome(t)
	seen := filepath.Join(t.TempDir(), "seen")
	require.NoError(t, os.WriteFile(seen, nil, 0o600))
	text, err := json.Marshal(job{Home: killed.dir, Seen: seen, Spec: smallSpec("south"), Options: opts})
	require.NoError(t, err)
	kills := 0
	for ; ; kills++ {
		require.Less(t, kills, 150, "it never ends")
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), killedEnv+"="+string(text))
		out, err := cmd.CombinedOutput()
		if err == nil {
			break
		}
		status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		require.True(t, ok && status.Signaled() && status.Signal() == syscall.SIGKILL, "run %d: %s\n%s", kills, err, out)
	}
	points, err := os.ReadFile(seen)
	require.NoError(t, err)
	t.Logf("killed %d times, at:\n%s", kills, points)
	require.Greater(t, kills, 40)
	south := outcome(ctx, t, killed, "south", c, owner, north.OwnerSequence)
	south.OwnerSequence -= north.OwnerSequence
	require.Equal(t, north, south)
}

// result is what there is after a zone was made, without what differs from zone to zone.
type result struct {
	Steps, Txs, Files, Processes []string
	OwnerSequence, ZoneSequence  uint64
	Clients, Channels            [2]int
	Registry, Health, Escrow     string
	Supply                       string
	Heartbeats                   bool
}

func outcome(ctx context.Context, t *testing.T, h Home, name string, main *client.Client, owner string, before uint64) result {
	t.Helper()
	r, err := h.LoadRecord(name)
	require.NoError(t, err)
	neutral := func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, name, "NAME"), h.dir, "HOME") }
	var out result
	for _, d := range r.Done {
		out.Steps = append(out.Steps, d.Step)
	}
	for purpose := range r.Txs {
		out.Txs = append(out.Txs, purpose)
	}
	slices.Sort(out.Txs)
	require.NoError(t, filepath.WalkDir(h.zone(name), func(path string, d os.DirEntry, err error) error {
		if d != nil && d.IsDir() && d.Name() == "data" || err != nil {
			return filepath.SkipDir
		}
		if !d.IsDir() && !strings.HasSuffix(path, ".address") && !strings.Contains(path, "_IBC") {
			out.Files = append(out.Files, neutral(path))
		}
		return nil
	}))
	slices.Sort(out.Files)
	for _, p := range processes(t, h.dir) {
		out.Processes = append(out.Processes, neutral(p))
	}
	slices.Sort(out.Processes)
	zone, err := dial(ctx, r.rpc(), r.Spec.ChainID(), "", nil, nil)
	require.NoError(t, err)
	for i, c := range []*client.Client{main, zone} {
		ours, err := dial(ctx, c.RPC.Remote(), c.ChainID(), "", nil, nil) // with our encoding
		require.NoError(t, err)
		q := clienttypes.NewQueryClient(c)
		states, err := q.ClientStates(ctx, &clienttypes.QueryClientStatesRequest{})
		require.NoError(t, err)
		for _, s := range states.ClientStates {
			if !strings.HasPrefix(s.ClientId, "07-") {
				continue // localhost
			}
			l, err := lightClientOf(ctx, ours, s.ClientId)
			require.NoError(t, err)
			if l.chainID == r.Spec.ChainID() || l.chainID == r.Main.ChainID {
				out.Clients[i]++
				connections, err := conntypes.NewQueryClient(c).ClientConnections(ctx, &conntypes.QueryClientConnectionsRequest{ClientId: s.ClientId})
				require.NoError(t, err)
				for _, id := range connections.ConnectionPaths {
					channels, err := channeltypes.NewQueryClient(c).ConnectionChannels(ctx, &channeltypes.QueryConnectionChannelsRequest{Connection: id})
					require.NoError(t, err)
					out.Channels[i] += len(channels.Channels)
				}
			}
		}
	}
	out.OwnerSequence, out.ZoneSequence = sequence(ctx, t, main, owner), sequence(ctx, t, zone, owner)
	require.GreaterOrEqual(t, out.OwnerSequence, before)
	entry, err := zonestypes.NewQueryClient(main).Zone(ctx, &zonestypes.QueryZoneRequest{Name: name})
	require.NoError(t, err)
	e := entry.Zone.Zone
	out.Registry = neutral(fmt.Sprintf("%s %s %d %d %s", entry.Zone.Status, e.Area, e.Level, len(e.Endpoints), e.Owner))
	require.Eventually(t, func() bool { // acknowledgements take another moment
		s, err := h.ReadStatus(ctx, name)
		require.NoError(t, err)
		out.Health, out.Escrow, out.Heartbeats = s.Health, neutral(s.ToMain.Escrow.String()), s.HeartbeatHeight > 0
		return s.Health == HealthHealthy && s.Pending() == 0 && s.HeartbeatHeight > 0
	}, 30*time.Second, fast)
	alice, err := balance(ctx, zone, r.Addresses["alice"], "uwater")
	require.NoError(t, err)
	out.Supply = alice.String()
	hash, err := fileHash(h.genesis(name))
	require.NoError(t, err)
	require.Equal(t, e.GenesisHash, hash, "the registry has the hash of the genesis file")
	return out
}

func sequence(ctx context.Context, t *testing.T, c *client.Client, account string) uint64 {
	t.Helper()
	res, err := authtypes.NewQueryClient(c).AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: account})
	require.NoError(t, err)
	return res.Info.Sequence
}
