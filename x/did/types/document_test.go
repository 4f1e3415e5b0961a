package types_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/types"
)

func TestDocumentsAreRefused(t *testing.T) {
	did, _ := sample(t)
	other := did
	other.Namespace = "port"
	for name, c := range map[string]struct {
		change func(*types.Document)
		want   error
	}{
		"fragment twice":              {func(d *types.Document) { d.VerificationMethods[1].Id = "key-1" }, types.ErrDuplicate},
		"fragment of key and service": {func(d *types.Document) { d.Services[0].Id = "key-1" }, types.ErrDuplicate},
		"fragment empty":              {func(d *types.Document) { d.Services[0].Id = "" }, types.ErrFragment},
		"fragment too long":           {func(d *types.Document) { d.Services[0].Id = strings.Repeat("a", 33) }, types.ErrFragment},
		"fragment with #":             {func(d *types.Document) { d.Services[0].Id = "#a" }, types.ErrFragment},
		"key type":                    {func(d *types.Document) { d.VerificationMethods[0].PublicKey.Type = 7 }, types.ErrKeyType},
		"format":                      {func(d *types.Document) { d.VerificationMethods[0].Format = 0 }, types.ErrDocument},
		"relationship":                {func(d *types.Document) { d.VerificationMethods[0].Relationships[0] = 9 }, types.ErrRelationship},
		"relationship twice":          {func(d *types.Document) { d.VerificationMethods[0].Relationships[1] = 1 }, types.ErrRelationship},
		"Ed25519 for key agreement":   {func(d *types.Document) { d.VerificationMethods[0].Relationships = []types.Relationship{3, 4} }, types.ErrRelationship},
		"key's controller":            {func(d *types.Document) { d.VerificationMethods[0].Controller = "me" }, types.ErrInvalidDID},
		"controller":                  {func(d *types.Document) { d.Controllers[0] = "did:web:a" }, types.ErrMethod},
		"controller twice":            {func(d *types.Document) { d.Controllers = append(d.Controllers, d.Controllers[0]) }, types.ErrController},
		"too many controllers":        {func(d *types.Document) { d.Controllers = make([]string, 5) }, types.ErrController},
		"nobody controls":             {func(d *types.Document) { d.Controllers, d.VerificationMethods = nil, nil }, types.ErrController},
		"service type":                {func(d *types.Document) { d.Services[0].Type = "a b" }, types.ErrService},
		"no endpoint":                 {func(d *types.Document) { d.Services[0].Endpoints = nil }, types.ErrService},
		"endpoint relative":           {func(d *types.Document) { d.Services[0].Endpoints[0] = "/a" }, types.ErrService},
		"endpoint not ASCII":          {func(d *types.Document) { d.Services[0].Endpoints[0] = "https://ü.example/" }, types.ErrService},
		"endpoint too long":           {func(d *types.Document) { d.Services[0].Endpoints[0] = "https://a/" + strings.Repeat("a", 256) }, types.ErrService},
		"endpoint twice":              {func(d *types.Document) { d.Services[1].Endpoints[1] = d.Services[1].Endpoints[0] }, types.ErrService},
		"too many services":           {func(d *types.Document) { d.Services = make([]types.Service, 9) }, types.ErrDocument},
		"too many keys":               {func(d *types.Document) { d.VerificationMethods = make([]types.VerificationMethod, 17) }, types.ErrDocument},
		"alias":                       {func(d *types.Document) { d.AlsoKnownAs[0] = "farm" }, types.ErrDocument},
		"alias twice":                 {func(d *types.Document) { d.AlsoKnownAs = append(d.AlsoKnownAs, d.AlsoKnownAs[0]) }, types.ErrDocument},
		"too many aliases":            {func(d *types.Document) { d.AlsoKnownAs = make([]string, 9) }, types.ErrDocument},
	} {
		t.Run(name, func(t *testing.T) {
			_, document := sample(t)
			c.change(&document)
			require.ErrorIs(t, document.Validate(did), c.want)
		})
	}
	_, document := sample(t)
	document.Controllers = []string{other.String()}
	document.VerificationMethods = nil
	require.NoError(t, document.Validate(did), "another controls it")
}

func TestJSONIsRefused(t *testing.T) {
	did, document := sample(t)
	good, err := document.JSON(did)
	require.NoError(t, err)
	replace := func(old, with string) []byte {
		require.Contains(t, string(good), old)
		return []byte(strings.Replace(string(good), old, with, 1))
	}
	for name, c := range map[string]struct {
		text []byte
		want error
	}{
		"no JSON":              {[]byte("{"), types.ErrDocument},
		"array":                {[]byte("[]"), types.ErrDocument},
		"two objects":          {append(bytes.Clone(good), "{}"...), types.ErrDocument},
		"member that is lost":  {replace(`"id":`, `"proof":{},"id":`), types.ErrDocument},
		"too large":            {append(bytes.Clone(good), bytes.Repeat([]byte(" "), types.MaxDocumentJSON)...), types.ErrDocumentSize},
		"private key":          {replace(`"kty":"EC"`, `"kty":"EC","d":"AA"`), types.ErrKey},
		"curve":                {replace(`"crv":"P-256"`, `"crv":"P-384"`), types.ErrKeyType},
		"point of another":     {replace(`"crv":"P-256"`, `"crv":"secp256k1"`), types.ErrKey},
		"unknown type":         {replace(`"type":"Multikey"`, `"type":"RsaVerificationKey2018"`), types.ErrKeyType},
		"reference to nothing": {replace(`"authentication":["`+did.String()+`#key-1"]`, `"authentication":["#key-9"]`), types.ErrUnknownKey},
		"reference twice":      {replace(`"authentication":["`+did.String()+`#key-1"]`, `"authentication":["#key-1","#key-1"]`), types.ErrDuplicate},
		"another's key":        {replace(`"id":"`+did.String()+`#key-1"`, `"id":"did:mesh:port:`+did.ID.String()+`#key-1"`), types.ErrFragment},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := types.ParseDocument(c.text)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// TestLargestCompactCertificate: an answer fits an acknowledgement, whatever it says.
func TestLargestCompactCertificate(t *testing.T) {
	key, err := types.ParseMultibaseKey("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169")
	require.NoError(t, err)
	full := types.CompactCertificate{
		Status: types.CERTIFICATE_STATUS_EXPIRED, Kind: types.CERTIFICATE_KIND_TEE,
		Subject: bytes.Repeat([]byte{0xff}, 32), Issuer: bytes.Repeat([]byte{0xff}, 32), Serial: types.MaxSerial,
		ValidFrom: types.MaxTime - 1, ValidUntil: types.MaxTime, AttributesHash: bytes.Repeat([]byte{0xff}, 32),
		Cell: strings.Repeat("z", types.MaxCellLength), Key: &key, Checked: types.MaxTime,
	}
	require.NoError(t, full.Validate())
	bz, err := full.Encode()
	require.NoError(t, err)
	require.LessOrEqual(t, len(bz), 256)
	require.Len(t, bz, 190, "README states it")
	again, err := types.DecodeCompact(bz)
	require.NoError(t, err)
	require.Equal(t, full, again)
	for name, change := range map[string]func(*types.CompactCertificate){
		"subject":       func(c *types.CompactCertificate) { c.Subject = nil },
		"kind":          func(c *types.CompactCertificate) { c.Kind = 0 },
		"status":        func(c *types.CompactCertificate) { c.Status = 5 },
		"time":          func(c *types.CompactCertificate) { c.Checked = math.MaxInt64 },
		"issuer":        func(c *types.CompactCertificate) { c.Issuer = c.Issuer[1:] },
		"validity":      func(c *types.CompactCertificate) { c.ValidFrom = c.ValidUntil },
		"no key":        func(c *types.CompactCertificate) { c.Key = nil },
		"key":           func(c *types.CompactCertificate) { c.Key = &types.PublicKey{Type: 1, Key: []byte{1}} },
		"cell":          func(c *types.CompactCertificate) { c.Cell = "ü" },
		"none and more": func(c *types.CompactCertificate) { c.Status = 0 },
	} {
		bad := full
		change(&bad)
		require.Error(t, bad.Validate(), name)
	}
	_, err = types.DecodeCompact(append(bz, bz...))
	require.ErrorIs(t, err, types.ErrAnswer)
}

// TestFirstBitIsMostSignificant: Bitstring Status List v1.0, section 2.2.
func TestFirstBitIsMostSignificant(t *testing.T) {
	bits := make([]byte, types.ListBytes)
	types.SetBit(bits, 0, true)
	require.Equal(t, byte(0x80), bits[0])
	types.SetBit(bits, types.ListBits-1, true)
	require.Equal(t, byte(0x01), bits[types.ListBytes-1])
	require.True(t, types.Bit(bits, 0))
	require.False(t, types.Bit(bits, 1))
	types.SetBit(bits, 0, false)
	require.Zero(t, bits[0])
}
