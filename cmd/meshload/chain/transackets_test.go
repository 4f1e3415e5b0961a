package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

func TestTransacketsRefusesBadInput(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"empty message": {[]string{"--size", "0"}, "--size 0: must be from 1 to 256 bytes"},
		"long message":  {[]string{"--size", "257"}, "--size 257: must be from 1 to 256 bytes"},
		"bad topic":     {[]string{"--topic", "Load"}, `--topic "Load"`},
		"long topic":    {[]string{"--topic", strings.Repeat("t", 65)}, "--topic"},
		"no accounts":   {[]string{"--accounts", "0"}, "--accounts 0: must be from 1 to"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"--from", "funder", "--keyring-dir", t.TempDir()}, c.args...)
			require.ErrorContains(t, execute("transackets", args...), c.want)
		})
	}
}

func TestTransacketsAreValid(t *testing.T) {
	senders, _ := testSenders(t, 2)
	for _, settings := range []transackets{{size: 1}, {size: transackettypes.MaxInband, topic: "load/test"}} {
		k, err := settings.kind()
		require.NoError(t, err)
		msg, ok := k.message(senders[0].address, senders[1].address, sdk.NewInt64Coin("usmt", 1)).(*transackettypes.MsgSend)
		require.True(t, ok)
		require.NoError(t, msg.Envelope.Validate())
		require.Len(t, msg.Envelope.GetInband(), settings.size)
		require.Equal(t, settings.topic, msg.Envelope.Topic)
	}
}

// A real node delivers every TransacKet, with its payment, and a run for which the
// inboxes have no room is refused before it pays anything.
func TestTransacketsOnARealNode(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	chain := node.Start(t, localnet.Spec{
		ChainID:  "mesh-load-1",
		Accounts: []localnet.Account{{Name: "funder", Coins: "1000000000usmt"}},
	})
	home := filepath.Join(t.TempDir(), "load")
	run := func(txs string) (Report, error) {
		var out bytes.Buffer
		cmd := Command()
		cmd.SetArgs([]string{
			"transackets", "--json", "--node", chain.Nodes[0].RPC(), "--home", home, "--size", "100",
			"--from", "funder", "--keyring-dir", chain.KeyDir(), "--txs", txs, "--accounts", "10",
		})
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		if err := cmd.ExecuteContext(context.Background()); err != nil {
			return Report{}, err
		}
		var report Report
		return report, json.Unmarshal(out.Bytes(), &report)
	}
	report, err := run("150")
	require.NoError(t, err)
	require.Equal(t, "TransacKets", report.Kind)
	require.Equal(t, 150, report.Committed)
	require.Zero(t, report.Rejected+report.Failed+report.Lost)
	require.Positive(t, report.PerSecond)
	require.Positive(t, report.LatencyP50)
	require.LessOrEqual(t, report.LatencyP50, report.LatencyP99)

	c, err := client.Dial(context.Background(), client.Config{RPC: chain.Nodes[0].RPC()})
	require.NoError(t, err)
	secret, err := loadSecret(home)
	require.NoError(t, err)
	senders, err := deriveSenders(secret, 10, c.Encoding)
	require.NoError(t, err)
	for i, s := range senders {
		inbox, err := transackettypes.NewQueryClient(c).Inbox(context.Background(), &transackettypes.QueryInboxRequest{Receiver: s.address})
		require.NoError(t, err)
		require.Equal(t, uint64(15), inbox.Size_)
		for _, got := range inbox.Transackets {
			require.Equal(t, senders[(i+9)%10].address, got.From)
			require.Equal(t, "1usmt", got.Payment.String())
			require.Len(t, got.Envelope.GetInband(), 100)
		}
		res, err := banktypes.NewQueryClient(c).Balance(context.Background(), &banktypes.QueryBalanceRequest{Address: s.address, Denom: "usmt"})
		require.NoError(t, err)
		require.Equal(t, "15usmt", res.Balance.String(), "15 were sent, 15 arrived, fees are paid")
	}
	_, err = run("9860")
	require.ErrorContains(t, err, "holds 15 of at most 1000 TransacKets and is to get 986 more")
}
