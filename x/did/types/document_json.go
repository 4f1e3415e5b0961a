package types

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// MaxDocumentJSON bounds a document in JSON, in bytes.
const MaxDocumentJSON = 64 * 1024

// JSON-LD contexts of documents.
const (
	ContextDID      = "https://www.w3.org/ns/did/v1"
	ContextMultikey = "https://w3id.org/security/multikey/v1"
	ContextJWK      = "https://w3id.org/security/jwk/v1"
)

// Types of verification methods in JSON.
const (
	typeMultikey = "Multikey"
	typeJWK      = "JsonWebKey"
)

// documentJSON is a document in the representation of DID Core, section 6.
type documentJSON struct {
	Context              []string      `json:"@context,omitempty"`
	ID                   string        `json:"id"`
	Controller           oneOrMore     `json:"controller,omitempty"`
	AlsoKnownAs          []string      `json:"alsoKnownAs,omitempty"`
	VerificationMethod   []MethodJSON  `json:"verificationMethod,omitempty"`
	Authentication       []string      `json:"authentication,omitempty"`
	AssertionMethod      []string      `json:"assertionMethod,omitempty"`
	KeyAgreement         []string      `json:"keyAgreement,omitempty"`
	CapabilityInvocation []string      `json:"capabilityInvocation,omitempty"`
	CapabilityDelegation []string      `json:"capabilityDelegation,omitempty"`
	Service              []ServiceJSON `json:"service,omitempty"`
}

// MethodJSON is a verification method in JSON.
type MethodJSON struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Controller string `json:"controller"`
	Multibase  string `json:"publicKeyMultibase,omitempty"`
	JWK        *JWK   `json:"publicKeyJwk,omitempty"`
}

// ServiceJSON is a service in JSON.
type ServiceJSON struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Endpoint oneOrMore `json:"serviceEndpoint"`
}

// oneOrMore is a string if there is one, else an array of them.
type oneOrMore []string

// MarshalJSON implements json.Marshaler.
func (o oneOrMore) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]string(o))
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(bz []byte) error {
	var one string
	if json.Unmarshal(bz, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(bz, (*[]string)(o))
}

func (j *documentJSON) relationships() map[Relationship]*[]string {
	return map[Relationship]*[]string{
		RELATIONSHIP_AUTHENTICATION:        &j.Authentication,
		RELATIONSHIP_ASSERTION_METHOD:      &j.AssertionMethod,
		RELATIONSHIP_KEY_AGREEMENT:         &j.KeyAgreement,
		RELATIONSHIP_CAPABILITY_INVOCATION: &j.CapabilityInvocation,
		RELATIONSHIP_CAPABILITY_DELEGATION: &j.CapabilityDelegation,
	}
}

// JSON returns the document of did in JSON, which is JSON-LD as well.
func (d *Document) JSON(did DID) ([]byte, error) {
	j := documentJSON{Context: []string{ContextDID}, ID: did.String(), Controller: d.Controllers, AlsoKnownAs: d.AlsoKnownAs}
	lists := j.relationships()
	for i := range d.VerificationMethods {
		method := &d.VerificationMethods[i]
		shown := method.JSON(did)
		j.VerificationMethod = append(j.VerificationMethod, shown)
		if context := method.context(); !slices.Contains(j.Context, context) {
			j.Context = append(j.Context, context)
		}
		for _, r := range method.Relationships {
			*lists[r] = append(*lists[r], shown.ID)
		}
	}
	for i := range d.Services {
		j.Service = append(j.Service, d.Services[i].JSON(did))
	}
	return encodeJSON(j)
}

// encodeJSON is json.Marshal without escapes for HTML, so that URIs stay readable.
func encodeJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// JSON returns the method as it is in the document of did.
func (m *VerificationMethod) JSON(did DID) MethodJSON {
	j := MethodJSON{ID: MethodURL(did, m.Id), Type: typeMultikey, Controller: m.Controller}
	if j.Controller == "" {
		j.Controller = did.String()
	}
	if m.Format == KEY_FORMAT_JSON_WEB_KEY {
		j.Type, j.JWK = typeJWK, m.PublicKey.JWK()
	} else {
		j.Multibase = m.PublicKey.Multibase()
	}
	return j
}

func (m *VerificationMethod) context() string {
	if m.Format == KEY_FORMAT_JSON_WEB_KEY {
		return ContextJWK
	}
	return ContextMultikey
}

// JSON returns the service as it is in the document of did.
func (s *Service) JSON(did DID) ServiceJSON {
	return ServiceJSON{ID: MethodURL(did, s.Id), Type: s.Type, Endpoint: s.Endpoints}
}

// ParseDocument reads a document in JSON and checks it. It accepts what JSON writes;
// besides, the order of members is free, contexts may be missing or others, and "#key-1"
// stands for the whole DID URL. Members that the chain would not keep are refused.
func ParseDocument(bz []byte) (DID, Document, error) {
	var did DID
	var d Document
	if len(bz) > MaxDocumentJSON {
		return did, d, errorsmod.Wrapf(ErrDocumentSize, "JSON has %d bytes: at most %d", len(bz), MaxDocumentJSON)
	}
	var j documentJSON
	decoder := json.NewDecoder(bytes.NewReader(bz))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&j); err != nil {
		return did, d, errorsmod.Wrapf(ErrDocument, "JSON: %s", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return did, d, errorsmod.Wrap(ErrDocument, "JSON: must be one object and nothing after it")
	}
	did, err := ParseDID(j.ID)
	if err != nil {
		return did, d, errorsmod.Wrap(err, "id")
	}
	d.Controllers, d.AlsoKnownAs = j.Controller, j.AlsoKnownAs
	for i := range j.VerificationMethod {
		method, err := parseMethod(did, &j.VerificationMethod[i])
		if err != nil {
			return did, d, errorsmod.Wrapf(err, "verificationMethod[%d]", i)
		}
		d.VerificationMethods = append(d.VerificationMethods, method)
	}
	lists := j.relationships()
	for r := RELATIONSHIP_AUTHENTICATION; r <= RELATIONSHIP_CAPABILITY_DELEGATION; r++ {
		if err := d.relate(did, r, *lists[r]); err != nil {
			return did, d, err
		}
	}
	for i, s := range j.Service {
		fragment, err := ownFragment(did, s.ID)
		if err != nil {
			return did, d, errorsmod.Wrapf(err, "service[%d].id", i)
		}
		d.Services = append(d.Services, Service{Id: fragment, Type: s.Type, Endpoints: s.Endpoint})
	}
	return did, d, d.Validate(did)
}

// relate adds a relationship to the methods that a list names.
func (d *Document) relate(did DID, r Relationship, list []string) error {
	for i, reference := range list {
		fragment, err := ownFragment(did, reference)
		if err != nil {
			return errorsmod.Wrapf(err, "%s[%d]", r.Property(), i)
		}
		method, found := d.Method(fragment)
		switch {
		case !found:
			return errorsmod.Wrapf(ErrUnknownKey, "%s[%d] %q: must be a verification method of the document", r.Property(), i, reference)
		case method.For(r):
			return errorsmod.Wrapf(ErrDuplicate, "%s[%d] %q: is there twice", r.Property(), i, reference)
		}
		method.Relationships = append(method.Relationships, r)
	}
	return nil
}

func parseMethod(did DID, j *MethodJSON) (VerificationMethod, error) {
	var m VerificationMethod
	var err error
	if m.Id, err = ownFragment(did, j.ID); err != nil {
		return m, errorsmod.Wrap(err, "id")
	}
	if j.Controller != did.String() {
		m.Controller = j.Controller
	}
	if j.Controller == "" {
		return m, errorsmod.Wrap(ErrDocument, "controller: must be a DID")
	}
	switch {
	case j.Type == typeMultikey && j.JWK == nil:
		m.Format = KEY_FORMAT_MULTIKEY
		m.PublicKey, err = ParseMultibaseKey(j.Multibase)
	case (j.Type == typeJWK || j.Type == "JsonWebKey2020") && j.JWK != nil && j.Multibase == "":
		m.Format = KEY_FORMAT_JSON_WEB_KEY
		m.PublicKey, err = j.JWK.PublicKey()
	default:
		err = errorsmod.Wrapf(ErrKeyType, "type %.40q: must be %s with publicKeyMultibase, or %s with publicKeyJwk", j.Type, typeMultikey, typeJWK)
	}
	return m, err
}

// ownFragment reads a DID URL of the document itself, relative or not.
func ownFragment(did DID, text string) (string, error) {
	if fragment, relative := strings.CutPrefix(text, "#"); relative {
		return fragment, ValidateFragment(fragment)
	}
	owner, fragment, err := ParseMethodURL(text)
	if err == nil && owner != did {
		err = errorsmod.Wrapf(ErrFragment, "%q: must be of %s", text, did)
	}
	return fragment, err
}
