package keeper_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// model is what must be true of a stream, told without rings, marks or last keys: each
// segment that is on record, with what was known when it came.
type model struct {
	stream  *segment.Schema
	commits map[uint32]modelCommit
	// opened is the height at which the key of each interval came to be known.
	opened map[uint32]int64
	last   uint32
	newest uint32 // committed
}

type modelCommit struct {
	genuine bool
	height  int64
	// decided is the time of the next block: when this one was decided.
	decided time.Time
}

// status by the rules of the README.
func (m *model) status(t uint32, minAge int64) types.SegmentStatus {
	c := m.commits[t]
	opened, known := m.opened[t]
	switch {
	case !known:
		return types.SEGMENT_STATUS_PENDING
	case !c.genuine:
		return types.SEGMENT_STATUS_FORGED
	case opened-c.height < minAge:
		return types.SEGMENT_STATUS_YOUNG
	case !c.decided.Add(m.stream.Skew()).Before(m.stream.Release(t)):
		return types.SEGMENT_STATUS_UNSAFE
	default:
		return types.SEGMENT_STATUS_AUTHENTIC
	}
}

// Random blocks, commits, forgeries and disclosures, near and far from the edges: the
// module agrees with the model on what is taken and what is authentic.
func TestStreamsAgreeWithTheModel(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor", func(s *segment.Schema) { s.Life, s.Window, s.Lag = 60, 12, 2 })
	base, _ := f.Ctx().CacheContext()
	server := keeper.NewMsgServerImpl(f.keeper)
	minAge := int64(types.DefaultDataParams().MinAge)
	rapid.Check(t, func(r *rapid.T) {
		ctx, _ := base.CacheContext()
		m := &model{stream: s.stream, commits: map[uint32]modelCommit{}, opened: map[uint32]int64{}}
		now := s.stream.Begin(1)
		for range rapid.IntRange(5, 40).Draw(r, "blocks") {
			now = now.Add(rapid.SampledFrom([]time.Duration{1, time.Second, 4 * time.Second, 9 * time.Second, interval, 25 * time.Second}).Draw(r, "step"))
			if rapid.Bool().Draw(r, "edge") { // jump to an edge of some interval
				edge := s.stream.Release(s.stream.IntervalAt(now)).Add(rapid.SampledFrom([]time.Duration{-1, 0, 1, -s.stream.Skew() - 1, -s.stream.Skew()}).Draw(r, "nanosecond"))
				if edge.After(now) {
					now = edge
				}
			}
			for at, c := range m.commits {
				if c.decided.IsZero() && c.height == ctx.BlockHeight() {
					c.decided = now
					m.commits[at] = c
				}
			}
			ctx = ctx.WithBlockHeight(ctx.BlockHeight() + 1).WithBlockTime(now)
			require.NoError(r, f.keeper.BeginBlock(ctx))
			for range rapid.IntRange(0, 3).Draw(r, "messages") {
				if rapid.Bool().Draw(r, "commit") {
					m.commit(ctx, r, server, f, s)
				} else {
					m.disclose(ctx, r, server, f, s)
				}
			}
			require.NoError(r, f.keeper.EndBlock(ctx))
			for at := range m.commits {
				if m.newest >= at+s.stream.Window {
					continue // another may have its slot
				}
				proof, err := f.keeper.Segment(ctx, s.id, at)
				require.NoError(r, err)
				if m.commits[at].decided.IsZero() && m.opened[at] == 0 {
					require.Equal(r, types.SEGMENT_STATUS_PENDING, proof.Status)
					continue
				}
				require.Equal(r, m.status(at, minAge), proof.Status, "segment %d", at)
			}
		}
		for _, invariant := range f.keeper.Invariants() {
			require.NoError(r, invariant.Check(ctx), invariant.Name)
		}
	})
}

// around draws an interval near now.
func (m *model) around(r *rapid.T, now time.Time) uint32 {
	here := int(m.stream.IntervalAt(now))
	return uint32(min(max(here+rapid.IntRange(-6, 8).Draw(r, "interval"), 0), int(m.stream.Life)+1)) //nolint:gosec // not negative
}

func (m *model) commit(ctx context.Context, r *rapid.T, server types.MsgServer, f *field, s *sensor) {
	now, height := sdk.UnwrapSDKContext(ctx).BlockTime(), sdk.UnwrapSDKContext(ctx).BlockHeight()
	t := m.around(r, now)
	genuine := rapid.IntRange(0, 4).Draw(r, "genuine") > 0
	c := types.SegmentCommit{Schema: s.id[:], T: t, Digest: make([]byte, 32), Mac: make([]byte, 16)}
	if genuine && t >= 1 && t <= m.stream.Life {
		c.Mac = s.stream.Authenticate(&s.id, s.keys[t], t, &[32]byte{})
	}
	_, taken := m.commits[t]
	early := now.Before(m.stream.Begin(t).Add(-types.DefaultDataParams().EarlyBy()))
	slot := false // taken by a later one
	for other := range m.commits {
		slot = slot || (other > t && other%m.stream.Window == t%m.stream.Window)
	}
	ok := t >= 1 && t <= m.stream.Life && !early && m.stream.Safe(t, now) && t > m.last && !taken && !slot
	_, err := server.CommitSegments(ctx, &types.MsgCommitSegments{Submitter: f.gateway.String(), Segments: []types.SegmentCommit{c}})
	require.Equal(r, ok, err == nil, "segment %d at %s: %v", t, now, err)
	if ok {
		m.commits[t] = modelCommit{genuine: genuine, height: height}
		m.newest = max(m.newest, t)
	}
}

func (m *model) disclose(ctx context.Context, r *rapid.T, server types.MsgServer, f *field, s *sensor) {
	now, height := sdk.UnwrapSDKContext(ctx).BlockTime(), sdk.UnwrapSDKContext(ctx).BlockHeight()
	t := m.around(r, now)
	d := types.KeyDisclosure{Schema: s.id[:], T: t, Key: s.keys[min(t, m.stream.Life)]}
	genuine := rapid.IntRange(0, 4).Draw(r, "genuine") > 0
	if !genuine {
		d.Key = make([]byte, 16)
	}
	ok := genuine && t >= 1 && t <= m.stream.Life && t > m.last && !now.Before(m.stream.Release(t))
	_, err := server.DiscloseKeys(ctx, &types.MsgDiscloseKeys{Discloser: f.stranger.String(), Keys: []types.KeyDisclosure{d}})
	require.Equal(r, ok, err == nil, "key %d at %s: %v", t, now, err)
	for at := m.last + 1; ok && at <= t; at++ {
		m.opened[at] = height
		m.last = at
	}
}
