package simulator

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// script is a history of two honest nodes that does everything once. A step that a crash
// gets into is tried again.
type script struct {
	*pair
	t testing.TB
}

func newScript(t testing.TB) *script {
	t.Helper()
	s := &script{pair: newPair(t, 3, Calm()), t: t}
	for i, n := range s.nodes {
		habits := &Habits{}
		n.Hears = func(ch *Channel, notice machine.Notice) { n.hear(ch, notice, habits) }
		require.NotNil(t, s.channels[i])
	}
	return s
}

// do tries until there is no error.
func (s *script) do(step func() error) {
	s.t.Helper()
	var err error
	for range 300 {
		if err = step(); err == nil {
			s.Run(3)
			return
		}
		s.Run(1)
	}
	require.NoError(s.t, err)
}

func (s *script) pay(from int, amount uint64) {
	s.do(func() error {
		s.nodes[from].Pay(s.channels[from], amount)
		return s.nodes[from].Flush(s.channels[from])
	})
}

// lock sends a lock and waits until the other end has it.
func (s *script) lock(from int, amount, life uint64) (id uint64, secret [types.SecretLength]byte) {
	hash, secret := s.NewSecret()
	n, ch := s.nodes[from], s.channels[from]
	s.do(func() error {
		for i := range ch.State.Sent.Locks { // signed before a crash
			if ch.State.Sent.Locks[i].Hash == hash {
				id = ch.State.Sent.Locks[i].ID
				return nil
			}
		}
		n.Lock(ch, amount, hash, ch.State.View.Clock+life)
		if err := n.Flush(ch); err != nil {
			return err
		}
		return errors.New("look again")
	})
	s.do(func() error {
		for _, l := range s.channels[1-from].State.Received.Locks {
			if l.ID == id {
				return nil
			}
		}
		for i := range ch.State.Sent.Locks {
			if ch.State.Sent.Locks[i].ID == id {
				return errors.New("not there yet")
			}
		}
		return nil // a crash took so long that it was given up
	})
	return id, secret
}

func (s *script) apply(at int, e machine.Event) {
	s.do(func() error {
		err := s.nodes[at].apply(s.channels[at], e)
		if errors.Is(err, machine.ErrLock) {
			return nil // done before a crash
		}
		return err
	})
}

// withdraw agrees on a payout and waits for the next epoch.
func (s *script) withdraw(by int, payout uint64) {
	epoch := s.channels[by].State.Channel.Epoch + 1
	for range 20 {
		if s.channels[0].State.Channel.Epoch == epoch && s.channels[1].State.Channel.Epoch == epoch {
			return
		}
		_ = s.nodes[by].apply(s.channels[by], machine.Agree{Agreement: protocol.AgreeWithdraw, Payout: types.NewUint128(payout), Now: s.Now()})
		s.Run(60)
	}
	require.Equal(s.t, epoch, s.channels[by].State.Channel.Epoch)
}

// history is what the script does before the end.
func (s *script) history() {
	s.Run(20)
	s.pay(0, 100)
	s.pay(0, 200)
	s.pay(1, 50)
	id, secret := s.lock(0, 500, 300)
	s.apply(1, machine.Reveal{LockID: id, Secret: secret})
	id, _ = s.lock(1, 400, 300)
	s.apply(0, machine.Dispose{LockID: id, Reason: protocol.ReasonNoRoute})
	s.nodes[0].deposit(s.channels[0], 77)
	s.lock(0, 300, 110)
	s.Run(200) // it expires
	s.withdraw(1, 30)
	s.pay(1, 20)
	s.pay(0, 10)
}

// once lets ann do something that it may have done before a crash.
func (s *script) once(e machine.Event) {
	s.do(func() error {
		err := s.nodes[0].apply(s.channels[0], e)
		if errors.Is(err, machine.ErrPhase) {
			return nil
		}
		return err
	})
}

// cooperate closes by agreement, as often as it takes.
func (s *script) cooperate() {
	for range 20 {
		if s.book.Ended == 2 {
			return
		}
		_ = s.nodes[0].apply(s.channels[0], machine.Agree{Agreement: protocol.AgreeClose, Now: s.Now()})
		s.Run(60)
	}
}

// endings of the script.
var endings = map[string]func(*script){
	"cooperative close": (*script).cooperate,
	"dispute": func(s *script) {
		id, secret := s.lock(0, 500, 300)
		other, _ := s.lock(1, 400, 300)
		s.nodes[1].Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindReveal }
		s.apply(1, machine.Reveal{LockID: id, Secret: secret})
		s.nodes[0].Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindDispose }
		s.apply(0, machine.Dispose{LockID: other, Reason: protocol.ReasonNoRoute})
		s.once(machine.Close{Force: true})
		s.Run(Challenge + 600)
	},
	"void agreement, abandoned close": func(s *script) {
		s.nodes[0].Filter = func(_ *Channel, m protocol.Message) bool { return m.Kind() != protocol.KindConsent }
		s.Chains[0].Closed = true
		_ = s.nodes[0].apply(s.channels[0], machine.Agree{Agreement: protocol.AgreeClose, Now: s.Now()})
		s.Run(700)
		s.once(machine.Close{Force: true})
		s.Run(650) // its authorisation is renewed
		s.once(machine.Abandon{})
		s.Run(700)
		require.Equal(s.t, machine.PhaseOpen, s.channels[0].State.Phase)
		s.nodes[0].Filter, s.Chains[0].Closed = nil, false
		s.Run(30)
		s.pay(0, 5)
		s.cooperate()
	},
}

// TestCrashEverywhere runs the script with a crash of one of the nodes at one point:
// before every write, message, transaction, delivery and notice, and after the last of
// each event. Whatever the point, the script comes to its end, and nobody loses.
func TestCrashEverywhere(t *testing.T) {
	for name, ending := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := newScript(t)
			plain.history()
			ending(plain)
			plain.check(t)
			require.Equal(t, 2, plain.book.Ended)
			for at := range plain.nodes {
				points := plain.nodes[at].points
				require.Greater(t, points, 80)
				for point := 1; point <= points; point++ {
					s := newScript(t)
					s.nodes[at].crashIn = point
					s.history()
					ending(s)
					s.check(t)
					require.Equal(t, 2, s.book.Ended, "%s crashed at point %d of %d: phases %s and %s", s.nodes[at].Name, point, points,
						s.channels[0].State.Phase, s.channels[1].State.Phase)
				}
			}
		})
	}
}
