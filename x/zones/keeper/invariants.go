package keeper

import (
	"context"
	"fmt"
	"time"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

// Invariant is a statement about the module's state that must always hold. Check
// reads only, and returns what is wrong.
type Invariant struct {
	Name  string
	Check func(ctx context.Context) error
}

// Invariants of the module.
func (k Keeper) Invariants() []Invariant {
	return []Invariant{{"bonds", k.checkBonds}, {"entries", k.checkEntries}, {"indexes", k.checkIndexes}}
}

// checkBonds: the module's account holds every bond and every refund.
func (k Keeper) checkBonds(ctx context.Context) error {
	owed := sdk.NewCoins()
	err := k.Zones.Walk(ctx, nil, func(_ string, zone types.Zone) (bool, error) {
		owed = owed.Add(zone.Bond)
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.Refunds.Walk(ctx, nil, func(_ sdk.AccAddress, refund types.Refund) (bool, error) {
		owed = owed.Add(refund.Amount...)
		return false, nil
	})
	if err != nil {
		return err
	}
	if held := k.bank.GetAllBalances(ctx, k.account.GetModuleAddress(types.ModuleName)); !held.IsAllGTE(owed) {
		return fmt.Errorf("the module holds %q, bonds and refunds are %q", held, owed)
	}
	return nil
}

// checkEntries: every zone is valid and lies under its name; a zone has none.
func (k Keeper) checkEntries(ctx context.Context) error {
	id, err := k.Identity(ctx)
	if err != nil {
		return err
	}
	return k.Zones.Walk(ctx, nil, func(name string, zone types.Zone) (bool, error) {
		switch {
		case !id.IsMain():
			return true, fmt.Errorf("zone %s is registered on zone %s", name, id.Zone)
		case zone.Name != name:
			return true, fmt.Errorf("zone %s lies under %s", zone.Name, name)
		}
		return false, zone.Validate()
	})
}

// checkIndexes: channels, clients and deadlines are those of the zones, and no more.
func (k Keeper) checkIndexes(ctx context.Context) error {
	channels, clients, deadlines := 0, 0, 0
	err := k.Zones.Walk(ctx, nil, func(name string, zone types.Zone) (bool, error) {
		if zone.Deadline != nil {
			deadlines++
			if found, err := k.Deadlines.Has(ctx, collections.Join(*zone.Deadline, name)); err != nil || !found {
				return true, fmt.Errorf("deadline %s of zone %s is not indexed: %w", zone.Deadline, name, err)
			}
		}
		if zone.Status == types.STATUS_PENDING {
			return false, nil
		}
		channels++
		clients++
		if owner, err := k.Channels.Get(ctx, zone.ChannelId); err != nil || owner != name {
			return true, fmt.Errorf("channel %s of zone %s is indexed for %q: %w", zone.ChannelId, name, owner, err)
		}
		if owner, err := k.Clients.Get(ctx, zone.ClientId); err != nil || owner != name {
			return true, fmt.Errorf("client %s of zone %s is indexed for %q: %w", zone.ClientId, name, owner, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	for _, index := range []struct {
		name string
		want int
		walk func(count func()) error
	}{
		{"channels", channels, func(count func()) error {
			return k.Channels.Walk(ctx, nil, func(string, string) (bool, error) { count(); return false, nil })
		}},
		{"clients", clients, func(count func()) error {
			return k.Clients.Walk(ctx, nil, func(string, string) (bool, error) { count(); return false, nil })
		}},
		{"deadlines", deadlines, func(count func()) error {
			return k.Deadlines.Walk(ctx, nil, func(collections.Pair[time.Time, string]) (bool, error) { count(); return false, nil })
		}},
	} {
		have := 0
		if err := index.walk(func() { have++ }); err != nil {
			return err
		}
		if have != index.want {
			return fmt.Errorf("%d %s are indexed, zones have %d", have, index.name, index.want)
		}
	}
	return nil
}
