package simulator

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

var update = flag.Bool("simulator.update", false, "write testdata/persist.md")

// table gathers what machines write, why, and what waits for it: sets of effects by
// persist point and event.
type table map[string]map[string]struct{}

func (p table) observe(_ *Node, _ *Channel, e machine.Event, effects []machine.Effect) {
	for i, effect := range effects {
		write, ok := effect.(machine.Persist)
		if !ok {
			continue
		}
		name := fmt.Sprintf("| %s | %s |", write.Point, nameOf(e))
		if p[name] == nil {
			p[name] = map[string]struct{}{}
		}
		for _, later := range effects[i+1:] {
			if _, ok := later.(machine.Persist); ok {
				break
			}
			if seen := outward(later); seen != "" {
				p[name][seen] = struct{}{}
			}
		}
	}
}

// lines of the table, sorted.
func (p table) lines() (out []string) {
	for name, seen := range p {
		then := slices.Sorted(maps.Keys(seen))
		if len(then) == 0 {
			then = []string{"nothing"}
		}
		out = append(out, name+" "+strings.Join(then, ", ")+" |")
	}
	slices.Sort(out)
	return out
}

// outward names an effect that others can see.
func outward(effect machine.Effect) string {
	switch e := effect.(type) {
	case machine.Send:
		return "send " + typeName(e.Message)
	case machine.SendSigned:
		return "send Batch"
	case machine.Submit:
		return "submit " + strings.TrimPrefix(typeName(e.Action), "Submit")
	case machine.Deliver:
		return "deliver"
	case machine.Acknowledged:
		return "tell the payer"
	case machine.Notify:
		return "notify " + strings.TrimPrefix(typeName(e.Notice), "Notice")
	case machine.Forget:
		return "forget"
	}
	return ""
}

func nameOf(e machine.Event) string {
	if m, ok := e.(machine.Received); ok {
		return "Received " + typeName(m.Message)
	}
	return typeName(e)
}

func typeName(v any) string {
	name := fmt.Sprintf("%T", v)
	return name[strings.LastIndex(name, ".")+1:]
}

const persistHead = `# Persist points

Made by TestPersistTable out of what channel machines do; do not edit. Each line: why the
state is written, on which event, and what may be seen by others only afterwards.

| persist point | event | then |
|---|---|---|
`

// TestPersistTable lists every write of the machine. It fails if the table on disk is
// not what machines do, or if a persist point is never reached.
func TestPersistTable(t *testing.T) {
	seen := table{}
	for _, name := range []string{"cooperative close", "dispute", "void agreement, abandoned close"} {
		s := newScript(t)
		s.Observe = seen.observe
		s.history()
		endings[name](s)
		s.check(t)
	}
	for _, run := range []func(*duel){breaks, restores, losesData, registers} {
		d := newDuel(t)
		d.Observe = seen.observe
		run(d)
		d.check(t)
	}
	for seed := range uint64(60) {
		p := newPair(t, seed, Rough())
		p.Observe = seen.observe
		habits := Busy()
		habits.Agree, habits.Close = 1, 1
		for i, n := range p.nodes {
			p.Use(n, p.channels[i], &habits)
		}
		p.Run(900)
		p.check(t)
	}
	got := persistHead + strings.Join(seen.lines(), "\n") + "\n"
	for _, point := range machine.PersistPoints() {
		require.Contains(t, got, fmt.Sprintf("| %s |", point), "never reached")
	}
	path := filepath.Join("testdata", "persist.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644)) //nolint:gosec // documentation
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "stale: run with -simulator.update")
}

func breaks(d *duel) {
	d.pay(d.mal, 700)
	d.evilBatch(protocol.Op{Kind: types.EntryRemove, LockID: 5})
	d.Run(30)
}

func restores(d *duel) {
	d.pay(d.ann, 100)
	image := d.a.State.Image()
	d.pay(d.ann, 900)
	d.putBack(image, machine.Start{})
	d.Run(60)
}

func losesData(d *duel) {
	d.putBack(d.a.State.Image(), machine.Start{FromBackup: true})
	_ = d.ann.apply(d.a, machine.Close{Recovering: true})
	d.Run(20)
}

func registers(d *duel) {
	_, secret := d.lock(d.ann, 3_000, 200)
	d.register(secret)
	d.Run(20)
	id, secret := d.lock(d.mal, 3_000, 200)
	d.mal.blind = true
	_ = d.ann.apply(d.a, machine.Reveal{LockID: id, Secret: secret})
	_ = d.ann.apply(d.a, machine.SecretRegistered{Secret: secret, OnOther: true})
	d.Run(200)
}

// TestPersistBeforeSend: in every event of a rough history, what changes the encoded
// state is written before anything that commits the node leaves it.
func TestPersistBeforeSend(t *testing.T) {
	p := newPair(t, 11, Rough())
	habits := Busy()
	habits.Close = 2
	before := map[*Channel][]byte{}
	checked := 0
	p.Observe = func(n *Node, ch *Channel, e machine.Event, effects []machine.Effect) {
		now := ch.State.Image().Bytes()
		changed := before[ch] != nil && string(before[ch]) != string(now)
		before[ch] = now
		for _, effect := range effects {
			switch effect := effect.(type) {
			case machine.Persist:
				return
			case machine.SendSigned, machine.Deliver, machine.Acknowledged:
				t.Errorf("%s: %T before it is written", nameOf(e), effect)
			case machine.Send:
				switch effect.Message.(type) {
				case protocol.Ack, protocol.Consent, *protocol.Dispose, protocol.Reveal:
					// Re-establish repeats what was written before; it changes what is waited for.
					if changed && nameOf(e) != "Received Reestablish" {
						t.Errorf("%s: %T before the state is written", nameOf(e), effect.Message)
					}
				}
				checked++
			}
		}
	}
	for i, n := range p.nodes {
		p.Use(n, p.channels[i], &habits)
	}
	p.Run(1_000)
	p.check(t)
	require.Positive(t, checked)
}
