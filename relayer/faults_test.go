package relayer_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
)

var sicknesses = []struct {
	name string
	*fault
}{
	{"an error", sick(`{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"sick"}}`)},
	{"a web page", sick(`<html>502 Bad Gateway</html>`)},
	{"null", sick(`null`)},
	{"junk numbers", sick(`{"jsonrpc":"2.0","id":-1,"result":{"sync_info":{"latest_block_height":"-7"},"response":{"code":0,"value":"/////w=="}}}`)},
	{"half answers", truncating()},
}

// TestFaultyNodes runs a relayer whose node of the main chain answers with nonsense, or as it was 50
// blocks ago, for a while or for ever; a poisoned packet among a hundred; and two relayers at once.
func TestFaultyNodes(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	fast := localnet.Spec{BlockTime: 300 * time.Millisecond}
	w := newWorld(ctx, t, fast, fast)
	w.link(ctx, t)
	a, b := w.a, w.b
	front := newProxy(t, w.cfg.Chains[0].RPC)
	behind := w.cfg
	behind.Chains = append(behind.Chains[:0:0], w.cfg.Chains...)
	behind.Chains[0].RPC = front.URL
	sentA, sentB := 0, 0
	send := func(t *testing.T, n int) {
		a.send(ctx, t, b, n)
		b.send(ctx, t, a, n)
		sentA, sentB = sentA+n, sentB+n
	}
	conserved := func(t *testing.T) {
		require.Equal(t, math.NewInt(int64(sentA)), b.vouchers(ctx, t, a))
		require.Equal(t, math.NewInt(int64(sentA)), a.escrowed(ctx, t))
		require.Equal(t, math.NewInt(int64(sentB)), a.vouchers(ctx, t, b))
		require.Equal(t, math.NewInt(int64(sentB)), b.escrowed(ctx, t))
	}
	finish := func(t *testing.T) time.Duration { return max(a.finished(ctx, t), b.finished(ctx, t)) }

	t.Run("one node, sick for a while", func(t *testing.T) {
		r := relay(t, behind)
		for _, f := range sicknesses {
			before := front.spoilt.Load()
			front.spoil(f.fault)
			send(t, 3)
			require.Eventually(t, func() bool { return front.spoilt.Load() > before+3 }, 10*time.Second, 50*time.Millisecond)
			front.spoil(nil)
			t.Logf("%s: all packets ended %s after the node was well", f.name, finish(t))
		}
		r.stop()
		conserved(t)
	})

	t.Run("two nodes, one sick for ever", func(t *testing.T) {
		two := behind
		two.Chains = append(two.Chains[:0:0], behind.Chains...)
		two.Chains[0].BackupRPC = w.cfg.Chains[0].RPC
		for _, f := range sicknesses {
			front.spoil(f.fault)
			r := relay(t, two)
			send(t, 3)
			t.Logf("%s: all packets ended after %s", f.name, finish(t))
			r.stop()
		}
		require.NoError(t, a.c.WaitHeight(ctx, 60))
		front.spoil(lagging(50))
		r := relay(t, two)
		send(t, 3)
		t.Logf("50 blocks behind: all packets ended after %s", finish(t))
		require.True(t, r.log.contains("node lags"))
		r.stop()
		front.spoil(nil)
		conserved(t)
	})

	t.Run("one node, 50 blocks behind for a while", func(t *testing.T) {
		front.spoil(lagging(50))
		r := relay(t, behind)
		send(t, 3)
		time.Sleep(3 * time.Second)
		front.spoil(nil)
		finish(t)
		r.stop()
		conserved(t)
	})

	t.Run("poisoned packet among 100", func(t *testing.T) {
		poisoned := uint64(sentA + 50)
		front.spoil(&fault{result: func(method string, params, result map[string]any) {
			key, _ := params["data"].(string)
			bz, err := hex.DecodeString(key)
			if method != "abci_query" || err != nil || !strings.HasSuffix(string(bz), fmt.Sprintf("channels/channel-0/sequences/%d", poisoned)) {
				return
			}
			// A proof that can be read and proves nothing: its last hash is wrong.
			response, _ := result["response"].(map[string]any)
			ops, _ := response["proofOps"].(map[string]any)
			list, _ := ops["ops"].([]any)
			if len(list) == 0 {
				return
			}
			op, _ := list[0].(map[string]any)
			data, err := base64.StdEncoding.DecodeString(fmt.Sprint(op["data"]))
			if err == nil {
				data[len(data)-1] ^= 1
				op["data"] = base64.StdEncoding.EncodeToString(data)
			}
		}})
		r := relay(t, behind)
		var batch []int
		for range 10 {
			batch = append(batch, 10)
		}
		for _, n := range batch {
			a.sendTogether(ctx, t, b, n)
			sentA += n
		}
		start := time.Now()
		require.Eventually(t, func() bool {
			open, err := a.open(ctx)
			return err == nil && open == 1
		}, 60*time.Second, 100*time.Millisecond, "one packet holds up others")
		t.Logf("99 packets ended %s after the last was sent, the poisoned one waits", time.Since(start))
		require.Equal(t, math.NewInt(int64(sentA-1)), b.vouchers(ctx, t, a))
		require.True(t, r.log.contains("packet is put aside"))
		front.spoil(nil)
		finish(t)
		r.stop()
		conserved(t)
	})

	t.Run("check", func(t *testing.T) { checkFindings(ctx, t, w, front) })

	t.Run("no index", func(t *testing.T) {
		packetsWithoutIndex(ctx, t, w)
		sentA += 5
		conserved(t)
	})

	t.Run("two relayers", func(t *testing.T) {
		second := w.cfg
		second.Chains = append(second.Chains[:0:0], w.cfg.Chains...)
		for i := range second.Chains {
			second.Chains[i].Key = secondKey
		}
		rs := []*running{relay(t, w.cfg), relay(t, second)}
		for range 8 {
			a.sendTogether(ctx, t, b, 10)
			b.sendTogether(ctx, t, a, 10)
			sentA, sentB = sentA+10, sentB+10
		}
		t.Logf("160 packets with two relayers: ended after %s", finish(t))
		delivered, redundant := 0.0, 0.0
		for i, r := range rs {
			r.stop()
			d, n := r.metric(t, "relayer_messages_total"), r.metric(t, "relayer_redundant_total")
			t.Logf("relayer %d: %.0f messages, %.0f of them redundant", i+1, d, n)
			delivered, redundant = delivered+d, redundant+n
		}
		conserved(t)
		require.Less(t, redundant, 320.0, "every message was paid for twice: nobody made way")
		require.Positive(t, delivered)
	})
}
