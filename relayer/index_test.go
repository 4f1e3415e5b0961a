package relayer_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/relayer"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// refusing makes a node refuse some methods.
func refusing(reason string, methods ...string) *fault {
	return &fault{answer: func(w http.ResponseWriter, method string) bool {
		for _, m := range methods {
			if m == method {
				_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"`+reason+`"}}`)
				return true
			}
		}
		return false
	}}
}

// packetsWithoutIndex has TransacKets pending, sent and received while this relayer was not there,
// between nodes that index nothing: the packets are in the chain's state, the acknowledgements of those
// received in its newest blocks.
func packetsWithoutIndex(ctx context.Context, t *testing.T, w *world) {
	t.Helper()
	a, b := w.a, w.b
	cfg := w.cfg
	cfg.Chains = append(cfg.Chains[:0:0], w.cfg.Chains...)
	front := [2]*proxy{}
	for i := range cfg.Chains {
		front[i] = newProxy(t, cfg.Chains[i].RPC)
		cfg.Chains[i].RPC = front[i].URL
	}
	send := func(n int) {
		var msgs []sdk.Msg
		for range n {
			msgs = append(msgs, &transackettypes.MsgSend{
				Sender: a.user.Address(), To: b.user.Address(), Payment: sdk.NewInt64Coin("usmt", 1), Channel: a.end.ChannelID,
				Envelope: transackettypes.Inband([]byte("hello")),
			})
		}
		_, err := a.user.Send(ctx, msgs...)
		require.NoError(t, err)
	}

	// The first relayer delivers packets and can return no acknowledgement.
	front[0].spoil(refusing("mempool is closed", "broadcast_tx_sync"))
	before := b.vouchers(ctx, t, a)
	first := relay(t, cfg)
	send(2)
	require.Eventually(t, func() bool { return b.vouchers(ctx, t, a).Equal(before.AddRaw(2)) }, 20*time.Second, 100*time.Millisecond)
	first.stop()
	open, err := a.open(ctx)
	require.NoError(t, err)
	require.Equal(t, 2, open)
	send(3)
	height, err := a.c.Height(ctx)
	require.NoError(t, err)
	require.NoError(t, a.c.WaitHeight(ctx, height+3))

	// The second one has never seen a block of theirs, and nobody to ask for one.
	for _, f := range front {
		f.spoil(refusing("transaction indexing is disabled", "tx_search", "block_search"))
	}
	second := relay(t, cfg)
	a.finished(ctx, t)
	require.Zero(t, second.metric(t, "relayer_redundant_total"))
	second.stop()
}

// checkFindings breaks one thing after the other and wants it named, with the remedy.
func checkFindings(ctx context.Context, t *testing.T, w *world, front *proxy) {
	t.Helper()
	cfg := w.cfg
	cfg.Chains = append(cfg.Chains[:0:0], w.cfg.Chains...)
	cfg.Chains[0].RPC, cfg.Chains[0].BackupRPC = front.URL, w.cfg.Chains[0].RPC
	find := func(level relayer.Level, fact string) relayer.Finding {
		t.Helper()
		found, err := relayer.Check(ctx, cfg)
		require.NoError(t, err)
		for _, f := range found {
			if f.Level == level && strings.Contains(f.Fact, fact) {
				return f
			}
		}
		require.Fail(t, "not found", "%s %q in %+v", level, fact, found)
		return relayer.Finding{}
	}
	front.spoil(nil)
	found, err := relayer.Check(ctx, cfg)
	require.NoError(t, err)
	for _, f := range found {
		require.NotEqual(t, relayer.LevelFail, f.Level, "%+v", f)
		require.Equal(t, f.Level == relayer.LevelOK, f.Next == "", "%+v", f)
	}
	require.Contains(t, find(relayer.LevelWarn, "only one").Next, "backup_rpc")

	front.spoil(sick("<html>"))
	require.Contains(t, find(relayer.LevelFail, "not a JSON object").Next, "start the node")
	front.spoil(&fault{result: func(method string, _, result map[string]any) {
		info, _ := result["node_info"].(map[string]any)
		if other, ok := info["other"].(map[string]any); ok && method == "status" {
			other["tx_index"] = "off"
		}
	}})
	require.Contains(t, find(relayer.LevelFail, "does not index").Next, `indexer = "kv"`)
	front.spoil(refusing("node is not persisting abci responses", "block_results"))
	require.Contains(t, find(relayer.LevelFail, "does not keep what blocks did").Next, "discard_abci_responses")
	front.spoil(&fault{result: func(method string, _, result map[string]any) {
		if sync, ok := result["sync_info"].(map[string]any); ok && method == "status" {
			sync["earliest_block_height"], sync["earliest_block_time"] = "40", sync["latest_block_time"]
		}
	}})
	require.Contains(t, find(relayer.LevelWarn, "less than the trusting period").Next, "min-retain-blocks")
	front.spoil(nil)

	cfg.Chains[1].GasPrices = "0.0000001ufarm"
	require.Contains(t, find(relayer.LevelFail, "is below what the node takes").Next, "0.0025")
	cfg.Chains[1].GasPrices = "100000000ufarm"
	require.Contains(t, find(relayer.LevelFail, "about 0 deliveries").Next, "send ufarm to mesh1")
	cfg.Chains[1] = w.cfg.Chains[1]
	cfg.Chains[1].Key = "nobody"
	require.Contains(t, find(relayer.LevelFail, `key "nobody"`).Next, "keys add nobody")
	cfg.Chains[1] = w.cfg.Chains[1]
	path := w.cfg.Paths[0]
	path.B.ChannelID = "channel-77"
	cfg.Paths = []relayer.Path{path}
	require.Contains(t, find(relayer.LevelFail, "channel-77").Next, "relayer link")
	path.B.ChannelID = ""
	cfg.Paths = []relayer.Path{path}
	require.Contains(t, find(relayer.LevelFail, "is not linked").Next, "relayer link")
}
