package keeper

import (
	"context"

	"github.com/meshchain/meshchain/x/zones/types"
)

type queryServer struct{ Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k Keeper) types.QueryServer { return queryServer{k} }

// Identity returns the role of this chain, its zone name and its native denom.
func (q queryServer) Identity(ctx context.Context, _ *types.QueryIdentityRequest) (*types.QueryIdentityResponse, error) {
	id, err := q.Keeper.Identity(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryIdentityResponse{Identity: id, NativeDenom: id.NativeDenom()}, nil
}
