package relayer_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
)

var (
	chaosSeed    = flag.Uint64("chaos.seed", 20261120, "seed of the moments and victims of TestKillAnything")
	chaosKills   = flag.Int("chaos.kills", 6, "how many times something is killed")
	chaosPackets = flag.Uint64("chaos.packets", 500, "packets each way")
)

// sent is how many packets the chain has sent over the path, ever.
func (p *peer) sent(ctx context.Context) (uint64, error) {
	r, err := channeltypes.NewQueryClient(p.c).NextSequenceSend(ctx, &channeltypes.QueryNextSequenceSendRequest{PortId: p.end.PortID, ChannelId: p.end.ChannelID})
	if err != nil {
		return 0, err
	}
	return r.NextSequenceSend - 1, nil
}

// keepSending sends until the chain says that it has sent n packets, whatever happens meanwhile.
func (p *peer) keepSending(ctx context.Context, t *testing.T, to *peer, n uint64) {
	for ctx.Err() == nil {
		have, err := p.sent(ctx)
		if err != nil {
			time.Sleep(200 * time.Millisecond)
			continue
		}
		if have >= n {
			return
		}
		var msgs []sdk.Msg
		for range min(n-have, 25) {
			msgs = append(msgs, p.transfer(t, to, time.Hour))
		}
		if _, err := p.user.Send(ctx, msgs...); err != nil {
			t.Logf("%s: %.200s", p.chain.Spec.ChainID, err)
			time.Sleep(500 * time.Millisecond)
		}
	}
}

// TestKillAnything kills main chain, zone and relayer with SIGKILL at random moments while 1,000
// packets are under way. All must end, each once, and no unit be lost or made.
func TestKillAnything(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	w := newWorld(ctx, t, localnet.Spec{}, localnet.Spec{})
	w.link(ctx, t)
	a, b := w.a, w.b
	rly := relayerProcess(t, w.cfg)
	rly.Allow(*chaosKills)
	a.chain.Nodes[0].Allow(*chaosKills)
	b.chain.Nodes[0].Allow(*chaosKills)
	require.NoError(t, rly.Start())
	var senders sync.WaitGroup
	for _, p := range [][2]*peer{{a, b}, {b, a}} {
		senders.Go(func() { p[0].keepSending(ctx, t, p[1], *chaosPackets) })
	}
	t.Logf("seed %d", *chaosSeed)
	random := rand.New(rand.NewPCG(*chaosSeed, 0))
	victims := []*localnet.Service{rly, a.chain.Nodes[0].Service, b.chain.Nodes[0].Service}
	for i := range *chaosKills {
		time.Sleep(time.Second + time.Duration(random.Int64N(int64(3*time.Second))))
		victim := victims[i%len(victims)]
		if i >= len(victims) {
			victim = victims[random.IntN(len(victims))]
		}
		t.Logf("kill -9 of %s", victim.Name)
		victim.Crash()
	}
	senders.Wait()
	t.Logf("all packets ended %s after the last was sent", max(a.finished(ctx, t), b.finished(ctx, t)))
	for _, p := range [][2]*peer{{a, b}, {b, a}} {
		n, err := p[0].sent(ctx)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, *chaosPackets)
		sent := math.NewIntFromUint64(n)
		require.Equal(t, sent, p[0].escrowed(ctx, t), "in escrow on %s", p[0].chain.Spec.ChainID)
		require.Equal(t, sent, p[1].vouchers(ctx, t, p[0]), "vouchers on %s", p[1].chain.Spec.ChainID)
	}
}
