package client_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
)

// A node that gives no answer, or something that is none, is left for the other one, which is asked
// first from then on; so is one that somebody else found to answer wrongly.
func TestFailover(t *testing.T) {
	ctx := context.Background()
	first, second := newFakeNode(t), newFakeNode(t)
	second.height = 42
	c, err := client.New(client.Config{RPC: first.url, Backup: second.url, ChainID: fakeChainID, PollInterval: 1})
	require.NoError(t, err)
	h, err := c.Height(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(10), h)
	require.Equal(t, first.url, c.Endpoint())

	first.mu.Lock()
	first.override = func(_ string, w http.ResponseWriter) bool {
		_, _ = io.WriteString(w, "<html>502</html>")
		return true
	}
	first.mu.Unlock()
	h, err = c.Height(ctx)
	require.NoError(t, err, "the call that failed is repeated")
	require.Equal(t, int64(42), h)
	require.Equal(t, second.url, c.Endpoint())

	first.mu.Lock()
	first.override = nil
	first.mu.Unlock()
	h, err = c.Height(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(42), h, "it stays where answers come from")
	c.SwitchEndpoint(first.url) // is not in use: nothing happens
	require.Equal(t, second.url, c.Endpoint())
	c.SwitchEndpoint(second.url)
	h, err = c.Height(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(10), h)

	alone, err := client.New(client.Config{RPC: first.url})
	require.NoError(t, err)
	alone.SwitchEndpoint(first.url)
	require.Equal(t, first.url, alone.Endpoint(), "there is no other")
}
