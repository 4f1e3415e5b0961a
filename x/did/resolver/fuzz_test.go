package resolver_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/x/did/resolver"
	"github.com/meshchain/meshchain/x/did/types"
)

// one is a chain with one DID.
type one struct {
	types.QueryClient
	did      types.DID
	document types.Document
}

func (o one) Resolve(_ context.Context, req *types.QueryResolveRequest, _ ...grpc.CallOption) (*types.QueryResolveResponse, error) {
	if req.Did != o.did.String() || req.VersionId > 1 {
		return nil, status.Error(codes.NotFound, "not registered")
	}
	return &types.QueryResolveResponse{Did: req.Did, Document: o.document, Metadata: types.DocumentMetadata{VersionId: 1}}, nil
}

func (o one) StatusList(context.Context, *types.QueryStatusListRequest, ...grpc.CallOption) (*types.QueryStatusListResponse, error) {
	return nil, status.Error(codes.NotFound, "no authority")
}

// FuzzHandler: whatever is asked has an answer of the binding, in JSON unless it sends
// the client elsewhere, and never an internal failure.
func FuzzHandler(f *testing.F) {
	_, did := identify(f, "active")
	chain := one{did: did}
	key, _ := identify(f, "active")
	chain.document = types.Document{
		VerificationMethods: []types.VerificationMethod{{
			Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: types.Ed25519Key(publicOf(key)), Relationships: types.SigningRelationships(),
		}},
		Services: []types.Service{{Id: "web", Type: "LinkedDomains", Endpoints: []string{"https://farm.example/a/"}}},
	}
	handler := resolver.Handler(resolver.New(chain))
	for _, seed := range []string{"", "#key-1", "?service=web&relativeRef=%2Fa", "/status/revocation/0", "?versionTime=2026-01-01T00:00:00Z", "?service=web#x"} {
		f.Add(did.String()+seed, "", "")
		f.Add(did.String(), "versionId=1", resolver.MediaDereferencing)
	}
	f.Fuzz(func(t *testing.T, input, query, accept string) {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL = &url.URL{Path: resolver.Path + input, RawQuery: query}
		req.Header.Set("Accept", accept)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		switch answer.Code {
		case http.StatusSeeOther:
			target, err := url.Parse(answer.Header().Get("Location"))
			require.NoError(t, err)
			require.Equal(t, "farm.example", target.Host)
			require.Empty(t, answer.Body.Bytes())
		case 200, 400, 404, 406, 410, 501:
			require.True(t, json.Valid(answer.Body.Bytes()))
		default:
			t.Fatalf("status %d: %s", answer.Code, answer.Body)
		}
	})
}
