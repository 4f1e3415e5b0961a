package simulator

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
)

var (
	seeds    = flag.Int("simulator.seeds", 700, "seeds of the random runs")
	oneSeed  = flag.Uint64("simulator.seed", 0, "one seed only, with a trace")
	twoNames = [2]string{"ann", "bob"}
)

// pair is a world with two nodes and one channel.
type pair struct {
	*World
	nodes    [2]*Node
	channels [2]*Channel
	id       protocol.ChannelID
}

func newPair(t testing.TB, seed uint64, faults Faults) *pair {
	t.Helper()
	w, err := NewWorld(seed, faults)
	require.NoError(t, err)
	p := &pair{World: w}
	for i, name := range twoNames {
		p.nodes[i] = w.AddNode(name)
	}
	w.Run(20)
	p.id, err = w.Open(w.Chains[0], p.nodes[0], p.nodes[1], 10_000, 5_000)
	require.NoError(t, err)
	for i, n := range p.nodes {
		p.channels[i] = n.Channel(p.id)
	}
	return p
}

// check fails the test if an invariant is broken.
func (p *pair) check(t testing.TB) {
	t.Helper()
	for _, failure := range p.Failures {
		t.Error(failure)
	}
	for _, c := range p.Chains {
		require.NoError(t, c.Check())
	}
	if t.Failed() {
		t.FailNow()
	}
}

// runSeeds runs a test for each seed, or for the one that is asked for.
func runSeeds(t *testing.T, run func(t testing.TB, seed uint64, trace func(string, ...any))) {
	t.Helper()
	if *oneSeed != 0 {
		run(t, *oneSeed, t.Logf)
		return
	}
	const runs = 4
	for part := range runs {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := 1 + part; seed <= *seeds; seed += runs {
				if run(t, uint64(seed), nil); t.Failed() { //nolint:gosec // positive
					t.Fatalf("seed %d: run with -simulator.seed=%d for a trace", seed, seed)
				}
			}
		})
	}
}

// TestHonestPair lets two honest nodes pay, lock, withdraw and deposit over a rough
// network while both crash; then all is healed, and what is under way must come to its
// end: both know the same, nothing is in flight, no lock is left, and they close by
// agreement.
func TestHonestPair(t *testing.T) {
	runSeeds(t, func(t testing.TB, seed uint64, trace func(string, ...any)) {
		p := newPair(t, seed, Rough())
		p.Trace = trace
		habits := Busy()
		for i, n := range p.nodes {
			p.Use(n, p.channels[i], &habits)
		}
		p.Run(600)
		p.check(t)
		p.Heal()
		habits = Habits{Reveal: 1000}
		p.Run(1_500)
		p.check(t)
		a, b := p.channels[0].State, p.channels[1].State
		for _, s := range []*machine.State{a, b} {
			require.Equal(t, machine.PhaseOpen, s.Phase, "seed %d", seed)
			require.True(t, s.Connected, "seed %d: waits for %s", seed, s.Wait)
			require.Zero(t, len(s.Sent.InFlight), "seed %d: in flight", seed)
			require.Zero(t, len(s.Sent.Locks), "seed %d: locks", seed)
		}
		require.Equal(t, a.Sent.Newest, b.Received.Newest, "seed %d", seed)
		require.Equal(t, b.Sent.Newest, a.Received.Newest, "seed %d", seed)
		require.NoError(t, p.nodes[0].apply(p.channels[0], machine.Agree{Agreement: protocol.AgreeClose, Now: p.Now()}))
		p.Run(60)
		p.check(t)
		require.Equal(t, 2, p.book.Ended, "seed %d: both saw the end", seed)
	})
}

// TestHonestPairDispute is the same, but one of them closes in the middle, alone, with
// locks pending and batches in flight.
func TestHonestPairDispute(t *testing.T) {
	runSeeds(t, func(t testing.TB, seed uint64, trace func(string, ...any)) {
		p := newPair(t, seed, Rough())
		p.Trace = trace
		habits := Busy()
		habits.Close = 4
		for i, n := range p.nodes {
			p.Use(n, p.channels[i], &habits)
		}
		p.Run(400)
		p.check(t)
		p.Heal()
		habits = Habits{Reveal: 1000, Close: 1000}
		p.Run(20)
		habits = Habits{}
		p.Run(2_000)
		p.check(t)
		require.Equal(t, 2, p.book.Ended, "seed %d: both saw the end: %s, %s", seed, p.channels[0].State.Phase, p.channels[1].State.Phase)
	})
}
