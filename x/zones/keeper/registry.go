package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

// get returns a zone by name, or ErrUnknownZone.
func (k Keeper) get(ctx context.Context, name string) (types.Zone, error) {
	zone, err := k.Zones.Get(ctx, name)
	if errors.Is(err, collections.ErrNotFound) {
		return zone, errorsmod.Wrapf(types.ErrUnknownZone, "zone %.80q", name)
	}
	return zone, err
}

// put writes a zone and what finds it: channel and client of those that have proven
// them, the deadline of those that have one. old is what was there before, if
// anything.
func (k Keeper) put(ctx context.Context, zone types.Zone, old *types.Zone) error {
	if old != nil && old.Deadline != nil {
		if err := k.Deadlines.Remove(ctx, collections.Join(*old.Deadline, old.Name)); err != nil {
			return err
		}
	}
	if zone.Deadline != nil {
		if err := k.Deadlines.Set(ctx, collections.Join(*zone.Deadline, zone.Name)); err != nil {
			return err
		}
	}
	if zone.Status != types.STATUS_PENDING {
		if err := k.Channels.Set(ctx, zone.ChannelId, zone.Name); err != nil {
			return err
		}
		if err := k.Clients.Set(ctx, zone.ClientId, zone.Name); err != nil {
			return err
		}
	}
	return k.Zones.Set(ctx, zone.Name, zone)
}

// register reserves a name and issues a nonce. An expired registration of the same
// name that was not pruned yet makes room.
func (k Keeper) register(ctx sdk.Context, msg *types.MsgRegisterZone) (types.Zone, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.Zone{}, err
	}
	if !msg.Bond.Equal(params.Bond) {
		return types.Zone{}, errorsmod.Wrapf(types.ErrBond, "bond %s: must be %s (the parameter bond)", msg.Bond, params.Bond)
	}
	if types.ZoneIdentity(msg.Name).ValidateChainID(ctx.ChainID()) == nil {
		return types.Zone{}, errorsmod.Wrapf(types.ErrNameTaken, "zone %s: that is the main chain's own name (%s)", msg.Name, ctx.ChainID())
	}
	switch old, err := k.get(ctx, msg.Name); {
	case errors.Is(err, types.ErrUnknownZone):
	case err != nil:
		return old, err
	case old.Deadline == nil || old.Deadline.After(ctx.BlockTime()):
		return old, errorsmod.Wrapf(types.ErrNameTaken, "zone %s is %s and belongs to %s", old.Name, old.Status, old.Owner)
	default:
		if err := k.remove(ctx, old, params); err != nil {
			return old, err
		}
	}
	if msg.ChannelId != "" {
		if err := k.checkClaim(ctx, msg.ChannelId, msg.ChainId); err != nil {
			return types.Zone{}, err
		}
	}
	owner, err := sdk.AccAddressFromBech32(msg.Owner)
	if err != nil {
		return types.Zone{}, err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, owner, types.ModuleName, sdk.NewCoins(msg.Bond)); err != nil {
		return types.Zone{}, errorsmod.Wrapf(types.ErrBond, "bond %s of %s: %s", msg.Bond, msg.Owner, err)
	}
	n, err := k.Registration.Next(ctx)
	if err != nil {
		return types.Zone{}, err
	}
	now := ctx.BlockTime().UTC()
	deadline := now.Add(params.PendingPeriod)
	if err := k.checkNodes(ctx, msg.Name, msg.Endpoints); err != nil {
		return types.Zone{}, err
	}
	zone := types.Zone{
		Name: msg.Name, ChainId: msg.ChainId, Owner: owner.String(), Area: msg.Area, Level: msg.Level,
		GenesisHash: msg.GenesisHash, ChannelId: msg.ChannelId, Endpoints: msg.Endpoints, Bond: msg.Bond,
		Status: types.STATUS_PENDING, Nonce: types.NewNonce(ctx.ChainID(), msg.Name, n), Registered: now, Deadline: &deadline,
	}
	return zone, k.put(ctx, zone, nil)
}

// update replaces what an owner may replace.
func (k Keeper) update(ctx sdk.Context, msg *types.MsgUpdateZone) (types.Zone, error) {
	zone, err := k.get(ctx, msg.Name)
	if err != nil {
		return zone, err
	}
	old := zone
	switch {
	case zone.Owner != msg.Owner:
		return zone, errorsmod.Wrapf(types.ErrNotOwner, "%s: zone %s belongs to %s", msg.Owner, zone.Name, zone.Owner)
	case zone.Status == types.STATUS_RETIRED:
		return zone, errorsmod.Wrapf(types.ErrRetired, "zone %s: its entry stays as it is", zone.Name)
	case msg.ChannelId != "" && zone.Status != types.STATUS_PENDING:
		return zone, errorsmod.Wrapf(types.ErrStatus, "zone %s is %s: its channel %s is proven; only the claim of a pending zone can change", zone.Name, zone.Status, zone.ChannelId)
	}
	if msg.ChannelId != "" {
		if err := k.checkClaim(ctx, msg.ChannelId, zone.ChainId); err != nil {
			return zone, err
		}
		zone.ChannelId = msg.ChannelId
	}
	if err := k.checkNodes(ctx, zone.Name, msg.Endpoints); err != nil {
		return zone, err
	}
	zone.Area, zone.Level, zone.Endpoints = msg.Area, msg.Level, msg.Endpoints
	return zone, k.put(ctx, zone, &old)
}

// retire closes a zone: at once if it is pending, else with a period in which name
// and bond stay where they are.
func (k Keeper) retire(ctx sdk.Context, msg *types.MsgRetireZone) error {
	zone, err := k.get(ctx, msg.Name)
	if err != nil {
		return err
	}
	if msg.Signer != zone.Owner && msg.Signer != k.authority {
		return errorsmod.Wrapf(types.ErrNotOwner, "%s: zone %s can be retired by its owner %s and by governance", msg.Signer, zone.Name, zone.Owner)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	old := zone
	switch zone.Status {
	case types.STATUS_PENDING:
		return k.remove(ctx, zone, params)
	case types.STATUS_ACTIVE:
		deadline := ctx.BlockTime().UTC().Add(params.RetiredPeriod)
		zone.Status, zone.Deadline = types.STATUS_RETIRED, &deadline
		if err := k.put(ctx, zone, &old); err != nil {
			return err
		}
		return ctx.EventManager().EmitTypedEvent(&types.EventZoneRetired{Name: zone.Name, By: msg.Signer})
	default:
		return errorsmod.Wrapf(types.ErrRetired, "zone %s: is retired until %s", zone.Name, zone.Deadline)
	}
}

// remove deletes an entry, which frees its name, channel and client. The owner can
// claim the bond; of a registration that was never activated a part is lost to the
// fee collector, so that sitting on names costs something.
func (k Keeper) remove(ctx sdk.Context, zone types.Zone, params types.Params) error {
	refund, forfeited := zone.Bond, sdk.NewCoin(zone.Bond.Denom, zone.Bond.Amount.Sub(zone.Bond.Amount))
	if zone.Status == types.STATUS_PENDING {
		forfeited.Amount = params.Forfeit.MulInt(zone.Bond.Amount).TruncateInt()
		refund = zone.Bond.Sub(forfeited)
	}
	if forfeited.IsPositive() {
		if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, authtypes.FeeCollectorName, sdk.NewCoins(forfeited)); err != nil {
			return err
		}
	}
	if refund.IsPositive() {
		if err := k.credit(ctx, zone.Owner, refund); err != nil {
			return err
		}
	}
	if zone.Deadline != nil {
		if err := k.Deadlines.Remove(ctx, collections.Join(*zone.Deadline, zone.Name)); err != nil {
			return err
		}
	}
	if zone.Status != types.STATUS_PENDING {
		if err := k.Channels.Remove(ctx, zone.ChannelId); err != nil {
			return err
		}
		if err := k.Clients.Remove(ctx, zone.ClientId); err != nil {
			return err
		}
	}
	if err := k.Zones.Remove(ctx, zone.Name); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&types.EventZoneRemoved{
		Name: zone.Name, Owner: zone.Owner, Status: zone.Status, Refund: refund, Forfeited: forfeited,
	})
}

// refund returns what an owner can claim.
func (k Keeper) refund(ctx context.Context, owner sdk.AccAddress) (types.Refund, error) {
	refund, err := k.Refunds.Get(ctx, owner)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Refund{Owner: owner.String()}, nil
	}
	return refund, err
}

func (k Keeper) credit(ctx context.Context, owner string, coin sdk.Coin) error {
	address, err := sdk.AccAddressFromBech32(owner)
	if err != nil {
		return err
	}
	refund, err := k.refund(ctx, address)
	if err != nil {
		return err
	}
	refund.Amount = refund.Amount.Add(coin)
	return k.Refunds.Set(ctx, address, refund)
}

// claim pays an owner's refunds.
func (k Keeper) claim(ctx sdk.Context, owner sdk.AccAddress) (sdk.Coins, error) {
	refund, err := k.refund(ctx, owner)
	if err != nil {
		return nil, err
	}
	if refund.Amount.Empty() {
		return nil, errorsmod.Wrapf(types.ErrNothingToPay, "owner %s: bonds can be claimed once a retired zone or an expired registration is removed", owner)
	}
	if err := k.Refunds.Remove(ctx, owner); err != nil {
		return nil, err
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, owner, refund.Amount); err != nil {
		return nil, errorsmod.Wrapf(types.ErrBond, "refund %s of %s: %s", refund.Amount, owner, err)
	}
	return refund.Amount, ctx.EventManager().EmitTypedEvent(&types.EventBondClaimed{Owner: owner.String(), Amount: refund.Amount})
}
