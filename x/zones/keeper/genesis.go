package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

// InitGenesis sets the chain's identity, once and for all, and the registry.
func (k Keeper) InitGenesis(ctx context.Context, gs types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.identity.Set(ctx, gs.Identity); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.Registration.Set(ctx, gs.NextRegistration); err != nil {
		return err
	}
	for _, zone := range gs.Zones {
		if err := k.put(ctx, zone, nil); err != nil {
			return err
		}
	}
	for _, refund := range gs.Refunds {
		owner, err := sdk.AccAddressFromBech32(refund.Owner)
		if err != nil {
			return err
		}
		if err := k.Refunds.Set(ctx, owner, refund); err != nil {
			return err
		}
	}
	if gs.Owner != "" {
		if err := k.Owner.Set(ctx, gs.Owner); err != nil {
			return err
		}
	}
	if gs.Hub != nil {
		return k.hub.Set(ctx, *gs.Hub)
	}
	return nil
}

// ExportGenesis returns the module's state.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var gs types.GenesisState
	var err error
	if gs.Identity, err = k.Identity(ctx); err != nil {
		return nil, err
	}
	if gs.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.NextRegistration, err = k.Registration.Peek(ctx); err != nil {
		return nil, err
	}
	err = k.Zones.Walk(ctx, nil, func(_ string, zone types.Zone) (bool, error) {
		gs.Zones = append(gs.Zones, zone)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Refunds.Walk(ctx, nil, func(_ sdk.AccAddress, refund types.Refund) (bool, error) {
		gs.Refunds = append(gs.Refunds, refund)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if gs.Owner, err = k.owner(ctx); err != nil {
		return nil, err
	}
	hub, pinned, err := k.Hub(ctx)
	if pinned {
		gs.Hub = &hub
	}
	return &gs, err
}
