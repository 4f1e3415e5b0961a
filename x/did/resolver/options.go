package resolver

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options are DID parameters and resolution options, from a DID URL's query or from that
// of the HTTP request.
type Options struct {
	versionID        *uint64
	versionTime      *time.Time
	service, kind    string // kind is serviceType
	relativeRef      string
	accept           string
	unsupported      string
	namesOneVersion  bool
	unknownVersionID string
}

// normalized is an XML date-time (XSD 1.1, section 3.3.7) in UTC without fractions.
var normalized = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)

// ParseOptions checks parameters; nobody else's are looked at, but all must be ASCII.
func ParseOptions(values url.Values) (Options, *Error) {
	var o Options
	for _, name := range slices.Sorted(maps.Keys(values)) { //determinism:allow sorted
		all := values[name]
		for _, value := range all {
			if !isASCII(name) || !isASCII(value) {
				return o, failed(InvalidOptions, "%.40q: parameters must be ASCII", name)
			}
		}
		if len(all) > 1 {
			return o, failed(InvalidOptions, "%s: is there %d times", name, len(all))
		}
	}
	o.service, o.kind, o.accept = values.Get("service"), values.Get("serviceType"), values.Get("accept")
	if values.Has("hl") {
		o.unsupported = "hl"
	}
	if o.relativeRef = values.Get("relativeRef"); !isRelativeRef(o.relativeRef) {
		return o, failed(InvalidOptions, "relativeRef %.80q: must have only characters of a path (RFC 3986), others as %%XX", o.relativeRef)
	}
	if values.Has("versionId") {
		o.namesOneVersion = true
		n, err := strconv.ParseUint(values.Get("versionId"), 10, 64)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != values.Get("versionId") {
			o.unknownVersionID = values.Get("versionId") + " "
		}
		o.versionID = &n
	}
	if values.Has("versionTime") {
		if o.namesOneVersion {
			return o, failed(InvalidOptions, "versionId and versionTime: name one of them")
		}
		o.namesOneVersion = true
		text := values.Get("versionTime")
		at, err := time.Parse(time.RFC3339, text)
		if err != nil || !normalized.MatchString(text) {
			return o, failed(InvalidOptions, "versionTime %.40q: must be an XML date-time in UTC without fractions, 2026-01-31T12:00:00Z", text)
		}
		o.versionTime = &at
	}
	return o, nil
}

// dereferences tells whether the parameters select a part of a document.
func (o *Options) dereferences() bool { return o.service != "" || o.kind != "" }

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

var relativeRef = regexp.MustCompile(`^(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$`)

func isRelativeRef(text string) bool { return relativeRef.MatchString(text) }
