package resolver_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/resolver"
)

// The cases of w3c-ccg/did-resolution-mocha-test-suite, by its files, in its order and with
// its names, on the handler that nodes serve. A case that the suite leaves open when an
// implementation does not support something is strict here.

// suiteCase is a request and what must be true of the answer.
type suiteCase struct {
	name   string
	path   string
	accept string
	status int
	kind   string // of the error, if one must be told
	check  func(*testing.T, answer)
}

func (r *resolution) run(t *testing.T, cases []suiteCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name+" "+c.path, func(t *testing.T) {
			res := r.get(c.path, c.accept)
			require.Equal(t, c.status, res.StatusCode)
			if c.kind != "" {
				requireProblem(t, res, c.kind)
			}
			if c.check != nil {
				c.check(t, res)
			}
		})
	}
}

// requireProblem is checkErrorResolutionResult of the suite.
func requireProblem(t *testing.T, res answer, kind string) {
	t.Helper()
	body := decode(t, res)
	require.Contains(t, body, "didDocument")
	require.Nil(t, body["didDocument"])
	require.Equal(t, map[string]any{}, body["didDocumentMetadata"], "MUST be an empty metadata structure")
	failure := body["didResolutionMetadata"].(map[string]any)["error"].(map[string]any)
	require.Equal(t, "https://www.w3.org/ns/did#"+kind, failure["type"])
}

// isResult is checkSuccessfulResolutionResult of the suite.
func isResult(t *testing.T, res answer) {
	t.Helper()
	body := decode(t, res)
	metadata := body["didResolutionMetadata"].(map[string]any)
	require.NotContains(t, metadata, "error")
	require.IsType(t, map[string]any{}, body["didDocumentMetadata"])
	isDocument(t, body["didDocument"].(map[string]any))
}

var suiteDID = regexp.MustCompile(`^did:[a-z0-9]+:([A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})+$`)

// isDocument is what the suite's schema of documents asks for.
func isDocument(t *testing.T, document map[string]any) {
	t.Helper()
	require.Regexp(t, suiteDID, document["id"])
	methods, _ := document["verificationMethod"].([]any)
	for _, one := range methods {
		method := one.(map[string]any)
		for _, required := range []string{"id", "type", "controller"} {
			require.NotEmpty(t, method[required])
		}
	}
	services, _ := document["service"].([]any)
	for _, one := range services {
		service := one.(map[string]any)
		for _, required := range []string{"id", "type", "serviceEndpoint"} {
			require.NotEmpty(t, service[required])
		}
	}
}

// saysItsType: the header includes the contentType of the metadata.
func saysItsType(member string) func(*testing.T, answer) {
	return func(t *testing.T, res answer) {
		t.Helper()
		media := decode(t, res)[member].(map[string]any)["contentType"].(string)
		require.NotEmpty(t, media)
		require.Contains(t, res.Header.Get("Content-Type"), media)
	}
}

// contentAlone: the whole result is not there.
func contentAlone(id string) func(*testing.T, answer) {
	return func(t *testing.T, res answer) {
		t.Helper()
		body := decode(t, res)
		require.Equal(t, id, body["id"])
		require.NotContains(t, body, "didResolutionMetadata")
		require.NotContains(t, body, "dereferencingMetadata")
	}
}

func TestPublicSuite4DIDResolution(t *testing.T) {
	r := newResolution(t)
	for _, valid := range []string{r.active.String(), r.rich.String()} {
		r.run(t, []suiteCase{
			{"All conformant DID resolvers MUST implement the DID resolution function for at least one DID method", valid, resolver.MediaResolution, 200, "", isResult},
			{"The didResolutionMetadata structure is REQUIRED.", valid, resolver.MediaResolution, 200, "", func(t *testing.T, res answer) {
				require.IsType(t, map[string]any{}, decode(t, res)["didResolutionMetadata"])
			}},
			{"If resolution is successful, the didDocument MUST be a conformant DID document", valid, resolver.MediaResolution, 200, "", func(t *testing.T, res answer) {
				isDocument(t, decode(t, res)["didDocument"].(map[string]any))
			}},
			{"The value of id in the resolved DID document MUST match the DID that was resolved", valid, resolver.MediaResolution, 200, "", func(t *testing.T, res answer) {
				require.Equal(t, valid, decode(t, res)["didDocument"].(map[string]any)["id"])
			}},
			{"If the resolution is successful, the `didDocumentMetadata` MUST be a metadata structure", valid, resolver.MediaResolution, 200, "", func(t *testing.T, res answer) {
				require.IsType(t, map[string]any{}, decode(t, res)["didDocumentMetadata"])
			}},
		})
	}
	r.run(t, []suiteCase{{"The did input to the resolve function is REQUIRED", "", resolver.MediaResolution, 400, resolver.InvalidDID, nil}})
	for _, bad := range []string{"not-a-did", "did:example"} {
		r.run(t, []suiteCase{
			{"The did input value MUST be a conformant DID as defined in Decentralized Identifiers (DIDs) v1.0.", bad, resolver.MediaResolution, 400, "", nil},
			{"Produces a INVALID_DID error and conformant resolution result", bad, resolver.MediaResolution, 400, resolver.InvalidDID, nil},
			{"The error property in DID Document Metadata is REQUIRED when there is an error in the resolution process.", bad, resolver.MediaResolution, 400, "", func(t *testing.T, res answer) {
				require.Contains(t, decode(t, res)["didResolutionMetadata"], "error")
			}},
			{"If the resolution is unsuccessful, the `didDocumentMetadata` output MUST be an empty metadata structure", bad, resolver.MediaResolution, 400, "", func(t *testing.T, res answer) {
				require.Equal(t, map[string]any{}, decode(t, res)["didDocumentMetadata"])
			}},
		})
	}
	r.run(t, []suiteCase{{
		"If the DID method is not supported, produces a METHOD_NOT_SUPPORTED error and conformant resolution result",
		"did:unsupported:123456789abcdefghi", resolver.MediaResolution, 501, resolver.Method, nil,
	}})
}

func TestPublicSuite10Bindings(t *testing.T) {
	r := newResolution(t)
	for _, valid := range []string{r.active.String(), r.rich.String()} {
		r.run(t, []suiteCase{
			{"All conforming DID resolvers MUST implement the GET version of the HTTPS binding", valid, resolver.MediaResolution, 200, "", nil},
			{"If Accept is application/did-resolution, HTTP body MUST contain a DID resolution result", valid, resolver.MediaResolution, 200, "", isResult},
			{"If function is successful and returns a didDocument, HTTP response status code MUST be 200", valid, resolver.MediaResolution, 200, "", nil},
			{"HTTP response MUST contain a Content-Type header whose value MUST equal contentType in didResolutionMetadata", valid, resolver.MediaResolution, 200, "", saysItsType("didResolutionMetadata")},
			{"HTTP response body MUST contain the didDocument result of the DID resolution function", valid, resolver.MediaResolution, 200, "", func(t *testing.T, res answer) {
				require.IsType(t, map[string]any{}, decode(t, res)["didDocument"])
			}},
			{"If Accept is set to a DID representation media type, response body MUST contain only the didDocument (not the full resolution result)", valid, resolver.MediaDIDJSON, 200, "", contentAlone(valid)},
			{"If Accept is set to a DID representation media type, response body MUST contain only the didDocument (not the full resolution result)", valid, resolver.MediaDIDLD, 200, "", contentAlone(valid)},
			{"GET binding: resolver MUST accept URL-encoded DIDs (required because clients MUST URL-encode when resolution options other than accept are provided)", url.QueryEscape(valid), resolver.MediaResolution, 200, "", isResult},
		})
	}
	active := r.active.String()
	r.run(t, []suiteCase{
		{`INVALID_DID error MUST map to HTTP status 400 (input: "not-a-did")`, "not-a-did", resolver.MediaResolution, 400, resolver.InvalidDID, nil},
		{`INVALID_DID error MUST map to HTTP status 400 (input: "did:example")`, "did:example", resolver.MediaResolution, 400, resolver.InvalidDID, nil},
		{"METHOD_NOT_SUPPORTED error MUST map to HTTP status 501", "did:unsupported:123456789abcdefghi", resolver.MediaResolution, 501, resolver.Method, nil},
		{"NOT_FOUND error MUST map to HTTP status 404", r.unknown.String(), resolver.MediaResolution, 404, resolver.NotFound, nil},
		{"REPRESENTATION_NOT_SUPPORTED error MUST map to HTTP status 406", active, "application/x-unsupported-did-representation-99999", 406, resolver.Representation, nil},
		{"If deactivated metadata property is true, HTTP response status MUST be 410", r.ended.String(), resolver.MediaResolution, 410, "", nil},
	})

	isDereferenced := func(t *testing.T, res answer) {
		body := decode(t, res)
		require.IsType(t, map[string]any{}, body["dereferencingMetadata"])
		require.NotNil(t, body["contentStream"])
		require.IsType(t, map[string]any{}, body["contentMetadata"])
	}
	for _, didURL := range []string{active, active + "#key-1", active + "#linkedDomain", active + "?versionId=1"} {
		id, _, _ := strings.Cut(didURL, "?")
		path := url.QueryEscape(didURL)
		r.run(t, []suiteCase{
			{"If Accept is application/did-url-dereferencing, HTTP body MUST contain a DID URL dereferencing result", path, resolver.MediaDereferencing, 200, "", isDereferenced},
			{"If DID URL dereferencing returns a non-uri-list contentStream, HTTP status MUST be 200", path, resolver.MediaDereferencing, 200, "", nil},
			{"If DID URL dereferencing succeeds, Content-Type MUST equal contentType in dereferencingMetadata", path, resolver.MediaDereferencing, 200, "", saysItsType("dereferencingMetadata")},
			{"HTTP response body MUST contain the contentStream from DID URL dereferencing", path, resolver.MediaDereferencing, 200, "", isDereferenced},
			{"If Accept is set to a content media type, response body MUST contain only the contentStream (not the full dereferencing result)", path, resolver.MediaJSON, 200, "", contentAlone(id)},
		})
	}
	for _, service := range []string{"?service=linkedDomain", "?serviceType=LinkedDomain"} {
		path := url.QueryEscape(active + service)
		r.run(t, []suiteCase{
			{"If contentType is text/uri-list, HTTP response status MUST be 303", path, resolver.MediaDereferencing, http.StatusSeeOther, "", nil},
			{"If 303 response, HTTP response MUST contain a Location header with the selected DID service endpoint URL", path, resolver.MediaDereferencing, http.StatusSeeOther, "", func(t *testing.T, res answer) {
				require.Equal(t, "https://farm.example/data/", res.Header.Get("Location"))
			}},
			{"If 303 response, HTTP response body MUST be empty", path, resolver.MediaDereferencing, http.StatusSeeOther, "", func(t *testing.T, res answer) {
				require.Empty(t, res.Body)
			}},
		})
	}
}
