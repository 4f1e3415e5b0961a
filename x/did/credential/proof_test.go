package credential_test

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/credential"
	"github.com/meshchain/meshchain/x/did/types"
)

// The published vector of vc-di-eddsa, appendix B.2 (eddsa-jcs-2022).
const (
	vectorPublic  = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	vectorPrivate = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
	vectorMethod  = "https://vc.example/issuers/5678#" + vectorPublic
	vectorTime    = "2023-02-24T23:36:38Z"
	vectorProof   = "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4"
	vectorSubject = `{
		"@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
		"id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
		"type": ["VerifiableCredential", "AlumniCredential"],
		"name": "Alumni Credential",
		"description": "A minimum viable example of an Alumni Credential.",
		"issuer": "https://vc.example/issuers/5678",
		"validFrom": "2023-01-01T00:00:00Z",
		"credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"}
	}`
)

type signer struct{ private ed25519.PrivateKey }

func (s signer) Public() types.PublicKey {
	return types.Ed25519Key(s.private.Public().(ed25519.PublicKey))
}

func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.private, message), nil }

func vectorSigner(t testing.TB) signer {
	t.Helper()
	_, bz, err := multibase.Decode(vectorPrivate)
	require.NoError(t, err)
	require.Equal(t, []byte{0x80, 0x26}, bz[:2], "multicodec ed25519-priv")
	return signer{ed25519.NewKeyFromSeed(bz[2:])}
}

func TestPublishedVector(t *testing.T) {
	key := vectorSigner(t)
	require.Equal(t, vectorPublic, key.Public().Multibase())
	created, err := time.Parse(time.RFC3339, vectorTime)
	require.NoError(t, err)
	signed, err := credential.Sign([]byte(vectorSubject), vectorMethod, created, key)
	require.NoError(t, err)
	proof, err := credential.Verify(signed, key.Public())
	require.NoError(t, err)
	require.Equal(t, vectorProof, proof.ProofValue, "deterministic, as published")
}

func TestProofIsRefused(t *testing.T) {
	key := vectorSigner(t)
	signed, err := credential.Sign([]byte(vectorSubject), vectorMethod, time.Unix(0, 0), key)
	require.NoError(t, err)
	require.NoError(t, verify(signed, key.Public()))
	edit := func(change func(document, proof map[string]any)) []byte {
		var document map[string]any
		require.NoError(t, json.Unmarshal(signed, &document))
		change(document, document["proof"].(map[string]any))
		bz, err := json.Marshal(document)
		require.NoError(t, err)
		return bz
	}
	for name, bad := range map[string][]byte{
		"content":               edit(func(d, _ map[string]any) { d["name"] = "Forged" }),
		"member added":          edit(func(d, _ map[string]any) { d["admin"] = true }),
		"context exchanged":     edit(func(d, _ map[string]any) { d["@context"] = []string{"https://evil.example/"} }),
		"context cut":           edit(func(d, _ map[string]any) { d["@context"] = "https://www.w3.org/ns/credentials/v2" }),
		"time of the proof":     edit(func(_, p map[string]any) { p["created"] = vectorTime }),
		"method":                edit(func(_, p map[string]any) { p["verificationMethod"] = "did:example:1#2" }),
		"purpose":               edit(func(_, p map[string]any) { p["proofPurpose"] = "authentication" }),
		"suite":                 edit(func(_, p map[string]any) { p["cryptosuite"] = "eddsa-rdfc-2022" }),
		"type":                  edit(func(_, p map[string]any) { p["type"] = "Ed25519Signature2020" }),
		"value of another base": edit(func(_, p map[string]any) { p["proofValue"] = "uAAAA" }),
		"value missing":         edit(func(_, p map[string]any) { delete(p, "proofValue") }),
		"member of the proof":   edit(func(_, p map[string]any) { p["nonce"] = "1" }),
		"no proof":              edit(func(d, _ map[string]any) { delete(d, "proof") }),
		"two proofs":            edit(func(d, p map[string]any) { d["proof"] = []any{p, p} }),
		"no object":             []byte(`[1]`),
		"no JSON":               []byte(`{"a":`),
		"a member twice":        []byte(strings.Replace(string(signed), `"name":`, `"name": "first", "name":`, 1)),
		"too large":             append(signed, make([]byte, credential.MaxBytes)...),
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, verify(bad, key.Public())) })
	}
	require.NoError(t, verify(edit(func(d, _ map[string]any) {
		d["@context"] = append(d["@context"].([]any), "https://more.example/")
	}), key.Public()), "contexts may be added after those of the proof (vc-di-eddsa, 3.3.2)")

	_, err = credential.Sign(signed, vectorMethod, time.Unix(0, 0), key)
	require.ErrorIs(t, err, credential.ErrProof, "signed already")
	other := signer{ed25519.NewKeyFromSeed(make([]byte, 32))}
	require.ErrorIs(t, verify(signed, other.Public()), credential.ErrProof)
}

func verify(document []byte, key types.PublicKey) error {
	_, err := credential.Verify(document, key)
	return err
}
