package machine_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// TestRandomHistories runs two machines through random histories, far longer than the
// explorer's: every situation must satisfy its check, a state that is written and read
// is the same state, and in the end both agree.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := connected(t, machine.DefaultConfig())
		s.crash, s.work = 5, 12
		for range rapid.IntRange(5, 60).Draw(r, "actions") {
			actions := s.actions()
			if len(actions) == 0 {
				break
			}
			a := actions[rapid.IntRange(0, len(actions)-1).Draw(r, "action")]
			if err := a.do(s); err != nil {
				continue
			}
			if err := s.check(); err != nil {
				r.Fatalf("after %s: %s", a.name, err)
			}
			for i, state := range s.states {
				image := state.Image()
				again, err := machine.ParseState(state.Config, image)
				if err != nil {
					r.Fatalf("state %d: %s", i, err)
				}
				if !reflect.DeepEqual(again.Image(), image) {
					r.Fatalf("state %d is read as another", i)
				}
			}
		}
		if err := s.settles(); err != nil {
			r.Fatal(err)
		}
	})
}

// FuzzParseState: a damaged file is refused or read as some state, never a panic, and
// what is read is written as the same bytes.
func FuzzParseState(f *testing.F) {
	s := connected(f, machine.DefaultConfig())
	f.Add(s.states[0].Image().Bytes())
	require.NoError(f, s.batch(0, (&protocol.Op{Kind: types.EntryLock, LockID: 1, Amount: types.NewUint128(5), Expiry: exploreClock + 1_000}).AppendTo(nil), 1))
	f.Add(s.states[0].Image().Bytes())
	require.NoError(f, s.run(1, machine.Closed{Closer: 0, Dispute: machine.ChainDispute{UpdateUntil: 9_000, Held: [2]machine.Shown{{Proof: s.states[0].Sent.Signed.Proof[:]}}}}, nil, -1))
	f.Add(s.states[1].Image().Bytes())
	require.NoError(f, s.run(0, machine.Close{}, nil, -1))
	f.Add(s.states[0].Image().Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		state, err := machine.ParseState(machine.DefaultConfig(), machine.Image{Record: b})
		if err != nil {
			return
		}
		if again := state.Image().Bytes(); string(again) != string(b) {
			t.Fatalf("%x is read as %x", b, again)
		}
		_, _ = state.Apply(machine.Start{Floor: 5}, keys[0], nil)
	})
}

// TestNotMine: account and key must both be the node's (rule 0).
func TestNotMine(t *testing.T) {
	ch := newStates(t, machine.DefaultConfig())[0].Channel
	snapshot := machine.Snapshot{Channel: ch}
	for name, mine := range map[string]machine.Identity{
		"key only":       {Account: "mallory", Key: ch.Key[0]},
		"account only":   {Account: ch.Account[0], Key: newKey("other").Key()},
		"crossed":        {Account: ch.Account[1], Key: ch.Key[0]},
		"neither of two": {Account: "eve", Key: newKey("eve").Key()},
	} {
		_, err := machine.NewState(machine.DefaultConfig(), snapshot, mine)
		require.ErrorIs(t, err, machine.ErrNotMine, name)
	}
	s, err := machine.NewState(machine.DefaultConfig(), snapshot, machine.Identity{Account: ch.Account[1], Key: ch.Key[1]})
	require.NoError(t, err)
	require.Equal(t, uint8(1), s.Side)
	_, err = s.Apply(machine.Start{}, keys[0], nil)
	require.ErrorIs(t, err, machine.ErrSigner)
}

// TestConfigBounds: every setting is refused below and above its bounds.
func TestConfigBounds(t *testing.T) {
	require.NoError(t, machine.DefaultConfig().Validate())
	for name, change := range map[string]func(*machine.Config){
		"window_batches 0":    func(c *machine.Config) { c.WindowBatches = 0 },
		"window_bytes":        func(c *machine.Config) { c.WindowBytes = 1 },
		"max_slots":           func(c *machine.Config) { c.MaxSlots = types.MaxLocks + 1 },
		"close_time":          func(c *machine.Config) { c.CloseTime = 601 },
		"agreement_time":      func(c *machine.Config) { c.AgreementTime = 3_601 },
		"min_lock_time 60":    func(c *machine.Config) { c.MinLockTime = 60 },
		"stale_after":         func(c *machine.Config) { c.StaleAfter = 0 },
		"resubmit":            func(c *machine.Config) { c.Resubmit = 9 },
		"quiet_time":          func(c *machine.Config) { c.QuietTime = 0 },
		"register_before 299": func(c *machine.Config) { c.RegisterBefore = 1 },
	} {
		c := machine.DefaultConfig()
		change(&c)
		require.ErrorIs(t, c.Validate(), machine.ErrConfig, name)
	}
}
