package transacket_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// What the main chain does not pass on it refuses at once, and alice is refunded.
func TestForwardingRefused(t *testing.T) {
	everyRoute(t, func(t *testing.T, w *triangle, r route) {
		refused := func(name string, msg *types.MsgSend, reason *errorsmod.Error) {
			t.Run(name, func(t *testing.T) {
				w.t = t
				before := w.has()
				packet := w.send(msg)
				_, err := w.farm.Receive(packet)
				require.NoError(t, err)
				require.Equal(t, string(refusal(reason)), string(w.Main.Ack(packet)))
				require.Empty(t, w.inFlight())
				w.check()
				require.NoError(t, w.farm.Acknowledge(packet))
				require.Equal(t, before, w.has())
				w.check()
			})
		}
		to := func(zone string) *types.MsgSend {
			msg := w.message(11, "to "+zone)
			msg.Envelope.Zone = zone
			return msg
		}
		refused("unknown zone", to("mine"), zonestypes.ErrUnknownZone)
		w.Claim("mine", "")
		refused("zone that has not announced itself", to("mine"), zonestypes.ErrPending)

		// Nothing else may go to the port for a while.
		packet := w.send(w.message(1, "supply for percentages"))
		_, err := w.farm.Receive(packet)
		require.NoError(t, err)
		flight := w.inFlight()[0]
		w.port.Relay(w.Main.Sent[len(w.Main.Sent)-1])
		require.NoError(t, w.farm.Acknowledge(packet))
		limit := ratelimittypes.NewMsgAddRateLimit(flight.Payment.Denom, w.port.MainChannel(), sdkmath.NewInt(1), sdkmath.NewInt(1), 24)
		if w.Main.App.BankKeeper.GetSupply(w.Main.Ctx(), flight.Payment.Denom).Amount.LT(sdkmath.NewInt(1000)) {
			require.NoError(t, w.Main.App.RateLimitKeeper.AddRateLimit(w.Main.Ctx(), limit))
			refused("rate limit of the second channel", to("port"), ratelimittypes.ErrQuotaExceeded)
			w.Main.App.RateLimitKeeper.RemoveRateLimit(w.Main.Ctx(), flight.Payment.Denom, w.port.MainChannel())
		}

		stale := zonestypes.DefaultParams()
		stale.StaleAfter = time.Minute
		require.NoError(t, w.Main.App.ZonesKeeper.Params.Set(w.Main.Ctx(), stale))
		w.Coordinator.IncrementTimeBy(2 * time.Minute)
		w.Coordinator.CommitBlock(w.Main.Test)
		refused("stale zone", to("port"), zonestypes.ErrStale)
		require.NoError(t, w.Main.App.ZonesKeeper.Params.Set(w.Main.Ctx(), zonestypes.DefaultParams()))

		_, err = w.Main.Send(w.Owner(), []sdk.Msg{&zonestypes.MsgRetireZone{Signer: w.Owner().String(), Name: "port"}})
		require.NoError(t, err)
		refused("retired zone", to("port"), zonestypes.ErrRetired)
		_, err = w.Main.Send(w.Owner(), []sdk.Msg{&zonestypes.MsgRetireZone{Signer: w.Owner().String(), Name: "farm"}})
		require.NoError(t, err)
		refused("from a retired zone", to("port"), types.ErrNoForwarding)
	})
}

// The zone itself refuses what could not arrive, before anything leaves.
func TestForwardingRefusedAtTheStart(t *testing.T) {
	w := newTriangle(t)
	for name, c := range map[string]struct {
		from   *fixture.Fixture
		change func(*types.MsgSend)
		reason error
	}{
		"self-loop":              {w.farm.Zone.Fixture, func(m *types.MsgSend) { m.Envelope.Zone = "farm" }, types.ErrSelfLoop},
		"self-loop by channel":   {w.farm.Zone.Fixture, func(m *types.MsgSend) { m.Envelope.Zone, m.Channel = "farm", w.farm.ZoneChannel() }, types.ErrSelfLoop},
		"odd name":               {w.farm.Zone.Fixture, func(m *types.MsgSend) { m.Envelope.Zone = "The Port" }, types.ErrZone},
		"beyond trusting period": {w.farm.Zone.Fixture, func(m *types.MsgSend) { m.Envelope.Deadline = uint64(fixture.Start.Add(300 * time.Hour).UnixNano()) }, types.ErrDeadline},
		"deadline in the past":   {w.farm.Zone.Fixture, func(m *types.MsgSend) { m.Envelope.Deadline = uint64(fixture.Start.UnixNano()) }, types.ErrDeadline},
		"unknown, from main":     {w.Main.Fixture, func(m *types.MsgSend) { m.Envelope.Zone = "mine" }, zonestypes.ErrUnknownZone},
		"zone named to a zone":   {w.Main.Fixture, func(m *types.MsgSend) { m.Channel = w.farm.MainChannel() }, types.ErrZone},
		"own origin": {w.farm.Zone.Fixture, func(m *types.MsgSend) {
			m.Envelope.Zone, m.Envelope.Origin = "", &types.Origin{ChainId: "x-1", Sender: "x"}
		}, types.ErrOrigin},
	} {
		t.Run(name, func(t *testing.T) {
			msg := w.message(1, name)
			msg.Payment = c.from.Native(1)
			c.change(msg)
			ctx, _ := c.from.Ctx().CacheContext()
			_, err := c.from.App.MsgServiceRouter().Handler(msg)(ctx, msg)
			require.ErrorIs(t, err, c.reason)
		})
	}
	// A channel that is not the hub's leads nowhere either.
	second := w.Reconnect("farm")
	msg := w.message(1, "past the hub")
	msg.Channel = second.ZoneChannel()
	_, err := w.farm.Zone.Send(w.alice, []sdk.Msg{msg})
	require.ErrorIs(t, err, types.ErrZone)
	w.check()
}

// A packet is passed on once, however often it is relayed.
func TestForwardReplay(t *testing.T) {
	w := newTriangle(t)
	first := w.send(w.message(6, "once"))
	receive := w.farm.ReceiveMsg(first)
	_, err := w.farm.Receive(first)
	require.NoError(t, err)
	second := w.Main.Sent[len(w.Main.Sent)-1]
	again := w.port.ReceiveMsg(second)
	replay := func() {
		sent := len(w.Main.Sent)
		_, _ = w.Main.Send(w.Main.Relayer(), []sdk.Msg{receive}) // redundant: an error or nothing
		_, _ = w.port.Zone.Send(w.port.Zone.Relayer(), []sdk.Msg{again})
		require.Len(t, w.Main.Sent, sent)
		w.check()
	}
	replay()
	require.NoError(t, w.port.Acknowledge(second))
	replay()
	_ = w.port.AcknowledgeFrom(w.Main, second, w.port.Zone.Ack(second))
	require.NoError(t, w.farm.Acknowledge(first))
	replay()
	require.Len(t, inbox(t, w.port.Zone, w.bob), 1)
	require.Len(t, inbox(t, w.farm.Zone, w.alice), 1, "one receipt")
}
