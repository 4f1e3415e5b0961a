package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Forward is a TransacKet that the main chain is going to pass on.
type Forward struct {
	// Packet of the first hop, as it came in.
	Packet channeltypes.Packet
	// Origin that the main chain attests: the zone registered for the channel, and
	// the ICS-20 sender there.
	Origin types.Origin
	// Zone it goes to.
	Zone string
	// Channel that leads there.
	Channel string
	// Payment in the denom of this chain.
	Payment sdk.Coin
	// Receiver on the zone.
	Receiver string
	// Envelope as the zone gets it.
	Envelope types.Envelope
	// ID of the TransacKet as it came in.
	ID string
}

// PlanForward decides whether and where a packet that names a zone is passed on. It
// reads only.
//
// There are at most two hops and no cycles: only the main chain passes on, only
// what comes from a zone, only to another one, and what it passes on names none.
func (k Keeper) PlanForward(ctx sdk.Context, packet channeltypes.Packet, data types.Packet, source types.Source) (Forward, error) {
	zone := data.Envelope.Zone
	if err := k.requireMain(ctx); err != nil {
		return Forward{}, errorsmod.Wrapf(err, "envelope.zone %q", zone)
	}
	from, found := k.zones.ZoneOfChannel(ctx, packet.DestinationChannel)
	switch {
	case !found:
		return Forward{}, errorsmod.Wrapf(types.ErrNoForwarding, "channel %s is no active zone's: only zones of the registry are served", packet.DestinationChannel)
	case from == zone:
		return Forward{}, errorsmod.Wrapf(types.ErrSelfLoop, "envelope.zone %q: send it on that chain", zone)
	}
	// A chain can upgrade its light client to any chain-id, and so call itself as
	// another zone does. What is attested is the zone in the registry.
	if err := zonestypes.ZoneIdentity(from).ValidateChainID(source.ChainId); err != nil {
		return Forward{}, errorsmod.Wrapf(types.ErrOrigin, "channel %s is zone %s's: %s", packet.DestinationChannel, from, err)
	}
	channel, err := k.zones.RouteByZone(ctx, zone)
	if err != nil {
		return Forward{}, err
	}
	payment, err := ReceivedPayment(packet, data.Transfer)
	if err != nil {
		return Forward{}, err
	}
	f := Forward{
		Packet: packet, Zone: zone, Channel: channel, Payment: payment, Receiver: data.Transfer.Receiver, Envelope: data.Envelope,
		Origin: types.Origin{ChainId: source.ChainId, Sender: data.Transfer.Sender},
		ID:     (&types.Transacket{Id: source.ID()}).IDHex(),
	}
	f.Envelope.Zone, f.Envelope.Origin = "", &f.Origin
	return f, f.Envelope.Validate()
}

// PassOn sends the second hop from the forwarder, which has the payment, and
// remembers the first. Both hops have the same deadline; the rate limits of the
// second channel apply. Whatever it refuses, the first hop has to be refused as
// well, so that nothing remains of either.
func (k Keeper) PassOn(ctx sdk.Context, f Forward) error {
	memo, err := types.EncodeMemo(f.Envelope)
	if err != nil {
		return err
	}
	transfer := transfertypes.NewMsgTransfer(transfertypes.PortID, f.Channel, f.Payment, types.ForwarderAddress().String(), f.Receiver,
		clienttypes.ZeroHeight(), f.Envelope.Deadline, memo)
	if err := transfer.ValidateBasic(); err != nil {
		return err
	}
	sent, err := k.transfer.Transfer(ctx, transfer)
	if err != nil {
		return errorsmod.Wrapf(err, "channel %s to zone %s", f.Channel, f.Zone)
	}
	flight := types.InFlight{Channel: f.Channel, Sequence: sent.Sequence, Packet: f.Packet, Payment: f.Payment}
	if err := k.InFlight.Set(ctx, collections.Join(f.Channel, sent.Sequence), flight); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&types.EventForwarded{
		Id: f.ID, Origin: f.Origin, Zone: f.Zone, Payment: f.Payment, Channel: f.Channel, Sequence: sent.Sequence,
	})
}

// InFlightOf returns what was passed on in a packet of this chain, if anything.
func (k Keeper) InFlightOf(ctx context.Context, packet channeltypes.Packet) (types.InFlight, bool, error) {
	flight, err := k.InFlight.Get(ctx, collections.Join(packet.SourceChannel, packet.Sequence))
	if errors.Is(err, collections.ErrNotFound) {
		return flight, false, nil
	}
	return flight, err == nil, err
}

// requireMain refuses to pass on unless this is the main chain.
func (k Keeper) requireMain(ctx context.Context) error {
	if k.zones == nil {
		return errorsmod.Wrap(types.ErrNoForwarding, "no registry of zones is wired")
	}
	id, err := k.zones.Identity(ctx)
	if err == nil && !id.IsMain() {
		err = errorsmod.Wrapf(types.ErrNoForwarding, "zone %s: only the main chain passes on", id.Zone)
	}
	return err
}

// route names the channel of what an account of this chain sends to a zone. On the
// main chain it leads there at once, and the envelope need not name the zone any
// more; on a zone it is the hub's.
func (k Keeper) route(ctx context.Context, envelope *types.Envelope) (string, error) {
	if k.zones == nil {
		return "", errorsmod.Wrapf(types.ErrZone, "envelope.zone %q: this chain knows no way to zones", envelope.Zone)
	}
	id, err := k.zones.Identity(ctx)
	if err != nil {
		return "", err
	}
	if id.IsMain() {
		zone := envelope.Zone
		envelope.Zone = ""
		return k.zones.RouteByZone(ctx, zone)
	}
	if id.Zone == envelope.Zone {
		return "", errorsmod.Wrapf(types.ErrSelfLoop, "envelope.zone %q: this is it; leave it out", envelope.Zone)
	}
	hub, pinned, err := k.zones.Hub(ctx)
	if err == nil && !pinned {
		err = errorsmod.Wrapf(types.ErrZone, "envelope.zone %q: zone %s has no hub to send it through", envelope.Zone, id.Zone)
	}
	return hub.ChannelId, err
}
