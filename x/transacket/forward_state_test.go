package transacket_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// Nodes that repeat the blocks of all three chains come to the same states, in which
// the acknowledgements of forwarded packets are.
func TestForwardIsDeterministic(t *testing.T) {
	w := newTriangle(t)
	first, second := w.firstHop(w.message(3, "delivered"))
	w.port.Relay(second)
	require.NoError(t, w.farm.Acknowledge(first))
	msg := w.message(4, "refused")
	msg.To = "bob"
	first, second = w.firstHop(msg)
	w.port.Relay(second)
	require.NoError(t, w.farm.Acknowledge(first))
	for _, chain := range []*fixture.Fixture{w.Main.Fixture, w.farm.Zone.Fixture, w.port.Zone.Fixture} {
		replica := chain.Replica()
		for _, block := range chain.Blocks {
			replica.Apply(block)
		}
		require.Equal(t, chain.AppHash(), replica.AppHash(), chain.ChainID)
		for i, results := range chain.Results {
			require.Equal(t, results.TxResults, replica.Results[i].TxResults, "%s, block %d", chain.ChainID, i+1)
		}
	}
}

// A main chain that starts anew from an export goes on with what is in flight.
func TestExportWithPacketsInFlight(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, _ route) {
		first, second := w.firstHop(w.message(12, "in flight"))
		exported, err := w.Main.App.ExportAppStateAndValidators(false, nil, nil)
		require.NoError(t, err)
		imported := w.Main.Import(exported)
		imported.NextBlock()
		imported.CheckInvariants()
		again, err := imported.App.ExportAppStateAndValidators(false, nil, nil)
		require.NoError(t, err)
		require.JSONEq(t, part(t, exported.AppState), part(t, again.AppState))
		response, err := types.NewQueryClient(imported).InFlight(imported.Ctx(), &types.QueryInFlightRequest{Channel: second.SourceChannel})
		require.NoError(t, err)
		require.Equal(t, w.inFlight(), response.InFlight)

		stack, found := imported.App.IBCKeeper.Router.GetRoute(transfertypes.ModuleName)
		require.True(t, found)
		require.NoError(t, stack.OnTimeoutPacket(imported.Ctx(), second, imported.Accounts[0].Address))
		require.NoError(t, imported.App.CheckInvariants(imported.Ctx()))
		ack, found := imported.App.IBCKeeper.ChannelKeeper.GetPacketAcknowledgement(imported.Ctx(), first.DestinationPort, first.DestinationChannel, first.Sequence)
		require.True(t, found, "the first hop is answered")
		require.Equal(t, channeltypes.CommitAcknowledgement(refusal(types.ErrDeadline)), ack)
		require.Empty(t, imported.App.BankKeeper.GetAllBalances(imported.Ctx(), types.ForwarderAddress()))
	})
}

func part(t *testing.T, state json.RawMessage) string {
	t.Helper()
	var genesis map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(state, &genesis))
	return string(genesis[types.ModuleName])
}

// Governance fails what is in flight to a zone that will not come back. Whatever the
// zone does afterwards changes nothing on the main chain.
func TestAbandonInFlight(t *testing.T) {
	for name, later := range map[string]func(w *triangle, second channeltypes.Packet) error{
		"and it never comes back": nil,
		"and the packet times out": func(w *triangle, second channeltypes.Packet) error {
			w.Coordinator.IncrementTimeBy(types.DefaultParams().DefaultTimeout)
			w.Coordinator.CommitBlock(w.Main.Test, w.port.Zone.Test)
			return w.port.Timeout(second)
		},
		"and it delivers after all": func(w *triangle, second channeltypes.Packet) error {
			_, err := w.port.Receive(second)
			require.NoError(w.t, err)
			return w.port.Acknowledge(second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			everyRoute(t, func(t *testing.T, w *triangle, _ route) {
				before := w.has()
				first, second := w.firstHop(w.message(21, "to a dead zone"))
				denom := w.inFlight()[0].Payment.Denom
				msg := &types.MsgAbandonInFlight{Authority: w.alice.String(), Channel: second.SourceChannel, Sequences: []uint64{second.Sequence}}
				abandon := func() error {
					ctx, write := w.Main.Ctx().CacheContext()
					result, err := w.Main.App.MsgServiceRouter().Handler(msg)(ctx, msg)
					if err == nil {
						write()
						w.Main.Observe(result.Events)
						w.Coordinator.CommitBlock(w.Main.Test)
					}
					return err
				}
				require.ErrorIs(t, abandon(), types.ErrAuthority)
				msg.Authority = fixture.Authority()
				msg.Sequences = []uint64{second.Sequence, second.Sequence + 1}
				require.ErrorIs(t, abandon(), types.ErrNotInFlight, "all or nothing")
				require.False(t, w.inFlight()[0].Abandoned)
				msg.Sequences = msg.Sequences[:1]
				require.NoError(t, abandon())
				require.ErrorIs(t, abandon(), types.ErrNotInFlight, "once")
				require.True(t, w.inFlight()[0].Abandoned)
				require.Empty(t, w.stuck())

				require.Equal(t, string(refusal(types.ErrForward)), string(w.Main.Ack(first)))
				require.NoError(t, w.farm.Acknowledge(first))
				require.Equal(t, before, w.has())
				w.farm.CheckConservation()
				w.Main.CheckInvariants()
				if later == nil {
					return
				}
				escrow := w.Main.App.TransferKeeper.GetTotalEscrowForDenom(w.Main.Ctx(), denom)
				require.NoError(t, later(w, second))
				require.Empty(t, w.inFlight())
				require.Empty(t, w.stuck(), "no second refund")
				require.Equal(t, escrow, w.Main.App.TransferKeeper.GetTotalEscrowForDenom(w.Main.Ctx(), denom))
				require.Equal(t, before, w.has())
				w.farm.CheckConservation()
				w.Main.CheckInvariants()
			})
		})
	}
}

// A zone chooses the text of its errors, but not what the main chain repeats.
func TestErrorsOfZonesAreRepeatedWithinBounds(t *testing.T) {
	w := newTriangle(t)
	stack, found := w.Main.App.IBCKeeper.Router.GetRoute(transfertypes.ModuleName)
	require.True(t, found)
	for text, repeated := range map[string]bool{
		"ABCI error: transacket/20: error handling packet: see events for details": true,
		"<script>":               false,
		"line\nbreak":            false,
		"":                       false,
		string(make([]byte, 10)): false,
		string([]byte(sdk.AccAddress(make([]byte, 200)).String())): false,
	} {
		first, second := w.firstHop(w.message(2, "x"))
		ctx, _ := w.Main.Ctx().CacheContext()
		ack := channeltypes.Acknowledgement{Response: &channeltypes.Acknowledgement_Error{Error: text}}
		if text == "" {
			require.Error(t, stack.OnAcknowledgementPacket(ctx, second, []byte(`{"error":"","result":""}`), w.alice.Address), "two ways to read it")
			continue
		}
		require.NoError(t, stack.OnAcknowledgementPacket(ctx, second, ack.Acknowledgement(), w.alice.Address), "%q", text)
		written, found := w.Main.App.IBCKeeper.ChannelKeeper.GetPacketAcknowledgement(ctx, first.DestinationPort, first.DestinationChannel, first.Sequence)
		require.True(t, found)
		want := ack.Acknowledgement()
		if !repeated {
			want = refusal(types.ErrForward)
		}
		require.Equal(t, channeltypes.CommitAcknowledgement(want), written, "%q", text)
		require.NoError(t, w.Main.App.CheckInvariants(ctx))
	}
}
