package keeper

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// checkOriginOfSent lets nobody but the forwarder name another origin than itself,
// and nobody send to a zone where it would not be passed on: the main chain sends
// to a zone directly, and a zone through its hub.
func (k Keeper) checkOriginOfSent(ctx sdk.Context, channel string, packet types.Packet) error {
	forwarder := packet.Transfer.Sender == types.ForwarderAddress().String()
	switch envelope := packet.Envelope; {
	case envelope.Origin != nil && !forwarder:
		return errorsmod.Wrapf(types.ErrOrigin, "envelope.origin: must be absent in what %s sends", packet.Transfer.Sender)
	case envelope.Origin == nil && forwarder:
		return errorsmod.Wrapf(types.ErrOrigin, "envelope.origin: must be there in what the forwarder %s sends", packet.Transfer.Sender)
	case envelope.Zone == "" || k.zones == nil:
		return nil
	}
	id, err := k.zones.Identity(ctx)
	switch {
	case err != nil:
		return err
	case id.IsMain():
		return errorsmod.Wrapf(types.ErrZone, "envelope.zone %q: must be empty in what the main chain sends; take the channel to the zone", packet.Envelope.Zone)
	case id.Zone == packet.Envelope.Zone:
		return errorsmod.Wrapf(types.ErrSelfLoop, "envelope.zone %q: this is it", packet.Envelope.Zone)
	}
	hub, pinned, err := k.zones.Hub(ctx)
	if err == nil && (!pinned || hub.ChannelId != channel) {
		err = errorsmod.Wrapf(types.ErrZone, "envelope.zone %q: channel %s must be the hub's, %q", packet.Envelope.Zone, channel, hub.ChannelId)
	}
	return err
}

// checkOriginOfReceived accepts an attested origin only from where it is trusted:
// on a zone, over the pinned hub, from the main chain's forwarder. That sender is
// refused everywhere else, with or without an origin, so that its name never stands
// for anything but an attestation.
func (k Keeper) checkOriginOfReceived(ctx sdk.Context, packet channeltypes.Packet, data types.Packet) error {
	forwarder := data.Transfer.Sender == types.ForwarderAddress().String()
	if data.Envelope.Origin == nil && !forwarder {
		return nil
	}
	if err := k.checkHub(ctx, packet); err != nil {
		return err
	}
	switch {
	case !forwarder:
		return errorsmod.Wrapf(types.ErrOrigin, "envelope.origin: sender %.80q must be the main chain's forwarder %s", data.Transfer.Sender, types.ForwarderAddress())
	case data.Envelope.Origin == nil:
		return errorsmod.Wrapf(types.ErrOrigin, "sender %s: the main chain's forwarder attests an origin", data.Transfer.Sender)
	}
	return nil
}

// checkHub refuses packets that did not come over the pinned hub: the channel by
// name, the connection and client below it by name, since a channel can be upgraded
// to another connection, and the port at the other end, since contracts there have
// ports, too.
func (k Keeper) checkHub(ctx sdk.Context, packet channeltypes.Packet) error {
	refuse := func(format string, args ...any) error {
		return errorsmod.Wrapf(types.ErrOrigin, "channel "+packet.DestinationChannel+": "+format, args...)
	}
	if k.zones == nil {
		return refuse("this chain trusts nobody's word for an origin")
	}
	id, err := k.zones.Identity(ctx)
	if err != nil {
		return err
	}
	hub, pinned, err := k.zones.Hub(ctx)
	if err != nil {
		return err
	}
	switch {
	case id.IsMain():
		return refuse("the main chain takes nobody's word for an origin")
	case !pinned:
		return refuse("no hub is pinned")
	case packet.DestinationChannel != hub.ChannelId || packet.DestinationPort != transfertypes.PortID:
		return refuse("origins are trusted on %s only (the hub)", hub.ChannelId)
	case packet.SourcePort != transfertypes.PortID:
		return refuse("port %s at the other end: must be %s", packet.SourcePort, transfertypes.PortID)
	}
	end, found := k.channel.GetChannel(ctx, packet.DestinationPort, packet.DestinationChannel)
	if !found || len(end.ConnectionHops) != 1 || end.ConnectionHops[0] != hub.ConnectionId || end.Counterparty.PortId != transfertypes.PortID {
		return refuse("runs over %v from port %s: must run over %s (the hub) from port %s", end.ConnectionHops, end.Counterparty.PortId, hub.ConnectionId, transfertypes.PortID)
	}
	client, _, err := k.channel.GetChannelClientState(ctx, packet.DestinationPort, packet.DestinationChannel)
	if err != nil {
		return refuse("%s", err)
	}
	if client != hub.ClientId {
		return refuse("client %s: must be %s (the hub)", client, hub.ClientId)
	}
	return nil
}
