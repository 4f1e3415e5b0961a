package types

import (
	"net/url"
	"slices"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// Limits of a document, besides its size in bytes (Params.MaxDocumentBytes).
const (
	MaxControllers    = 4
	MaxAlsoKnownAs    = 8
	MaxMethods        = 16
	MaxServices       = 8
	MaxEndpoints      = 4
	MaxFragmentLength = 32
	MaxServiceType    = 64
	MaxURILength      = 256
)

// Validate checks a document of did. What it refers to may be anywhere.
func (d *Document) Validate(did DID) error {
	if err := d.validateControllers(); err != nil {
		return err
	}
	if n := len(d.AlsoKnownAs); n > MaxAlsoKnownAs {
		return errorsmod.Wrapf(ErrDocument, "alsoKnownAs has %d entries: at most %d", n, MaxAlsoKnownAs)
	}
	for i, uri := range d.AlsoKnownAs {
		if err := validateURI(uri); err != nil {
			return errorsmod.Wrapf(ErrDocument, "alsoKnownAs[%d] %s", i, err)
		}
		if slices.Contains(d.AlsoKnownAs[:i], uri) {
			return errorsmod.Wrapf(ErrDocument, "alsoKnownAs[%d] %.80q: is there twice", i, uri)
		}
	}
	if n := len(d.VerificationMethods); n > MaxMethods {
		return errorsmod.Wrapf(ErrDocument, "verificationMethod has %d entries: at most %d", n, MaxMethods)
	}
	if n := len(d.Services); n > MaxServices {
		return errorsmod.Wrapf(ErrDocument, "service has %d entries: at most %d", n, MaxServices)
	}
	fragments := make([]string, 0, len(d.VerificationMethods)+len(d.Services))
	take := func(field string, i int, fragment string) error {
		if err := ValidateFragment(fragment); err != nil {
			return errorsmod.Wrapf(err, "%s[%d].id", field, i)
		}
		if slices.Contains(fragments, fragment) {
			return errorsmod.Wrapf(ErrDuplicate, "%s[%d].id %q: another entry of the document has it", field, i, fragment)
		}
		fragments = append(fragments, fragment)
		return nil
	}
	for i := range d.VerificationMethods {
		if err := take("verificationMethod", i, d.VerificationMethods[i].Id); err != nil {
			return err
		}
		if err := d.VerificationMethods[i].validate(); err != nil {
			return errorsmod.Wrapf(err, "verificationMethod[%d]", i)
		}
	}
	for i := range d.Services {
		if err := take("service", i, d.Services[i].Id); err != nil {
			return err
		}
		if err := d.Services[i].validate(); err != nil {
			return errorsmod.Wrapf(err, "service[%d]", i)
		}
	}
	return d.validateControl(did)
}

func (d *Document) validateControllers() error {
	if n := len(d.Controllers); n > MaxControllers {
		return errorsmod.Wrapf(ErrController, "controller has %d entries: at most %d", n, MaxControllers)
	}
	for i, controller := range d.Controllers {
		if _, err := ParseDID(controller); err != nil {
			return errorsmod.Wrapf(err, "controller[%d]", i)
		}
		if slices.Contains(d.Controllers[:i], controller) {
			return errorsmod.Wrapf(ErrController, "controller[%d] %s: is there twice", i, controller)
		}
	}
	return nil
}

// validateControl refuses a document that nobody could change any more: one that the
// DID itself controls needs a key for that. (To end a DID, deactivate it.)
func (d *Document) validateControl(did DID) error {
	if len(d.Controllers) > 0 && !d.ControlledBy(did, did) {
		return nil
	}
	for i := range d.VerificationMethods {
		if d.VerificationMethods[i].For(RELATIONSHIP_CAPABILITY_INVOCATION) {
			return nil
		}
	}
	if len(d.Controllers) > 1 {
		return nil
	}
	return errorsmod.Wrapf(ErrController, "%s controls itself: a verification method must have capabilityInvocation", did)
}

// ControlledBy tells whether the keys of controller may change this document of did.
// Without controllers it is the DID itself; with controllers only those.
func (d *Document) ControlledBy(did, controller DID) bool {
	if len(d.Controllers) == 0 {
		return did == controller
	}
	return slices.Contains(d.Controllers, controller.String())
}

// Method returns the verification method with that fragment.
func (d *Document) Method(fragment string) (*VerificationMethod, bool) {
	for i := range d.VerificationMethods {
		if d.VerificationMethods[i].Id == fragment {
			return &d.VerificationMethods[i], true
		}
	}
	return nil, false
}

// Service returns the service with that fragment.
func (d *Document) Service(fragment string) (*Service, bool) {
	for i := range d.Services {
		if d.Services[i].Id == fragment {
			return &d.Services[i], true
		}
	}
	return nil, false
}

// For tells whether the key is for that.
func (m *VerificationMethod) For(r Relationship) bool { return slices.Contains(m.Relationships, r) }

func (m *VerificationMethod) validate() error {
	if err := m.PublicKey.Validate(); err != nil {
		return err
	}
	if m.Format != KEY_FORMAT_MULTIKEY && m.Format != KEY_FORMAT_JSON_WEB_KEY {
		return errorsmod.Wrapf(ErrDocument, "format %s: must be Multikey or JsonWebKey", m.Format)
	}
	if m.Controller != "" {
		if _, err := ParseDID(m.Controller); err != nil {
			return errorsmod.Wrap(err, "controller")
		}
	}
	for i, r := range m.Relationships {
		if _, known := relationshipNames[r]; !known {
			return errorsmod.Wrapf(ErrRelationship, "relationships[%d] %s: must be a relationship of DID Core", i, r)
		}
		if i > 0 && r <= m.Relationships[i-1] {
			return errorsmod.Wrapf(ErrRelationship, "relationships[%d] %s: must ascend, each once", i, r.Property())
		}
	}
	if m.For(RELATIONSHIP_KEY_AGREEMENT) && m.PublicKey.Type == KEY_TYPE_ED25519 {
		return errorsmod.Wrap(ErrRelationship, "keyAgreement: Ed25519 keys only sign")
	}
	return nil
}

func (s *Service) validate() error {
	if s.Type == "" || len(s.Type) > MaxServiceType || !only(s.Type, isFragmentByte) {
		return errorsmod.Wrapf(ErrService, "type %.80q: must be 1 to %d of A-Z a-z 0-9 . _ ~ -", s.Type, MaxServiceType)
	}
	if n := len(s.Endpoints); n < 1 || n > MaxEndpoints {
		return errorsmod.Wrapf(ErrService, "serviceEndpoint has %d entries: must have 1 to %d", n, MaxEndpoints)
	}
	for i, endpoint := range s.Endpoints {
		if err := validateURI(endpoint); err != nil {
			return errorsmod.Wrapf(ErrService, "serviceEndpoint[%d] %s", i, err)
		}
		if slices.Contains(s.Endpoints[:i], endpoint) {
			return errorsmod.Wrapf(ErrService, "serviceEndpoint[%d] %.80q: is there twice", i, endpoint)
		}
	}
	return nil
}

// ValidateFragment checks the fragment of a key or service.
func ValidateFragment(fragment string) error {
	if fragment == "" || len(fragment) > MaxFragmentLength || !only(fragment, isFragmentByte) {
		return errorsmod.Wrapf(ErrFragment, "%.60q: must be 1 to %d of A-Z a-z 0-9 . _ ~ -", fragment, MaxFragmentLength)
	}
	return nil
}

// isFragmentByte allows what RFC 3986 calls unreserved.
func isFragmentByte(c byte) bool {
	return isLower(c) || isUpper(c) || isDigit(c) || strings.IndexByte("._~-", c) >= 0
}

// isURIByte allows the characters of RFC 3986, section 2.
func isURIByte(c byte) bool {
	return isFragmentByte(c) || strings.IndexByte(":/?#[]@!$&'()*+,;=%", c) >= 0
}

func only(text string, allowed func(byte) bool) bool {
	for i := range len(text) {
		if !allowed(text[i]) {
			return false
		}
	}
	return true
}

// uriError says what is wrong with a URI.
type uriError string

func (e uriError) Error() string { return string(e) }

// validateURI checks an absolute URI (RFC 3986) of at most 256 bytes.
func validateURI(text string) error {
	if len(text) > MaxURILength {
		return uriError("has more than 256 bytes")
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme == "" || !only(text, isURIByte) || len(text) == len(parsed.Scheme)+1 {
		return uriError(strings.ToValidUTF8(text[:min(len(text), 80)], "?") + ": must be an absolute URI (RFC 3986)")
	}
	return nil
}

// ControllersOf returns the controllers of a document of did, for people.
func (d *Document) ControllersOf(did DID) string {
	if len(d.Controllers) == 0 {
		return did.String()
	}
	return strings.Join(d.Controllers, ", ")
}
