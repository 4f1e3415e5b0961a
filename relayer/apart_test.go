package relayer_test

import (
	"context"
	"testing"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
)

// Periods of the chains that are apart: light clients live for 30 s, are refreshed after 10 s, and so
// bear that a chain is away for 20 s.
const (
	apartUnbonding = 45 * time.Second
	apartTrusting  = apartUnbonding / 3 * 2
)

// apart is a zone that only its own users reach, until its wire is mended.
type apart struct {
	*world
	wire    *localnet.Wire
	sentA   int64 // packets, of one unit each, that must arrive
	sentB   int64
	waiting int // packets of this absence, each way
}

// while cuts the zone off for some time and lets users of both chains send every second. Of a round
// of 4 packets, doomed ones live for less than the absence.
func (w *apart) while(ctx context.Context, t *testing.T, state localnet.WireState, absence time.Duration, doomed int) {
	t.Helper()
	const round = 4
	before, err := w.b.c.Height(ctx)
	require.NoError(t, err)
	w.wire.Set(state)
	back := time.Now().Add(absence)
	w.waiting = 0
	for left := absence; left > 0; left = time.Until(back) {
		for _, p := range [][2]*peer{{w.a, w.b}, {w.b, w.a}} {
			var msgs []sdk.Msg
			for i := range round {
				lifetime := time.Hour
				if i < doomed {
					lifetime = absence / 4
				}
				msgs = append(msgs, p[0].transfer(t, p[1], lifetime))
			}
			_, err := p[0].user.Send(ctx, msgs...)
			require.NoError(t, err)
		}
		w.sentA, w.sentB, w.waiting = w.sentA+int64(round-doomed), w.sentB+int64(round-doomed), w.waiting+round
		if doomed > 0 && left < absence*2/3 {
			break // what is sent later might still arrive
		}
		time.Sleep(time.Second)
	}
	time.Sleep(time.Until(back))
	for _, p := range []*peer{w.a, w.b} {
		open, err := p.open(ctx)
		require.NoError(t, err)
		require.Equal(t, w.waiting, open, "the zone was not cut off: something got through from %s", p.chain.Spec.ChainID)
	}
	after, err := w.b.c.Height(ctx)
	require.NoError(t, err)
	require.Greater(t, after-before, int64(absence/w.b.chain.Spec.BlockTime)/3, "the zone stood still")
	w.wire.Set(localnet.WireWhole)
	t.Logf("zone %s for %s, in which it made %d blocks; all %d packets each way ended %s after its return",
		state, absence, after-before, w.waiting, max(w.a.finished(ctx, t), w.b.finished(ctx, t)))
}

// conserved checks that what must have arrived did, and all else came back.
func (w *apart) conserved(ctx context.Context, t *testing.T) {
	t.Helper()
	require.Equal(t, math.NewInt(w.sentA), w.b.vouchers(ctx, t, w.a))
	require.Equal(t, math.NewInt(w.sentA), w.a.escrowed(ctx, t))
	require.Equal(t, math.NewInt(w.sentB), w.a.vouchers(ctx, t, w.b))
	require.Equal(t, math.NewInt(w.sentB), w.b.escrowed(ctx, t))
}

// TestDayApart cuts a zone off, which goes on making blocks, while both sides send packets: a day
// apart with periods of seconds instead of days. The relayer runs all the time and reaches the zone
// over a wire that is broken. First for half a trusting period, in which a refresh of the light clients
// falls out; then, with a line that is silent instead of refusing, for so long that packets expire on
// both sides. All must be delivered or refunded, and the light clients be alive.
func TestDayApart(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	spec := localnet.Spec{BlockTime: 500 * time.Millisecond, UnbondingTime: apartUnbonding}
	w := &apart{world: newWorld(ctx, t, spec, spec)}
	w.link(ctx, t)
	var err error
	w.wire, err = localnet.NewWire(ctx, w.cfg.Chains[1].RPC)
	require.NoError(t, err)
	t.Cleanup(w.wire.Close)
	w.cfg.Chains[1].RPC = w.wire.URL()
	rly := relayerProcess(t, w.cfg)
	require.NoError(t, rly.Start())
	w.a.send(ctx, t, w.b, 1)
	w.b.send(ctx, t, w.a, 1)
	w.sentA, w.sentB = 1, 1
	w.a.finished(ctx, t)
	w.b.finished(ctx, t)

	w.while(ctx, t, localnet.WireCut, apartTrusting/2, 0)
	w.conserved(ctx, t)
	w.while(ctx, t, localnet.WireDark, apartTrusting/3, 3)
	w.conserved(ctx, t)

	require.NoError(t, rly.Err(), "the relayer runs still")
	status, err := relayer.Status(ctx, w.cfg)
	require.NoError(t, err)
	require.Len(t, status, 1)
	for _, end := range []relayer.EndStatus{status[0].A, status[0].B} {
		require.Empty(t, end.Error)
		require.Zero(t, end.PendingPackets+end.PendingAcks)
		require.WithinRange(t, end.ClientExpiry, time.Now(), time.Now().Add(apartTrusting+time.Minute))
	}
}
