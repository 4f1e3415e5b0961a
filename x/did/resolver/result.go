// Package resolver resolves DIDs of the method did:mesh and dereferences their URLs, in
// the terms of W3C DID Resolution v0.3, over whatever answers the module's queries; and
// serves that over HTTP, as a node does.
package resolver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/meshchain/meshchain/x/did/types"
)

// Media types of requests and answers.
const (
	MediaResolution    = "application/did-resolution"
	MediaDereferencing = "application/did-url-dereferencing"
	MediaDID           = "application/did"
	MediaDIDLD         = "application/did+ld+json"
	MediaDIDJSON       = "application/did+json"
	MediaJSON          = "application/json"
	MediaURIList       = "text/uri-list"
	MediaCredential    = "application/vc"
)

// errorBase begins the types of errors.
const errorBase = "https://www.w3.org/ns/did#"

// Kinds of errors (DID Resolution, section "Errors").
const (
	InvalidDID      = "INVALID_DID"
	InvalidDIDURL   = "INVALID_DID_URL"
	InvalidOptions  = "INVALID_OPTIONS"
	NotFound        = "NOT_FOUND"
	Representation  = "REPRESENTATION_NOT_SUPPORTED"
	Method          = "METHOD_NOT_SUPPORTED"
	Feature         = "FEATURE_NOT_SUPPORTED"
	InternalFailure = "INTERNAL_ERROR"
)

var statuses = map[string]int{
	InvalidDID: http.StatusBadRequest, InvalidDIDURL: http.StatusBadRequest, InvalidOptions: http.StatusBadRequest,
	NotFound: http.StatusNotFound, Representation: http.StatusNotAcceptable,
	Method: http.StatusNotImplemented, Feature: http.StatusNotImplemented, InternalFailure: http.StatusInternalServerError,
}

var titles = map[string]string{
	InvalidDID: "The DID is not valid", InvalidDIDURL: "The DID URL is not valid", InvalidOptions: "The options are not valid",
	NotFound: "Nothing is known of it", Representation: "The representation is not supported",
	Method: "The DID method is not supported", Feature: "The feature is not supported", InternalFailure: "The resolver failed",
}

// Error is why something cannot be resolved, as a problem (RFC 9457).
type Error struct {
	// Kind of the error, such as NOT_FOUND.
	Kind string
	// Detail for people.
	Detail string
}

// Error implements error.
func (e *Error) Error() string { return e.Kind + ": " + e.Detail }

// Status of the HTTP answer.
func (e *Error) Status() int { return statuses[e.Kind] }

func failed(kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// problem is the JSON of an error.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (e *Error) problem() *problem {
	if e == nil {
		return nil
	}
	return &problem{errorBase + e.Kind, titles[e.Kind], e.Detail}
}

// resultMetadata is didResolutionMetadata or dereferencingMetadata.
type resultMetadata struct {
	ContentType string   `json:"contentType,omitempty"`
	Error       *problem `json:"error,omitempty"`
}

// Metadata is didDocumentMetadata; empty on error.
type Metadata struct {
	Created           string `json:"created,omitempty"`
	Updated           string `json:"updated,omitempty"`
	Deactivated       bool   `json:"deactivated,omitempty"`
	VersionID         string `json:"versionId,omitempty"`
	PreviousVersionID string `json:"previousVersionId,omitempty"`
	NextVersionID     string `json:"nextVersionId,omitempty"`
	NextUpdate        string `json:"nextUpdate,omitempty"`
}

// Resolution is a DID resolution result.
type Resolution struct {
	// Document in JSON; null for a DID that is deactivated, unless a version was asked
	// for, and on error.
	Document json.RawMessage
	Metadata Metadata
	// Err is nil on success.
	Err *Error

	response *types.QueryResolveResponse
}

// MarshalJSON implements json.Marshaler.
func (r Resolution) MarshalJSON() ([]byte, error) {
	result := struct {
		Context            string          `json:"@context"`
		ResolutionMetadata resultMetadata  `json:"didResolutionMetadata"`
		Document           json.RawMessage `json:"didDocument"`
		Metadata           Metadata        `json:"didDocumentMetadata"`
	}{"https://w3id.org/did-resolution/v1", resultMetadata{Error: r.Err.problem()}, r.Document, r.Metadata}
	if r.Err == nil {
		result.ResolutionMetadata.ContentType = MediaDID
	}
	return json.Marshal(result)
}

// Content is a DID URL dereferencing result.
type Content struct {
	// Type of Stream.
	Type string
	// Stream is JSON or, for services, a text/uri-list.
	Stream []byte
	// Endpoint that was selected, for services.
	Endpoint string
	Metadata Metadata
	// Err is nil on success.
	Err *Error
}

// MarshalJSON implements json.Marshaler.
func (c Content) MarshalJSON() ([]byte, error) {
	stream := json.RawMessage(c.Stream)
	if c.Type == MediaURIList {
		quoted, err := json.Marshal(string(c.Stream))
		if err != nil {
			return nil, err
		}
		stream = quoted
	}
	return json.Marshal(struct {
		Metadata        resultMetadata  `json:"dereferencingMetadata"`
		Stream          json.RawMessage `json:"contentStream"`
		ContentMetadata Metadata        `json:"contentMetadata"`
	}{resultMetadata{ContentType: c.Type, Error: c.Err.problem()}, stream, c.Metadata})
}

// metadataOf shows times as XML date-times in UTC without fractions of seconds.
func metadataOf(m types.DocumentMetadata) Metadata {
	clock := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	number := func(n uint64) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	return Metadata{
		Created: clock(m.Created), Updated: clock(m.Updated), Deactivated: m.Deactivated, VersionID: number(m.VersionId),
		PreviousVersionID: number(m.PreviousVersionId), NextVersionID: number(m.NextVersionId), NextUpdate: clock(m.NextUpdate),
	}
}
