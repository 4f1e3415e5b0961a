package keeper

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/x/zones/types"
)

// link is a transfer channel with what carries it.
type link struct {
	types.Hub
	client *ibctm.ClientState
}

// link follows a channel of port transfer down to its light client. It refuses what
// cannot be a chain's: another counterparty port than transfer (a contract can open
// wasm.*), and any client but tendermint's (localhost is this chain itself).
func (k Keeper) link(ctx sdk.Context, channelID string) (link, error) {
	if k.channel == nil {
		return link{}, errorsmod.Wrapf(types.ErrChannel, "channel %s: this chain has no IBC", channelID)
	}
	end, found := k.channel.GetChannel(ctx, transfertypes.PortID, channelID)
	switch {
	case !found:
		return link{}, errorsmod.Wrapf(types.ErrChannel, "channel %s: there is none of this name on port %s", channelID, transfertypes.PortID)
	case end.State != channeltypes.OPEN:
		return link{}, errorsmod.Wrapf(types.ErrChannel, "channel %s is %s: must be open", channelID, end.State)
	case end.Counterparty.PortId != transfertypes.PortID:
		return link{}, errorsmod.Wrapf(types.ErrChannel, "channel %s: port %s at the other end: must be %s", channelID, end.Counterparty.PortId, transfertypes.PortID)
	case len(end.ConnectionHops) != 1:
		return link{}, errorsmod.Wrapf(types.ErrChannel, "channel %s: %d connections: must be one", channelID, len(end.ConnectionHops))
	}
	clientID, state, err := k.channel.GetChannelClientState(ctx, transfertypes.PortID, channelID)
	if err != nil {
		return link{}, errorsmod.Wrapf(types.ErrChannel, "channel %s: %s", channelID, err)
	}
	client, ok := state.(*ibctm.ClientState)
	if !ok {
		return link{}, errorsmod.Wrapf(types.ErrChannel, "channel %s: client %s is a %s client: must be a tendermint client", channelID, clientID, state.ClientType())
	}
	return link{types.Hub{ClientId: clientID, ConnectionId: end.ConnectionHops[0], ChannelId: channelID}, client}, nil
}

// free fails if channel or client belong to a zone already.
func (k Keeper) free(ctx sdk.Context, l link) error {
	if name, err := k.Channels.Get(ctx, l.ChannelId); err == nil {
		return errorsmod.Wrapf(types.ErrChannelTaken, "channel %s is proven to be zone %s's", l.ChannelId, name)
	}
	if name, err := k.Clients.Get(ctx, l.ClientId); err == nil {
		return errorsmod.Wrapf(types.ErrChannelTaken, "client %s of channel %s is proven to be zone %s's", l.ClientId, l.ChannelId, name)
	}
	return nil
}

// checkClaim tells early what would make an activation fail. A claim reserves
// nothing: two registrations may claim one channel, and the zone at its other end
// decides.
func (k Keeper) checkClaim(ctx sdk.Context, channelID, chainID string) error {
	l, err := k.link(ctx, channelID)
	if err != nil {
		return err
	}
	if l.client.ChainId != chainID {
		return errorsmod.Wrapf(types.ErrChannel, "channel %s leads to chain %q: must lead to %q", channelID, l.client.ChainId, chainID)
	}
	return k.free(ctx, l)
}
