package openapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/docs/openapi"
)

func get(t *testing.T, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	openapi.Handler("/swagger/").ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	return rec
}

func TestHandlerServesPageAndDocument(t *testing.T) {
	page := get(t, http.MethodGet, "/swagger/")
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Header().Get("Content-Type"), "text/html")
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "default-src 'self'")

	doc := get(t, http.MethodGet, "/swagger/openapi.json")
	require.Equal(t, http.StatusOK, doc.Code)
	require.Equal(t, openapi.Document(), doc.Body.Bytes())

	require.Equal(t, http.StatusMovedPermanently, get(t, http.MethodGet, "/swagger").Code)
	require.Equal(t, http.StatusNotFound, get(t, http.MethodGet, "/swagger/openapi.go").Code)
	require.Equal(t, http.StatusNotFound, get(t, http.MethodGet, "/elsewhere/openapi.json").Code)

	post := get(t, http.MethodPost, "/swagger/")
	require.Equal(t, http.StatusMethodNotAllowed, post.Code)
	require.Equal(t, "GET, HEAD", post.Header().Get("Allow"))
}

// A node without internet must show the page whole.
func TestPageLoadsNothingFromElsewhere(t *testing.T) {
	loads := regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	page := get(t, http.MethodGet, "/swagger/").Body.String()
	found := loads.FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, found)
	for _, match := range found {
		require.Equal(t, http.StatusOK, get(t, http.MethodGet, "/swagger/"+match[1]).Code, match[1])
	}
	script := get(t, http.MethodGet, "/swagger/page.js").Body.String()
	require.NotContains(t, page+script, "://")
	require.NotContains(t, script, "innerHTML")
}

// The document describes our services and those that wallets need, and is sound:
// identifiers are unique and every reference resolves.
func TestDocument(t *testing.T) {
	var doc struct {
		Tags  []struct{ Name string }
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Tags        []string
		}
		Definitions map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(openapi.Document(), &doc))

	services := make(map[string]bool)
	for _, tag := range doc.Tags {
		services[tag.Name] = true
	}
	for _, want := range []string{
		"mesh.transacket.v1.Query", "mesh.zones.v1.Query",
		"cosmos.auth.v1beta1.Query", "cosmos.bank.v1beta1.Query", "cosmos.gov.v1.Query",
		"cosmos.staking.v1beta1.Query", "cosmos.tx.v1beta1.Service",
		"ibc.applications.transfer.v1.Query", "ibc.core.channel.v1.Query", "ibc.core.client.v1.Query",
	} {
		require.True(t, services[want], want)
	}
	require.True(t, strings.HasPrefix(doc.Tags[0].Name, "mesh."), "our services come first")

	ids := make(map[string]string)
	for path, methods := range doc.Paths {
		for _, op := range methods {
			require.Empty(t, ids[op.OperationID], "%s is at %s and %s", op.OperationID, ids[op.OperationID], path)
			ids[op.OperationID] = path
			require.Len(t, op.Tags, 1, path)
			require.True(t, services[op.Tags[0]], "%s: tag %s is not listed", path, op.Tags[0])
		}
	}

	refs := regexp.MustCompile(`"\$ref": "#/definitions/([^"]+)"`)
	for _, ref := range refs.FindAllStringSubmatch(string(openapi.Document()), -1) {
		require.Contains(t, doc.Definitions, ref[1])
	}
}
