package did_test

import (
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// underway returns the questions that a chain waits for.
func underway(t *testing.T, chain *mesh.Chain) []types.Inquiry {
	t.Helper()
	gs, err := chain.App.DidKeeper.ExportGenesis(chain.Ctx())
	require.NoError(t, err)
	require.NoError(t, gs.Validate())
	return gs.Inquiries
}

// asked lets a chain ask, and returns the packet and what the payer had before.
func (j *journey) asked(chain *mesh.Chain) (channeltypes.Packet, func()) {
	j.t.Helper()
	denom := chain.Identity.NativeDenom()
	msg := j.inquiry()
	msg.Payment = chain.Native(7)
	before := chain.Balance(j.payer, denom)
	packet := chain.MustSend(j.payer, msg)
	require.Equal(j.t, before.Sub(msg.Payment), chain.Balance(j.payer, denom))
	questions := underway(j.t, chain)
	require.Len(j.t, questions, 1)
	require.Equal(j.t, packet.Sequence, questions[0].Sequence)
	require.Equal(j.t, int64(packet.TimeoutTimestamp/uint64(time.Second)), questions[0].Deadline) //nolint:gosec // a time
	return packet, func() {
		j.t.Helper()
		require.Equal(j.t, before, chain.Balance(j.payer, denom), "the payment is back")
		require.Empty(j.t, underway(j.t, chain))
		j.CheckInvariants()
	}
}

// TestQuestionsThatTimeOut are refunded and leave nothing behind, on either chain.
func TestQuestionsThatTimeOut(t *testing.T) {
	j := newJourney(t)
	for _, c := range []struct {
		chain *mesh.Chain
		link  *mesh.Link
	}{{j.Main, j.farm}, {j.port.Zone, j.port}} {
		packet, requireUndone := j.asked(c.chain)
		j.Coordinator.IncrementTimeBy(types.QuestionTimeout + time.Second)
		require.NoError(t, c.link.Timeout(packet))
		requireUndone()
	}
}

// TestQuestionsThatAreAbandoned: governance gives up what is on its way to a dead zone.
func TestQuestionsThatAreAbandoned(t *testing.T) {
	j := newJourney(t)
	packet, requireUndone := j.asked(j.port.Zone)
	_, err := j.port.Receive(packet)
	require.NoError(t, err)
	second := j.farm.Open()
	require.Len(t, second, 1)
	msg := &transackettypes.MsgAbandonInFlight{Authority: fixture.Authority(), Channel: second[0].SourceChannel, Sequences: []uint64{second[0].Sequence}}
	ctx, write := j.Main.Ctx().CacheContext()
	result, err := j.Main.App.MsgServiceRouter().Handler(msg)(ctx, msg)
	require.NoError(t, err)
	write()
	j.Main.Observe(result.Events)
	j.Coordinator.CommitBlock(j.Main.Test)
	require.NoError(t, j.port.Acknowledge(packet))
	require.Empty(t, underway(t, j.port.Zone))
	j.Coordinator.IncrementTimeBy(types.QuestionTimeout) // the zone comes back after all
	require.NoError(t, j.farm.Timeout(second[0]))
	requireUndone()
}

// TestQuestionsAreForgotten once no answer could be believed, although their packets
// neither arrive nor time out: the zone is dead. If it comes back after all, the payment
// does, too.
func TestQuestionsAreForgotten(t *testing.T) {
	j := newJourney(t)
	packet, requireUndone := j.asked(j.Main)
	validity := types.DefaultParams().VisitorValidity
	j.Coordinator.IncrementTimeBy(types.QuestionTimeout + validity - time.Minute)
	j.Main.Block()
	require.Len(t, underway(t, j.Main), 1)
	j.Coordinator.IncrementTimeBy(2 * time.Minute)
	j.Main.Block()
	require.Empty(t, underway(t, j.Main))
	told := func(event abci.Event) bool { return event.Type == "mesh.did.v1.EventUnanswered" }
	require.True(t, slices.ContainsFunc(j.Main.Last.Events, told))
	j.CheckInvariants()

	require.NoError(t, j.farm.Timeout(packet))
	requireUndone()
}

// TestVisitorsAreExported: a chain that begins from the export believes the same visitors
// and takes the same answers.
func TestVisitorsAreExported(t *testing.T) {
	j := newJourney(t)
	j.issue(100 * 24 * time.Hour)
	j.ask()
	j.asked(j.port.Zone)
	want, err := j.port.Zone.App.DidKeeper.ExportGenesis(j.port.Zone.Ctx())
	require.NoError(t, err)
	require.Len(t, want.Visitors, 1)
	require.Len(t, want.Inquiries, 1)

	exported, err := j.port.Zone.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(t, err)
	imported := j.port.Zone.Import(exported)
	imported.Time = j.port.Zone.Time
	imported.NextBlock()
	got, err := imported.App.DidKeeper.ExportGenesis(imported.Ctx())
	require.NoError(t, err)
	require.Equal(t, want.Visitors, got.Visitors)
	require.Equal(t, want.Inquiries, got.Inquiries)
	imported.CheckInvariants()
	require.NoError(t, imported.App.DidKeeper.Certify(imported.Ctx(), j.sensor.did, types.CERTIFICATE_KIND_DEVICE))
	q := want.Inquiries[0]
	require.True(t, imported.App.DidKeeper.Hooks().Asked(imported.Ctx(), q.Channel, q.Sequence))

	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		want   error
	}{
		"no DID of a visitor":        {func(gs *types.GenesisState) { gs.Visitors[0].Did = "did:mesh" }, types.ErrInvalidDID},
		"a visitor twice":            {func(gs *types.GenesisState) { gs.Visitors = append(gs.Visitors, gs.Visitors[0]) }, types.ErrGenesis},
		"no certificate":             {func(gs *types.GenesisState) { gs.Visitors[0].Answers = nil }, types.ErrGenesis},
		"a certificate of another":   {func(gs *types.GenesisState) { gs.Visitors[0].Did = j.maker.did.String() }, types.ErrGenesis},
		"a certificate without kind": {func(gs *types.GenesisState) { gs.Visitors[0].Answers[0].Certificate.Kind = 0 }, types.ErrKind},
		"a certificate without key":  {func(gs *types.GenesisState) { gs.Visitors[0].Answers[0].Certificate.Key = nil }, types.ErrAnswer},
		"a kind twice": {func(gs *types.GenesisState) {
			gs.Visitors[0].Answers = append(gs.Visitors[0].Answers, gs.Visitors[0].Answers[0])
		}, types.ErrGenesis},
		"no channel":                {func(gs *types.GenesisState) { gs.Visitors[0].Answers[0].Channel = "" }, types.ErrGenesis},
		"no time":                   {func(gs *types.GenesisState) { gs.Visitors[0].Answers[0].Expires = time.Time{} }, types.ErrGenesis},
		"no DID of a question":      {func(gs *types.GenesisState) { gs.Inquiries[0].Did = "" }, types.ErrInvalidDID},
		"a question twice":          {func(gs *types.GenesisState) { gs.Inquiries = append(gs.Inquiries, gs.Inquiries[0]) }, types.ErrGenesis},
		"a question of no kind":     {func(gs *types.GenesisState) { gs.Inquiries[0].Kind = 9 }, types.ErrKind},
		"a question of nobody":      {func(gs *types.GenesisState) { gs.Inquiries[0].Payer = "somebody" }, types.ErrAccount},
		"a question without packet": {func(gs *types.GenesisState) { gs.Inquiries[0].Sequence = 0 }, types.ErrGenesis},
		"a question without end":    {func(gs *types.GenesisState) { gs.Inquiries[0].Deadline = 0 }, types.ErrGenesis},
	} {
		gs, err := j.port.Zone.App.DidKeeper.ExportGenesis(j.port.Zone.Ctx())
		require.NoError(t, err)
		c.change(gs)
		require.ErrorIs(t, gs.Validate(), c.want, name)
	}
	gs, err := j.port.Zone.App.DidKeeper.ExportGenesis(j.port.Zone.Ctx())
	require.NoError(t, err)
	ctx, _ := j.farm.Zone.Ctx().CacheContext()
	gs.Inquiries = nil
	require.ErrorContains(t, j.farm.Zone.App.DidKeeper.InitGenesis(ctx, gs), "is of this chain, not a visitor")
}
