package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// busy is a field with segments of every status and a stream that has ended.
func busy(t *testing.T) (*field, *sensor) {
	t.Helper()
	f := newField(t)
	s := f.sensor("sensor")
	closed := f.sensor("closed")
	f.must(&types.MsgCloseSchema{Payer: f.payer.String(), Schema: closed.id[:], Proof: f.proof(closed, types.TagClose, closed.id[:])})
	forged := s.commit(1, "data")
	forged.Mac[0] ^= 1
	f.at(s.stream.Begin(1))
	require.NoError(t, f.commit(f.gateway, forged, s.commit(2, "data")))
	f.at(s.stream.Release(1).Add(-second))
	require.NoError(t, f.commit(f.gateway, s.commit(3, "data")))
	f.at(s.stream.Release(3))
	require.NoError(t, f.commit(f.gateway, s.commit(4, "data"), s.commit(6, "data")))
	f.at(s.stream.Release(4))
	require.NoError(t, f.disclose(s.key(4)))
	for at, want := range map[uint32]types.SegmentStatus{
		1: types.SEGMENT_STATUS_FORGED, 2: types.SEGMENT_STATUS_AUTHENTIC, 3: types.SEGMENT_STATUS_UNSAFE,
		4: types.SEGMENT_STATUS_YOUNG, 6: types.SEGMENT_STATUS_PENDING,
	} {
		require.Equal(t, want, f.status(s, at), "segment %d", at)
	}
	return f, s
}

// Replicas agree on every block, and a chain that begins from the export goes on where
// the first one was.
func TestDataIsReplicatedAndExported(t *testing.T) {
	f, s := busy(t)
	replica := f.Replica()
	for _, block := range f.Blocks {
		replica.Apply(block)
	}
	require.Equal(t, f.AppHash(), replica.AppHash())

	before, err := f.keeper.ExportGenesis(f.Ctx())
	require.NoError(t, err)
	require.NoError(t, before.Validate())
	require.Len(t, before.Schemas, 1, "the closed stream is gone")
	require.NotEmpty(t, before.LateBlocks)
	require.NotNil(t, before.LastCommits)

	exported, err := f.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(t, err)
	imported := f.Import(exported)
	imported.Time = f.Time
	imported.NextBlock()
	after, err := imported.App.DidKeeper.ExportGenesis(imported.Ctx())
	require.NoError(t, err)
	require.Equal(t, before.Schemas, after.Schemas)
	require.Equal(t, before.LateBlocks, after.LateBlocks)
	require.Equal(t, before.LastCommits, after.LastCommits)
	imported.CheckInvariants()

	imported.Time = s.stream.Release(6)
	_, err = imported.Deliver(f.stranger, &types.MsgDiscloseKeys{Discloser: f.stranger.String(), Keys: []types.KeyDisclosure{s.key(6)}})
	require.NoError(t, err)
	proof, err := imported.App.DidKeeper.AuthenticSegment(imported.Ctx(), s.id, 6)
	require.NoError(t, err)
	require.Equal(t, s.keys[6], proof.Key)
}

func TestDataGenesisNamesTheRuleThatIsBroken(t *testing.T) {
	f, _ := busy(t)
	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		want   error
	}{
		"schema id":       {func(gs *types.GenesisState) { gs.Schemas[0].Id = nil }, types.ErrSchemaID},
		"schema twice":    {func(gs *types.GenesisState) { gs.Schemas = append(gs.Schemas, gs.Schemas[0]) }, types.ErrGenesis},
		"did":             {func(gs *types.GenesisState) { gs.Schemas[0].Schema.Did = "did:mesh" }, types.ErrInvalidDID},
		"n = 0":           {func(gs *types.GenesisState) { gs.Schemas[0].Schema.Terms.Life = 0 }, types.ErrLife},
		"ends":            {func(gs *types.GenesisState) { gs.Schemas[0].Schema.Ends = 1 << 63 }, types.ErrGenesis},
		"disclosed t":     {func(gs *types.GenesisState) { gs.Schemas[0].Disclosed.T = 65 }, types.ErrGenesis},
		"disclosed key":   {func(gs *types.GenesisState) { gs.Schemas[0].Disclosed.Key = nil }, types.ErrGenesis},
		"root":            {func(gs *types.GenesisState) { gs.Schemas[0].Disclosed.T = 0 }, types.ErrGenesis},
		"segment t":       {func(gs *types.GenesisState) { gs.Schemas[0].Segments[0].T = 65 }, types.ErrInterval},
		"segment digest":  {func(gs *types.GenesisState) { gs.Schemas[0].Segments[0].Digest = nil }, types.ErrSegment},
		"segment refused": {func(gs *types.GenesisState) { gs.Schemas[0].Segments[0].Refused = types.SEGMENT_STATUS_AUTHENTIC }, types.ErrSegment},
		"slot twice":      {func(gs *types.GenesisState) { gs.Schemas[0].Segments[1].T = 17 }, types.ErrGenesis},
		"late twice":      {func(gs *types.GenesisState) { gs.LateBlocks = append(gs.LateBlocks, gs.LateBlocks[0]) }, types.ErrGenesis},
	} {
		gs, err := f.keeper.ExportGenesis(f.Ctx())
		require.NoError(t, err)
		c.change(gs)
		require.ErrorIs(t, gs.Validate(), c.want, name)
	}
}

func TestDataParamsNameTheRuleThatIsBroken(t *testing.T) {
	for name, change := range map[string]func(*types.DataParams){
		"schema_fee":          func(p *types.DataParams) { p.SchemaFee = p.SchemaFee.Neg() },
		"slot_fee":            func(p *types.DataParams) { p.SlotFee = p.SlotFee.Neg() },
		"max_schemas":         func(p *types.DataParams) { p.MaxSchemas = 0 },
		"min_age":             func(p *types.DataParams) { p.MinAge = 0 },
		"max_gap":             func(p *types.DataParams) { p.MaxGap = 65_537 },
		"early":               func(p *types.DataParams) { p.Early = 3_601 },
		"disclosure_period":   func(p *types.DataParams) { p.DisclosurePeriod = 59 },
		"gas_hash":            func(p *types.DataParams) { p.GasHash = 0 },
		"gas_mac":             func(p *types.DataParams) { p.GasMac = 0 },
		"max_prune_per_block": func(p *types.DataParams) { p.MaxPrunePerBlock = 0 },
	} {
		p := types.DefaultParams()
		change(&p.Data)
		err := p.Validate()
		require.ErrorIs(t, err, types.ErrInvalidParams, name)
		require.ErrorContains(t, err, "params.data."+name)
	}
	require.Equal(t, segment.MaxDelay*time.Millisecond, 31*24*time.Hour)
}
