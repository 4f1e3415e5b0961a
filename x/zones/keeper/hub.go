package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

// Hub returns the pinned way to the main chain, if this is a zone that has one.
func (k Keeper) Hub(ctx context.Context) (types.Hub, bool, error) {
	hub, err := k.hub.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Hub{}, false, nil
	}
	return hub, err == nil, err
}

// ZoneOwner is the account of the main chain that this zone's genesis names as its
// owner; empty if none, and on the main chain.
func (k Keeper) ZoneOwner(ctx context.Context) (string, error) { return k.owner(ctx) }

// owner that genesis names; empty if none.
func (k Keeper) owner(ctx context.Context) (string, error) {
	owner, err := k.Owner.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return "", nil
	}
	return owner, err
}

// pinHub pins the hub: the owner the first one, governance any. The three names
// must belong together; whether the chain at the other end is the main chain is
// what the signer vouches for, as no chain can prove its name.
func (k Keeper) pinHub(ctx sdk.Context, msg *types.MsgPinHub) error {
	owner, err := k.owner(ctx)
	if err != nil {
		return err
	}
	_, pinned, err := k.Hub(ctx)
	switch {
	case err != nil:
		return err
	case msg.Signer == k.authority:
	case msg.Signer != owner:
		return errorsmod.Wrapf(types.ErrAuthority, "%s: a hub is pinned by governance (%s) or, the first one, by the owner that genesis names", msg.Signer, k.authority)
	case pinned:
		return errorsmod.Wrapf(types.ErrAuthority, "%s: a hub is pinned already; only governance (%s) can replace it", msg.Signer, k.authority)
	}
	l, err := k.link(ctx, msg.Hub.ChannelId)
	if err != nil {
		return err
	}
	if l.Hub != msg.Hub {
		return errorsmod.Wrapf(types.ErrHub, "channel %s runs over connection %s and client %s, not over %s and %s",
			l.ChannelId, l.ConnectionId, l.ClientId, msg.Hub.ConnectionId, msg.Hub.ClientId)
	}
	if err := k.hub.Set(ctx, msg.Hub); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&types.EventHubPinned{Hub: msg.Hub, By: msg.Signer})
}
