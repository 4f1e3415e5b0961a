package credential_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/meshchain/meshchain/x/did/credential"
	"github.com/meshchain/meshchain/x/did/types"
)

// registry is a chain with one issuer, whose list has one bit set.
type registry struct {
	types.QueryClient
	did types.DID
	key types.PublicKey
	set uint64
}

func (r registry) Resolve(_ context.Context, req *types.QueryResolveRequest, _ ...grpc.CallOption) (*types.QueryResolveResponse, error) {
	if req.Did != r.did.String() {
		return nil, errors.New("not registered")
	}
	return &types.QueryResolveResponse{Did: req.Did, Document: types.Document{VerificationMethods: []types.VerificationMethod{
		{Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: r.key, Relationships: types.SigningRelationships()},
		{Id: "key-2", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: r.key, Relationships: []types.Relationship{types.RELATIONSHIP_AUTHENTICATION}},
	}}}, nil
}

func (r registry) StatusList(_ context.Context, req *types.QueryStatusListRequest, _ ...grpc.CallOption) (*types.QueryStatusListResponse, error) {
	bits := make([]byte, types.ListBytes)
	if req.Purpose == types.PurposeRevocation {
		types.SetBit(bits, r.set, true)
	}
	encoded, err := types.EncodeList(bits)
	return &types.QueryStatusListResponse{EncodedList: encoded}, err
}

func newRegistry(t testing.TB) (registry, signer) {
	t.Helper()
	key := vectorSigner(t)
	did, err := types.NewDID("farm", key.Public())
	require.NoError(t, err)
	return registry{did: did, key: key.Public(), set: 7}, key
}

var when = time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)

// claim is a credential of the registry's issuer with these members besides.
func (r registry) claim(members string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"` + r.did.String() +
		`","credentialSubject":{"id":"did:example:1"}` + members + `}`
}

func (r registry) entry(index string) string {
	list := types.StatusListURL(r.did, types.PurposeRevocation, 0)
	return `{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"` + index + `","statusListCredential":"` + list + `"}`
}

// TestCheck: what is looked at of a credential besides its signature.
func TestCheck(t *testing.T) {
	r, key := newRegistry(t)
	method := types.MethodURL(r.did, "key-1")
	check := func(claim, method string) error {
		signed, err := credential.Sign([]byte(claim), method, when, key)
		require.NoError(t, err)
		_, err = credential.Checker{Query: r, Now: when}.Check(context.Background(), signed)
		return err
	}
	for name, good := range map[string]string{
		"plain":                   r.claim(""),
		"valid now":               r.claim(`,"validFrom":"2026-05-01T12:00:00Z","validUntil":"2026-05-01T12:00:00Z"`),
		"one clear status":        r.claim(`,"credentialStatus":` + r.entry("8")),
		"several clear":           r.claim(`,"credentialStatus":[` + r.entry("8") + "," + r.entry("131071") + `]`),
		"type is a string":        strings.Replace(r.claim(""), `["VerifiableCredential"]`, `"VerifiableCredential"`, 1),
		"a context is an object":  strings.Replace(r.claim(""), `v2"]`, `v2",{"a":"b"}]`, 1),
		"the issuer is an object": strings.Replace(r.claim(""), `"`+r.did.String()+`"`, `{"name":"maker","id":"`+r.did.String()+`"}`, 1),
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, check(good, method)) })
	}
	for name, c := range map[string]struct {
		claim string
		want  error
	}{
		"not yet":                      {r.claim(`,"validFrom":"2026-05-01T12:00:01Z"`), credential.ErrTime},
		"no longer":                    {r.claim(`,"validUntil":"2026-05-01T11:59:59Z"`), credential.ErrTime},
		"no time":                      {r.claim(`,"validUntil":"tomorrow"`), credential.ErrCredential},
		"revoked":                      {r.claim(`,"credentialStatus":` + r.entry("7")), credential.ErrStatus},
		"one of several revoked":       {r.claim(`,"credentialStatus":[` + r.entry("8") + "," + r.entry("7") + `]`), credential.ErrStatus},
		"no bit of a list":             {r.claim(`,"credentialStatus":` + r.entry("131072")), credential.ErrStatus},
		"a list of somebody else":      {r.claim(`,"credentialStatus":` + strings.ReplaceAll(r.entry("8"), "farm", "port")), credential.ErrStatus},
		"nine entries":                 {r.claim(`,"credentialStatus":[` + strings.Repeat(r.entry("8")+",", 8) + r.entry("8") + `]`), credential.ErrStatus},
		"a status of another case":     {r.claim(`,"credentialStatus":` + strings.Replace(r.entry("8"), `"type"`, `"Type"`, 1)), credential.ErrStatus},
		"no type":                      {strings.Replace(r.claim(""), `"VerifiableCredential"`, ``, 1), credential.ErrCredential},
		"another type":                 {strings.Replace(r.claim(""), `"VerifiableCredential"`, `"VerifiableCredentials"`, 1), credential.ErrCredential},
		"no context":                   {strings.Replace(r.claim(""), `"https://www.w3.org/ns/credentials/v2"`, ``, 1), credential.ErrCredential},
		"an issuer in another case":    {strings.Replace(r.claim(""), `"issuer"`, `"Issuer"`, 1), credential.ErrCredential},
		"two issuers but for the case": {strings.Replace(r.claim(""), `"issuer"`, `"issuer":"did:mesh:farm:victim","iSSUER"`, 1), credential.ErrIssuer},
		"an issuer without id":         {strings.Replace(r.claim(""), `"`+r.did.String()+`"`, `{"ID":"`+r.did.String()+`"}`, 1), credential.ErrIssuer},
		"an issuer that is a number":   {strings.Replace(r.claim(""), `"`+r.did.String()+`"`, `7`, 1), credential.ErrCredential},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, check(c.claim, method), c.want) })
	}
	require.ErrorIs(t, check(r.claim(""), types.MethodURL(r.did, "key-2")), credential.ErrIssuer, "a key for other things")
	require.ErrorIs(t, check(r.claim(""), types.MethodURL(r.did, "key-3")), credential.ErrIssuer, "no such key")
	require.ErrorIs(t, check(r.claim(""), strings.Replace(method, "farm", "port", 1)), credential.ErrIssuer, "a key of somebody else")
}

// FuzzCredential: whatever is signed can be checked without harm, and what is accepted
// has the issuer that its exact member names, and stays accepted.
func FuzzCredential(f *testing.F) {
	r, key := newRegistry(f)
	method := types.MethodURL(r.did, "key-1")
	for _, members := range []string{"", `,"credentialStatus":` + r.entry("7"), `,"validFrom":"2026-01-01T00:00:00Z"`} {
		f.Add([]byte(r.claim(members)))
	}
	f.Add([]byte(strings.Replace(r.claim(""), `"VerifiableCredential"`, ``, 1)))
	f.Fuzz(func(t *testing.T, document []byte) {
		checker := credential.Checker{Query: r, Now: when}
		if _, err := checker.Check(context.Background(), document); err == nil {
			require.Contains(t, string(document), "proof")
		}
		signed, err := credential.Sign(document, method, when, key)
		if err != nil {
			return
		}
		_, err = credential.Verify(signed, key.Public())
		if len(signed) <= credential.MaxBytes {
			require.NoError(t, err)
		}
		if report, err := checker.Check(context.Background(), signed); err == nil {
			require.Equal(t, r.did.String(), report.Issuer)
		}
	})
}

// FuzzDecodeList: a list is 16 KB or refused.
func FuzzDecodeList(f *testing.F) {
	bits := make([]byte, types.ListBytes)
	types.SetBit(bits, 77, true)
	for _, seed := range [][]byte{bits, bits[1:], make([]byte, len(bits)+1), nil} {
		encoded, err := types.EncodeList(seed)
		require.NoError(f, err)
		f.Add(encoded)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		bits, err := credential.DecodeList(encoded)
		if err != nil {
			require.ErrorIs(t, err, credential.ErrStatus)
			return
		}
		require.Len(t, bits, types.ListBytes)
		again, err := types.EncodeList(bits)
		require.NoError(t, err)
		same, err := credential.DecodeList(again)
		require.NoError(t, err)
		require.Equal(t, bits, same)
	})
}
