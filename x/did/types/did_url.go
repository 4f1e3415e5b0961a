package types

import (
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// MaxDIDURLLength bounds a DID URL in bytes.
const MaxDIDURLLength = 512

// DIDURL is a DID with what may follow it (DID Core, section 3.2): path, query and
// fragment, each without its delimiter but for the slash of the path, as they were
// written.
type DIDURL struct {
	DID      DID
	Path     string
	Query    string
	Fragment string
}

// ParseDIDURL reads a DID URL of this method. A DID alone is one, too.
func ParseDIDURL(text string) (DIDURL, error) {
	var u DIDURL
	if len(text) > MaxDIDURLLength {
		return u, errorsmod.Wrapf(ErrInvalidDIDURL, "%.80q... has %d bytes: must have at most %d", text, len(text), MaxDIDURLLength)
	}
	rest, fragment, hasFragment := strings.Cut(text, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	did, path, hasPath := strings.Cut(rest, "/")
	for _, part := range []struct {
		name, value, more string
	}{{"path", path, "/"}, {"query", query, "/?"}, {"fragment", fragment, "/?"}} {
		if !isURLPart(part.value, part.more) {
			return u, errorsmod.Wrapf(ErrInvalidDIDURL, "%s %.80q: must have only characters of RFC 3986, others as %%XX", part.name, part.value)
		}
	}
	if hasQuery && query == "" || hasFragment && fragment == "" {
		return u, errorsmod.Wrapf(ErrInvalidDIDURL, "%.120q: query and fragment must not be empty", text)
	}
	var err error
	if u.DID, err = ParseDID(did); err != nil {
		return u, err
	}
	if hasPath {
		u.Path = "/" + path
	}
	u.Query, u.Fragment = query, fragment
	return u, nil
}

// isURLPart checks pchar of RFC 3986, section 3.3, and the bytes of more.
func isURLPart(text, more string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case isFragmentByte(c), strings.IndexByte("!$&'()*+,;=:@", c) >= 0, strings.IndexByte(more, c) >= 0:
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

// String returns the DID URL as it was written.
func (u DIDURL) String() string {
	text := u.DID.String() + u.Path
	if u.Query != "" {
		text += "?" + u.Query
	}
	if u.Fragment != "" {
		text += "#" + u.Fragment
	}
	return text
}

// MethodURL returns the DID URL of a key or service of a DID.
func MethodURL(did DID, fragment string) string { return did.String() + "#" + fragment }

// ParseMethodURL reads the DID URL of a key or service: a DID and a fragment, nothing
// else.
func ParseMethodURL(text string) (DID, string, error) {
	u, err := ParseDIDURL(text)
	if err != nil {
		return DID{}, "", err
	}
	if u.Path != "" || u.Query != "" {
		return DID{}, "", errorsmod.Wrapf(ErrInvalidDIDURL, "%q: must be a DID and a fragment", text)
	}
	return u.DID, u.Fragment, ValidateFragment(u.Fragment)
}
