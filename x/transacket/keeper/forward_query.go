package keeper

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// InFlight implements types.QueryServer.
func (s queryServer) InFlight(ctx context.Context, req *types.QueryInFlightRequest) (*types.QueryInFlightResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	page, err := pageByKey(req.Pagination)
	if err != nil {
		return nil, err
	}
	same := func(_ PacketKey, flight types.InFlight) (types.InFlight, error) { return flight, nil }
	var flights []types.InFlight
	var response *query.PageResponse
	if req.Channel == "" {
		flights, response, err = query.CollectionPaginate(ctx, s.k.InFlight, page, same)
	} else {
		flights, response, err = query.CollectionPaginate(ctx, s.k.InFlight, page, same,
			query.WithCollectionPaginationPairPrefix[string, uint64](req.Channel))
	}
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryInFlightResponse{InFlight: flights, Pagination: response}, nil
}
