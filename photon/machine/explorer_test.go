package machine_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// action of the explored system.
type action struct {
	name string
	do   func(*situation) error
}

var exploreSecret = [types.SecretLength]byte{42}

// actions that may happen next.
func (s *situation) actions() (out []action) {
	add := func(name string, do func(*situation) error) { out = append(out, action{name, do}) }
	for at := range 2 {
		state := s.states[at]
		if len(s.queues[at]) > 0 {
			add(fmt.Sprintf("deliver to %d", at), func(s *situation) error { return s.deliver(at, -1) })
			if s.crash > 0 {
				for stop := range 3 {
					add(fmt.Sprintf("deliver to %d, crash before effect %d", at, stop), func(s *situation) error { s.crash--; return s.deliver(at, stop) })
				}
			}
		}
		if s.work > 0 && state.Connected && state.Phase == machine.PhaseOpen && state.Pact == nil {
			add(fmt.Sprintf("%d pays", at), func(s *situation) error {
				s.work--
				return s.batch(at, types.Entry{Amount: types.NewUint128(30), Kind: types.EntryDirect}.AppendTo(nil), 1)
			})
			add(fmt.Sprintf("%d agrees", at), func(s *situation) error {
				s.work--
				return s.run(at, machine.Agree{Agreement: protocol.AgreeClose, Now: exploreNow}, nil, -1)
			})
			add(fmt.Sprintf("%d locks", at), func(s *situation) error {
				s.work--
				op := protocol.Op{
					Kind: types.EntryLock, LockID: s.states[at].NextLockID(), Amount: types.NewUint128(20), Hash: sha256.Sum256(exploreSecret[:]), Expiry: exploreClock + 1_000,
				}
				return s.batch(at, op.AppendTo(nil), 1)
			})
			if ops := state.Wanted(nil); len(ops) > 0 {
				add(fmt.Sprintf("%d clears", at), func(s *situation) error { return s.batch(at, ops[0].AppendTo(nil), 1) })
			}
		}
		for _, l := range state.Received.Locks {
			if !l.HasSecret && !l.Disposed {
				add(fmt.Sprintf("%d reveals", at), func(s *situation) error {
					return s.run(at, machine.Reveal{LockID: l.ID, Secret: exploreSecret}, nil, -1)
				})
				add(fmt.Sprintf("%d passes", at), func(s *situation) error {
					return s.run(at, machine.Pass{LockID: l.ID, Secret: exploreSecret}, nil, -1)
				})
				add(fmt.Sprintf("%d disposes", at), func(s *situation) error { return s.run(at, machine.Dispose{LockID: l.ID}, nil, -1) })
			}
		}
		for _, l := range state.Sent.Locks {
			if l.HasSecret && !l.Cleared && !l.Disposed {
				add(fmt.Sprintf("%d pays lock", at), func(s *situation) error { return s.run(at, machine.Pay{LockID: l.ID}, nil, -1) })
			}
		}
	}
	if !s.states[0].Connected || !s.states[1].Connected {
		add("connect", func(s *situation) error { return s.connect(true) })
	} else if s.crash > 0 {
		add("cut", func(s *situation) error { s.crash--; return s.connect(false) })
	}
	return out
}

// check holds in every situation.
func (s *situation) check() error {
	for at := range 2 {
		own, err := machine.ParseState(s.states[at].Config, s.disks[at])
		if err != nil {
			return err
		}
		peer, err := machine.ParseState(s.states[1-at].Config, s.disks[1-at])
		if err != nil {
			return err
		}
		got := peer.Received.Newest
		switch {
		case s.states[at].Broken || s.states[at].PeerRestored || s.states[at].Phase == machine.PhaseRestored:
			return fmt.Errorf("%d blames an honest peer", at)
		case got.Nonce > own.Sent.Newest.Nonce:
			return fmt.Errorf("%d holds proof %d of %d, whose disk knows %d", 1-at, got.Nonce, at, own.Sent.Newest.Nonce)
		case got.Nonce == own.Sent.Newest.Nonce && got != own.Sent.Newest:
			return fmt.Errorf("two proofs of %d for nonce %d", at, got.Nonce)
		case own.Sent.Acked > got.Nonce:
			return fmt.Errorf("%d has an acknowledgement of %d: the peer's disk has %d", at, own.Sent.Acked, got.Nonce)
		case own.Sent.Newest.Transferred.Less(got.Transferred):
			return fmt.Errorf("%d received %s of %s", 1-at, got.Transferred, own.Sent.Newest.Transferred)
		}
		// Whoever signed an agreement signed no proof after the one that it names, and holds
		// none of the peer that it does not name.
		if p := own.Pact; p != nil {
			c, err := types.ParseCooperativeClose(p.Signed)
			if err != nil {
				return err
			}
			if c.Nonce[at] != own.Sent.Newest.Nonce || c.Nonce[1-at] != own.Received.Newest.Nonce || c.Transferred[at] != own.Sent.Newest.Transferred {
				return fmt.Errorf("%d signed an agreement over nonces %v, and then went on to %d and %d", at, c.Nonce, own.Sent.Newest.Nonce, own.Received.Newest.Nonce)
			}
			if total, _ := c.Payout[0].Add(c.Payout[1]); total != types.NewUint128(150) {
				return fmt.Errorf("an agreement pays %s of 150", total)
			}
		}
	}
	total, _ := s.states[0].Balance().Add(s.states[1].Balance())
	if types.NewUint128(150).Less(total) {
		return fmt.Errorf("balances sum up to %s: more than 150", total)
	}
	return nil
}

// settles runs on without faults and new work: it must end, with both ends agreeing.
func (s *situation) settles() error {
	s = s.clone()
	s.work, s.crash = 0, 0
	if err := s.connect(false); err != nil {
		return err
	}
	if err := s.connect(true); err != nil {
		return err
	}
	for range 200 {
		done := true
		for at := range 2 {
			if len(s.queues[at]) > 0 {
				done = false
				if err := s.deliver(at, -1); err != nil {
					return err
				}
			}
		}
		if done {
			break
		}
	}
	for at := range 2 {
		a, b := s.states[at], s.states[1-at]
		switch {
		case len(s.queues[at]) > 0:
			return fmt.Errorf("%d messages to %d are left: they answer each other for ever", len(s.queues[at]), at)
		case !a.Connected:
			return fmt.Errorf("%d waits for %s", at, a.Wait)
		case a.Phase == machine.PhaseOpen && b.Phase == machine.PhaseOpen && (a.Sent.Newest != b.Received.Newest || len(a.Sent.InFlight) > 0):
			return fmt.Errorf("%d sent up to %d, the peer has %d", at, a.Sent.Newest.Nonce, b.Received.Newest.Nonce)
		}
	}
	return s.check()
}

// TestExplore looks at every situation that two honest machines can get into within
// machine.depth actions: payments, locks, agreements, messages, crashes before each
// effect, and cut connections, in any order. Each must satisfy check, and from each the
// two must come to agree once nothing more goes wrong.
func TestExplore(t *testing.T) {
	start := &situation{states: newStates(t, machine.DefaultConfig()), crash: 1, work: 3}
	for i := range start.disks {
		start.disks[i] = start.states[i].Image()
	}
	require.NoError(t, start.connect(true))
	for range 4 { // both have said hello
		for at := range 2 {
			if len(start.queues[at]) > 0 {
				require.NoError(t, start.deliver(at, -1))
			}
		}
	}
	require.True(t, start.states[0].Connected && start.states[1].Connected)
	depth := *exploreDepth
	if testing.Short() {
		depth = 4
	}
	seen := map[types.Hash]struct{}{start.hash(): {}}
	level := []*situation{start}
	for n := 1; n <= depth; n++ {
		var next []*situation
		for _, s := range level {
			for _, a := range s.actions() {
				c := s.clone()
				if err := a.do(c); err != nil {
					continue // not possible now
				}
				hash := c.hash()
				if _, ok := seen[hash]; ok {
					continue
				}
				seen[hash] = struct{}{}
				c.path = append(c.path, a.name)
				if err := c.check(); err != nil {
					t.Fatalf("%s\nafter: %s", err, strings.Join(c.path, "; "))
				}
				if n == depth || n%3 == 0 {
					if err := c.settles(); err != nil {
						t.Fatalf("%s\nafter: %s", err, strings.Join(c.path, "; "))
					}
				}
				next = append(next, c)
			}
		}
		t.Logf("depth %d: %d situations", n, len(next))
		level = next
	}
}
