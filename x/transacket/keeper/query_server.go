package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// MaxPage is the most entries on one page of a query.
const MaxPage = 200

type queryServer struct{ k Keeper }

// NewQueryServerImpl serves the queries of the module.
func NewQueryServerImpl(k Keeper) types.QueryServer { return queryServer{k} }

// Params implements types.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryParamsResponse{Params: params}, nil
}

// Inbox implements types.QueryServer. Its work is bounded by max_inbox.
func (s queryServer) Inbox(ctx context.Context, req *types.QueryInboxRequest) (*types.QueryInboxResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	receiver, err := sdk.AccAddressFromBech32(req.Receiver)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "receiver %.80q: %s", req.Receiver, err)
	}
	if err := types.ValidateTopic(req.Topic); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if err := checkPage(req.Pagination); err != nil {
		return nil, err
	}
	size, err := count(ctx, s.k.Size, receiver)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	wanted := func(_ EntryKey, t types.Transacket) (bool, error) {
		return !(req.Unread && t.Read) && (req.Topic == "" || req.Topic == t.Envelope.Topic), nil
	}
	page, response, err := query.CollectionFilteredPaginate(ctx, s.k.Inbox, req.Pagination, wanted,
		func(_ EntryKey, t types.Transacket) (types.Transacket, error) { return t, nil },
		query.WithCollectionPaginationPairPrefix[sdk.AccAddress, uint64](receiver))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryInboxResponse{Transackets: page, Pagination: response, Size_: size}, nil
}

// Transacket implements types.QueryServer.
func (s queryServer) Transacket(ctx context.Context, req *types.QueryTransacketRequest) (*types.QueryTransacketResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	id, err := types.ParseID(req.Id)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	key, err := s.k.Inbox.Indexes.ID.MatchExact(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "id %x: in no inbox of this chain (never was, is deleted or is pruned)", id)
	} else if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	t, err := s.k.Inbox.Get(ctx, key)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryTransacketResponse{Transacket: t}, nil
}

// Thread implements types.QueryServer. A thread has no bound, so its pages go by
// key alone: an offset or a total would walk all of it.
func (s queryServer) Thread(ctx context.Context, req *types.QueryThreadRequest) (*types.QueryThreadResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	id, err := types.ParseID(req.Id)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	page, err := pageByKey(req.Pagination)
	if err != nil {
		return nil, err
	}
	answers, response, err := query.CollectionPaginate(ctx, s.k.Inbox.Indexes.Thread, page,
		func(key ThreadKey, _ collections.NoValue) (types.Transacket, error) {
			return s.k.Inbox.Get(ctx, key.K2())
		},
		query.WithCollectionPaginationPairPrefix[[]byte, EntryKey](id))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryThreadResponse{Transackets: answers, Pagination: response}, nil
}

// pageByKey returns a page of a collection without a bound, which an offset or a
// total would walk.
func pageByKey(asked *query.PageRequest) (*query.PageRequest, error) {
	if err := checkPage(asked); err != nil {
		return nil, err
	}
	page := query.PageRequest{Limit: query.DefaultLimit}
	if asked == nil {
		return &page, nil
	}
	page = *asked
	if page.Offset > 0 || page.CountTotal {
		return nil, status.Error(codes.InvalidArgument, "pagination: it is paged by key, without offset and count_total")
	}
	if page.Limit == 0 {
		page.Limit = query.DefaultLimit // the paginator would turn 0 into a count of all
	}
	return &page, nil
}

func checkPage(page *query.PageRequest) error {
	if page != nil && page.Limit > MaxPage {
		return status.Errorf(codes.InvalidArgument, "pagination.limit %d: at most %d", page.Limit, MaxPage)
	}
	return nil
}
