package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/zones/types"
)

// MaxPage is the most entries on one page of a query.
const MaxPage = 200

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

// Params implements types.QueryServer.
func (q queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := q.Keeper.Params.Get(ctx)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryParamsResponse{Params: params}, nil
}

// Zone implements types.QueryServer.
func (q queryServer) Zone(ctx context.Context, req *types.QueryZoneRequest) (*types.QueryZoneResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	info, err := q.byName(ctx, req.Name)
	if err != nil {
		return nil, err
	}
	return &types.QueryZoneResponse{Zone: info}, nil
}

// ZoneByChannel implements types.QueryServer.
func (q queryServer) ZoneByChannel(ctx context.Context, req *types.QueryZoneByChannelRequest) (*types.QueryZoneByChannelResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	name, err := q.Channels.Get(ctx, req.ChannelId)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "channel %.80q: no zone has proven to be at its other end", req.ChannelId)
	} else if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	info, err := q.byName(ctx, name)
	if err != nil {
		return nil, err
	}
	return &types.QueryZoneByChannelResponse{Zone: info}, nil
}

func (q queryServer) byName(ctx context.Context, name string) (types.ZoneInfo, error) {
	zone, err := q.get(ctx, name)
	if errors.Is(err, types.ErrUnknownZone) {
		return types.ZoneInfo{}, status.Error(codes.NotFound, err.Error())
	} else if err != nil {
		return types.ZoneInfo{}, status.Error(codes.Internal, err.Error())
	}
	info, err := q.shown(sdk.UnwrapSDKContext(ctx), zone)
	if err != nil {
		return info, status.Error(codes.Internal, err.Error())
	}
	return info, nil
}

// Zones implements types.QueryServer. A filter walks the registry, which bonds keep
// small; the node's query gas limit bounds it in any case.
func (q queryServer) Zones(ctx context.Context, req *types.QueryZonesRequest) (*types.QueryZonesResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	if req.Pagination != nil && req.Pagination.Limit > MaxPage {
		return nil, status.Errorf(codes.InvalidArgument, "pagination.limit %d: at most %d", req.Pagination.Limit, MaxPage)
	}
	if err := types.ValidateArea(req.Area); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if _, known := types.Status_name[int32(req.Status)]; !known {
		return nil, status.Errorf(codes.InvalidArgument, "status %d: is none", req.Status)
	}
	wanted := func(_ string, zone types.Zone) (bool, error) {
		if req.Owner != "" && zone.Owner != req.Owner || !zone.Within(req.Area) {
			return false, nil
		}
		if req.Status == types.STATUS_UNSPECIFIED {
			return true, nil
		}
		info, err := q.shown(sdk.UnwrapSDKContext(ctx), zone)
		return info.Status == req.Status, err
	}
	zones, page, err := query.CollectionFilteredPaginate(ctx, q.Keeper.Zones, req.Pagination, wanted,
		func(_ string, zone types.Zone) (types.ZoneInfo, error) {
			return q.shown(sdk.UnwrapSDKContext(ctx), zone)
		})
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryZonesResponse{Zones: zones, Pagination: page}, nil
}

// Route implements types.QueryServer. Its errors are those of a forwarded packet.
func (q queryServer) Route(ctx context.Context, req *types.QueryRouteRequest) (*types.QueryRouteResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	channelID, err := q.RouteByZone(ctx, req.Name)
	if err != nil {
		return nil, err
	}
	return &types.QueryRouteResponse{ChannelId: channelID}, nil
}

// Hub implements types.QueryServer.
func (q queryServer) Hub(ctx context.Context, _ *types.QueryHubRequest) (*types.QueryHubResponse, error) {
	response := types.QueryHubResponse{Account: types.RegistryAddress().String()}
	hub, pinned, err := q.Keeper.Hub(ctx)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if pinned {
		response.Hub = &hub
	}
	if response.Owner, err = q.owner(ctx); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &response, nil
}

// Refund implements types.QueryServer.
func (q queryServer) Refund(ctx context.Context, req *types.QueryRefundRequest) (*types.QueryRefundResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	owner, err := sdk.AccAddressFromBech32(req.Owner)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "owner %.80q: %s", req.Owner, err)
	}
	refund, err := q.refund(ctx, owner)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryRefundResponse{Amount: refund.Amount}, nil
}
