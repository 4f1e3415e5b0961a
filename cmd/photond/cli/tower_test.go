package cli_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/channels/types"
)

// TestTower: a node with a tower is dead when its partner closes with a stale claim. The tower shows the
// newest pair, the closer loses everything, the tower is paid.
func TestTower(t *testing.T) {
	m := newMesh(t, 3, func(i int, cfg *daemon.Config) {
		if i == 2 {
			cfg.Tower.Serve, cfg.Tower.MinReward = true, "100"
		}
	})
	a, b, watch := m.nodes[0], m.nodes[1], m.nodes[2]
	ref := a.open(b, 100_000, 0)
	_, err := b.AddTower(m.ctx(), &api.AddTowerRequest{Address: watch.address, Reward: "99"})
	require.Equal(t, api.ReasonRefused, api.ReasonOf(err), "%v", err)
	_, err = b.AddTower(m.ctx(), &api.AddTowerRequest{Address: a.address, Reward: "500"})
	require.Equal(t, api.ReasonRefused, api.ReasonOf(err), "%v", err)
	require.Contains(t, b.must("tower", "add", watch.address, "--reward", "500"), "watches for a reward of 500")
	require.NoError(t, a.stream(m.ctx(), ref, 3000))
	paid := time.Now()
	b.eventually("the tower has signed for it", func() bool {
		r, err := b.Towers(m.ctx(), &api.TowersRequest{})
		return err == nil && r.Towers[0].Watching == 1 && r.Towers[0].Behind == 0
	})
	require.Less(t, time.Since(paid), time.Second, "at most a second behind")

	// Tower and client are restarted in between: what was signed for is on disk.
	watch.stop()
	watch.start()
	b.stop()
	a.stop()
	before := m.balance(watch.account)
	m.closeWithoutClaim(a, 0, ref.ChannelId)
	m.chain.Pass((challenge + 60 + 60 + 60) * time.Second)
	watch.eventually("is settled", func() bool { return m.isOver(ref) })
	end := m.ended(ref)
	require.Equal(t, []bool{true, false}, end.Stale)
	require.Equal(t, "0", end.Payouts[0].Amount.String())
	require.Equal(t, "99500", end.Payouts[1].Amount.String())
	require.InDelta(t, 500, m.balance(watch.account).Sub(before).Int64(), 1200, "the reward, less the fees of two transactions")
	m.checkInvariants()
}

// TestTowerAnswersForSoMuch: a tower signs for no more than it was told to. Who relies on it is warned, until another tower takes
// what the first one does not.
func TestTowerAnswersForSoMuch(t *testing.T) {
	m := newMesh(t, 4, func(i int, cfg *daemon.Config) {
		switch i {
		case 1:
			cfg.Tower.WarnAbove = "50000usmt"
		case 2:
			cfg.Tower.Serve, cfg.Tower.MaxClientValue = true, "150000usmt"
		case 3:
			cfg.Tower.Serve = true
		}
	})
	a, b, small, large := m.nodes[0], m.nodes[1], m.nodes[2], m.nodes[3]
	first, second, _ := a.open(b, 1000, 100_000), a.open(b, 1001, 100_000), a.open(b, 1002, 0)
	warned := func(refs ...*api.ChannelRef) func() bool {
		return func() bool {
			warnings := b.status().Warnings
			if len(warnings) != len(refs) {
				return false
			}
			for i, ref := range refs {
				require.Contains(t, warnings[i], fmt.Sprintf("no watchtower covers channel %s/%d, where 100000usmt are yours", ref.ChainId, ref.ChannelId))
			}
			return true
		}
	}
	b.eventually("is warned", warned(first, second))
	require.Contains(t, b.must("status"), "WARNING")
	b.must("tower", "add", small.address)
	watching := func(tower int, count uint32) func() bool {
		return func() bool {
			r, err := b.Towers(m.ctx(), &api.TowersRequest{})
			return err == nil && r.Towers[tower].Watching == count
		}
	}
	b.eventually("one of the large and the small one are watched", watching(0, 2))
	b.eventually("says which is not", func() bool { return len(b.status().Warnings) == 1 })
	b.eventually("says why", func() bool {
		return strings.Contains(b.must("tower"), "of your channels already, and for 150000 at most")
	})
	b.must("tower", "add", large.address)
	b.eventually("all are watched by the other one", watching(1, 3))
	b.eventually("is content", warned())
	m.checkInvariants()
}

// closeWithoutClaim closes as one that pretends that it never signed anything.
func (m *mesh) closeWithoutClaim(p *peer, side uint8, id uint64) {
	m.t.Helper()
	key, err := daemon.EnsureChannelKey(p.home, "")
	require.NoError(m.t, err)
	r, err := m.query().Channel(m.ctx(), &types.QueryChannelRequest{ChannelId: id})
	require.NoError(m.t, err)
	lie := types.CloseAuthorization{Place: types.Place{Domain: types.Hash(r.Channel.Domain), Channel: id, Epoch: r.Channel.Epoch}, Closer: side, ValidUntil: r.Clock + 300}
	signature, err := key.Sign(lie.Bytes())
	require.NoError(m.t, err)
	var by *fixture.Account
	for _, a := range m.chain.F.Accounts {
		if a.String() == p.account {
			by = a
		}
	}
	m.chain.Deliver(by, &types.MsgClose{Submitter: p.account, ChannelId: id, Closer: uint32(side), ValidUntil: lie.ValidUntil, Signature: signature})
}

func (m *mesh) isOver(ref *api.ChannelRef) bool {
	r, err := m.query().Channel(m.ctx(), &types.QueryChannelRequest{ChannelId: ref.ChannelId})
	return err == nil && r.Ended != nil
}

// TestStaleCloseIsAnswered: without a tower, the node itself shows the pair as soon as it runs again.
func TestStaleCloseIsAnswered(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	ref := a.open(b, 100_000, 0)
	require.NoError(t, a.stream(m.ctx(), ref, 500))
	a.stop()
	b.stop()
	m.closeWithoutClaim(a, 0, ref.ChannelId)
	m.chain.Pass(challenge / 2 * time.Second)
	b.start()
	m.chain.Pass((challenge/2 + 60 + 60 + 60) * time.Second)
	b.eventually("is settled", func() bool { return m.isOver(ref) })
	require.Equal(t, []bool{true, false}, m.ended(ref).Stale)
	require.Equal(t, "100000", m.ended(ref).Payouts[1].Amount.String())
}
