package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// Invariant is a statement about the module's state that must hold after every block.
type Invariant struct {
	Name  string
	Check func(ctx context.Context) error
}

// Invariants of the module.
func (k Keeper) Invariants() []Invariant {
	return []Invariant{
		{"fees", k.checkFees},
		{"dids", k.checkDids},
		{"certificates", k.checkCertificates},
		{"visitors", k.checkVisitors},
		{"schemas", k.checkSchemas},
	}
}

// checkFees: what was paid was burnt or collected, and nothing is left on the way.
func (k Keeper) checkFees(ctx context.Context) error {
	fees, err := k.Fees.Get(ctx)
	if err != nil {
		return err
	}
	if left := k.bank.GetAllBalances(ctx, authtypes.NewModuleAddress(types.ModuleName)); !left.IsZero() {
		return fmt.Errorf("the module's account holds %s: fees only pass through it", left)
	}
	return fees.Validate()
}

// checkDids: every record is sound and has the versions that it says, and there are
// no others.
func (k Keeper) checkDids(ctx context.Context) error {
	stored := uint64(0)
	err := k.Records.Walk(ctx, nil, func(id []byte, record types.Record) (bool, error) {
		stored += record.Stored()
		for _, version := range []uint64{record.Oldest, record.Version} {
			if found, err := k.Versions.Has(ctx, collections.Join(id, version)); err != nil || !found {
				return true, fmt.Errorf("%s: version %d is missing: %w", types.ID(id), version, err)
			}
		}
		return false, record.Validate()
	})
	if err != nil {
		return err
	}
	found := uint64(0)
	err = k.Versions.Walk(ctx, nil, func(VersionKey, types.DocumentVersion) (bool, error) {
		found++
		return false, nil
	})
	if err == nil && found != stored {
		err = fmt.Errorf("%d documents are stored, records have %d", found, stored)
	}
	return err
}
