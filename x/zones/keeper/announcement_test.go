package keeper_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	"github.com/meshchain/meshchain/x/zones/types"
)

func TestActivation(t *testing.T) {
	w := newMain(t)
	nonce := w.register(alice)
	_, err := w.keeper.RouteByZone(w.ctx, "farm")
	require.ErrorIs(t, err, types.ErrPending)
	_, found := w.keeper.ZoneOfChannel(w.ctx, "channel-0")
	require.False(t, found, "a claim proves nothing")

	require.NoError(t, w.deliver(transacket(types.TopicActivate, activation(nonce))))
	info := w.zone("farm")
	require.Equal(t, types.STATUS_ACTIVE, info.Status)
	require.Equal(t, types.Hub{ClientId: "07-tendermint-0", ConnectionId: "connection-0", ChannelId: "channel-0"},
		types.Hub{ClientId: info.Zone.ClientId, ConnectionId: info.Zone.ConnectionId, ChannelId: info.Zone.ChannelId})
	require.Equal(t, chainTime.Add(14*24*time.Hour), *info.ClientExpires)
	route, err := w.query.Route(w.ctx, &types.QueryRouteRequest{Name: "farm"})
	require.NoError(t, err)
	require.Equal(t, "channel-0", route.ChannelId)
	byChannel, err := w.query.ZoneByChannel(w.ctx, &types.QueryZoneByChannelRequest{ChannelId: "channel-0"})
	require.NoError(t, err)
	require.Equal(t, info, byChannel.Zone)

	require.ErrorIs(t, w.deliver(transacket(types.TopicActivate, activation(nonce))), types.ErrStatus, "a nonce is used once")
}

func TestActivationRefused(t *testing.T) {
	type packet = transackettypes.Transacket
	for name, c := range map[string]struct {
		change func(w *world, t *packet, a *types.Activation)
		reason error
	}{
		"from an account there": {func(_ *world, t *packet, _ *types.Activation) { t.From = mallory.String() }, types.ErrNotFromZone},
		"sent on the main chain": {func(_ *world, t *packet, _ *types.Activation) {
			t.Source = transackettypes.Source{Channel: transackettypes.LocalChannel}
		}, types.ErrNotFromZone},
		"passed on":               {func(_ *world, t *packet, _ *types.Activation) { t.Envelope.Origin = &transackettypes.Origin{} }, types.ErrNotFromZone},
		"through another channel": {func(w *world, t *packet, _ *types.Activation) { t.Source.DestinationChannel = w.ibc.open(1, "farm-1") }, types.ErrNotFromZone},
		"another nonce":           {func(_ *world, _ *packet, a *types.Activation) { a.Nonce = bytes.Repeat([]byte{1}, types.HashLength) }, types.ErrNonce},
		"another owner":           {func(_ *world, _ *packet, a *types.Activation) { a.Owner = mallory.String() }, types.ErrNotOwner},
		"another genesis": {func(_ *world, _ *packet, a *types.Activation) {
			a.GenesisHash = bytes.Repeat([]byte{1}, types.HashLength)
		}, types.ErrAnnouncement},
		"another name":        {func(_ *world, _ *packet, a *types.Activation) { a.Name = "port" }, types.ErrUnknownZone},
		"another topic":       {func(_ *world, t *packet, _ *types.Activation) { t.Envelope.Topic = "zones/other" }, types.ErrAnnouncement},
		"a heartbeat's topic": {func(_ *world, t *packet, _ *types.Activation) { t.Envelope.Topic = types.TopicHeartbeat }, types.ErrAnnouncement},
		"body elsewhere": {func(_ *world, t *packet, _ *types.Activation) {
			t.Envelope.Body = &transackettypes.Envelope_OutOfBand{}
		}, types.ErrAnnouncement},
		"client of another chain": {func(w *world, _ *packet, _ *types.Activation) { w.ibc.open(0, "port-1") }, types.ErrChannel},
		"client turned local":     {func(w *world, _ *packet, _ *types.Activation) { w.ibc.local(0) }, types.ErrChannel},
		"channel closed since": {func(w *world, _ *packet, _ *types.Activation) {
			w.ibc.change("channel-0", func(c *channeltypes.Channel) { c.State = channeltypes.CLOSED })
		}, types.ErrChannel},
		"contract at the other end": {func(w *world, _ *packet, _ *types.Activation) {
			w.ibc.change("channel-0", func(c *channeltypes.Channel) { c.Counterparty.PortId = "wasm.x" })
		}, types.ErrChannel},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMain(t)
			a := activation(w.register(alice))
			packet := transacket(types.TopicActivate, a)
			c.change(w, &packet, a)
			if inband, ok := packet.Envelope.Body.(*transackettypes.Envelope_Inband); ok {
				body, err := a.Marshal()
				require.NoError(t, err)
				inband.Inband = body
			}
			require.ErrorIs(t, w.deliver(packet), c.reason)
			require.Equal(t, types.STATUS_PENDING, w.zone("farm").Status)
		})
	}
	t.Run("not canonical", func(t *testing.T) {
		w := newMain(t)
		packet := transacket(types.TopicActivate, activation(w.register(alice)))
		inband := packet.Envelope.Body.(*transackettypes.Envelope_Inband)
		inband.Inband = append(inband.Inband, 0x50, 0x01) // a field of some later version
		require.ErrorIs(t, w.deliver(packet), types.ErrAnnouncement)
		inband.Inband = []byte("hello")
		require.ErrorIs(t, w.deliver(packet), types.ErrAnnouncement)
	})
}

// Mallory registers a zone that is not hers and claims its channel. Her nonce gets
// to the main chain, since anybody can make a zone announce; but the zone names its
// owner itself.
func TestSquatterIsNotConfirmed(t *testing.T) {
	w, farm := newMain(t), newZone(t)
	nonce := w.register(mallory)
	_, err := farm.msg.PinHub(farm.ctx, &types.MsgPinHub{Signer: alice.String(), Hub: hub(0)})
	require.NoError(t, err)
	_, err = farm.msg.Announce(farm.ctx, &types.MsgAnnounce{Sender: mallory.String(), Nonce: nonce, GenesisHash: hash})
	require.NoError(t, err)
	sent := farm.outbox.sent[0]
	packet := transacket(types.TopicActivate, &types.Activation{})
	packet.Envelope, packet.From, packet.To = sent.Envelope, sent.Sender, sent.To
	require.ErrorIs(t, w.deliver(packet), types.ErrNotOwner)

	w.later(types.DefaultParams().PendingPeriod)
	w.activate()
	require.Equal(t, alice.String(), w.zone("farm").Zone.Owner)
}

// Of two names for one chain only the first to be confirmed gets channel and client.
func TestOneChannelAndOneClientPerZone(t *testing.T) {
	w := newMain(t)
	w.activate()
	second := registration(mallory)
	second.Name, second.ChainId = "farms", "farms-1"
	_, err := w.msg.RegisterZone(w.ctx, second)
	require.ErrorIs(t, err, types.ErrChannel, "channel-0 leads to farm-1")
	w.ibc.open(0, "farms-1") // as if the client had been replaced
	_, err = w.msg.RegisterZone(w.ctx, second)
	require.ErrorIs(t, err, types.ErrChannelTaken)
	require.ErrorContains(t, err, "channel-0")

	w.ibc.open(1, "farms-1")
	w.ibc.of["connection-1"] = "07-tendermint-0"
	second.ChannelId = "channel-1"
	_, err = w.msg.RegisterZone(w.ctx, second)
	require.ErrorIs(t, err, types.ErrChannelTaken)
	require.ErrorContains(t, err, "07-tendermint-0")

	// A claim made before the channel was proven gives no right to it.
	second.ChannelId = ""
	response, err := w.msg.RegisterZone(w.ctx, second)
	require.NoError(t, err)
	zone, err := w.keeper.Zones.Get(w.ctx, "farms")
	require.NoError(t, err)
	zone.ChannelId = "channel-1"
	require.NoError(t, w.keeper.Zones.Set(w.ctx, "farms", zone))
	packet := transacket(types.TopicActivate, &types.Activation{Nonce: response.Nonce, Name: "farms", Owner: mallory.String(), GenesisHash: hash})
	packet.Source.DestinationChannel = "channel-1"
	require.ErrorIs(t, w.deliver(packet), types.ErrChannelTaken)
}

func TestHeartbeat(t *testing.T) {
	w := newMain(t)
	beat := types.Heartbeat{Height: 10, HeaderHash: hash, Devices: 3, Transackets: 4}
	require.ErrorIs(t, w.deliver(transacket(types.TopicHeartbeat, &beat)), types.ErrNotFromZone, "not active yet")
	w.activate()
	w.later(time.Hour)
	require.NoError(t, w.deliver(transacket(types.TopicHeartbeat, &beat)))
	zone := w.zone("farm").Zone
	require.Equal(t, beat, *zone.Heartbeat)
	require.Equal(t, w.ctx.BlockTime(), *zone.Heard)

	for height, valid := range map[uint64]bool{0: false, 9: false, 10: false, 1001: false, 1000: true} {
		if !valid {
			require.ErrorIs(t, w.deliver(transacket(types.TopicHeartbeat, &types.Heartbeat{Height: height})), types.ErrAnnouncement, height)
		}
	}
	require.ErrorIs(t, w.deliver(transacket(types.TopicHeartbeat, &types.Heartbeat{Height: 11, HeaderHash: hash[1:]})), types.ErrAnnouncement)
	stranger := transacket(types.TopicHeartbeat, &types.Heartbeat{Height: 11})
	stranger.From = mallory.String()
	require.ErrorIs(t, w.deliver(stranger), types.ErrNotFromZone)
	require.NoError(t, w.deliver(transacket(types.TopicHeartbeat, &types.Heartbeat{Height: 1000})))
}

func TestStaleIsDerived(t *testing.T) {
	w := newMain(t)
	w.activate()
	route := func() error {
		_, err := w.keeper.RouteByZone(w.ctx, "farm")
		return err
	}
	w.later(types.DefaultParams().StaleAfter - 1)
	require.NoError(t, route())
	w.later(1)
	require.ErrorIs(t, route(), types.ErrStale)
	require.Equal(t, types.STATUS_STALE, w.zone("farm").Status)
	w.ibc.seen["07-tendermint-0"] = w.ctx.BlockTime()
	require.NoError(t, route(), "heard again")
	for _, status := range []ibcexported.Status{ibcexported.Expired, ibcexported.Frozen, ibcexported.Unknown} {
		w.ibc.status["07-tendermint-0"] = status
		require.ErrorIs(t, route(), types.ErrStale, status)
	}
	_, found := w.keeper.ZoneOfChannel(w.ctx, "channel-0")
	require.True(t, found, "what still arrives from it has an origin")
	_, err := w.keeper.RouteByZone(w.ctx, "port")
	require.ErrorIs(t, err, types.ErrUnknownZone)
}

// What is not for the registry, or arrives on a zone, goes into an inbox as usual.
func TestHookLeavesOthersAlone(t *testing.T) {
	w := newMain(t)
	other := transacket(types.TopicHeartbeat, &types.Heartbeat{Height: 1})
	other.To = alice.String()
	require.False(t, w.keeper.Hooks().Wants(w.ctx, other))
	result, err := w.keeper.Hooks().OnTransacket(w.ctx, other)
	require.NoError(t, err)
	require.False(t, result.Handled)
	zone := newZone(t)
	result, err = zone.keeper.Hooks().OnTransacket(zone.ctx, transacket(types.TopicHeartbeat, &types.Heartbeat{Height: 1}))
	require.NoError(t, err)
	require.False(t, result.Handled)
}

func hub(n int) types.Hub {
	return types.Hub{ClientId: "07-tendermint-0", ConnectionId: "connection-0", ChannelId: []string{"channel-0", "channel-1"}[n]}
}

func TestPinHub(t *testing.T) {
	w := newZone(t)
	pin := func(by sdk.AccAddress, hub types.Hub) error {
		_, err := w.msg.PinHub(w.ctx, &types.MsgPinHub{Signer: by.String(), Hub: hub})
		return err
	}
	require.ErrorIs(t, pin(mallory, hub(0)), types.ErrAuthority)
	require.ErrorIs(t, pin(alice, hub(1)), types.ErrChannel, "no such channel")
	wrong := hub(0)
	wrong.ClientId = "07-tendermint-1"
	require.ErrorIs(t, pin(alice, wrong), types.ErrHub)
	require.ErrorIs(t, pin(alice, types.Hub{}), types.ErrHub)
	w.ibc.change("channel-0", func(c *channeltypes.Channel) { c.Counterparty.PortId = "wasm.x" })
	require.ErrorIs(t, pin(gov, hub(0)), types.ErrChannel)
	w.ibc.open(0, "mesh-main-1")

	require.NoError(t, pin(alice, hub(0)))
	require.ErrorIs(t, pin(alice, hub(0)), types.ErrAuthority, "once")
	w.ibc.open(1, "mesh-main-1")
	w.ibc.of["connection-0"] = "07-tendermint-0"
	second := types.Hub{ClientId: "07-tendermint-1", ConnectionId: "connection-1", ChannelId: "channel-1"}
	require.ErrorIs(t, pin(alice, second), types.ErrAuthority)
	require.NoError(t, pin(gov, second))
	response, err := w.query.Hub(w.ctx, &types.QueryHubRequest{})
	require.NoError(t, err)
	require.Equal(t, &types.QueryHubResponse{Hub: &second, Owner: alice.String(), Account: types.RegistryAddress().String()}, response)
}

func TestAnnounce(t *testing.T) {
	w := newZone(t)
	announce := func(nonce, genesis []byte) error {
		_, err := w.msg.Announce(w.ctx, &types.MsgAnnounce{Sender: mallory.String(), Nonce: nonce, GenesisHash: genesis})
		return err
	}
	require.ErrorIs(t, announce(nil, nil), types.ErrNoHub)
	require.NoError(t, w.keeper.InitGenesis(w.ctx, types.GenesisState{
		Identity: types.ZoneIdentity("farm"), Params: types.DefaultParams(), NextRegistration: 1, Owner: alice.String(), Hub: &types.Hub{
			ClientId: "07-tendermint-0", ConnectionId: "connection-0", ChannelId: "channel-0",
		},
	}))
	require.ErrorIs(t, announce(hash, nil), types.ErrAnnouncement)
	require.ErrorIs(t, announce(nil, hash), types.ErrAnnouncement)
	require.NoError(t, announce(hash, hash))
	w.ctx = w.ctx.WithHeaderHash(hash)
	require.NoError(t, announce(nil, nil))

	sent := w.outbox.sent
	require.Len(t, sent, 2)
	for _, msg := range sent {
		require.Equal(t, types.RegistryAddress().String(), msg.Sender)
		require.Equal(t, types.RegistryAddress().String(), msg.To)
		require.Equal(t, "channel-0", msg.Channel)
		require.Equal(t, "1ufarm", msg.Payment.String())
	}
	activation, err := types.DecodeActivation(sent[0].Envelope.GetInband())
	require.NoError(t, err)
	require.Equal(t, types.Activation{Nonce: hash, Name: "farm", Owner: alice.String(), GenesisHash: hash}, activation)
	beat, err := types.DecodeHeartbeat(sent[1].Envelope.GetInband())
	require.NoError(t, err)
	require.Equal(t, types.Heartbeat{Height: 9, HeaderHash: hash, Transackets: 42}, beat)

	require.NoError(t, w.keeper.Owner.Remove(w.ctx))
	require.ErrorIs(t, announce(hash, hash), types.ErrNotOwner)
	require.NoError(t, announce(nil, nil), "a heartbeat needs no owner")
}
