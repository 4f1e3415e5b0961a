package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// checkDevice refuses data of a device that is deactivated.
func (k Keeper) checkDevice(ctx context.Context, did types.DID) error {
	record, err := k.Record(ctx, did)
	if err != nil {
		return err
	}
	if record.Deactivated != nil {
		return errorsmod.Wrapf(types.ErrDeactivated, "%s: since %s", did, record.Deactivated)
	}
	return nil
}
