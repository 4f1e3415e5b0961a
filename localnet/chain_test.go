package localnet_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

const fast = 200 * time.Millisecond

// Two validators need each other: the chain stands while one is away, and goes
// on when it has been started again.
func TestChainGoesOnAfterAValidatorWasKilled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	c := node.Start(t, localnet.Spec{
		ChainID: "mesh-main-1", Validators: 2, BlockTime: fast,
		Accounts: []localnet.Account{{Name: "alice", Coins: "5usmt,7umesh"}, {Name: "bob"}},
	})
	rpc, err := client.Dial(ctx, client.Config{RPC: c.Nodes[0].RPC(), ChainID: "mesh-main-1"})
	require.NoError(t, err)
	alice, err := c.Address("alice")
	require.NoError(t, err)
	balances, err := banktypes.NewQueryClient(rpc).AllBalances(ctx, &banktypes.QueryAllBalancesRequest{Address: alice})
	require.NoError(t, err)
	require.Equal(t, "7umesh,5usmt", balances.Balances.String())

	c.Nodes[1].Crash()
	height, err := rpc.Height(ctx)
	require.NoError(t, err)
	require.NoError(t, c.WaitHeight(ctx, height+3))
	require.Equal(t, 1, c.Nodes[1].Restarts())
	require.Equal(t, 0, c.Nodes[0].Restarts())
	c.Stop()
	for _, n := range c.Nodes {
		require.ErrorIs(t, n.Err(), localnet.ErrStopped)
	}
	info, err := os.Stat(c.Spec.Home)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

// Somebody takes the ports between set-up and start: others are taken.
func TestStartEvadesTakenPorts(t *testing.T) {
	t.Parallel()
	c := node.New(t, localnet.Spec{ChainID: "farm-1", Zone: "farm", BlockTime: fast})
	taken := c.Nodes[0].Ports
	for _, port := range []int{taken.RPC, taken.GRPC} {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		defer l.Close()
	}
	require.NoError(t, c.Start(context.Background()))
	require.NotEqual(t, taken, c.Nodes[0].Ports)
	rpc, err := rpchttp.New(c.Nodes[0].RPC(), "/websocket")
	require.NoError(t, err)
	status, err := rpc.Status(context.Background())
	require.NoError(t, err)
	require.Equal(t, "farm-1", status.NodeInfo.Network)
}

// A node that cannot start says why at once.
func TestStartShowsWhyANodeDied(t *testing.T) {
	t.Parallel()
	c := node.New(t, localnet.Spec{ChainID: "farm-1", Zone: "farm", BlockTime: fast})
	require.NoError(t, os.WriteFile(filepath.Join(c.Nodes[0].Home, "config", "genesis.json"), []byte("{}"), 0o600))
	start := time.Now()
	err := c.Start(context.Background())
	require.ErrorContains(t, err, "farm-1/node0 ended: exit status")
	require.ErrorContains(t, err, "genesis")
	require.Less(t, time.Since(start), 20*time.Second)
}

func TestNewRefusesAndLeavesNothing(t *testing.T) {
	t.Parallel()
	bin := node.Binary(t)
	used := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(used, "file"), []byte("mine"), 0o600))
	home := filepath.Join(t.TempDir(), "home")
	for want, spec := range map[string]localnet.Spec{
		"exists and is not empty":       {ChainID: "farm-1", Zone: "farm", Home: used},
		`zone "Farm": must match`:       {ChainID: "farm-1", Zone: "Farm", Home: home},
		"validators 17: must be":        {ChainID: "farm-1", Zone: "farm", Home: home, Validators: 17},
		"chain-id is empty":             {Home: home},
		"block time 1ns":                {ChainID: "farm-1", Zone: "farm", Home: home, BlockTime: 1},
		"unbonding time -1s":            {ChainID: "farm-1", Zone: "farm", Home: home, UnbondingTime: -time.Second},
		`account a: coins "?": want a`:  {ChainID: "farm-1", Zone: "farm", Home: home, Accounts: []localnet.Account{{Name: "a", Coins: "?"}}},
		"owner mesh1: only a zone has":  {ChainID: "mesh-main-1", Home: home, Owner: "mesh1"},
		`owner "mesh1": decoding`:       {ChainID: "farm-1", Zone: "farm", Home: home, Owner: "mesh1"},
		`key "a": `:                     {ChainID: "farm-1", Zone: "farm", Home: home, Accounts: []localnet.Account{{Name: "a", Mnemonic: "no words"}}},
		"init node0":                    {ChainID: "port-1", Zone: "farm", Home: home}, // the binary knows the rule
		"may hold usmt only as an ICS-": {ChainID: "farm-1", Zone: "farm", Home: home, Accounts: []localnet.Account{{Name: "a", Coins: "1usmt"}}},
	} {
		spec.Binary = bin
		_, err := localnet.New(context.Background(), spec)
		require.ErrorContains(t, err, want)
		require.NoDirExists(t, home)
	}
	data, err := os.ReadFile(filepath.Join(used, "file"))
	require.NoError(t, err)
	require.Equal(t, "mine", string(data))
}

// Somebody has one key on two chains, owns the zone by its genesis, and an account
// without a key holds what genesis gives it.
func TestOneOwnerOnTwoChains(t *testing.T) {
	t.Parallel()
	keys, err := client.OpenKeyring("memory", "", nil)
	require.NoError(t, err)
	mnemonic, err := client.EnsureKey(keys, "owner")
	require.NoError(t, err)
	record, err := keys.Key("owner")
	require.NoError(t, err)
	raw, err := record.GetAddress()
	require.NoError(t, err)
	enc, err := client.NewEncoding("")
	require.NoError(t, err)
	owner, err := enc.FormatAddress(raw)
	require.NoError(t, err)
	keyless, err := enc.FormatAddress(make([]byte, 32))
	require.NoError(t, err)

	account := localnet.Account{Name: "owner", Coins: "1000000ufarm", Mnemonic: mnemonic}
	zone := node.New(t, localnet.Spec{
		ChainID: "farm-1", Zone: "farm", Owner: owner, UnbondingTime: 45 * time.Second, Accounts: []localnet.Account{account, {Name: "nobody", Address: keyless, Coins: "7ufarm"}},
	})
	account.Coins = "5usmt"
	main := node.New(t, localnet.Spec{ChainID: "mesh-main-1", Accounts: []localnet.Account{account}})
	for _, c := range []*localnet.Chain{zone, main} {
		address, err := c.Address("owner")
		require.NoError(t, err)
		require.Equal(t, owner, address)
	}
	genesis, err := os.ReadFile(zone.GenesisFile())
	require.NoError(t, err)
	require.Contains(t, string(genesis), `"owner": "`+owner+`"`)
	require.Contains(t, string(genesis), `"unbonding_time": "45s"`)
	require.Contains(t, string(genesis), keyless)
}
