package chain_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/chain"
)

// A checkpoint that cannot be written is said once, and blinds nobody.
func TestCheckpointThatCannotBeWritten(t *testing.T) {
	r := newRig(t, 1)
	var log bytes.Buffer
	now := time.Now()
	r.cfg.Checkpoint = filepath.Join(t.TempDir(), "missing", "checkpoint.json")
	r.cfg.MaxLag = time.Hour
	r.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r.cfg.Now = func() time.Time { return now }
	c, err := chain.Open(r.cfg)
	require.NoError(t, err)
	for height := range int64(3) {
		head, err := c.Look(context.Background())
		require.NoError(t, err)
		require.Equal(t, 10+height, head.Height)
		r.mine()
		now = now.Add(2 * chain.DefaultCheckpointEvery)
	}
	require.Equal(t, 1, strings.Count(log.String(), "the checkpoint cannot be written"), log.String())
}
