package resolver_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/resolver"
)

// By the sections of DID Resolution, what goes beyond the cases of suite_test.go.

var nonASCII = []string{"🔥💥🚫", "Привет", "こんにちは", "مرحبا", "foo\u200bbar"}

func TestDIDParameters3(t *testing.T) {
	r := newResolution(t)
	did := r.active.String()
	for _, name := range []string{"service", "serviceType", "relativeRef", "versionId", "versionTime", "hl"} {
		for _, bad := range nonASCII {
			r.requireError(r.get(with(did, name, bad), ""), http.StatusBadRequest, resolver.InvalidOptions)
		}
	}
	require.Equal(t, http.StatusOK, r.get(with(did, "service", "linkedDomain"), "").StatusCode)
	require.Equal(t, http.StatusOK, r.get(with(did, "service", "LinkedDomain"), "").StatusCode)
	for _, bad := range []string{"my path/file", "file#section", "dir/with?query=value"} {
		r.requireError(r.get(with(did, "relativeRef", bad), ""), http.StatusBadRequest, resolver.InvalidOptions)
	}
	require.Equal(t, http.StatusOK, r.get(with(did, "relativeRef", "my%20path/file"), "").StatusCode)
	for _, bad := range []string{
		"2025-10-07 12:30:45", "2025/10/07T12:30:45", "2025-13-07T12:30:45", "2025-10-32T12:30:45", "2025-10-07T25:00:00",
		"2025-10-07T12:30:60", "2025-10-07T12:30:45+24:00", "2025-10-07", "2025-10-07T12:30:45abc", "T12:30:45",
		"2025-10-07T00:00:00+02:00", "2025-10-07T00:00:00-05:00", "2025-10-07T00:00:00", "2025-10-07T00:00:00.123Z",
		"2025-10-07T00:00:00.999+01:00", "2025-13-07T12:30:45Z", "2025-10-07T25:00:00Z",
	} {
		r.requireError(r.get(with(did, "versionTime", bad), ""), http.StatusBadRequest, resolver.InvalidOptions)
	}
	res := r.get(with(did, "versionTime", "2046-10-07T14:30:00Z"), "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NotNil(t, decode(t, res)["didDocument"])
}

func TestDIDResolution4(t *testing.T) {
	r := newResolution(t)
	did := r.active.String()
	res := r.get(did, "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, resolver.MediaResolution, res.Header.Get("Content-Type"))
	body := decode(t, res)
	metadata := body["didResolutionMetadata"].(map[string]any)
	require.Equal(t, "application/did", metadata["contentType"], "the media type of the representation")
	require.NotContains(t, metadata, "error")
	document := body["didDocument"].(map[string]any)
	require.Equal(t, did, document["id"])
	about := body["didDocumentMetadata"].(map[string]any)
	require.Equal(t, "2", about["versionId"])
	require.Equal(t, "1", about["previousVersionId"])
	require.NotContains(t, about, "deactivated")

	r.requireError(r.get("", ""), http.StatusBadRequest, resolver.InvalidDID)
	for _, bad := range []string{"not-a-did", "did:example", "did:mesh:farm", did + "x"} {
		r.requireError(r.get(bad, ""), http.StatusBadRequest, resolver.InvalidDID)
	}
	for _, bad := range nonASCII {
		r.requireError(r.get(with(did, "accept", bad), ""), http.StatusBadRequest, resolver.InvalidOptions)
	}
	r.requireError(r.get("did:unsupported:123456789abcdefghi", ""), http.StatusNotImplemented, resolver.Method)
}

func TestHTTPBinding10(t *testing.T) {
	r := newResolution(t)
	did := r.active.String()
	t.Run("Content-Type includes contentType of the metadata", func(t *testing.T) {
		res := r.get(did, resolver.MediaResolution)
		metadata := decode(t, res)["didResolutionMetadata"].(map[string]any)
		require.Contains(t, res.Header.Get("Content-Type"), metadata["contentType"])
	})
	t.Run("a media type of documents returns the document alone", func(t *testing.T) {
		for _, media := range []string{"application/did", "application/did+json", "application/did+ld+json", "application/json", "text/plain, application/did;q=0.9"} {
			res := r.get(did, media)
			require.Equal(t, http.StatusOK, res.StatusCode, media)
			body := decode(t, res)
			require.Equal(t, did, body["id"])
			require.NotContains(t, body, "didResolutionMetadata")
		}
	})
	t.Run("URL-encoded DIDs", func(t *testing.T) {
		res := r.get(with(url.QueryEscape(did), "versionId", "1"), resolver.MediaResolution)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, "1", decode(t, res)["didDocumentMetadata"].(map[string]any)["versionId"])
	})
	t.Run("statuses of errors", func(t *testing.T) {
		r.requireError(r.get("not-a-did", resolver.MediaResolution), 400, resolver.InvalidDID)
		r.requireError(r.get("did:unsupported:123", resolver.MediaResolution), 501, resolver.Method)
		r.requireError(r.get(r.unknown.String(), resolver.MediaResolution), 404, resolver.NotFound)
		r.requireError(r.get(did, "application/x-unsupported-did-representation-99999"), 406, resolver.Representation)
		r.requireError(r.get(with(did, "hl", "zQm"), ""), 501, resolver.Feature)
		r.requireError(r.get(with(did, "versionId", "3"), ""), 404, resolver.NotFound)
		r.requireError(r.get(with(did, "versionId", "one"), ""), 404, resolver.NotFound)
		r.requireError(r.get(with(did, "versionId", "1", "versionTime", "2026-01-01T00:00:00Z"), ""), 400, resolver.InvalidOptions)
		r.requireError(r.get(with(did, "versionTime", "2020-01-01T00:00:00Z"), ""), 404, resolver.NotFound)
		elsewhere := r.active
		elsewhere.Namespace = "port"
		r.requireError(r.get(elsewhere.String(), ""), 404, resolver.NotFound)
	})
	t.Run("deactivated is 410", func(t *testing.T) {
		res := r.get(r.ended.String(), resolver.MediaResolution)
		require.Equal(t, http.StatusGone, res.StatusCode)
		body := decode(t, res)
		require.Nil(t, body["didDocument"])
		require.Equal(t, true, body["didDocumentMetadata"].(map[string]any)["deactivated"])
		res = r.get(with(r.ended.String(), "versionId", "1"), "")
		require.Equal(t, http.StatusGone, res.StatusCode)
		require.NotNil(t, decode(t, res)["didDocument"], "a version that is named is there for what was signed before")
	})
	t.Run("only GET", func(t *testing.T) {
		res, err := http.Post(r.endpoint+did, "", nil) //nolint:noctx // local
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)
	})
}

func TestVersionsByTime(t *testing.T) {
	r := newResolution(t)
	res := r.get(with(r.active.String(), "versionTime", r.between.Format("2006-01-02T15:04:05Z")), "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	body := decode(t, res)
	about := body["didDocumentMetadata"].(map[string]any)
	require.Equal(t, "1", about["versionId"])
	require.Equal(t, "2", about["nextVersionId"])
	require.NotContains(t, body["didDocument"], "service")
	res = r.get(with(r.active.String(), "versionTime", about["nextUpdate"].(string)), "")
	require.Equal(t, "2", decode(t, res)["didDocumentMetadata"].(map[string]any)["versionId"], "times are whole seconds at both ends")
}

func TestDereferencing(t *testing.T) {
	r := newResolution(t)
	did := r.active.String()
	t.Run("a key", func(t *testing.T) {
		res := r.get(url.QueryEscape(did+"#key-1"), resolver.MediaDereferencing)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, resolver.MediaDereferencing, res.Header.Get("Content-Type"))
		body := decode(t, res)
		require.Equal(t, "Multikey", body["contentStream"].(map[string]any)["type"])
		require.Contains(t, body, "contentMetadata")
		require.NotEmpty(t, body["dereferencingMetadata"].(map[string]any)["contentType"])
		alone := decode(t, r.get(url.QueryEscape(did+"#key-1"), "application/json"))
		require.Equal(t, body["contentStream"], alone)
	})
	t.Run("a service by fragment", func(t *testing.T) {
		body := decode(t, r.get(url.QueryEscape(did+"#inbox"), "application/did"))
		require.Equal(t, did+"#inbox", body["id"])
	})
	t.Run("a service endpoint is 303, with Location and without body", func(t *testing.T) {
		for path, want := range map[string]string{
			url.QueryEscape(did + "?service=linkedDomain"):                             "https://farm.example/data/",
			url.QueryEscape(did + "?serviceType=LinkedDomain"):                         "https://farm.example/data/",
			with(did, "service", "linkedDomain", "relativeRef", "sensors/1"):           "https://farm.example/data/sensors/1",
			url.QueryEscape(did + "?service=linkedDomain&relativeRef=%2Fresume%2Epdf"): "https://farm.example/resume.pdf",
		} {
			res := r.get(path, resolver.MediaDereferencing)
			require.Equal(t, http.StatusSeeOther, res.StatusCode, path)
			require.Equal(t, want, res.Header.Get("Location"))
			require.Empty(t, res.Body)
		}
	})
	t.Run("what is not there", func(t *testing.T) {
		for path, want := range map[string]int{
			url.QueryEscape(did + "#key-9"):                                        404,
			url.QueryEscape(did + "?service=shop"):                                 404,
			url.QueryEscape(did) + "/files":                                        404,
			url.QueryEscape(did + "#"):                                             400,
			url.QueryEscape(did + "#ключ"):                                         400,
			url.QueryEscape("did:web:example.com#key-1"):                           501,
			url.QueryEscape(r.unknown.String() + "#key"):                           404,
			url.QueryEscape(did) + "/status/revocation/0":                          404, // no authority
			with(did, "service", "linkedDomain", "relativeRef", "//evil.example/"): 400,
		} {
			res := r.get(path, resolver.MediaDereferencing)
			require.Equal(t, want, res.StatusCode, path)
			body := decode(t, res)
			require.Nil(t, body["contentStream"])
			require.True(t, strings.HasPrefix(body["dereferencingMetadata"].(map[string]any)["error"].(map[string]any)["type"].(string), "https://www.w3.org/ns/did#"))
		}
	})
}

func TestResultsAreJSONWithAllThreeParts(t *testing.T) {
	for _, value := range []any{resolver.Resolution{}, resolver.Resolution{Err: &resolver.Error{Kind: resolver.NotFound}}} {
		bz, err := json.Marshal(value)
		require.NoError(t, err)
		for _, part := range []string{`"didResolutionMetadata":`, `"didDocument":`, `"didDocumentMetadata":{}`} {
			require.Contains(t, string(bz), part)
		}
	}
}
