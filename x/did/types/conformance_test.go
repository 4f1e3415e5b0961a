package types_test

import (
	"crypto/ed25519"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/types"
)

// The assertions of w3c/did-test-suite that concern a method and its documents, named by
// the sections of DID Core v1.0 that the suite numbers them after.

// didRule is the ABNF of DID Core, section 3.1.
var didRule = regexp.MustCompile(`^did:[a-z0-9]+:(?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$`)

func sample(t *testing.T) (types.DID, types.Document) {
	t.Helper()
	key := types.Ed25519Key(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	did, err := types.NewDID("farm", key)
	require.NoError(t, err)
	p256, err := types.ParseMultibaseKey("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169")
	require.NoError(t, err)
	return did, types.Document{
		Controllers: []string{did.String()},
		AlsoKnownAs: []string{"https://farm.example/sensors/1"},
		VerificationMethods: []types.VerificationMethod{
			{Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: key, Relationships: types.SigningRelationships()},
			{Id: "key-2", Format: types.KEY_FORMAT_JSON_WEB_KEY, PublicKey: p256, Relationships: []types.Relationship{types.RELATIONSHIP_KEY_AGREEMENT}},
		},
		Services: []types.Service{
			{Id: "web", Type: "LinkedDomains", Endpoints: []string{"https://farm.example/"}},
			{Id: "more", Type: "Files", Endpoints: []string{"https://a.example/", "ipfs://bafy"}},
		},
	}
}

func produced(t *testing.T) (types.DID, map[string]any) {
	t.Helper()
	did, document := sample(t)
	bz, err := document.JSON(did)
	require.NoError(t, err)
	var j map[string]any
	require.NoError(t, json.Unmarshal(bz, &j))
	return did, j
}

func TestDIDIdentifier3_1(t *testing.T) {
	did, _ := sample(t)
	require.Regexp(t, didRule, did.String(), "3.1.1: conforms to the DID syntax")
	require.Regexp(t, `^did:mesh:`, did.String(), "3.1.2: the method name is of a-z and 0-9")
	for _, namespace := range []string{"main", "farm", "abc"} {
		did.Namespace = namespace
		parsed, err := types.ParseDID(did.String())
		require.NoError(t, err)
		require.Equal(t, did, parsed)
	}
}

func TestDIDIdentifierIsRefused(t *testing.T) {
	did, _ := sample(t)
	id := did.ID.String()
	for text, want := range map[string]error{
		"":                              types.ErrInvalidDID,
		"did":                           types.ErrInvalidDID,
		"did:":                          types.ErrInvalidDID,
		"did:mesh":                      types.ErrInvalidDID,
		"did:mesh:":                     types.ErrInvalidDID,
		"did:mesh:farm":                 types.ErrInvalidDID,
		"did:mesh:farm:":                types.ErrInvalidDID,
		"DID:mesh:farm:" + id:           types.ErrInvalidDID,
		"did:MESH:farm:" + id:           types.ErrInvalidDID,
		"did:mesh:Farm:" + id:           types.ErrInvalidDID,
		"did:mesh:fa:" + id:             types.ErrInvalidDID,
		"did:mesh:smt:" + id:            types.ErrInvalidDID, // no zone may be called that
		"did:mesh:farm:" + id + "1":     types.ErrInvalidDID,
		"did:mesh:farm:" + id[:46]:      types.ErrInvalidDID,
		"did:mesh:farm:" + id[1:]:       types.ErrInvalidDID,
		"did:mesh:farm:Z" + id[1:]:      types.ErrInvalidDID,
		"did:mesh:farm:z1" + id[1:46]:   types.ErrInvalidDID,
		" " + did.String():              types.ErrInvalidDID,
		did.String() + " ":              types.ErrInvalidDID,
		did.String() + "#key-1":         types.ErrInvalidDID,
		did.String() + "?versionId=1":   types.ErrInvalidDID,
		did.String() + "\x00":           types.ErrInvalidDID,
		"did:web:farm.example":          types.ErrMethod,
		"did:key:z6Mk":                  types.ErrMethod,
		"did:web:farm.example%3A8443:a": types.ErrMethod,
		"did:web:farm.example%3":        types.ErrInvalidDID,
		"did:web:a:":                    types.ErrInvalidDID,
		"did:w-b:a":                     types.ErrInvalidDID,
		strings.Repeat("d", 10_000):     types.ErrInvalidDID,
	} {
		_, err := types.ParseDID(text)
		require.ErrorIs(t, err, want, "%.60q", text)
	}
}

func TestDIDURLSyntax3_2(t *testing.T) {
	did, _ := sample(t)
	for _, rest := range []string{"", "#key-1", "/a/b", "?versionId=1", "/status/revocation/0?x=y#z", "?service=web&relativeRef=%2Fa", "/"} {
		u, err := types.ParseDIDURL(did.String() + rest)
		require.NoError(t, err, rest)
		require.Equal(t, did, u.DID)
		require.Equal(t, did.String()+rest, u.String())
	}
	for _, rest := range []string{"#", "?", "#a#b", "/ü", "?a b", "#%zz", "/%", "?" + strings.Repeat("a", 600), "#<a>"} {
		_, err := types.ParseDIDURL(did.String() + rest)
		require.ErrorIs(t, err, types.ErrInvalidDIDURL, rest)
	}
}

func TestCoreProperties5_1(t *testing.T) {
	did, j := produced(t)
	t.Run("5.1.1 id is one string that conforms to the DID syntax", func(t *testing.T) {
		require.Equal(t, did.String(), j["id"])
		require.Regexp(t, didRule, j["id"])
	})
	t.Run("5.1.2 controller is a string or a set of strings that conform to the DID syntax", func(t *testing.T) {
		require.Regexp(t, didRule, j["controller"])
	})
	t.Run("5.1.3 alsoKnownAs is a set of URIs", func(t *testing.T) {
		require.Equal(t, []any{"https://farm.example/sensors/1"}, j["alsoKnownAs"])
	})
}

func TestVerificationMethods5_2(t *testing.T) {
	did, j := produced(t)
	methods := j["verificationMethod"].([]any)
	require.Len(t, methods, 2)
	seen := make(map[any]bool)
	for _, one := range methods {
		m := one.(map[string]any)
		require.False(t, seen[m["id"]], "5.2: ids are unique")
		seen[m["id"]] = true
		u, err := types.ParseDIDURL(m["id"].(string))
		require.NoError(t, err, "5.2: id conforms to the DID URL syntax")
		require.Equal(t, did, u.DID)
		require.IsType(t, "", m["type"], "5.2: type is exactly one string")
		require.Regexp(t, didRule, m["controller"], "5.2: controller conforms to the DID syntax")
		_, multi := m["publicKeyMultibase"]
		_, jwk := m["publicKeyJwk"]
		require.True(t, multi != jwk, "5.2: not the same key in several formats")
		if jwk {
			require.NotContains(t, m["publicKeyJwk"], "d", "5.2.1: publicKeyJwk has no private member")
			require.Equal(t, "JsonWebKey", m["type"])
		} else {
			require.Equal(t, "Multikey", m["type"])
			require.Regexp(t, `^z[1-9A-HJ-NP-Za-km-z]+$`, m["publicKeyMultibase"])
		}
	}
}

func TestVerificationRelationships5_3(t *testing.T) {
	did, j := produced(t)
	for _, property := range []string{"authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation"} {
		require.Equal(t, []any{did.String() + "#key-1"}, j[property], "5.3: %s is a set of references or methods", property)
	}
	require.Equal(t, []any{did.String() + "#key-2"}, j["keyAgreement"])
}

func TestServices5_4(t *testing.T) {
	_, j := produced(t)
	services := j["service"].([]any)
	web, more := services[0].(map[string]any), services[1].(map[string]any)
	require.Equal(t, "LinkedDomains", web["type"], "5.4: type is a string")
	require.Equal(t, "https://farm.example/", web["serviceEndpoint"], "5.4: a string that is a URI")
	require.Equal(t, []any{"https://a.example/", "ipfs://bafy"}, more["serviceEndpoint"], "5.4: or a set of them")
	require.NotEqual(t, web["id"], more["id"], "5.4: ids are unique")
}

func TestProduction6(t *testing.T) {
	did, document := sample(t)
	bz, err := document.JSON(did)
	require.NoError(t, err)
	require.True(t, json.Valid(bz), "6.2.1: a JSON object")
	var j map[string]any
	require.NoError(t, json.Unmarshal(bz, &j))
	contexts := j["@context"].([]any)
	require.Equal(t, "https://www.w3.org/ns/did/v1", contexts[0], "6.3.1: the first context")
	require.Contains(t, contexts, types.ContextMultikey)
	require.Contains(t, contexts, types.ContextJWK)
	empty := types.Document{}
	bz, err = empty.JSON(did)
	require.NoError(t, err)
	require.JSONEq(t, `{"@context":["https://www.w3.org/ns/did/v1"],"id":"`+did.String()+`"}`, string(bz), "6.1: what is empty is left out")
}

func TestConsumption6(t *testing.T) {
	did, document := sample(t)
	bz, err := document.JSON(did)
	require.NoError(t, err)
	parsed, again, err := types.ParseDocument(bz)
	require.NoError(t, err)
	require.Equal(t, did, parsed)
	require.Equal(t, document, again, "6.2.2: what is produced is consumed without loss")
	relative := strings.ReplaceAll(string(bz), did.String()+"#", "#")
	_, again, err = types.ParseDocument([]byte(relative))
	require.NoError(t, err, "3.2.2: relative DID URLs")
	require.Equal(t, document, again)
}

func FuzzParseDID(f *testing.F) {
	f.Add("did:mesh:farm:zQmNmUmJGXzPh9SWeK9Yc8DKP7CFVpvUmzT5zmhS6Tg5kZk")
	f.Add("did:web:farm.example%3A8443:a")
	f.Fuzz(func(t *testing.T, text string) {
		if did, err := types.ParseDID(text); err == nil {
			require.Equal(t, text, did.String())
			require.Regexp(t, didRule, text)
		}
	})
}

func FuzzParseDIDURL(f *testing.F) {
	f.Add("did:mesh:farm:zQmNmUmJGXzPh9SWeK9Yc8DKP7CFVpvUmzT5zmhS6Tg5kZk/a?service=x&relativeRef=%2Fy#key-1")
	f.Fuzz(func(t *testing.T, text string) {
		if u, err := types.ParseDIDURL(text); err == nil {
			require.Equal(t, text, u.String())
		}
	})
}

func FuzzParseDocument(f *testing.F) {
	key := types.Ed25519Key(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	did, err := types.NewDID("farm", key)
	require.NoError(f, err)
	document := types.Document{VerificationMethods: []types.VerificationMethod{{Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: key, Relationships: types.SigningRelationships()}}}
	seed, err := document.JSON(did)
	require.NoError(f, err)
	f.Add(seed)
	f.Fuzz(func(t *testing.T, bz []byte) {
		did, document, err := types.ParseDocument(bz)
		if err != nil {
			return
		}
		require.NoError(t, document.Validate(did))
		written, err := document.JSON(did)
		require.NoError(t, err)
		again, same, err := types.ParseDocument(written)
		require.NoError(t, err)
		require.Equal(t, did, again)
		require.Equal(t, document.VerificationMethods, same.VerificationMethods)
	})
}
