package gateway_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/gateway"
	"github.com/meshchain/meshchain/x/did/segment"
)

// A journal that was damaged does not stop a gateway, and what it took from it can be
// offered to a chain.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"segment":{"schema":"AAAA","t":1,"digest":"","mac":""}}` + "\n"))
	f.Add([]byte(`{"key":{"schema":"AAAA","t":1,"key":""}}` + "\n{\n"))
	f.Add([]byte("{}\nnull\n[]\n\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 10_000 {
			return
		}
		c, _, ids := world(t, 1)
		path := filepath.Join(t.TempDir(), "journal")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		g, err := gateway.Open(context.Background(), c, path, ids...)
		require.NoError(t, err)
		_, err = g.Step(context.Background())
		require.NoError(t, err)
		require.NoError(t, g.Segment(ids[0], 7, [segment.DigestLength]byte{}, make([]byte, 8)))
		require.NoError(t, g.Close())
	})
}
