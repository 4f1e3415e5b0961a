package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/zones/types"
)

// checkNodes refuses endpoints of nodes that their zone did not certify, as far as this
// chain knows: node certificates live on the zone and, asked for by anybody, on the main
// chain (000 §8.1.2). A zone that is not active yet cannot be asked, so the nodes of its
// endpoints are named later.
func (k Keeper) checkNodes(ctx context.Context, zone string, endpoints []types.Endpoint) error {
	for i, e := range endpoints {
		if e.Node == "" {
			continue
		}
		if k.census == nil {
			return errorsmod.Wrapf(types.ErrNode, "endpoints[%d].node %s: this chain knows no certificates (x/did is not wired)", i, e.Node)
		}
		if err := k.census.CertifyNode(ctx, zone, e.Node); err != nil {
			return errorsmod.Wrapf(types.ErrNode, "endpoints[%d].node: %s", i, err)
		}
	}
	return nil
}

// shown is info with the nodes that are certified, for those who ask; routes need none.
func (k Keeper) shown(ctx sdk.Context, zone types.Zone) (types.ZoneInfo, error) {
	info, err := k.info(ctx, zone)
	info.CertifiedNodes = k.certified(ctx, zone)
	return info, err
}

// certified returns the nodes of a zone's endpoints whose certificate holds now.
func (k Keeper) certified(ctx context.Context, zone types.Zone) []string {
	var nodes []string
	for _, e := range zone.Endpoints {
		if e.Node != "" && k.census != nil && k.census.CertifyNode(ctx, zone.Name, e.Node) == nil {
			nodes = append(nodes, e.Node)
		}
	}
	return nodes
}
