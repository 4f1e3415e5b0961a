package chaos

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/meshchain/meshchain/localnet"
)

// Names of what is not a zone.
const (
	mainName    = "main"
	relayerName = "relayer"
)

// How long something is well and how long it is broken, between these.
const (
	minQuiet = 2 * time.Second
	maxQuiet = 14 * time.Second
	minFault = 300 * time.Millisecond
	maxFault = 6 * time.Second
	// maxFirst is how soon everything is broken for the first time.
	maxFirst = 8 * time.Second
)

// target is what can be broken.
type target struct {
	// Name of the process, or of the chain at the end of the wire.
	Name string `json:"name"`
	// Wire is true for the relayer's connections to the chain, false for the process.
	Wire bool `json:"wire,omitempty"`
}

// String is what people call it.
func (t target) String() string {
	if t.Wire {
		return "wire to " + t.Name
	}
	return t.Name
}

// fault is one thing broken once.
type fault struct {
	target
	// At is when, since the beginning of the storm, and For how long.
	At  time.Duration
	For time.Duration
	// State of a wire meanwhile.
	State localnet.WireState
}

func (f fault) what() string {
	if f.Wire {
		return f.State.String()
	}
	return "kill -9"
}

func zoneName(i int) string { return fmt.Sprintf("zone%d", i+1) }

// targets lists what a network with so many zones consists of.
func targets(zones int) []target {
	all := []target{{Name: relayerName}, {Name: mainName}, {Name: mainName, Wire: true}}
	for i := range zones {
		all = append(all, target{Name: zoneName(i)}, target{Name: zoneName(i), Wire: true})
	}
	return all
}

// makePlan decides about all faults of a storm, in the order of time. Faults of one target follow each
// other, those of different ones overlap as it happens; every target is broken at least once, and at
// the end of the storm none is.
func makePlan(seed uint64, all []target, storm time.Duration) []fault {
	var plan []fault
	for i, t := range all {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		at := between(random, 0, min(maxFirst, storm/2))
		for at < storm-minFault {
			f := fault{target: t, At: at, For: min(between(random, minFault, maxFault), storm-at)}
			if t.Wire {
				f.State = []localnet.WireState{localnet.WireCut, localnet.WireDark}[random.IntN(2)]
			}
			plan = append(plan, f)
			at += f.For + between(random, minQuiet, maxQuiet)
		}
	}
	slices.SortStableFunc(plan, func(a, b fault) int { return cmp.Compare(a.At, b.At) })
	return plan
}

// between draws a duration, to the millisecond, from a range.
func between(random *rand.Rand, from, to time.Duration) time.Duration {
	return (from + time.Duration(random.Int64N(int64(to-from)))).Round(time.Millisecond)
}

func writePlan(w io.Writer, plan []fault) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "at\twhat\tof\tfor")
	for _, f := range plan {
		fmt.Fprintf(t, "%.1f s\t%s\t%s\t%.1f s\n", f.At.Seconds(), f.what(), f.target, f.For.Seconds())
	}
	return t.Flush()
}
