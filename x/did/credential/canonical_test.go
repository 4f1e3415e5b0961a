package credential_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/gowebpki/jcs"
	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/credential"
	"github.com/meshchain/meshchain/x/did/types"
)

// One signature is for one document: what the canonical form would round, or replace, is refused, so that
// nobody can change what another reader sees.
func TestOneSignatureOneDocument(t *testing.T) {
	key := vectorSigner(t)
	sign := func(value string) ([]byte, error) {
		document := strings.Replace(vectorSubject, `"The School of Examples"`, value, 1)
		return credential.Sign([]byte(document), vectorMethod, time.Unix(0, 0), key)
	}
	for _, change := range []struct{ signed, shown string }{
		{`9007199254740992`, `9007199254740993`},
		{`0.1`, `0.1000000000000000055511151231257827`},
		{`0`, `1e-400`},
		{`0`, `-0.0000000000000000000000000001e-999999999`},
		{`1e+300`, `1000000000000000000000000000000000000001e261`},
		{`{"a\ufffd": 1}`, "{\"a\xff\": 1}"},
		{`"a\ufffd"`, "\"a\xff\""},
	} {
		_, err := sign(change.shown)
		require.ErrorIs(t, err, credential.ErrCredential, change.shown)
		signed, err := sign(change.signed)
		require.NoError(t, err, change.signed)
		_, err = credential.Verify(signed, key.Public())
		require.NoError(t, err, change.signed)
		shown := bytes.Replace(signed, []byte(change.signed), []byte(change.shown), 1)
		if bytes.Equal(shown, signed) { // as written by the signer
			continue
		}
		_, err = credential.Verify(shown, key.Public())
		require.Error(t, err, change.shown)
	}
	for _, same := range []string{`1.0`, `1e2`, `100`, `1.50`, `-0`, `0.30000000000000004`, `9007199254740991`, `1e21`, `5e-324`} {
		_, err := sign(same)
		require.NoError(t, err, same)
	}
}

// A proof that has expired proves nothing any more, though its signature holds.
func TestProofExpires(t *testing.T) {
	r, key := newRegistry(t)
	check := func(expires string) error {
		config := `{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","verificationMethod":"` + types.MethodURL(r.did, "key-1") +
			`","proofPurpose":"assertionMethod","expires":"` + expires + `"}`
		var message []byte
		for _, part := range []string{config, r.claim("")} {
			canonical, err := jcs.Transform([]byte(part))
			require.NoError(t, err)
			sum := sha256.Sum256(canonical)
			message = append(message, sum[:]...)
		}
		value, err := multibase.Encode(multibase.Base58BTC, ed25519.Sign(key.private, message))
		require.NoError(t, err)
		signed := r.claim(`,"proof":` + strings.Replace(config, `"type"`, `"proofValue":"`+value+`","type"`, 1))
		_, err = credential.Checker{Query: r, Now: when}.Check(context.Background(), []byte(signed))
		return err
	}
	require.NoError(t, check("2026-05-01T12:00:00Z"))
	require.ErrorIs(t, check("2026-05-01T11:59:59Z"), credential.ErrTime)
	require.ErrorIs(t, check("soon"), credential.ErrCredential)
}
