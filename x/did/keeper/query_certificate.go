package keeper

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/did/types"
)

var errEmpty = status.Error(codes.InvalidArgument, "request is empty")

// authorityNamed reads a DID and returns its authority.
func (q queryServer) authorityNamed(ctx context.Context, text string) (types.DID, types.Authority, error) {
	did, err := types.ParseDID(text)
	if err != nil {
		return did, types.Authority{}, err
	}
	authority, err := q.AuthorityOf(ctx, did)
	return did, authority, err
}

// Authority implements types.QueryServer.
func (q queryServer) Authority(ctx context.Context, req *types.QueryAuthorityRequest) (*types.QueryAuthorityResponse, error) {
	if req == nil {
		return nil, errEmpty
	}
	_, authority, err := q.authorityNamed(ctx, req.Did)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryAuthorityResponse{Authority: authority}, nil
}

// Authorities implements types.QueryServer.
func (q queryServer) Authorities(ctx context.Context, req *types.QueryAuthoritiesRequest) (*types.QueryAuthoritiesResponse, error) {
	if req == nil {
		return nil, errEmpty
	}
	asked, err := bounded(req.Pagination)
	if err != nil {
		return nil, err
	}
	all, page, err := query.CollectionPaginate(ctx, q.Keeper.Authorities, asked,
		func(_ uint32, a types.Authority) (types.Authority, error) { return a, nil })
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryAuthoritiesResponse{Authorities: all, Pagination: page}, nil
}

// Certificate implements types.QueryServer.
func (q queryServer) Certificate(ctx context.Context, req *types.QueryCertificateRequest) (*types.QueryCertificateResponse, error) {
	if req == nil {
		return nil, errEmpty
	}
	_, authority, err := q.authorityNamed(ctx, req.Issuer)
	if err != nil {
		return nil, queryError(err)
	}
	c, err := q.getCertificate(ctx, authority, req.Serial)
	if err != nil {
		return nil, queryError(err)
	}
	info, err := q.info(ctx, c, sdk.UnwrapSDKContext(ctx).BlockTime())
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryCertificateResponse{Certificate: info}, nil
}

// Certificates implements types.QueryServer.
func (q queryServer) Certificates(ctx context.Context, req *types.QueryCertificatesRequest) (*types.QueryCertificatesResponse, error) {
	if req == nil {
		return nil, errEmpty
	}
	_, authority, err := q.authorityNamed(ctx, req.Issuer)
	if err != nil {
		return nil, queryError(err)
	}
	asked, err := bounded(req.Pagination)
	if err != nil {
		return nil, err
	}
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	var all []types.CertificateInfo
	var page *query.PageResponse
	if req.Status == types.CERTIFICATE_STATUS_UNSPECIFIED {
		all, page, err = query.CollectionPaginate(ctx, q.Keeper.Certificates, asked,
			func(_ CertificateKey, c types.Certificate) (types.CertificateInfo, error) { return q.info(ctx, c, now) },
			query.WithCollectionPaginationPairPrefix[uint32, uint64](authority.Number))
	} else {
		all, page, err = query.CollectionPaginate(ctx, q.ByStatus, asked,
			func(key collections.Triple[uint32, uint32, uint64], _ collections.NoValue) (types.CertificateInfo, error) {
				c, err := q.getCertificate(ctx, authority, key.K3())
				if err != nil {
					return types.CertificateInfo{}, err
				}
				return q.info(ctx, c, now)
			}, func(o *query.CollectionsPaginateOptions[collections.Triple[uint32, uint32, uint64]]) {
				prefix := collections.TripleSuperPrefix[uint32, uint32, uint64](authority.Number, uint32(req.Status)) //nolint:gosec // positive
				o.Prefix = &prefix
			})
	}
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryCertificatesResponse{Certificates: all, Pagination: page}, nil
}

// CertificatesOf implements types.QueryServer.
func (q queryServer) CertificatesOf(ctx context.Context, req *types.QueryCertificatesOfRequest) (*types.QueryCertificatesOfResponse, error) {
	if req == nil {
		return nil, errEmpty
	}
	subject, err := types.ParseDID(req.Subject)
	if err != nil {
		return nil, queryError(err)
	}
	if _, err := q.Record(ctx, subject); err != nil {
		return nil, queryError(err)
	}
	certificates, err := q.certificatesOf(ctx, subject)
	if err != nil {
		return nil, queryError(err)
	}
	response := &types.QueryCertificatesOfResponse{}
	for _, c := range certificates {
		info, err := q.info(ctx, c, sdk.UnwrapSDKContext(ctx).BlockTime())
		if err != nil {
			return nil, queryError(err)
		}
		response.Certificates = append(response.Certificates, info)
	}
	if response.Attestations, err = q.AttestationsOf(ctx, subject); err != nil {
		return nil, queryError(err)
	}
	return response, nil
}

// StatusList implements types.QueryServer. The list is compressed here and nowhere
// else: what a compressor writes is no matter of consensus.
func (q queryServer) StatusList(ctx context.Context, req *types.QueryStatusListRequest) (*types.QueryStatusListResponse, error) {
	if req == nil {
		return nil, errEmpty
	}
	issuer, err := types.ParseDID(req.Issuer)
	if err != nil {
		return nil, queryError(err)
	}
	purpose, err := types.ParsePurpose(req.Purpose)
	if err != nil {
		return nil, queryError(err)
	}
	bits, err := q.Keeper.StatusList(ctx, issuer, purpose, req.List)
	if err != nil {
		return nil, queryError(err)
	}
	encoded, err := types.EncodeList(bits)
	if err != nil {
		return nil, queryError(err)
	}
	credential, err := types.StatusListCredential(issuer, req.Purpose, req.List, encoded, sdk.UnwrapSDKContext(ctx).BlockTime())
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryStatusListResponse{Credential: string(credential), EncodedList: encoded}, nil
}

// Visitor implements types.QueryServer.
func (q queryServer) Visitor(ctx context.Context, req *types.QueryVisitorRequest) (*types.QueryVisitorResponse, error) {
	if req == nil {
		return nil, errEmpty
	}
	did, err := types.ParseDID(req.Did)
	if err != nil {
		return nil, queryError(err)
	}
	visitor, err := q.visitor(ctx, did)
	if err != nil {
		return nil, queryError(err)
	}
	response := &types.QueryVisitorResponse{Visitor: visitor, Holds: true}
	if _, err := visitor.Key(sdk.UnwrapSDKContext(ctx).BlockTime()); err != nil {
		response.Holds, response.Reason = false, err.Error()
	}
	return response, nil
}

// Census implements types.QueryServer.
func (q queryServer) Census(ctx context.Context, _ *types.QueryCensusRequest) (*types.QueryCensusResponse, error) {
	devices, err := q.Devices(ctx)
	if err != nil {
		return nil, queryError(err)
	}
	next, err := q.NextAuthority.Get(ctx)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryCensusResponse{Devices: devices, Authorities: uint64(next - 1)}, nil
}
