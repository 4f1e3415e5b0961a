package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

func TestSegmentsRefusesBadInput(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no devices":     {[]string{"--devices", "0"}, "--devices 0: must be from 1 to"},
		"no segments":    {[]string{"--segments", "0"}, "--segments 0: must be from 1 to 200"},
		"large batch":    {[]string{"--batch", "1025"}, "--batch 1025: must be from 1 to 1024"},
		"long commits":   {[]string{"--commit-time", "81s"}, "--commit-time 1m21s: must be from 1s to 80s"},
		"no price":       {[]string{"--gas-price", "cheap"}, `--gas-price "cheap"`},
		"no connections": {[]string{"--connections", "0"}, "--connections 0"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"--from", "funder", "--keyring-dir", t.TempDir()}, c.args...)
			require.ErrorContains(t, execute("segments", args...), c.want)
		})
	}
}

// A real node of a zone takes every segment of two runs of the same devices, which it wants
// to have certificates, and says that each is authentic.
func TestSegmentsOnARealNode(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	keys, err := client.OpenKeyring("memory", "", nil)
	require.NoError(t, err)
	mnemonic, err := client.EnsureKey(keys, "funder")
	require.NoError(t, err)
	record, err := keys.Key("funder")
	require.NoError(t, err)
	raw, err := record.GetAddress()
	require.NoError(t, err)
	encoding, err := client.NewEncoding("") // nothing sets the prefixes of this process, as of meshload's
	require.NoError(t, err)
	owner, err := encoding.FormatAddress(raw)
	require.NoError(t, err)
	chain := node.Start(t, localnet.Spec{
		ChainID: "farm-1", Zone: "farm", Owner: owner, BlockTime: 300 * time.Millisecond,
		Accounts: []localnet.Account{{Name: "funder", Coins: "100000000000ufarm", Mnemonic: mnemonic}},
	})
	args := []string{
		"segments", "--json", "--node", chain.Nodes[0].RPC(), "--home", filepath.Join(t.TempDir(), "load"), "--from", "funder",
		"--keyring-dir", chain.KeyDir(), "--gas-price", "0.0025ufarm", "--devices", "50", "--segments", "4", "--batch", "20", "--accounts", "2", "--commit-time", "6s",
	}
	for range 2 {
		var out bytes.Buffer
		cmd := Command()
		cmd.SetArgs(args)
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		require.NoError(t, cmd.ExecuteContext(context.Background()))
		var report SegmentReport
		require.NoError(t, json.Unmarshal(out.Bytes(), &report))
		require.Equal(t, 200, report.Segments)
		require.Equal(t, 200, report.Authentic)
		require.Positive(t, report.PerSecond)
		require.Positive(t, report.CommitGas)
		require.Positive(t, report.DiscloseGas)
	}
}
