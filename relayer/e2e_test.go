package relayer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/log"
	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
)

// packets sent each way, in the middle of which the relayer dies.
const packets = 50

// TestRelayer runs a main chain, a zone and a relayer as processes. It links with an interruption,
// kills the relayer while packets are under way in both directions, cuts the zone off for 20 s and
// lets a packet time out. Every packet must end, and no unit be lost or made.
func TestRelayer(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()

	w := newWorld(ctx, t, localnet.Spec{}, localnet.Spec{})
	a, b, chains, cfg := w.a, w.b, w.chains, w.cfg
	path := link(ctx, t, chains)
	a.end, b.end = path.A, path.B
	cfg.Paths = []relayer.Path{path}
	rly := relayerProcess(t, cfg)
	require.NoError(t, rly.Start())

	// One packet, for the time it takes.
	a.send(ctx, t, b, 1)
	t.Logf("one packet: acknowledged %s after its block", a.finished(ctx, t))
	require.Equal(t, math.NewInt(1), b.vouchers(ctx, t, a))

	// Both directions, and the relayer dies in the middle.
	done := make(chan struct{})
	go func() { defer close(done); a.send(ctx, t, b, packets) }()
	b.send(ctx, t, a, packets)
	<-done
	require.Eventually(t, func() bool { return b.vouchers(ctx, t, a).Int64() > 1 }, 20*time.Second, 20*time.Millisecond)
	rly.Abort()
	openA, err := a.open(ctx)
	require.NoError(t, err)
	openB, err := b.open(ctx)
	require.NoError(t, err)
	require.Positive(t, openA+openB, "the relayer was too fast for this test")
	require.NoError(t, rly.Start())
	t.Logf("killed with %d and %d packets open, all finished %s after the restart", openA, openB, max(a.finished(ctx, t), b.finished(ctx, t)))
	require.Equal(t, math.NewInt(packets+1), b.vouchers(ctx, t, a))
	require.Equal(t, math.NewInt(packets), a.vouchers(ctx, t, b))

	// The zone is away: packets wait, and one of them expires.
	b.chain.Stop()
	_, err = a.user.Send(ctx, a.transfer(t, b, 5*time.Second))
	require.NoError(t, err)
	a.send(ctx, t, b, 20)
	time.Sleep(20 * time.Second)
	open, err := a.open(ctx)
	require.NoError(t, err)
	require.Equal(t, 21, open)
	require.NoError(t, b.chain.Start(ctx))
	t.Logf("zone back: all packets ended %s after its first block", a.finished(ctx, t))

	// 1 + 50 + 20 arrived and one came back.
	require.Equal(t, math.NewInt(packets+21), b.vouchers(ctx, t, a))
	require.Equal(t, math.NewInt(packets+21), a.escrowed(ctx, t))
	require.Equal(t, math.NewInt(packets), b.escrowed(ctx, t))
	require.NoError(t, rly.Err(), "the relayer runs still")

	status, err := relayer.Status(ctx, cfg)
	require.NoError(t, err)
	require.Len(t, status, 1)
	for _, end := range []relayer.EndStatus{status[0].A, status[0].B} {
		require.Empty(t, end.Error)
		require.Zero(t, end.PendingPackets+end.PendingAcks)
		require.True(t, end.ClientExpiry.After(time.Now()))
	}
}

// link links with an interruption after each of the first steps, and checks that what was made
// before is used after.
func link(ctx context.Context, t *testing.T, chains []*relayer.Chain) relayer.Path {
	t.Helper()
	var path relayer.Path
	cut := errors.New("interrupted")
	saves, start := 0, time.Now()
	opts := relayer.LinkOptions{Logger: log.NewTestLogger(t), Save: func(p relayer.Path) error {
		if saves++; saves%2 == 0 && saves < 7 {
			return cut // the step is done, but its result is not recorded
		}
		path = p
		return nil
	}}
	runs := 0
	for {
		runs++
		opts.Path = path
		linked, err := relayer.Link(ctx, chains[0], chains[1], opts)
		if err == nil {
			path = linked
			break
		}
		require.ErrorIs(t, err, cut)
		require.Less(t, runs, 6)
	}
	t.Logf("linked in %s with %d runs", time.Since(start), runs)
	require.Greater(t, runs, 2)
	require.True(t, path.Linked())
	for _, end := range []relayer.End{path.A, path.B} {
		require.Equal(t, "07-tendermint-0", end.ClientID)
		require.Equal(t, "connection-0", end.ConnectionID, "the interrupted handshake was not continued")
		require.Equal(t, "channel-0", end.ChannelID, "the interrupted handshake was not continued")
	}
	// Linking what is linked changes nothing.
	again, err := relayer.Link(ctx, chains[0], chains[1], relayer.LinkOptions{Path: path})
	require.NoError(t, err)
	require.Equal(t, path, again)
	return path
}
