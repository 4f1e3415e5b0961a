package machine_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// exploreDepth is how many actions the explorer looks ahead.
var exploreDepth = flag.Int("machine.depth", 7, "actions that the explorer looks ahead")

// key signs for one participant.
type key struct{ private ed25519.PrivateKey }

func newKey(name string) key {
	seed := sha256.Sum256([]byte(name))
	return key{ed25519.NewKeyFromSeed(seed[:])}
}

func (k key) Key() types.ChannelKey {
	return types.Ed25519Key(k.private.Public().(ed25519.PublicKey))
}

func (k key) Sign(message []byte) (s protocol.Signature) {
	copy(s[:], ed25519.Sign(k.private, message))
	return s
}

var keys = [2]key{newKey("opener"), newKey("partner")}

const (
	exploreNow   = 1_000_000
	exploreClock = 5_000
)

// newStates returns both ends of a channel that the chain has just shown.
func newStates(t testing.TB, config machine.Config) (states [2]*machine.State) {
	t.Helper()
	ch := machine.Channel{
		Place: types.Place{Domain: types.Hash{1}, Channel: 1}, Denom: "usmt", Account: [2]string{"a", "b"}, Key: [2]types.ChannelKey{keys[0].Key(), keys[1].Key()},
		Deposit: [2]types.Uint128{types.NewUint128(100), types.NewUint128(50)}, Challenge: 8_400, UnlockPeriod: 1_800, EvidencePeriod: 3_600, RecoveryPeriod: 604_800,
	}
	for i := range states {
		var err error
		states[i], err = machine.NewState(config, machine.Snapshot{Channel: ch}, machine.Identity{Account: ch.Account[i], Key: ch.Key[i]})
		require.NoError(t, err)
		for _, e := range []machine.Event{machine.Start{Floor: 1}, machine.Header{Height: 1, Clock: exploreClock, Time: exploreNow}} {
			_, err = states[i].Apply(e, keys[i], nil)
			require.NoError(t, err)
		}
	}
	return states
}

// message on its way; body has the batch's entries.
type message struct {
	m     protocol.Message
	frame string
}

// situation is one state of the explored system: two machines, their disks, and the
// messages between them. log holds own batches, acks those that were given.
type situation struct {
	states [2]*machine.State
	disks  [2]machine.Image
	queues [2][]message // to each side
	log    [2][]message
	acks   [2][]message
	runs   [2]uint64
	crash  int // that are left
	work   int // payments and the like that are left
	path   []string
}

func (s *situation) clone() *situation {
	c := *s
	for i := range 2 {
		c.states[i] = s.states[i].Clone()
		c.queues[i] = slices.Clone(s.queues[i])
		c.log[i] = slices.Clone(s.log[i])
		c.acks[i] = slices.Clone(s.acks[i])
	}
	c.path = slices.Clone(s.path)
	return &c
}

// hash of everything that matters for what may follow.
func (s *situation) hash() types.Hash {
	h := sha256.New()
	for i := range 2 {
		h.Write(s.states[i].Image().Bytes())
		h.Write(s.disks[i].Bytes())
		fmt.Fprint(h, s.runs[i], s.crash, s.work, s.states[i].Connected, s.states[i].Wait, s.states[i].Pact != nil, s.states[i].NonceFloor)
		for _, m := range s.queues[i] {
			fmt.Fprint(h, len(m.frame), m.frame)
		}
		for j := range s.states[i].Sent.Locks {
			fmt.Fprint(h, s.states[i].Sent.Locks[j].Cleared)
		}
	}
	return types.Hash(h.Sum(nil))
}

// run applies an event and carries out its effects. With stop ≥ 0 the node crashes
// before that effect.
func (s *situation) run(at int, e machine.Event, entries []byte, stop int) error {
	effects, err := s.states[at].Apply(e, keys[at], nil)
	if err != nil {
		return err
	}
	for i, effect := range effects {
		if i == stop {
			return s.restart(at)
		}
		s.carryOut(at, effect, entries)
	}
	return nil
}

func (s *situation) carryOut(at int, effect machine.Effect, entries []byte) {
	send := func(m protocol.Message) {
		s.queues[1-at] = append(s.queues[1-at], message{m, string(protocol.Append(nil, m))})
	}
	switch e := effect.(type) {
	case machine.Persist:
		s.disks[at] = s.disks[at].Clone() // situations share it
		s.disks[at].Save(s.states[at])
		if !bytes.Equal(s.disks[at].Bytes(), s.states[at].Image().Bytes()) {
			panic("what was saved is not the state, after " + strings.Join(s.path, "; "))
		}
		if e.Batch == nil {
			return
		}
		if e.Batch.Own {
			m := &protocol.Batch{
				Proof: e.Batch.Pair.Proof[:], Signature: e.Batch.Pair.Signature[:], Previous: e.Batch.Previous, Count: e.Batch.Count, Delta: e.Batch.Delta, Entries: entries,
			}
			s.log[at] = append(s.log[at], message{m, string(protocol.Append(nil, m))})
			return
		}
		p := s.states[at].Received.Newest
		s.acks[at] = append(s.acks[at], message{m: protocol.Ack{Place: p.Place, Sender: p.Sender, Nonce: p.Nonce, Signature: e.Batch.Pair.Ack}})
	case machine.Early:
		s.carryOut(at, e.Effect, entries)
	case machine.Send:
		send(e.Message)
	case machine.SendSigned:
		send(s.log[at][len(s.log[at])-1].m)
	case machine.Resend:
		for _, l := range s.log[at] {
			if p, _ := types.ParseBalanceProof(l.m.(*protocol.Batch).Proof); p.Nonce > e.After && p.Nonce <= e.UpTo {
				send(l.m)
			}
		}
	case machine.ResendAcks:
		for _, l := range s.acks[at] {
			if n := l.m.(protocol.Ack).Nonce; n > e.After && n <= e.UpTo {
				send(l.m)
			}
		}
	}
}

// restart reads the disk, in a new run and a new connection.
func (s *situation) restart(at int) error {
	state, err := machine.ParseState(s.states[at].Config, s.disks[at])
	if err != nil {
		return err
	}
	s.states[at] = state
	s.runs[at]++
	if err := s.run(at, machine.Start{Floor: s.runs[at] * 1_000}, nil, -1); err != nil {
		return err
	}
	return s.connect(false)
}

// connect ends the connection; both begin the next one if asked to.
func (s *situation) connect(up bool) error {
	s.queues = [2][]message{}
	for i := range s.states {
		var e machine.Event = machine.Disconnect{}
		if up {
			run := byte(s.runs[0]*16 + s.runs[1])
			challenges := [2]types.Hash{{1, run}, {2, run}}
			e = machine.Connect{Own: challenges[i], Peer: challenges[1-i]}
		}
		if err := s.run(i, e, nil, -1); err != nil {
			return err
		}
	}
	return nil
}

// deliver gives a side the first message that waits for it.
func (s *situation) deliver(at, stop int) error {
	m := s.queues[at][0]
	s.queues[at] = s.queues[at][1:]
	b, ok := m.m.(*protocol.Batch)
	if !ok {
		return s.run(at, machine.Received{Message: m.m, Now: exploreNow}, nil, stop)
	}
	var scanner protocol.Scanner
	sum, err := scanner.Scan(b.Entries, b.Count)
	if err != nil {
		return err
	}
	e := machine.ReceivedBatch{Previous: b.Previous, Delta: b.Delta, Summary: sum, Now: exploreNow}
	copy(e.Proof[:], b.Proof)
	copy(e.Signature[:], b.Signature)
	return s.run(at, e, nil, stop)
}

// batch signs entries.
func (s *situation) batch(at int, entries []byte, count uint32) error {
	var scanner protocol.Scanner
	sum, err := scanner.Scan(entries, count)
	if err != nil {
		return err
	}
	return s.run(at, machine.SendBatch{Summary: sum, Now: exploreNow}, entries, -1)
}
