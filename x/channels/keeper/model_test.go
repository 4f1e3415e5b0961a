package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// The model: a follows the rules, b does whatever it can. The reference ledger knows
// what was promised and acknowledged; it does not know how the module stores or
// compares it.

// promise is one proof with what it stands for.
type promise struct {
	signed      *types.SignedProof
	nonce       uint64
	transferred int64
	locks       []types.Lock
	acked       bool
}

// ledger is the reference for one channel.
type ledger struct {
	id      uint64
	deposit [2]int64
	// history of each direction in this epoch, in the order of signing.
	history [2][]promise
	// claims by who closed; nil is "I never signed".
	closed     [2]bool
	claims     [2]*promise
	recovering bool
	dispute    *types.Dispute
	unlocked   bool
	shown      [2]bool // a showed the newest pair of the direction
}

// newest returns the newest promise of a direction, acknowledged or any.
func (l *ledger) newest(sender int, acked bool) *promise {
	for i := len(l.history[sender]) - 1; i >= 0; i-- {
		if p := &l.history[sender][i]; p.acked || !acked {
			return p
		}
	}
	return nil
}

type model struct {
	*fixture
	channels []*ledger
	nextLock uint64
	// revealed holds when the secret of a lock came.
	revealed map[uint64]uint64
	supply   math.Int
}

func pick[T any](t *rapid.T, items []T, name string) T {
	return items[rapid.IntRange(0, len(items)-1).Draw(t, name)]
}

// value of a promise: transferred plus locks whose secret came in time.
func (m *model) value(p *promise) (v int64) {
	if p == nil {
		return 0
	}
	v = p.transferred
	for _, l := range p.locks {
		if at, known := m.revealed[l.ID]; known && at <= l.Expiry {
			v += int64(l.Amount.Lo)
		}
	}
	return v
}

// available is what the sender may still promise, by the pairs that count for certain.
func (m *model) available(l *ledger, sender int) int64 {
	free := l.deposit[sender]
	if p := l.newest(sender, false); p != nil {
		free -= p.transferred
		for _, lock := range p.locks {
			free -= int64(lock.Amount.Lo)
		}
	}
	if p := l.newest(1-sender, true); p != nil {
		free += p.transferred
	}
	return free
}

func (m *model) open(t *rapid.T) {
	if len(m.channels) >= 4 {
		t.Skip("enough channels")
	}
	m.jump(1) // the same terms twice in one second would be a replay
	deposits := [2]int64{rapid.Int64Range(1, 1_000).Draw(t, "d0"), rapid.Int64Range(0, 1_000).Draw(t, "d1")}
	id := must(m.fixture, m.msgs.OpenChannel, m.openMsg(m.a, m.b, sdk.NewInt64Coin(denom, deposits[0]))).ChannelId
	if deposits[1] > 0 {
		must(m.fixture, m.msgs.Deposit, &types.MsgDeposit{Depositor: m.c.text(), ChannelId: id, Participant: 1, Total: types.NewUint128(uint64(deposits[1]))})
	}
	m.channels = append(m.channels, &ledger{id: id, deposit: deposits})
}

// some returns a random channel, open or closed.
func (m *model) some(t *rapid.T, open bool) *ledger {
	var found []*ledger
	for _, l := range m.channels {
		if (l.dispute == nil) == open {
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		t.Skip("no such channel")
	}
	return pick(t, found, "channel")
}

func (m *model) topUp(t *rapid.T) {
	l := m.some(t, true)
	side := rapid.IntRange(0, 1).Draw(t, "side")
	l.deposit[side] += rapid.Int64Range(0, 100).Draw(t, "more")
	must(m.fixture, m.msgs.Deposit, &types.MsgDeposit{Depositor: m.c.text(), ChannelId: l.id, Participant: uint32(side), Total: types.NewUint128(uint64(l.deposit[side]))})
}

// pay makes a legal promise: a direct payment, maybe with a lock, or one that resolves
// the locks before. The receiver acknowledges it or not.
func (m *model) pay(t *rapid.T) {
	l := m.some(t, true)
	sender := rapid.IntRange(0, 1).Draw(t, "sender")
	next := promise{nonce: 1, acked: rapid.Bool().Draw(t, "acked")}
	if last := l.newest(sender, false); last != nil {
		next.nonce, next.transferred = last.nonce+1, last.transferred
		for _, old := range last.locks { // resolved if known, else carried on
			if at, known := m.revealed[old.ID]; known && at <= old.Expiry {
				next.transferred += int64(old.Amount.Lo)
			} else {
				next.locks = append(next.locks, old)
			}
		}
	}
	free := m.available(l, sender)
	amount := rapid.Int64Range(0, max(free, 0)).Draw(t, "amount")
	next.transferred += amount
	if rest := free - amount; rest > 0 && len(next.locks) < 3 && rapid.Bool().Draw(t, "with lock") {
		m.nextLock++
		next.locks = append(next.locks, lock(m.nextLock, uint64(rapid.Int64Range(1, rest).Draw(t, "locked")), m.clock()+8_400-types.RevealPeriod))
	}
	next.signed = m.proof(l.id, uint8(sender), next.nonce, uint64(next.transferred), next.locks...)
	if next.acked {
		m.acknowledge(next.signed)
	}
	l.history[sender] = append(l.history[sender], next)
}

func (m *model) revealSome(t *rapid.T) {
	if m.nextLock == 0 {
		t.Skip("no lock yet")
	}
	id := rapid.Uint64Range(1, m.nextLock).Draw(t, "lock")
	m.reveal(id)
	if _, known := m.revealed[id]; !known {
		m.revealed[id] = m.clock()
	}
}

// closeBy closes with any claim of the participant's history, or none.
func (m *model) closeBy(t *rapid.T, l *ledger, side int, claim *promise, recovering bool) {
	var proof, partner *types.SignedProof
	if claim != nil {
		proof = claim.signed
	}
	pair := l.newest(1-side, true)
	if side == 1 && pair != nil && rapid.Bool().Draw(t, "hides the pair") {
		pair = nil
	}
	if pair != nil {
		partner = pair.signed
	}
	msg := m.closeMsg(l.id, uint8(side), proof, partner)
	if msg.Recovering = recovering; recovering {
		m.signClose(msg)
	}
	must(m.fixture, m.msgs.Close, msg)
	l.closed[side], l.claims[side] = true, claim
	l.recovering = l.recovering || recovering
	l.dispute = m.channel(l.id).Dispute
}

func (m *model) honestClose(t *rapid.T) {
	l := m.some(t, true)
	m.closeBy(t, l, 0, l.newest(0, false), false)
}

func (m *model) cheatingClose(t *rapid.T) {
	l := m.some(t, true)
	var claim *promise
	if n := len(l.history[1]); n > 0 && rapid.Bool().Draw(t, "claims") {
		claim = &l.history[1][rapid.IntRange(0, n-1).Draw(t, "claim")]
	}
	m.closeBy(t, l, 1, claim, claim == nil && rapid.Bool().Draw(t, "recovering"))
}

// disturb shows any pair of the history, as a cheat or a stranger may.
func (m *model) disturb(t *rapid.T) {
	l := m.some(t, false)
	sender := rapid.IntRange(0, 1).Draw(t, "sender")
	if len(l.history[sender]) == 0 {
		t.Skip("no proof")
	}
	p := pick(t, l.history[sender], "pair")
	_, err := m.update(l.id, p.signed)
	switch phase, _ := m.channel(l.id).PhaseAt(m.clock()); {
	case phase != types.PHASE_UPDATE:
		require.ErrorIs(m.tb, err, types.ErrPhase)
	case !p.acked:
		require.ErrorIs(m.tb, err, types.ErrNoAck)
	case err != nil:
		require.ErrorIs(m.tb, err, types.ErrNotNewer)
	}
}

// defend is what a (or its tower) does in time: show the newest pair of both
// directions, then the lock lists.
func (m *model) defend() {
	for _, l := range m.channels {
		if l.dispute == nil {
			continue
		}
		switch phase, _ := m.channel(l.id).PhaseAt(m.clock()); phase {
		case types.PHASE_UPDATE:
			for sender := range 2 {
				if p := l.newest(sender, true); p != nil && !l.shown[sender] {
					if _, err := m.update(l.id, p.signed); err != nil {
						require.ErrorIs(m.tb, err, types.ErrNotNewer)
					}
					l.shown[sender] = true
				}
			}
		case types.PHASE_UNLOCK:
			if l.unlocked {
				continue
			}
			l.unlocked = true
			for sender := range 2 {
				if p := l.newest(sender, true); p != nil && len(p.locks) > 0 {
					_, err := m.unlock(l.id, uint8(sender), false, p.locks...)
					require.NoError(m.tb, err)
				}
				if p := l.claims[sender]; p != nil && len(p.locks) > 0 {
					_, err := m.unlock(l.id, uint8(sender), true, p.locks...)
					require.NoError(m.tb, err)
				}
			}
		}
		m.check()
	}
}

// wait jumps in time, but stops at each edge of a phase for a to act.
func (m *model) wait(t *rapid.T) {
	left := rapid.Uint64Range(1, 20_000).Draw(t, "seconds")
	for left > 0 {
		m.defend()
		step := left
		for _, l := range m.channels {
			if l.dispute == nil {
				continue
			}
			for _, edge := range []uint64{l.dispute.UpdateUntil, l.dispute.UnlockUntil} {
				if now := m.clock(); edge > now {
					step = min(step, edge-now)
				}
			}
		}
		m.jump(step)
		left -= step
	}
	m.defend()
}

// contradicted tells whether a participant that closed is caught, by the reference.
func (l *ledger) contradicted(side int) bool {
	if !l.closed[side] || l.recovering && l.dispute.Closer == uint32(side) {
		return false
	}
	p := l.newest(side, true) // a shows it in time
	if p == nil {
		return false
	}
	claim := l.claims[side]
	return claim == nil || p.nonce > claim.nonce || p.transferred > claim.transferred
}

func (m *model) settleSome(t *rapid.T) {
	l := m.some(t, false)
	if phase, _ := m.channel(l.id).PhaseAt(m.clock()); phase != types.PHASE_SETTLEABLE {
		_, err := deliver(m.fixture, m.msgs.Settle, &types.MsgSettle{Submitter: m.c.text(), ChannelId: l.id})
		require.ErrorIs(m.tb, err, types.ErrPhase)
		return
	}
	got := must(m.fixture, m.msgs.Settle, &types.MsgSettle{Submitter: m.c.text(), ChannelId: l.id}).Payouts

	total := l.deposit[0] + l.deposit[1]
	owed := [2]int64{}
	for side := range owed {
		owed[side] = max(m.value(l.newest(side, true)), m.value(l.claims[side]))
	}
	want := min(max(l.deposit[0]-owed[0]+owed[1], 0), total)
	switch stale := [2]bool{l.contradicted(0), l.contradicted(1)}; {
	case stale[0]:
		require.Fail(m.tb, "a follows the rules and was caught")
	case stale[1]:
		want = total
	}
	require.Equal(m.tb, want, got[0].Amount.Int64(), "channel %d", l.id)
	require.Equal(m.tb, total-want, got[1].Amount.Int64())

	// a is never below what its acknowledged pairs give, its own claim aside.
	fair := l.deposit[0] - owed[0] + m.value(l.newest(1, true))
	require.GreaterOrEqual(m.tb, got[0].Amount.Int64(), min(max(fair, 0), total))
	m.drop(l)
}

func (m *model) drop(l *ledger) {
	for i := range m.channels {
		if m.channels[i] == l {
			m.channels = append(m.channels[:i], m.channels[i+1:]...)
			return
		}
	}
}

// agree withdraws or closes by agreement; there must be no locks.
func (m *model) agree(t *rapid.T) {
	l := m.some(t, true)
	var transferred [2]uint64
	for side := range 2 {
		if p := l.newest(side, false); p != nil {
			if len(p.locks) > 0 {
				t.Skip("locks in flight")
			}
			transferred[side] = uint64(p.transferred)
		}
	}
	after := [2]int64{l.deposit[0] - int64(transferred[0]) + int64(transferred[1]), l.deposit[1] - int64(transferred[1]) + int64(transferred[0])}
	if after[0] < 0 || after[1] < 0 {
		t.Skip("unacknowledged payments above the balance")
	}
	if rapid.Bool().Draw(t, "close") {
		must(m.fixture, m.msgs.CooperativeClose, m.cooperativeMsg(types.CooperativeClose{
			Balances: m.balances(l.id, transferred, [2]uint64{uint64(after[0]), uint64(after[1])}),
		}))
		m.drop(l)
		return
	}
	payout := [2]int64{rapid.Int64Range(0, after[0]).Draw(t, "payout0"), rapid.Int64Range(0, after[1]).Draw(t, "payout1")}
	must(m.fixture, m.msgs.Withdraw, m.withdrawMsg(m.a, types.Withdraw{
		Balances: m.balances(l.id, transferred, [2]uint64{uint64(payout[0]), uint64(payout[1])}), Rotate: types.NoRotation,
	}))
	l.deposit = [2]int64{after[0] - payout[0], after[1] - payout[1]}
	l.history = [2][]promise{}
}

// TestModel runs random histories against the reference ledger.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(t)
		m := &model{fixture: f, revealed: make(map[uint64]uint64), supply: f.bank.GetSupply(f.ctx, denom).Amount}
		t.Repeat(map[string]func(*rapid.T){
			"open":           m.open,
			"top up":         m.topUp,
			"pay":            m.pay,
			"pay again":      m.pay,
			"reveal":         m.revealSome,
			"honest close":   m.honestClose,
			"cheating close": m.cheatingClose,
			"disturb":        m.disturb,
			"wait":           m.wait,
			"settle":         m.settleSome,
			"agree":          m.agree,
			"": func(t *rapid.T) {
				m.check()
				require.Equal(t, m.supply, m.bank.GetSupply(m.ctx, denom).Amount, "nothing is made or lost")
			},
		})
	})
}
