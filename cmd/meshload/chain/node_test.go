package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

// A real node commits every send, twice with the same accounts, and the money is where
// it was but for the fees.
func TestSendsOnARealNode(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	chain := node.Start(t, localnet.Spec{
		ChainID:  "mesh-load-1",
		Accounts: []localnet.Account{{Name: "funder", Coins: "1000000000usmt"}},
	})
	home := filepath.Join(t.TempDir(), "load")
	args := []string{
		"sends", "--json", "--node", chain.Nodes[0].RPC(), "--chain-id", "mesh-load-1", "--home", home,
		"--from", "funder", "--keyring-dir", chain.KeyDir(), "--txs", "300", "--accounts", "20",
	}
	for range 2 {
		var out bytes.Buffer
		cmd := Command()
		cmd.SetArgs(args)
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		require.NoError(t, cmd.ExecuteContext(context.Background()))

		var report Report
		require.NoError(t, json.Unmarshal(out.Bytes(), &report))
		require.Equal(t, 300, report.Committed)
		require.Zero(t, report.Rejected+report.Failed+report.Lost)
		require.Positive(t, report.PerSecond)
		require.Positive(t, report.LatencyP50)
		require.LessOrEqual(t, report.LatencyP50, report.LatencyP99)
		require.Positive(t, report.GasPerTx)
	}

	// 20 accounts were given 15 sends of 1 unit and a fee of 250 each time; what was
	// sent came back around.
	c, err := client.Dial(context.Background(), client.Config{RPC: chain.Nodes[0].RPC()})
	require.NoError(t, err)
	secret, err := loadSecret(home)
	require.NoError(t, err)
	senders, err := deriveSenders(secret, 20, c.Encoding)
	require.NoError(t, err)
	for _, s := range senders {
		res, err := banktypes.NewQueryClient(c).Balance(context.Background(), &banktypes.QueryBalanceRequest{Address: s.address, Denom: "usmt"})
		require.NoError(t, err)
		// First 15·251 - 15·250 = 15; then topped up to 15·251 again.
		require.Equal(t, "15usmt", res.Balance.String())
	}

	wrong := Command()
	wrong.SetArgs(append(args, "--chain-id", "mesh-other-1"))
	wrong.SetOut(io.Discard)
	wrong.SetErr(io.Discard)
	require.ErrorContains(t, wrong.Execute(), `chain-id is "mesh-load-1", want "mesh-other-1"`)
}
