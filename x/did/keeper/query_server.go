package keeper

import (
	"context"
	"errors"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/did/types"
)

// MaxPage is the most entries on one page of a query.
const MaxPage = 200

type queryServer struct{ Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k Keeper) types.QueryServer { return queryServer{k} }

// Params implements types.QueryServer.
func (q queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := q.Keeper.Params.Get(ctx)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryParamsResponse{Params: params}, nil
}

// Fees implements types.QueryServer.
func (q queryServer) Fees(ctx context.Context, _ *types.QueryFeesRequest) (*types.QueryFeesResponse, error) {
	fees, err := q.Keeper.Fees.Get(ctx)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryFeesResponse{Fees: fees}, nil
}

// Resolve implements types.QueryServer.
func (q queryServer) Resolve(ctx context.Context, req *types.QueryResolveRequest) (*types.QueryResolveResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	did, err := types.ParseDID(req.Did)
	if err != nil {
		return nil, queryError(err)
	}
	document, metadata, err := q.Keeper.Resolve(ctx, did, req.VersionId, req.VersionTime)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryResolveResponse{Did: req.Did, Document: document, Metadata: metadata}, nil
}

// Dids implements types.QueryServer.
func (q queryServer) Dids(ctx context.Context, req *types.QueryDidsRequest) (*types.QueryDidsResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	id, err := q.zones.Identity(ctx)
	if err != nil {
		return nil, queryError(err)
	}
	namespace := types.NamespaceOf(id)
	asked, err := bounded(req.Pagination)
	if err != nil {
		return nil, err
	}
	entries, page, err := query.CollectionPaginate(ctx, q.Records, asked,
		func(key []byte, record types.Record) (types.DidEntry, error) {
			return types.DidEntry{Did: types.DID{Namespace: namespace, ID: types.ID(key)}.String(), Record: record}, nil
		})
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryDidsResponse{Dids: entries, Pagination: page}, nil
}

// bounded keeps a page at most MaxPage entries long. Pages go by key alone: an offset or a total would
// walk all entries.
func bounded(page *query.PageRequest) (*query.PageRequest, error) {
	if page == nil {
		page = &query.PageRequest{}
	}
	if page.Offset > 0 || page.CountTotal {
		return nil, status.Error(codes.InvalidArgument, "pagination: pages go by key, without offset and count_total")
	}
	bounded := *page
	if bounded.Limit == 0 || bounded.Limit > MaxPage {
		bounded.Limit = MaxPage
	}
	return &bounded, nil
}

// queryError gives errors of the module the code that gRPC has for them, so that REST
// answers with 400 and 404.
func queryError(err error) error {
	is := func(kinds ...error) bool {
		return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
	}
	switch {
	case is(types.ErrInvalidDID, types.ErrMethod, types.ErrInvalidDIDURL, types.ErrSchemaID):
		return status.Error(codes.InvalidArgument, err.Error())
	case is(types.ErrNotFound, types.ErrNamespace, types.ErrVersion, types.ErrStatusList, types.ErrIssuer, types.ErrNoCertificate, types.ErrVisitor,
		types.ErrSchemaNotFound, types.ErrSegmentNotFound):
		return status.Error(codes.NotFound, err.Error())
	default:
		return status.Error(codes.Internal, err.Error())
	}
}
