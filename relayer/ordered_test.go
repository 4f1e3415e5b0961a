package relayer_test

import (
	"context"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/relayer"
	"github.com/meshchain/meshchain/testutil/mesh"
)

// TestOrderedChannel relays over a channel that keeps order. No application of these chains opens
// one, so the test turns one into it. A packet that expires closes it at home, by a proof of the
// sequence that is next over there; what the other side sends then comes back because the channel is
// closed.
func TestOrderedChannel(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	m := mesh.New(t, []string{"farm"})
	m.Coordinator.CurrentTime = time.Now().UTC() // a relayer lives today
	p := newInProcess(t, m.Main, m.Zones["farm"])
	cfg := relayer.DefaultConfig()
	cfg.PollInterval, cfg.ScanInterval = 20*time.Millisecond, time.Second
	var chains []*relayer.Chain
	for _, n := range p.nodes {
		c := n.config(t)
		chain, err := relayer.OpenChain(c, nil)
		require.NoError(t, err)
		cfg.Chains, chains = append(cfg.Chains, c), append(chains, chain)
	}
	path, err := relayer.Link(ctx, chains[0], chains[1], relayer.LinkOptions{})
	require.NoError(t, err)
	cfg.Paths = []relayer.Path{path}
	ends := []relayer.End{path.A, path.B}
	p.do(func() {
		for i, n := range p.nodes {
			keeper := n.chain.App.IBCKeeper.ChannelKeeper
			channel, ok := keeper.GetChannel(n.chain.Test.GetContext(), ends[i].PortID, ends[i].ChannelID)
			require.True(t, ok)
			channel.Ordering = channeltypes.ORDERED
			keeper.SetChannel(n.chain.Test.GetContext(), ends[i].PortID, ends[i].ChannelID, channel)
			n.block()
		}
	})

	// send puts a transfer of one unit into the next block.
	send := func(from int, lifetime time.Duration) {
		p.do(func() {
			n, to := p.nodes[from], p.nodes[1-from]
			user := n.chain.Accounts[0]
			msg := transfertypes.NewMsgTransfer(ends[from].PortID, ends[from].ChannelID, n.chain.Native(1), user.Address.String(),
				to.chain.Accounts[0].Address.String(), clienttypes.ZeroHeight(), uint64(n.chain.Test.CurrentHeader.Time.Add(lifetime).UnixNano()), "")
			n.mempool = append(n.mempool, n.chain.Sign(user, []sdk.Msg{msg}))
			n.block()
		})
	}
	open := func(i int) (n int) {
		p.do(func() {
			keeper := p.nodes[i].chain.App.IBCKeeper.ChannelKeeper
			n = len(keeper.GetAllPacketCommitmentsAtChannel(p.nodes[i].chain.Ctx(), ends[i].PortID, ends[i].ChannelID))
		})
		return n
	}
	received := func(i int) (next uint64) {
		p.do(func() {
			next, _ = p.nodes[i].chain.App.IBCKeeper.ChannelKeeper.GetNextSequenceRecv(p.nodes[i].chain.Ctx(), ends[i].PortID, ends[i].ChannelID)
		})
		return next - 1
	}
	balance := func(i int) (amount sdk.Coin) {
		p.do(func() {
			amount = p.nodes[i].chain.Balance(p.nodes[i].chain.Accounts[0], p.nodes[i].chain.Native(1).Denom)
		})
		return amount
	}
	settled := func(i int, what string) {
		t.Helper()
		require.Eventually(t, func() bool { return open(i) == 0 }, 20*time.Second, tick, what)
	}

	r := relay(t, cfg)
	for range 5 {
		send(0, time.Hour)
		send(1, time.Hour)
	}
	settled(0, "packets of the main chain")
	settled(1, "packets of the zone")
	require.Equal(t, []uint64{5, 5}, []uint64{received(0), received(1)})

	before := balance(0)
	send(0, time.Second) // a block takes five
	send(0, time.Hour)   // behind it, and never delivered
	require.Eventually(t, func() bool { return balance(0).Amount.Equal(before.Amount.SubRaw(1)) }, 20*time.Second, tick,
		"the expired one is refunded")
	require.Equal(t, uint64(5), received(1), "nothing overtakes it")
	p.do(func() {
		channel, _ := p.nodes[0].chain.App.IBCKeeper.ChannelKeeper.GetChannel(p.nodes[0].chain.Ctx(), ends[0].PortID, ends[0].ChannelID)
		require.Equal(t, channeltypes.CLOSED, channel.State)
	})

	// The zone does not know yet. What it sends is refunded before its time.
	beforeZone := balance(1)
	send(1, time.Hour)
	require.True(t, balance(1).IsLT(beforeZone))
	settled(1, "packet to a closed channel")
	require.Equal(t, beforeZone, balance(1))
	require.Equal(t, uint64(5), received(0))
	require.True(t, r.log.contains("channel is closed"))
}
