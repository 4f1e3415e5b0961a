package resolver_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	gogogrpc "github.com/cosmos/gogoproto/grpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/resolver"
	"github.com/meshchain/meshchain/x/did/types"
)

// resolution is a zone with a resolver on HTTP.
type resolution struct {
	t        *testing.T
	chain    *fixture.Fixture
	endpoint string
	// active has two versions and a service linkedDomain; ended is deactivated; rich has
	// some of everything; unknown is not registered.
	active, ended, rich, unknown types.DID
	// between is after the first version of active and before the second.
	between time.Time
}

// committed asks a fixture, whatever the context of the HTTP request is.
type committed struct{ *fixture.Fixture }

var _ gogogrpc.ClientConn = committed{}

// Invoke gives errors the codes that a node's gRPC gives them.
func (c committed) Invoke(ctx context.Context, method string, args, reply any, options ...grpc.CallOption) error {
	err := c.Fixture.Invoke(ctx, method, args, reply, options...)
	switch {
	case errors.Is(err, sdkerrors.ErrKeyNotFound):
		return status.Error(codes.NotFound, err.Error())
	case err != nil:
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return nil
}

func publicOf(private ed25519.PrivateKey) ed25519.PublicKey {
	return private.Public().(ed25519.PublicKey)
}

func identify(t testing.TB, name string) (ed25519.PrivateKey, types.DID) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	did, err := types.NewDID("farm", types.Ed25519Key(publicOf(private)))
	require.NoError(t, err)
	return private, did
}

// enrich gives a document of one key some of everything: keys of all types in both
// formats, controllers, an alias, services of one and of several endpoints.
func enrich(t *testing.T, document *types.Document, did, controller types.DID) {
	t.Helper()
	for _, method := range []types.VerificationMethod{
		{Id: "key-2", Format: types.KEY_FORMAT_JSON_WEB_KEY, Relationships: []types.Relationship{types.RELATIONSHIP_ASSERTION_METHOD, types.RELATIONSHIP_KEY_AGREEMENT}},
		{Id: "key-3", Format: types.KEY_FORMAT_MULTIKEY, Controller: controller.String(), Relationships: []types.Relationship{types.RELATIONSHIP_CAPABILITY_DELEGATION}},
	} {
		// P-256 and secp256k1 keys of the did:key specification.
		text := map[string]string{"key-2": "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", "key-3": "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"}[method.Id]
		var err error
		method.PublicKey, err = types.ParseMultibaseKey(text)
		require.NoError(t, err)
		document.VerificationMethods = append(document.VerificationMethods, method)
	}
	document.Controllers = []string{did.String()}
	document.AlsoKnownAs = []string{"https://farm.example/sensors/1"}
	document.Services = []types.Service{
		{Id: "web", Type: "LinkedDomains", Endpoints: []string{"https://farm.example/"}},
		{Id: "files", Type: "Files", Endpoints: []string{"https://a.example/", "ipfs://bafy"}},
	}
}

func newResolution(t *testing.T) *resolution {
	t.Helper()
	f := fixture.New(t, fixture.Zone("farm"))
	r := &resolution{t: t, chain: f}
	_, r.unknown = identify(t, "unknown")
	prove := func(key ed25519.PrivateKey, did types.DID, tag types.Tag, sequence uint64, part types.SigningPayload) types.Proof {
		var payload []byte
		if part != nil {
			var err error
			payload, err = types.Payload(part)
			require.NoError(t, err)
		}
		return types.Proof{Method: types.MethodURL(did, "key-1"), Sequence: sequence, Signature: ed25519.Sign(key, types.SigningBytes(tag, f.ChainID, did, sequence, payload))}
	}
	payer := f.Accounts[0].String()
	for _, name := range []string{"ended", "rich", "active"} {
		did := map[string]*types.DID{"active": &r.active, "ended": &r.ended, "rich": &r.rich}[name]
		var key ed25519.PrivateKey
		key, *did = identify(t, name)
		document := types.Document{VerificationMethods: []types.VerificationMethod{{
			Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: types.Ed25519Key(publicOf(key)), Relationships: types.SigningRelationships(),
		}}}
		if name == "rich" {
			enrich(t, &document, *did, r.ended)
		}
		f.MustDeliver(f.Accounts[0], &types.MsgCreateDid{Payer: payer, Did: did.String(), Document: document, Proof: prove(key, *did, types.TagCreate, 0, &document)})
		if name == "rich" {
			continue
		}
		if name == "ended" {
			f.MustDeliver(f.Accounts[0], &types.MsgDeactivateDid{Payer: payer, Did: did.String(), Proof: prove(key, *did, types.TagDeactivate, 1, nil)})
			continue
		}
		r.between = f.Time.Add(time.Hour).Truncate(time.Second)
		f.Advance(2 * time.Hour)
		document.Services = []types.Service{
			{Id: "linkedDomain", Type: "LinkedDomain", Endpoints: []string{"https://farm.example/data/"}},
			{Id: "inbox", Type: types.ServiceTransacket, Endpoints: []string{types.SchemeTransacket + payer}},
		}
		f.MustDeliver(f.Accounts[0], &types.MsgUpdateDid{Payer: payer, Did: did.String(), Document: document, Proof: prove(key, *did, types.TagUpdate, 1, &document)})
	}
	server := httptest.NewServer(resolver.Handler(resolver.New(types.NewQueryClient(committed{f}))))
	t.Cleanup(server.Close)
	r.endpoint = server.URL + resolver.Path
	return r
}

// get asks for what follows the endpoint, without following redirects.
func (r *resolution) get(path, accept string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, r.endpoint+path, nil)
	require.NoError(r.t, err)
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return answer{res.StatusCode, res.Header, body}
}

// answer is an HTTP response whose body is read.
type answer struct {
	StatusCode int
	Header     http.Header
	Body       []byte
}

// with adds parameters to a path.
func with(path string, parameters ...string) string {
	values := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		values.Set(parameters[i], parameters[i+1])
	}
	return path + "?" + values.Encode()
}

func decode(t *testing.T, res answer) map[string]any {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal(res.Body, &body))
	return body
}

// requireError checks a resolution result with an error of that kind.
func (r *resolution) requireError(res answer, status int, kind string) {
	r.t.Helper()
	require.Equal(r.t, status, res.StatusCode)
	body := decode(r.t, res)
	require.Contains(r.t, body, "didDocument")
	require.Nil(r.t, body["didDocument"])
	require.Equal(r.t, map[string]any{}, body["didDocumentMetadata"])
	problem := body["didResolutionMetadata"].(map[string]any)["error"].(map[string]any)
	require.Equal(r.t, "https://www.w3.org/ns/did#"+kind, problem["type"])
	require.NotEmpty(r.t, problem["title"])
	require.NotEmpty(r.t, problem["detail"])
}
