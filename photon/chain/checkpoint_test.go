package chain_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/chain"
)

// TestDiskRefusesCheckpoint: a full disk does not make the node blind.
func TestDiskRefusesCheckpoint(t *testing.T) {
	r := newRig(t, 1)
	r.cfg.Checkpoint = filepath.Join(t.TempDir(), "missing", "checkpoint")
	c, err := chain.Open(r.cfg)
	require.NoError(t, err)
	_, err = c.Look(context.Background())
	require.NoError(t, err)
	require.NoFileExists(t, r.cfg.Checkpoint)
}
