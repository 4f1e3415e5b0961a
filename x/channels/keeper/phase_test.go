package keeper_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/channels/types"
)

var allPhases = []types.Phase{types.PHASE_OPEN, types.PHASE_UPDATE, types.PHASE_UNLOCK, types.PHASE_EVIDENCE, types.PHASE_SETTLEABLE}

// stage is a channel with one unlockable lock that was brought to a phase. Whatever is
// signed was signed before, while the chain would still take it.
type stage struct {
	*fixture
	id    uint64
	locks []types.Lock
	newer *types.SignedProof
}

func stageAt(t tester, phase types.Phase) stage {
	t.Helper()
	f := newFixture(t)
	f.lend(20_000, 1_000)
	s := stage{fixture: f, id: must(f, f.msgs.OpenChannel, f.guaranteed(f.b, 1_000, 500)).ChannelId}
	s.locks = []types.Lock{lock(1, 30, f.clock()+7_000), lock(2, 5, f.clock()+7_000)}
	f.reveal(1, 2)
	s.newer = f.pair(s.id, 0, 4, 110, s.locks...)
	if phase == types.PHASE_OPEN {
		return s
	}
	f.close(s.id, 1, nil, f.pair(s.id, 0, 3, 100, s.locks...))
	if phase != types.PHASE_UPDATE {
		f.to(s.id, types.PHASE_UNLOCK)
	}
	if phase == types.PHASE_EVIDENCE || phase == types.PHASE_SETTLEABLE {
		_, err := f.unlock(s.id, 0, false, s.locks...)
		require.NoError(t, err)
		f.to(s.id, phase)
	}
	return s
}

// actions of everybody, and in which phases they are allowed.
var actions = []struct {
	name    string
	allowed []types.Phase
	do      func(s stage) error
}{
	{"deposit", []types.Phase{types.PHASE_OPEN}, func(s stage) error {
		_, err := s.msgs.Deposit(s.ctx, &types.MsgDeposit{Depositor: s.c.text(), ChannelId: s.id, Participant: 1, Total: types.NewUint128(5)})
		return err
	}},
	{"guaranteed deposit", []types.Phase{types.PHASE_OPEN}, func(s stage) error {
		a := types.ApprovalOf{Place: s.channel(s.id).Place(), Purpose: types.PurposeDeposit, Subject: types.DepositSubject(s.b.addr), Amount: types.NewUint128(600)}
		_, err := s.msgs.GuaranteedDeposit(s.ctx, &types.MsgGuaranteedDeposit{Submitter: s.a.text(), ChannelId: s.id, Approval: *s.approve(a)})
		return err
	}},
	{"withdraw", []types.Phase{types.PHASE_OPEN}, func(s stage) error {
		w := types.Withdraw{Balances: s.balances(s.id, [2]uint64{}, [2]uint64{1, 0}), Rotate: types.NoRotation}
		msg := s.withdrawMsg(s.a, w)
		msg.Approval = s.approve(types.ApprovalOf{Place: w.Place, Purpose: types.PurposeWithdraw, Subject: sum(w.Bytes()), Amount: types.NewUint128(500)})
		_, err := s.msgs.Withdraw(s.ctx, msg)
		return err
	}},
	{"cooperative close", []types.Phase{types.PHASE_OPEN}, func(s stage) error {
		c := types.CooperativeClose{Balances: s.balances(s.id, [2]uint64{}, [2]uint64{1_000, 0})}
		msg := s.cooperativeMsg(c)
		msg.Approval = s.approve(types.ApprovalOf{Place: c.Place, Purpose: types.PurposeCooperative, Subject: sum(c.Bytes()), Amount: types.NewUint128(500)})
		_, err := s.msgs.CooperativeClose(s.ctx, msg)
		return err
	}},
	{"close", []types.Phase{types.PHASE_OPEN, types.PHASE_UPDATE}, func(s stage) error {
		_, err := s.msgs.Close(s.ctx, s.closeMsg(s.id, 0, s.newer, nil))
		return err
	}},
	{"update", []types.Phase{types.PHASE_UPDATE}, func(s stage) error {
		_, err := s.msgs.UpdateBalanceProof(s.ctx, &types.MsgUpdateBalanceProof{Submitter: s.c.text(), ChannelId: s.id, Pair: *s.newer})
		return err
	}},
	{"register secrets", allPhases, func(s stage) error {
		_, err := s.msgs.RegisterSecrets(s.ctx, &types.MsgRegisterSecrets{Submitter: s.c.text(), Secrets: [][]byte{secret(9)}})
		return err
	}},
	{"unlock", []types.Phase{types.PHASE_UNLOCK}, func(s stage) error {
		_, err := s.msgs.Unlock(s.ctx, &types.MsgUnlock{Submitter: s.c.text(), ChannelId: s.id, Locks: types.Locks(s.locks).Bytes()})
		return err
	}},
	{"show disposals", []types.Phase{types.PHASE_UNLOCK, types.PHASE_EVIDENCE, types.PHASE_SETTLEABLE}, func(s stage) error {
		if phase, _ := s.channel(s.id).PhaseAt(s.clock()); phase == types.PHASE_UNLOCK {
			if _, err := s.msgs.Unlock(s.ctx, &types.MsgUnlock{Submitter: s.c.text(), ChannelId: s.id, Locks: types.Locks(s.locks).Bytes()}); err != nil {
				return err
			}
		}
		d := types.DisposalOf{Place: s.channel(s.id).Place(), LockID: 2, Hash: s.locks[1].Hash}
		_, err := s.msgs.ShowDisposals(s.ctx, &types.MsgShowDisposals{
			Submitter: s.a.text(), ChannelId: s.id, Disposals: []types.Disposal{{LockId: 2, Hash: d.Hash[:], Signature: s.b.sign(d.Bytes())}},
		})
		return err
	}},
	{"settle", []types.Phase{types.PHASE_SETTLEABLE}, func(s stage) error {
		_, err := s.msgs.Settle(s.ctx, &types.MsgSettle{Submitter: s.c.text(), ChannelId: s.id})
		return err
	}},
}

// TestPhaseTable tries every action in every phase.
func TestPhaseTable(t *testing.T) {
	for _, phase := range allPhases {
		s := stageAt(t, phase)
		for _, action := range actions {
			allowed := false
			for _, p := range action.allowed {
				allowed = allowed || p == phase
			}
			cell := s
			fork := *s.fixture
			fork.ctx, _ = s.ctx.CacheContext()
			cell.fixture = &fork
			err := action.do(cell)
			if allowed {
				require.NoError(t, err, "%s in %s", action.name, phase)
				fork.check()
			} else {
				require.ErrorIs(t, err, types.ErrPhase, "%s in %s", action.name, phase)
				require.ErrorContains(t, err, "is in "+phase.String(), action.name)
			}
		}
	}
}

func TestPhaseErrorTellsTheDeadline(t *testing.T) {
	s := stageAt(t, types.PHASE_UPDATE)
	_, err := s.unlock(s.id, 0, false, s.locks...)
	d := s.channel(s.id).Dispute
	require.ErrorContains(t, err, "unlock: channel 1 is in PHASE_UPDATE until clock "+strconv.FormatUint(d.UpdateUntil, 10))
	require.ErrorContains(t, err, "must be in PHASE_UNLOCK")
}

// TestPhaseEdges: a phase includes its first second and excludes its last.
func TestPhaseEdges(t *testing.T) {
	s := stageAt(t, types.PHASE_UPDATE)
	d := s.channel(s.id).Dispute
	for _, edge := range []struct {
		at    uint64
		phase types.Phase
	}{
		{d.ClosedAt, types.PHASE_UPDATE},
		{d.UpdateUntil - 1, types.PHASE_UPDATE},
		{d.UpdateUntil, types.PHASE_UNLOCK},
		{d.UnlockUntil - 1, types.PHASE_UNLOCK},
		{d.UnlockUntil, types.PHASE_EVIDENCE},
		{d.SettleFrom - 1, types.PHASE_EVIDENCE},
		{d.SettleFrom, types.PHASE_SETTLEABLE},
		{d.SettleFrom + 1<<40, types.PHASE_SETTLEABLE},
	} {
		phase, _ := s.channel(s.id).PhaseAt(edge.at)
		require.Equal(t, edge.phase, phase, "at %d", edge.at)
	}
	require.Equal(t, uint64(8_400), d.UpdateUntil-d.ClosedAt)
	require.Equal(t, uint64(1_800), d.UnlockUntil-d.UpdateUntil)
	require.Equal(t, uint64(3_600), d.SettleFrom-d.UnlockUntil)
}

// TestHaltedChainInEachPhase: three days without a block take 15 seconds of nobody's
// window.
func TestHaltedChainInEachPhase(t *testing.T) {
	for _, phase := range allPhases {
		s := stageAt(t, phase)
		before := s.clock()
		s.block(72 * time.Hour)
		require.Equal(t, before+types.DefaultParams().MaxStep, s.clock())
		now, _ := s.channel(s.id).PhaseAt(s.clock())
		require.Equal(t, phase, now)
		for _, action := range actions {
			for _, allowed := range action.allowed {
				if allowed != phase {
					continue
				}
				fork := *s.fixture
				fork.ctx, _ = s.ctx.CacheContext()
				require.NoError(t, action.do(stage{&fork, s.id, s.locks, s.newer}), "%s in %s", action.name, phase)
			}
		}
	}
}

func TestClock(t *testing.T) {
	f := newFixture(t)
	start := f.clock()
	for range 4 {
		f.block(250 * time.Millisecond) // blocks of less than a second count
	}
	require.Equal(t, start+1, f.clock())
	f.block(0)
	f.block(-time.Hour) // cannot happen in CometBFT; does no harm
	require.Equal(t, start+1, f.clock())
	f.block(time.Hour)
	require.Equal(t, start+16, f.clock())
}

// TestGenesisInEachPhase exports a chain in each phase, imports it elsewhere, and both
// go on alike.
func TestGenesisInEachPhase(t *testing.T) {
	for _, phase := range allPhases {
		s := stageAt(t, phase)
		if phase == types.PHASE_OPEN { // an ended channel and a credit travel, too
			id := s.open(10, 0)
			must(s.fixture, s.msgs.CooperativeClose, s.cooperativeMsg(types.CooperativeClose{Balances: s.balances(id, [2]uint64{}, [2]uint64{10, 0})}))
		}
		exported, err := s.keeper.ExportGenesis(s.ctx)
		require.NoError(t, err)
		require.NoError(t, exported.Validate())
		encoded := s.encoding.Codec.MustMarshalJSON(exported)
		var decoded types.GenesisState
		s.encoding.Codec.MustUnmarshalJSON(encoded, &decoded)

		g := newFixture(t)
		require.NoError(t, g.keeper.InitGenesis(g.ctx, decoded))
		owed, err := g.keeper.Liabilities(g.ctx)
		require.NoError(t, err)
		require.NoError(t, g.bank.MintCoins(g.ctx, "mint", owed))
		require.NoError(t, g.bank.SendCoinsFromModuleToModule(g.ctx, "mint", types.ModuleName, owed))
		g.check()
		again, err := g.keeper.ExportGenesis(g.ctx)
		require.NoError(t, err)
		require.True(t, exported.Equal(again), "%s: the import exports something else", phase)

		for _, f := range []*fixture{s.fixture, g} {
			if phase == types.PHASE_OPEN {
				f.close(s.id, 1, nil, f.pair(s.id, 0, 3, 100, s.locks...))
			}
			if now, _ := f.channel(s.id).PhaseAt(f.clock()); now == types.PHASE_UPDATE {
				f.to(s.id, types.PHASE_UNLOCK)
			}
			if now, _ := f.channel(s.id).PhaseAt(f.clock()); now == types.PHASE_UNLOCK {
				_, err := f.unlock(s.id, 0, false, s.locks...)
				require.NoError(t, err)
			}
			require.Equal(t, [2]int64{865, 135}, f.settle(s.id), phase)
		}
		a, err := s.keeper.ExportGenesis(s.ctx)
		require.NoError(t, err)
		b, err := g.keeper.ExportGenesis(g.ctx)
		require.NoError(t, err)
		a.ClockNs, b.ClockNs = 0, 0
		for _, x := range []*types.GenesisState{a, b} {
			for i := range x.Ended {
				x.Ended[i].EndedAt, x.Ended[i].EndedHeight = 0, 0
			}
		}
		require.True(t, a.Equal(b), "%s: the two went apart", phase)
	}
}

func TestFork(t *testing.T) {
	f := newFixture(t)
	id := f.open(1_000, 500)
	signed := f.pair(id, 0, 1, 100)
	require.NoError(t, f.keeper.Fork(f.ctx, types.Hash{1}))
	_, err := deliver(f, f.msgs.Close, f.closeMsg(id, 0, signed, nil))
	require.ErrorIs(t, err, types.ErrDomain)
}
