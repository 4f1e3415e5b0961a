package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// CertifyNode returns nil if did, of that zone, has a node certificate that holds here
// and now; for the registry of zones.
func (k Keeper) CertifyNode(ctx context.Context, zone, did string) error {
	parsed, err := types.ParseDID(did)
	if err != nil {
		return err
	}
	if parsed.Namespace != zone {
		return errorsmod.Wrapf(types.ErrNamespace, "%s: must be of zone %s", did, zone)
	}
	return k.Certify(ctx, parsed, types.CERTIFICATE_KIND_NODE)
}
