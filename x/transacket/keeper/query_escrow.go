package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Prices implements types.QueryServer.
func (s queryServer) Prices(ctx context.Context, req *types.QueryPricesRequest) (*types.QueryPricesResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	account, err := sdk.AccAddressFromBech32(req.Account)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "account %.80q: %s", req.Account, err)
	}
	list, err := s.k.Prices.Get(ctx, account)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryPricesResponse{Prices: list.Prices}, nil
}

// Hold implements types.QueryServer.
func (s queryServer) Hold(ctx context.Context, req *types.QueryHoldRequest) (*types.QueryHoldResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	id, err := types.ParseID(req.Id)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	held, err := s.k.getHold(ctx, id)
	if errors.Is(err, types.ErrNoHold) {
		return nil, status.Error(codes.NotFound, err.Error())
	} else if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryHoldResponse{Hold: held}, nil
}

// Holds implements types.QueryServer.
func (s queryServer) Holds(ctx context.Context, req *types.QueryHoldsRequest) (*types.QueryHoldsResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	page, err := pageByKey(req.Pagination)
	if err != nil {
		return nil, err
	}
	var holds []types.Held
	var response *query.PageResponse
	if req.Receiver == "" {
		holds, response, err = query.CollectionPaginate(ctx, s.k.Held.Indexes.Deadline, page,
			func(key collections.Pair[uint64, []byte], _ collections.NoValue) (types.Held, error) {
				return s.k.Held.Get(ctx, key.K2())
			})
	} else {
		receiver, badAddress := sdk.AccAddressFromBech32(req.Receiver)
		if badAddress != nil {
			return nil, status.Errorf(codes.InvalidArgument, "receiver %.80q: %s", req.Receiver, badAddress)
		}
		holds, response, err = query.CollectionPaginate(ctx, s.k.Held.Indexes.Receiver, page,
			func(key collections.Pair[sdk.AccAddress, []byte], _ collections.NoValue) (types.Held, error) {
				return s.k.Held.Get(ctx, key.K2())
			},
			query.WithCollectionPaginationPairPrefix[sdk.AccAddress, []byte](receiver))
	}
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryHoldsResponse{Holds: holds, Pagination: response}, nil
}

// Packets implements types.QueryServer.
func (s queryServer) Packets(ctx context.Context, req *types.QueryPacketsRequest) (*types.QueryPacketsResponse, error) {
	if req == nil || req.Channel == "" {
		return nil, status.Error(codes.InvalidArgument, "channel is empty: must be one of this chain")
	}
	page, err := pageByKey(req.Pagination)
	if err != nil {
		return nil, err
	}
	packets, response, err := query.CollectionPaginate(ctx, s.k.Packets, page,
		func(_ PacketKey, packet channeltypes.Packet) (channeltypes.Packet, error) { return packet, nil },
		query.WithCollectionPaginationPairPrefix[string, uint64](req.Channel))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryPacketsResponse{Packets: packets, Pagination: response}, nil
}

// Stranded implements types.QueryServer.
func (s queryServer) Stranded(ctx context.Context, req *types.QueryStrandedRequest) (*types.QueryStrandedResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	page, err := pageByKey(req.Pagination)
	if err != nil {
		return nil, err
	}
	stranded, response, err := query.CollectionPaginate(ctx, s.k.Stranded, page,
		func(_ []byte, stranded types.Stranded) (types.Stranded, error) { return stranded, nil })
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryStrandedResponse{Stranded: stranded, Pagination: response}, nil
}
