package paynode_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/testutil/node"
	"github.com/meshchain/meshchain/x/channels/types"
)

// kills is how often a process is killed.
const kills = 50

// Two real nodes pay each other while one or the other is killed at random. Nothing that
// was acknowledged is ever missing, and in the end both agree to the last unit: what one
// sent is what the other received, and no payment was made that nobody ordered.
func TestKilledFiftyTimesUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for half a minute")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	nodes, chain, err := paynode.Network(ctx, paynode.Spec{
		Photond: node.Photond(t), Nodes: 2, Coins: "2000000000usmt",
		Chain: localnet.Spec{Binary: node.Binary(t), ChainID: "kill-1", Validators: 1, Home: t.TempDir(), BlockTime: 500 * time.Millisecond},
	})
	require.NoError(t, err)
	defer chain.Stop()
	defer func() {
		for _, n := range nodes {
			n.Stop()
		}
	}()
	ref, err := nodes[0].Open(ctx, nodes[1], "1000000000usmt")
	require.NoError(t, err)

	seed := uint64(time.Now().UnixNano()) //nolint:gosec // a seed
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var ordered, acknowledged uint64
	for kill := range kills {
		for _, n := range nodes {
			require.NoError(t, n.WaitOnline(ctx, ref), "kill %d", kill)
		}
		victim := nodes[random.IntN(2)]
		done := make(chan [2]uint64, 1)
		go func() { done <- payUntilItBreaks(ctx, nodes[0].Client(), ref) }()
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		victim.Kill()
		if victim == nodes[1] {
			// The sender lives: give up its stream, or it would go on with the next life.
			nodes[0].Hangup()
		}
		sums := <-done
		ordered, acknowledged = ordered+sums[0], acknowledged+sums[1]
		if victim == nodes[1] {
			require.NoError(t, nodes[0].Dial(ctx))
		}
		require.NoError(t, victim.Start(ctx), "kill %d", kill)
	}
	for _, n := range nodes {
		require.NoError(t, n.WaitOnline(ctx, ref))
	}
	var sent, received uint64
	require.Eventually(t, func() bool {
		a, err := nodes[0].Channel(ctx, ref)
		require.NoError(t, err)
		b, err := nodes[1].Channel(ctx, ref)
		require.NoError(t, err)
		sent, received = number(t, a.Sent), number(t, b.Received)
		return sent == received && number(t, a.Acknowledged) == sent
	}, 30*time.Second, 50*time.Millisecond)
	t.Logf("ordered %d, acknowledged to the caller %d, made %d", ordered, acknowledged, sent)
	require.GreaterOrEqual(t, sent, acknowledged, "an acknowledged payment is missing")
	require.LessOrEqual(t, sent, ordered, "a payment was made that nobody ordered")
	require.Positive(t, acknowledged)
}

func number(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return n
}

// payUntilItBreaks streams payments of 1 until the connection does not take more, and
// returns how many were handed in and how many of them were acknowledged.
func payUntilItBreaks(ctx context.Context, client *api.Client, ref *api.ChannelRef) (sums [2]uint64) {
	s, err := client.Stream(ctx)
	if err != nil {
		return sums
	}
	var entries []byte
	for i := range uint64(100) {
		e := types.Entry{Amount: types.NewUint128(1), Kind: types.EntryDirect, Data: make([]byte, 32)}
		binary.BigEndian.PutUint64(e.PaymentID[:], i)
		entries = e.AppendTo(entries)
	}
	handed := make(chan uint64, 1)
	go func() {
		total := uint64(0)
		for ; ; total += 100 {
			m := &api.StreamRequest{Entries: entries, Count: 100}
			if total == 0 {
				m.Channel = ref
			}
			if s.Send(m) != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		handed <- total + 100 // the last one may have arrived
	}()
	for {
		r, err := s.Recv()
		if err != nil {
			sums[0] = <-handed
			return sums
		}
		sums[1] = r.Acknowledged
	}
}
