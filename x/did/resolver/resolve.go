package resolver

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/x/did/types"
)

// Resolver resolves over the module's queries.
type Resolver struct {
	query types.QueryClient
}

// New returns a resolver that asks query: a node's gRPC, or a keeper in this process.
func New(query types.QueryClient) *Resolver { return &Resolver{query} }

// Resolve is the DID resolution function. What fails is in the result.
func (r *Resolver) Resolve(ctx context.Context, did string, o Options) Resolution {
	if _, err := types.ParseDID(did); err != nil {
		return Resolution{Err: notDID(err)}
	}
	if o.unsupported != "" {
		return Resolution{Err: failed(Feature, "parameter %s", o.unsupported)}
	}
	if o.unknownVersionID != "" {
		return Resolution{Err: failed(NotFound, "versionId %.40q: versions are numbered from 1", o.unknownVersionID)}
	}
	req := &types.QueryResolveRequest{Did: did, VersionTime: o.versionTime}
	if o.versionID != nil {
		req.VersionId = *o.versionID
	}
	response, err := r.query.Resolve(ctx, req)
	if err != nil {
		return Resolution{Err: refused(err)}
	}
	result := Resolution{Metadata: metadataOf(response.Metadata), response: response}
	if response.Metadata.Deactivated && !o.namesOneVersion {
		return result
	}
	parsed, err := types.ParseDID(response.Did)
	if err == nil {
		result.Document, err = response.Document.JSON(parsed)
	}
	if err != nil {
		return Resolution{Err: failed(InternalFailure, "%s", err)}
	}
	return result
}

// Dereference is the DID URL dereferencing function. Options come from the URL's query
// and from more, which win.
func (r *Resolver) Dereference(ctx context.Context, text string, more url.Values) Content {
	u, err := types.ParseDIDURL(text)
	if err != nil {
		problem := notDID(err)
		if problem.Kind == InvalidDID { // what was given is a DID URL
			problem.Kind = InvalidDIDURL
		}
		return Content{Err: problem}
	}
	values, err := url.ParseQuery(u.Query)
	if err != nil {
		return Content{Err: failed(InvalidDIDURL, "query %.80q: %s", u.Query, err)}
	}
	maps.Copy(values, more)
	o, problem := ParseOptions(values)
	if problem != nil {
		return Content{Err: problem}
	}
	if u.Path != "" {
		return r.resource(ctx, u)
	}
	resolved := r.Resolve(ctx, u.DID.String(), o)
	if resolved.Err != nil {
		return Content{Err: resolved.Err}
	}
	content := Content{Type: MediaDID, Stream: resolved.Document, Metadata: resolved.Metadata}
	switch {
	case resolved.Document == nil:
		content.Stream = []byte("null")
	case u.Fragment != "":
		content.Stream, content.Err = fragment(u, &resolved.response.Document)
	case o.dereferences():
		content.Type = MediaURIList
		content.Endpoint, content.Stream, content.Err = endpoints(&resolved.response.Document, o)
	}
	if content.Err != nil {
		return Content{Err: content.Err}
	}
	return content
}

// fragment returns a verification method or a service.
func fragment(u types.DIDURL, document *types.Document) ([]byte, *Error) {
	var part any
	if method, found := document.Method(u.Fragment); found {
		part = method.JSON(u.DID)
	} else if service, found := document.Service(u.Fragment); found {
		part = service.JSON(u.DID)
	} else {
		return nil, failed(NotFound, "fragment %.40q: no verification method or service of the document", u.Fragment)
	}
	bz, err := json.Marshal(part)
	if err != nil {
		return nil, failed(InternalFailure, "%s", err)
	}
	return bz, nil
}

// endpoints lists the endpoints of the services that the options select; the first is
// where a client is sent.
func endpoints(document *types.Document, o Options) (string, []byte, *Error) {
	var all []string
	for i := range document.Services {
		service := &document.Services[i]
		if o.service != "" && service.Id != o.service || o.kind != "" && service.Type != o.kind {
			continue
		}
		for _, endpoint := range service.Endpoints {
			joined, err := join(endpoint, o.relativeRef)
			if err != nil {
				return "", nil, err
			}
			all = append(all, joined)
		}
	}
	if len(all) == 0 {
		return "", nil, failed(NotFound, "service %.40q, serviceType %.40q: no such service", o.service, o.kind)
	}
	return all[0], []byte(strings.Join(all, "\r\n") + "\r\n"), nil
}

// join resolves a relative reference against an endpoint (RFC 3986, section 5.2).
func join(endpoint, reference string) (string, *Error) {
	if reference == "" {
		return endpoint, nil
	}
	base, err := url.Parse(endpoint)
	if err == nil {
		var relative *url.URL
		if relative, err = url.Parse(reference); err == nil && (relative.Scheme != "" || relative.Host != "") {
			err = errors.New("must be relative")
		}
		if err == nil {
			return base.ResolveReference(relative).String(), nil
		}
	}
	return "", failed(InvalidOptions, "relativeRef %.80q: %s", reference, err)
}

// resource returns what lies below a DID: the status lists of its certificates.
func (r *Resolver) resource(ctx context.Context, u types.DIDURL) Content {
	parts := strings.Split(strings.TrimPrefix(u.Path, "/"), "/")
	if len(parts) != 3 || parts[0] != "status" || u.Fragment != "" {
		return Content{Err: failed(NotFound, "path %.80q: must be /status/<purpose>/<list>", u.Path)}
	}
	list, err := strconv.ParseUint(parts[2], 10, 32)
	if err != nil {
		return Content{Err: failed(NotFound, "list %.40q: must be a whole number", parts[2])}
	}
	response, err := r.query.StatusList(ctx, &types.QueryStatusListRequest{Issuer: u.DID.String(), Purpose: parts[1], List: uint32(list)})
	if err != nil {
		return Content{Err: refused(err)}
	}
	return Content{Type: MediaCredential, Stream: []byte(response.Credential)}
}

// notDID says why a text is no DID or DID URL of this method.
func notDID(err error) *Error {
	switch {
	case errors.Is(err, types.ErrMethod):
		return failed(Method, "%s", err)
	case errors.Is(err, types.ErrInvalidDIDURL):
		return failed(InvalidDIDURL, "%s", err)
	default:
		return failed(InvalidDID, "%s", err)
	}
}

// refused tells what the node's answer means.
func refused(err error) *Error {
	told := status.Convert(err)
	if told.Code() == codes.NotFound {
		return failed(NotFound, "%s", told.Message())
	}
	return failed(InternalFailure, "%s", told.Message()) // the DID itself was read before
}
