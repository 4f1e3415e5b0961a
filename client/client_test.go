package client_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/client"
)

func TestConfigErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  client.Config
		want string
	}{
		"no address":     {client.Config{}, "rpc: address is empty"},
		"bad address":    {client.Config{RPC: "ht!tp://x y"}, "rpc "},
		"bad price":      {client.Config{RPC: "http://127.0.0.1:1", GasPrices: "cheap"}, `gas prices "cheap"`},
		"bad adjustment": {client.Config{RPC: "http://127.0.0.1:1", GasAdjustment: 0.5}, "gas adjustment 0.5"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.New(tc.cfg)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := client.OpenKeyring("paper", t.TempDir(), nil)
	require.ErrorContains(t, err, `keyring backend "paper"`)
}

func TestDial(t *testing.T) {
	n := newFakeNode(t)
	c, err := client.Dial(context.Background(), client.Config{RPC: n.url})
	require.NoError(t, err)
	require.Equal(t, fakeChainID, c.ChainID(), "adopted")
	_, err = client.Dial(context.Background(), client.Config{RPC: n.url, ChainID: "other-1"})
	require.ErrorContains(t, err, `chain-id is "mesh-test-1", want "other-1"`)
	_, err = client.Dial(context.Background(), client.Config{RPC: "http://127.0.0.1:1", CallTimeout: time.Second})
	require.ErrorContains(t, err, "node at http://127.0.0.1:1")
	_, err = c.Account("alice")
	require.ErrorContains(t, err, "no keyring")
}

func TestWaitHeight(t *testing.T) {
	n := newFakeNode(t)
	c, err := client.Dial(context.Background(), client.Config{RPC: n.url, PollInterval: 5 * time.Millisecond})
	require.NoError(t, err)
	time.AfterFunc(30*time.Millisecond, n.mine)
	require.NoError(t, c.WaitHeight(context.Background(), 11))
	h, err := c.Height(context.Background())
	require.NoError(t, err)
	require.Equal(t, int64(11), h)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, c.WaitHeight(ctx, 99), context.DeadlineExceeded)
}

func TestQueryErrors(t *testing.T) {
	n := newFakeNode(t)
	c, err := client.Dial(context.Background(), client.Config{RPC: n.url})
	require.NoError(t, err)
	q := banktypes.NewQueryClient(c)
	_, err = q.Params(context.Background(), &banktypes.QueryParamsRequest{})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = q.Params(context.Background(), nil)
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = q.Params(client.AtHeight(context.Background(), -1), &banktypes.QueryParamsRequest{})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = c.NewStream(context.Background(), nil, "/x")
	require.Equal(t, codes.Unimplemented, status.Code(err))
}

// TestGarbage lets the node answer nonsense to everything: every call must end in an error.
func TestGarbage(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":       ``,
		"text":          `<html>502</html>`,
		"null":          `null`,
		"list":          `[]`,
		"empty object":  `{}`,
		"no result":     `{"jsonrpc":"2.0","id":0}`,
		"null result":   `{"jsonrpc":"2.0","id":0,"result":null}`,
		"empty result":  `{"jsonrpc":"2.0","id":0,"result":{}}`,
		"wrong types":   `{"jsonrpc":"2.0","id":0,"result":{"sync_info":7,"response":"x","block":[],"txs_results":"y","hash":1}}`,
		"cut off":       `{"jsonrpc":"2.0","id":0,"result":{"response":{"value":"AAAA`,
		"junk value":    `{"jsonrpc":"2.0","id":0,"result":{"response":{"code":0,"value":"/////w=="},"block":{"header":{"height":"99"}}}}`,
		"endless depth": `{"jsonrpc":"2.0","id":0,"result":{"response":{"value":[[[[[[[[[[[[[[`,
	} {
		t.Run(name, func(t *testing.T) {
			n := newFakeNode(t)
			c, a := newAccount(t, n)
			tx, err := a.Broadcast(context.Background(), payment(a))
			require.NoError(t, err)
			n.mine()
			n.mu.Lock()
			n.override = func(method string, w http.ResponseWriter) bool {
				if method == "status" || method == "abci_info" {
					return false // let the client get as far as it can
				}
				_, _ = io.WriteString(w, body)
				return true
			}
			n.mu.Unlock()
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			_, err = c.Wait(ctx, tx)
			require.Error(t, err)
			_, err = a.Simulate(context.Background(), payment(a))
			require.Error(t, err)
		})
	}
}

func TestEvents(t *testing.T) {
	evs := client.Events{
		{Type: "a", Attributes: []abci.EventAttribute{{Key: "k", Value: "1"}}},
		{Type: "b", Attributes: []abci.EventAttribute{{Key: "k", Value: "2"}, {Key: "l", Value: ""}}},
		{Type: "b", Attributes: []abci.EventAttribute{{Key: "m", Value: "3"}}},
	}
	v, ok := evs.Attr("b", "m")
	require.True(t, ok)
	require.Equal(t, "3", v)
	v, ok = evs.Attr("b", "l")
	require.True(t, ok)
	require.Empty(t, v)
	_, ok = evs.Attr("a", "m")
	require.False(t, ok)
	require.Len(t, evs.OfType("b"), 2)
}

func TestEncodingPrefixes(t *testing.T) {
	addr := make([]byte, 20)
	for prefix, want := range map[string]string{"": "mesh1", "wasm": "wasm1"} {
		enc, err := client.NewEncoding(prefix, banktypes.RegisterInterfaces)
		require.NoError(t, err)
		s, err := enc.FormatAddress(addr)
		require.NoError(t, err)
		require.Contains(t, s, want)
	}
}
