package keeper

import (
	"context"
	"time"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/x/zones/types"
)

// RouteByZone returns the channel that leads to a zone, or why nothing can be sent
// there: ErrUnknownZone, ErrPending, ErrStale, ErrRetired.
func (k Keeper) RouteByZone(ctx context.Context, name string) (string, error) {
	zone, err := k.get(ctx, name)
	if err != nil {
		return "", err
	}
	switch zone.Status {
	case types.STATUS_PENDING:
		return "", errorsmod.Wrapf(types.ErrPending, "zone %s: is registered, and has not announced itself yet", name)
	case types.STATUS_RETIRED:
		return "", errorsmod.Wrapf(types.ErrRetired, "zone %s", name)
	}
	info, err := k.info(sdk.UnwrapSDKContext(ctx), zone)
	if err != nil {
		return "", err
	}
	if info.Status == types.STATUS_STALE {
		return "", errorsmod.Wrapf(types.ErrStale, "zone %s: last seen at %s, client %s is %s; it has to be updated first", name, info.Seen, zone.ClientId, info.ClientStatus)
	}
	return zone.ChannelId, nil
}

// ZoneOfChannel returns the name of the active zone that has proven to be at the
// other end of a channel.
func (k Keeper) ZoneOfChannel(ctx context.Context, channelID string) (string, bool) {
	name, err := k.Channels.Get(ctx, channelID)
	if err != nil {
		return "", false
	}
	zone, err := k.Zones.Get(ctx, name)
	return name, err == nil && zone.Status == types.STATUS_ACTIVE
}

// info derives what a zone is now. Staleness is computed here and nowhere else, so
// that no block has to look at every zone.
func (k Keeper) info(ctx sdk.Context, zone types.Zone) (types.ZoneInfo, error) {
	info := types.ZoneInfo{Zone: zone, Status: zone.Status}
	if zone.ClientId == "" || k.client == nil {
		return info, nil
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return info, err
	}
	info.ClientStatus = ibcexported.Unknown.String()
	if state, found := k.client.GetClientState(ctx, zone.ClientId); found {
		info.ClientStatus = k.client.GetClientStatus(ctx, state, zone.ClientId).String()
		if latest, found := k.client.GetLatestClientConsensusState(ctx, zone.ClientId); found {
			seen := time.Unix(0, int64(latest.GetTimestamp())).UTC() // nanoseconds until the year 2262
			info.Seen = &seen
			if client, ok := state.(*ibctm.ClientState); ok {
				expires := seen.Add(client.TrustingPeriod)
				info.ClientExpires = &expires
			}
		}
	}
	fresh := info.Seen != nil && ctx.BlockTime().Sub(*info.Seen) < params.StaleAfter
	if zone.Status == types.STATUS_ACTIVE && (!fresh || info.ClientStatus != ibcexported.Active.String()) {
		info.Status = types.STATUS_STALE
	}
	return info, nil
}
