package relayer

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"cosmossdk.io/log"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
)

// TestGarbage asks a node that answers nonsense for everything the relayer asks for: each answer
// must be an error, none a panic, and none pass for the truth.
func TestGarbage(t *testing.T) {
	wrap := func(result string) string { return `{"jsonrpc":"2.0","id":0,"result":` + result + `}` }
	for name, body := range map[string]string{
		"nothing":      ``,
		"null":         `null`,
		"text":         `<html>502 Bad Gateway</html>`,
		"no result":    `{"jsonrpc":"2.0","id":0}`,
		"null result":  wrap(`null`),
		"empty result": wrap(`{}`),
		"error":        `{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"Internal error","data":"sick"}}`,
		"junk store":   wrap(`{"response":{"code":0,"value":"/////w==","height":"41","proofOps":{"ops":[{"type":"ics23:iavl","key":"AA==","data":"/////w=="}]}}}`),
		"nil parts": wrap(`{"sync_info":{"latest_block_height":"-7"},"signed_header":{"header":null,"commit":null},"validators":[null],"total":"1",
			"txs_results":[null],"txs":[null],"total_count":"1","blocks":[null]}`),
		"huge set": wrap(`{"validators":[null],"total":"99999999999"}`),
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
			defer srv.Close()
			c, err := client.New(client.Config{RPC: srv.URL, ChainID: "farm-1"})
			require.NoError(t, err)
			chain := &Chain{id: "farm-1", revision: 1, client: c}
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()

			_, err = chain.head(ctx)
			require.Error(t, err)
			_, err = chain.events(ctx, 42)
			require.Error(t, err)
			_, _, err = chain.prove(ctx, []byte("key"), 42)
			require.Error(t, err)
			_, err = chain.header(ctx, 42, clienttypes.NewHeight(1, 7))
			require.Error(t, err)
			_, err = chain.validators(ctx, 42)
			require.Error(t, err)
			_, err = chain.lightClient(ctx, "07-tendermint-0")
			require.Error(t, err)
			_, err = chain.connection(ctx, "connection-0")
			require.Error(t, err)
			_, err = chain.channel(ctx, testPath.B)
			require.Error(t, err)
			_, err = chain.unbonding(ctx)
			require.Error(t, err)
			// A search may truthfully find nothing, but nothing made up.
			height, err := chain.search(ctx, testPath.B, channeltypes.EventTypeSendPacket, 1)
			require.True(t, err != nil || height == 0)

			p := newPoller(chain, time.Millisecond, 0, log.NewNopLogger(), newMetrics())
			require.Error(t, p.poll(ctx))
		})
	}
}
