package chain

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeNode is a CometBFT RPC that answers broadcast_tx_sync as decide says.
type fakeNode struct {
	mu     sync.Mutex
	got    []string
	decide func(tx string, earlier int) (result, rpcError string)
}

func (n *fakeNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var req struct {
		ID     json.RawMessage
		Method string
		Params struct{ Tx string }
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Method != "broadcast_tx_sync" {
		http.Error(w, "unexpected call", http.StatusBadRequest)
		return
	}
	bz, err := base64.StdEncoding.DecodeString(req.Params.Tx)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	tx, earlier := string(bz), 0
	for _, other := range n.got {
		if other == tx {
			earlier++
		}
	}
	n.got = append(n.got, tx)
	result, rpcError := n.decide(tx, earlier)
	if rpcError != "" {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32603,"message":"Internal error","data":%q}}`, req.ID, rpcError)
		return
	}
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, req.ID, result)
}

func signedTexts(senders, each int) [][]transaction {
	signed := make([][]transaction, senders)
	for i := range signed {
		for k := range each {
			signed[i] = append(signed[i], transaction{bytes: fmt.Appendf(nil, "%d/%d", i, k)})
		}
	}
	return signed
}

// A full mempool is waited for; a refusal gives up that sender and no other; every
// sender's transactions come in order.
func TestBroadcast(t *testing.T) {
	n := &fakeNode{decide: func(tx string, earlier int) (string, string) {
		switch {
		case tx == "0/1" && earlier < 2:
			return "", "mempool is full: number of txs 10 (max: 10)"
		case tx == "1/1":
			return `{"code":32,"codespace":"sdk","log":"account sequence mismatch"}`, ""
		}
		return `{"code":0}`, ""
	}}
	server := httptest.NewServer(n)
	defer server.Close()

	b := broadcaster{node: server.URL, connections: 2}
	offered, err := b.run(context.Background(), signedTexts(4, 3))
	require.NoError(t, err)
	require.EqualValues(t, 10, b.accepted.Load())
	require.EqualValues(t, 2, b.rejected.Load())
	require.EqualValues(t, 2, b.waits.Load())
	require.False(t, offered[1][1].IsZero())
	require.True(t, offered[1][2].IsZero(), "nothing is offered after a refusal")

	last := make(map[byte]byte)
	for _, tx := range n.got {
		require.GreaterOrEqual(t, tx[2], last[tx[0]], "sender %c out of order", tx[0])
		last[tx[0]] = tx[2]
	}
}

func TestBroadcastStopsWhenTheNodeIsGone(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	b := broadcaster{node: server.URL, connections: 1}
	_, err := b.run(context.Background(), signedTexts(1, 1))
	require.ErrorContains(t, err, server.URL)
}

func TestPaceKeepsTheRate(t *testing.T) {
	start := time.Now()
	p := newPace(200)
	for range 21 {
		require.NoError(t, p.wait(context.Background()))
	}
	require.GreaterOrEqual(t, time.Since(start), 100*time.Millisecond)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, newPace(0).wait(ctx), context.Canceled)
	slow := newPace(0.001)
	slow.next = time.Now().Add(time.Hour)
	require.ErrorIs(t, slow.wait(ctx), context.Canceled)
}
