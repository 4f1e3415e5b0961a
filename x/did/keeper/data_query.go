package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// Proof of a segment: what the chain knows of it.
type Proof struct {
	Schema  types.Schema
	Segment types.Segment
	Status  types.SegmentStatus
	// Key of the segment; nil while it is not disclosed.
	Key []byte
}

// Segment returns what is known of a segment that is on record. It fails with
// ErrSchemaNotFound or ErrSegmentNotFound.
func (k Keeper) Segment(ctx context.Context, id segment.ID, t uint32) (Proof, error) {
	schema, err := k.schema(ctx, id[:])
	if err != nil {
		return Proof{}, err
	}
	s, err := k.Segments.Get(ctx, collections.Join(id[:], schema.Slot(t)))
	if errors.Is(err, collections.ErrNotFound) || (err == nil && s.T != t) {
		return Proof{}, errorsmod.Wrapf(types.ErrSegmentNotFound, "segment %d of schema %s", t, id)
	}
	if err != nil {
		return Proof{}, err
	}
	disclosed, err := k.Disclosed.Get(ctx, id[:])
	if err != nil {
		return Proof{}, err
	}
	p := Proof{Schema: schema, Segment: s, Status: s.Status(disclosed.T)}
	if t > disclosed.T {
		return p, nil
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return Proof{}, err
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(uint64(disclosed.T-t)*params.Data.GasHash, "steps between keys")
	p.Key = append([]byte(nil), disclosed.Key...)
	schema.Stream().Chain.Back(p.Key, disclosed.T, t)
	return p, nil
}

// AuthenticSegment returns a segment that is proven to be its device's. It fails with
// ErrNotAuthentic, and as Segment does. Modules that act on data call it with the digest
// of what they were given.
func (k Keeper) AuthenticSegment(ctx context.Context, id segment.ID, t uint32) (Proof, error) {
	p, err := k.Segment(ctx, id, t)
	if err == nil && p.Status != types.SEGMENT_STATUS_AUTHENTIC {
		err = errorsmod.Wrapf(types.ErrNotAuthentic, "segment %d of schema %s: %s", t, id, p.Status)
	}
	return p, err
}

// Schema implements types.QueryServer.
func (q queryServer) Schema(ctx context.Context, req *types.QuerySchemaRequest) (*types.QuerySchemaResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	id, err := types.ParseSchemaID(req.Schema)
	if err != nil {
		return nil, queryError(err)
	}
	view, err := q.schemaView(ctx, id[:])
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QuerySchemaResponse{Schema: view}, nil
}

func (k Keeper) schemaView(ctx context.Context, id []byte) (types.SchemaView, error) {
	schema, err := k.schema(ctx, id)
	if err != nil {
		return types.SchemaView{}, err
	}
	disclosed, err := k.Disclosed.Get(ctx, id)
	return types.SchemaView{Id: segment.ID(id).String(), Schema: schema, Disclosed: disclosed}, err
}

// Schemas implements types.QueryServer.
func (q queryServer) Schemas(ctx context.Context, req *types.QuerySchemasRequest) (*types.QuerySchemasResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	if _, err := types.ParseDID(req.Did); err != nil {
		return nil, queryError(err)
	}
	asked, err := bounded(req.Pagination)
	if err != nil {
		return nil, err
	}
	views, page, err := query.CollectionPaginate(ctx, q.SchemasByDevice, asked,
		func(key DeviceSchemaKey, _ collections.NoValue) (types.SchemaView, error) {
			return q.schemaView(ctx, key.K2())
		},
		query.WithCollectionPaginationPairPrefix[string, []byte](req.Did))
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QuerySchemasResponse{Schemas: views, Pagination: page}, nil
}

// Segment implements types.QueryServer.
func (q queryServer) Segment(ctx context.Context, req *types.QuerySegmentRequest) (*types.QuerySegmentResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	id, err := types.ParseSchemaID(req.Schema)
	if err != nil {
		return nil, queryError(err)
	}
	p, err := q.Keeper.Segment(ctx, id, req.T)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QuerySegmentResponse{Status: p.Status, Segment: p.Segment, Key: p.Key, Did: p.Schema.Did, Terms: p.Schema.Terms}, nil
}

// Segments implements types.QueryServer.
func (q queryServer) Segments(ctx context.Context, req *types.QuerySegmentsRequest) (*types.QuerySegmentsResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	id, err := types.ParseSchemaID(req.Schema)
	if err != nil {
		return nil, queryError(err)
	}
	view, err := q.schemaView(ctx, id[:])
	if err != nil {
		return nil, queryError(err)
	}
	asked, err := bounded(req.Pagination)
	if err != nil {
		return nil, err
	}
	segments, page, err := query.CollectionPaginate(ctx, q.Keeper.Segments, asked,
		func(_ SegmentKey, s types.Segment) (types.SegmentView, error) {
			return types.SegmentView{Status: s.Status(view.Disclosed.T), Segment: s}, nil
		}, query.WithCollectionPaginationPairPrefix[[]byte, uint32](id[:]))
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QuerySegmentsResponse{Segments: segments, Pagination: page}, nil
}
