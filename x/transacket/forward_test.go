package transacket_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/CosmWasm/wasmd/x/wasm/keeper/testdata"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
)

func TestForward(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, r route) {
		before := w.has()
		first, second := w.firstHop(w.message(40, "three boxes at noon"))
		var data transfertypes.FungibleTokenPacketData
		require.NoError(t, transfertypes.ModuleCdc.UnmarshalJSON(first.Data, &data))
		require.Equal(t, r.unwraps, transfertypes.ReceiverChainIsSource(first.SourcePort, first.SourceChannel, data.Denom))
		require.NoError(t, transfertypes.ModuleCdc.UnmarshalJSON(second.Data, &data))
		require.Equal(t, r.burns, transfertypes.ReceiverChainIsSource(second.SourcePort, second.SourceChannel, data.Denom))
		require.Equal(t, first.TimeoutTimestamp, second.TimeoutTimestamp, "one deadline")

		_, err := w.port.Receive(second)
		require.NoError(t, err)
		w.check()
		require.NoError(t, w.port.Acknowledge(second))
		require.Empty(t, w.inFlight())
		w.check()
		require.NoError(t, w.farm.Acknowledge(first))
		w.check()

		require.Equal(t, before-40, w.has())
		arrived := inbox(t, w.port.Zone, w.bob)
		require.Len(t, arrived, 1)
		require.EqualValues(t, 40, arrived[0].Payment.Amount.Int64())
		if r.burns {
			require.Equal(t, w.port.Zone.Native(40), arrived[0].Payment, "it came home")
		}
		require.Equal(t, arrived[0].Payment.Amount, w.port.Zone.Balance(w.bob, arrived[0].Payment.Denom).Amount.SubRaw(w.genesis(arrived[0].Payment.Denom)))
		require.Equal(t, &types.Origin{ChainId: "farm-1", Sender: w.alice.String()}, arrived[0].Envelope.Origin)
		require.Equal(t, types.ForwarderAddress().String(), arrived[0].From)
		require.Equal(t, w.port.ZoneChannel(), arrived[0].Source.DestinationChannel)
		require.Empty(t, arrived[0].Envelope.Zone)

		receipts := inbox(t, w.farm.Zone, w.alice)
		require.Len(t, receipts, 1)
		require.Equal(t, w.port.Zone.Ack(second), w.Main.Ack(first), "the receipt travels the whole way back")
		require.EqualValues(t, arrived[0].Height, receipts[0].Receipt.Height)
	})
}

// genesis is what every account had of a token from the start.
func (w *triangle) genesis(denom string) int64 {
	if denom == w.port.Zone.Identity.NativeDenom() {
		return fixture.Balance
	}
	return 0
}

// What the main chain itself sends to a zone, and zones to the main chain, needs no
// forwarder and has no attested origin.
func TestZoneByNameFromTheMainChain(t *testing.T) {
	w := newTriangle(t)
	msg := w.message(5, "by name")
	msg.Payment = w.Main.Native(5)
	packet := w.Main.MustSend(w.alice, msg)
	require.Equal(t, w.port.MainChannel(), packet.SourceChannel)
	w.port.Relay(packet)
	arrived := inbox(t, w.port.Zone, w.bob)
	require.Len(t, arrived, 1)
	require.Nil(t, arrived[0].Envelope.Origin)
	require.Equal(t, w.alice.String(), arrived[0].From)
	w.check()
}

// failure is a way in which the second hop fails and is told so.
type failure struct {
	// reason is the error, nil if it is of another module.
	reason *errorsmod.Error
	// prepare changes the port or the message.
	prepare func(w *triangle, msg *types.MsgSend)
	// undo lets the next one start afresh.
	undo func(w *triangle)
}

func failures(contract sdk.AccAddress) map[string]failure {
	nothing := func(*triangle) {}
	params := func(w *triangle, change func(*types.Params)) {
		keeper := w.port.Zone.App.TransacketKeeper
		params, err := keeper.Params.Get(w.port.Zone.Ctx())
		require.NoError(w.t, err)
		change(&params)
		require.NoError(w.t, keeper.Params.Set(w.port.Zone.Ctx(), params))
		w.Coordinator.CommitBlock(w.port.Zone.Test)
	}
	return map[string]failure{
		"refused: no address": {types.ErrReceiver, func(_ *triangle, m *types.MsgSend) { m.To = "bob" }, nothing},
		"refused: a module's": {nil, func(_ *triangle, m *types.MsgSend) { m.To = authtypes.NewModuleAddress("mint").String() }, nothing},
		"hook fails": {nil, func(_ *triangle, m *types.MsgSend) {
			m.To, m.Envelope.Body = contract.String(), types.Inband([]byte(`{"panic":{}}`)).Body
		}, nothing},
		"hook needs more than limit": {types.ErrHook, func(_ *triangle, m *types.MsgSend) {
			m.To, m.Envelope.Body = contract.String(), types.Inband([]byte(`{"cpu_loop":{}}`)).Body
		}, nothing},
		"price not met": {types.ErrPrice, func(w *triangle, m *types.MsgSend) {
			prices := []types.Price{{Minimum: w.port.Zone.Native(1_000_000)}}
			_, err := w.port.Zone.Send(w.bob, []sdk.Msg{&types.MsgSetPrices{Account: w.bob.String(), Prices: prices}})
			require.NoError(w.t, err)
		}, func(w *triangle) {
			_, err := w.port.Zone.Send(w.bob, []sdk.Msg{&types.MsgSetPrices{Account: w.bob.String()}})
			require.NoError(w.t, err)
		}},
		"inbox full": {types.ErrInboxFull, func(w *triangle, _ *types.MsgSend) {
			params(w, func(p *types.Params) { p.MaxInbox = 1 })
			if len(inbox(w.t, w.port.Zone, w.bob)) == 0 {
				_, err := w.port.Zone.Send(w.alice, []sdk.Msg{&types.MsgSend{
					Sender: w.alice.String(), To: w.bob.String(), Payment: w.port.Zone.Native(1), Envelope: types.Inband([]byte("full")),
				}})
				require.NoError(w.t, err)
			}
		}, func(w *triangle) { params(w, func(p *types.Params) { p.MaxInbox = 100 }) }},
	}
}

// Whatever fails on the second hop, alice has everything again, to the last unit,
// and knows why.
func TestSecondHopRefused(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, _ route) {
		contract := start(t, w.port.Zone, w.port.Zone.Accounts[3], testdata.HackatomContractWasm(),
			`{"verifier":"`+w.bob.String()+`","beneficiary":"`+w.bob.String()+`"}`)
		cases := failures(contract)
		for _, name := range slices.Sorted(maps.Keys(cases)) {
			f := cases[name]
			t.Run(name, func(t *testing.T) {
				w.t = t
				before := w.has()
				msg := w.message(17, name)
				f.prepare(w, msg)
				first, second := w.firstHop(msg)
				_, err := w.port.Receive(second)
				require.NoError(t, err, "a refusal is an acknowledgement")
				ack := string(w.port.Zone.Ack(second))
				if f.reason != nil {
					require.Equal(t, string(refusal(f.reason)), ack)
				}
				require.Contains(t, ack, "error")
				w.check()
				require.NoError(t, w.port.Acknowledge(second))
				require.Equal(t, ack, string(w.Main.Ack(first)), "the reason travels the whole way back")
				require.Empty(t, w.inFlight())
				w.check()
				require.NoError(t, w.farm.Acknowledge(first))
				require.Equal(t, before, w.has())
				w.check()
				f.undo(w)
			})
		}
	}, openWasm)
}

// Out of gas is no refusal, on whichever hop: the transaction reverts and the packet
// is relayed again.
func TestOutOfGasOnEitherHop(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, _ route) {
		// A relayer brings more gas each time, until it is enough.
		deliver := func(receive func(gas fixture.TxOption) error, nothing func()) {
			for gas := uint64(100_000); ; gas += 50_000 {
				require.Less(t, gas, uint64(5_000_000))
				if receive(fixture.Gas(gas)) == nil {
					require.Greater(t, gas, uint64(100_000), "it was too little at first")
					return
				}
				nothing()
				w.check()
			}
		}
		first := w.send(w.message(9, "again"))
		deliver(func(gas fixture.TxOption) error {
			_, err := w.farm.Receive(first, gas)
			return err
		}, func() {
			require.Empty(t, w.inFlight())
			require.Nil(t, w.Main.Ack(first))
		})
		require.Len(t, w.inFlight(), 1)
		second := w.Main.Sent[len(w.Main.Sent)-1]
		deliver(func(gas fixture.TxOption) error {
			_, err := w.port.Receive(second, gas)
			return err
		}, func() { require.Nil(t, w.port.Zone.Ack(second)) })
		require.NoError(t, w.port.Acknowledge(second))
		require.NoError(t, w.farm.Acknowledge(first))
		require.Len(t, inbox(t, w.port.Zone, w.bob), 1)
		w.check()
	})
}

func TestTimeoutOnEitherHop(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, _ route) {
		before := w.has()
		early := w.send(w.message(3, "too late for the first hop"))
		first, second := w.firstHop(w.message(4, "too late for the second"))
		require.Error(t, w.port.Timeout(second), "not yet")
		w.Coordinator.IncrementTimeBy(types.DefaultParams().DefaultTimeout)
		w.Coordinator.CommitBlock(w.Main.Test, w.port.Zone.Test)

		_, err := w.farm.Receive(early)
		require.Error(t, err)
		require.NoError(t, w.farm.Timeout(early))
		w.check()
		_, err = w.port.Receive(second)
		require.Error(t, err)
		require.NoError(t, w.port.Timeout(second))
		require.Equal(t, string(refusal(types.ErrDeadline)), string(w.Main.Ack(first)))
		require.Empty(t, w.inFlight())
		w.check()
		require.NoError(t, w.farm.Acknowledge(first))
		require.Equal(t, before, w.has())
		w.check()
	})
}

// If the channel of the second hop closes before it is received, it is as if it had
// timed out.
func TestSecondChannelClosed(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, _ route) {
		before := w.has()
		first, second := w.firstHop(w.message(8, "the port is closed"))
		w.port.Close(w.port.Zone)
		require.NoError(t, w.port.TimeoutOnClose(second))
		require.Empty(t, w.inFlight())
		w.check()
		require.NoError(t, w.farm.Acknowledge(first))
		require.Equal(t, before, w.has())
		w.check()

		// Nothing more is passed on through a channel that is closed here, too.
		w.port.Close(w.Main)
		next := w.send(w.message(8, "nothing goes there"))
		_, err := w.farm.Receive(next)
		require.NoError(t, err)
		require.NotNil(t, w.Main.Ack(next))
		require.False(t, succeeded(t, w.Main.Ack(next)))
		require.NoError(t, w.farm.Acknowledge(next))
		require.Equal(t, before, w.has())
		w.check()
	})
}

// If the channel of the first hop closes meanwhile, what was delivered stays
// delivered, and what failed lies with the module until the authority pays it out.
func TestFirstChannelClosed(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, _ route) {
		_, good := w.firstHop(w.message(5, "delivered"))
		msg := w.message(7, "refused")
		msg.To = "bob"
		_, bad := w.firstHop(msg)
		w.farm.Close(w.Main)

		w.port.Relay(good)
		require.Len(t, inbox(t, w.port.Zone, w.bob), 1)
		w.check()
		w.port.Relay(bad)
		require.Empty(t, w.inFlight())
		w.check()
		stranded, err := types.NewQueryClient(w.Main).Stranded(w.Main.Ctx(), &types.QueryStrandedRequest{})
		require.NoError(t, err)
		require.Len(t, stranded.Stranded, 1)
		require.Equal(t, w.alice.String(), stranded.Stranded[0].From)
		payment := stranded.Stranded[0].Payment
		require.EqualValues(t, 7, payment.Amount.Int64())

		before := w.Main.Balance(w.alice, payment.Denom)
		release := &types.MsgReleaseStranded{Authority: w.alice.String(), Id: stranded.Stranded[0].Id, To: w.alice.String()}
		_, err = w.Main.Send(w.alice, []sdk.Msg{release})
		require.ErrorIs(t, err, types.ErrAuthority)
		release.Authority = fixture.Authority()
		_, err = w.Main.App.MsgServiceRouter().Handler(release)(w.Main.Ctx(), release)
		require.NoError(t, err)
		require.Equal(t, before.Add(payment), w.Main.Balance(w.alice, payment.Denom))
	})
}
