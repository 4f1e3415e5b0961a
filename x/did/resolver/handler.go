package resolver

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// Path is where the HTTP binding is served (DID Resolution, section "HTTP(S) Binding").
const Path = "/1.0/identifiers/"

// maxRequest bounds what follows Path, in bytes after decoding.
const maxRequest = 1_024

// Handler serves the HTTP binding for a resolver.
func Handler(r *Resolver) http.Handler { return handler{r} }

type handler struct{ resolver *Resolver }

// ServeHTTP implements http.Handler. The Accept header decides which function is
// called: application/did-resolution (the default) resolves; the media type of a document
// returns the document alone; application/did-url-dereferencing, or a DID URL with a path
// or fragment, dereferences.
func (h handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET is served", http.StatusMethodNotAllowed)
		return
	}
	input := strings.TrimPrefix(req.URL.Path, Path)
	values, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil || len(input) > maxRequest {
		h.fail(w, failed(InvalidOptions, "query %.80q: must be URL-encoded; the DID URL at most %d bytes", req.URL.RawQuery, maxRequest))
		return
	}
	accept, problem := acceptOf(req, values)
	if problem != nil {
		h.fail(w, problem)
		return
	}
	function, media := negotiate(accept, strings.ContainsAny(input, "/#"))
	switch function {
	case MediaResolution:
		h.resolve(w, req, input, values, media)
	case MediaDereferencing:
		h.dereference(w, req, input, values, media)
	default:
		h.fail(w, failed(Representation, "accept %.80q: must be %s, %s, %s or %s", accept, MediaResolution, MediaDereferencing, MediaDID, MediaJSON))
	}
}

// acceptOf returns the accept option: a parameter, or the header.
func acceptOf(req *http.Request, values url.Values) (string, *Error) {
	accept := req.Header.Get("Accept")
	if values.Has("accept") {
		accept = values.Get("accept")
	}
	if !isASCII(accept) {
		return "", failed(InvalidOptions, "accept: media types are ASCII")
	}
	return accept, nil
}

// negotiate picks the first media type that is served, and the function that it stands
// for: the whole result if both are the same, else its content alone.
func negotiate(accept string, part bool) (function, media string) {
	function = MediaResolution
	if part {
		function = MediaDereferencing
	}
	if accept == "" {
		return function, function
	}
	for item := range strings.SplitSeq(accept, ",") {
		media, _, err := mime.ParseMediaType(strings.TrimSpace(item))
		if err != nil {
			continue
		}
		switch media {
		case "*/*", "application/*":
			return function, function
		case MediaResolution:
			if !part {
				return MediaResolution, media
			}
		case MediaDereferencing:
			return MediaDereferencing, media
		case MediaURIList, "text/html":
			return MediaDereferencing, MediaURIList
		case MediaDID, MediaDIDLD, MediaDIDJSON, MediaJSON, MediaCredential:
			return function, media
		case "application/ld+json":
			return function, MediaDIDLD
		}
	}
	return "", ""
}

func (h handler) resolve(w http.ResponseWriter, req *http.Request, input string, values url.Values, media string) {
	did, query, _ := strings.Cut(input, "?")
	inner, err := url.ParseQuery(query)
	if err != nil {
		h.fail(w, failed(InvalidDIDURL, "query %.80q: %s", query, err))
		return
	}
	maps.Copy(inner, values)
	options, problem := ParseOptions(inner)
	if problem != nil {
		h.fail(w, problem)
		return
	}
	result := h.resolver.Resolve(req.Context(), did, options)
	status := http.StatusOK
	switch {
	case result.Err != nil:
		h.fail(w, result.Err)
		return
	case result.Metadata.Deactivated:
		status = http.StatusGone
	}
	if media == MediaResolution {
		h.write(w, status, media, result)
		return
	}
	document := result.Document
	if document == nil {
		document = json.RawMessage("null")
	}
	h.write(w, status, media, document)
}

func (h handler) dereference(w http.ResponseWriter, req *http.Request, input string, values url.Values, media string) {
	content := h.resolver.Dereference(req.Context(), input, values)
	switch {
	case content.Err != nil:
		h.write(w, content.Err.Status(), MediaDereferencing, Content{Stream: []byte("null"), Err: content.Err})
	case content.Endpoint != "":
		w.Header().Set("Location", content.Endpoint)
		w.WriteHeader(http.StatusSeeOther)
	case content.Metadata.Deactivated:
		h.write(w, http.StatusGone, MediaDereferencing, content)
	case media == MediaDereferencing:
		h.write(w, http.StatusOK, MediaDereferencing, content)
	default:
		h.write(w, http.StatusOK, content.Type, json.RawMessage(content.Stream))
	}
}

// fail writes a resolution result that holds an error.
func (h handler) fail(w http.ResponseWriter, problem *Error) {
	h.write(w, problem.Status(), MediaResolution, Resolution{Err: problem})
}

func (h handler) write(w http.ResponseWriter, status int, media string, body any) {
	bz, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(bz, '\n')) // who does not read the answer does not need it
}
