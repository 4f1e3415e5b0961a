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

// MaxPath is the most hashes in an inclusion proof: a tree has up to 2^64 leaves.
const MaxPath = 64

// Content implements types.QueryServer.
func (s queryServer) Content(ctx context.Context, req *types.QueryContentRequest) (*types.QueryContentResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	hash, err := parseHash("sha256", req.Sha256)
	if err != nil {
		return nil, err
	}
	page, err := pageByKey(req.Pagination)
	if err != nil {
		return nil, err
	}
	contents, response, err := query.CollectionPaginate(ctx, s.k.Contents, page,
		func(_ ContentKey, content types.Content) (types.Content, error) { return content, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, sdk.AccAddress](hash))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryContentResponse{Contents: contents, Pagination: response}, nil
}

// ContentsOf implements types.QueryServer.
func (s queryServer) ContentsOf(ctx context.Context, req *types.QueryContentsOfRequest) (*types.QueryContentsOfResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	owner, err := sdk.AccAddressFromBech32(req.Owner)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "owner %.80q: %s", req.Owner, err)
	}
	page, err := pageByKey(req.Pagination)
	if err != nil {
		return nil, err
	}
	contents, response, err := query.CollectionPaginate(ctx, s.k.Contents.Indexes.Owner, page,
		func(key collections.Pair[sdk.AccAddress, []byte], _ collections.NoValue) (types.Content, error) {
			return s.k.Contents.Get(ctx, collections.Join(key.K2(), key.K1()))
		},
		query.WithCollectionPaginationPairPrefix[sdk.AccAddress, []byte](owner))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryContentsOfResponse{Contents: contents, Pagination: response}, nil
}

// ContentProof implements types.QueryServer.
func (s queryServer) ContentProof(ctx context.Context, req *types.QueryContentProofRequest) (*types.QueryContentProofResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "request is empty")
	}
	root, err := parseHash("root", req.Root)
	if err != nil {
		return nil, err
	}
	hash, err := parseHash("sha256", req.Sha256)
	if err != nil {
		return nil, err
	}
	owner, err := sdk.AccAddressFromBech32(req.Owner)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "owner %.80q: %s", req.Owner, err)
	}
	if n := len(req.Path); n > MaxPath {
		return nil, status.Errorf(codes.InvalidArgument, "path has %d hashes: at most %d", n, MaxPath)
	}
	path := make([][]byte, len(req.Path))
	for i, text := range req.Path {
		if path[i], err = parseHash("path", text); err != nil {
			return nil, err
		}
	}
	content, err := s.k.Contents.Get(ctx, collections.Join(root, owner))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "root %x of %s: not registered", root, owner)
	} else if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &types.QueryContentProofResponse{
		Content: content, Included: types.VerifyPath(root, hash, req.Index, content.Leaves, path),
	}, nil
}

func parseHash(field, text string) ([]byte, error) {
	hash, err := types.ParseHash(text)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "%s: %s", field, err)
	}
	return hash, nil
}
