package types

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"time"

	"github.com/multiformats/go-multibase"

	errorsmod "cosmossdk.io/errors"
)

// Sizes of status lists (W3C Bitstring Status List v1.0).
const (
	// ChunkBytes are kept in one piece in state.
	ChunkBytes = 1_024
	// ChunkBits of one chunk.
	ChunkBits = ChunkBytes * 8
	// ListBytes of a list: the least that the standard allows, for herd privacy.
	ListBytes = 16 * 1_024
	// ListBits of a list: so many serials share one.
	ListBits = ListBytes * 8
	// ChunksPerList keep a list.
	ChunksPerList = ListBytes / ChunkBytes
)

// Purposes of status lists, as their credentials name them.
const (
	PurposeRevocation = "revocation"
	PurposeSuspension = "suspension"
)

// ParsePurpose returns the status that a list of that purpose holds.
func ParsePurpose(purpose string) (CertificateStatus, error) {
	switch purpose {
	case PurposeRevocation:
		return CERTIFICATE_STATUS_REVOKED, nil
	case PurposeSuspension:
		return CERTIFICATE_STATUS_SUSPENDED, nil
	default:
		return CERTIFICATE_STATUS_UNSPECIFIED, errorsmod.Wrapf(ErrStatusList, "purpose %.40q: must be %s or %s", purpose, PurposeRevocation, PurposeSuspension)
	}
}

// SetBit sets or clears a bit; the first is the most significant of the first byte.
func SetBit(bits []byte, index uint64, on bool) {
	mask := byte(0x80) >> (index % 8)
	if on {
		bits[index/8] |= mask
	} else {
		bits[index/8] &^= mask
	}
}

// Bit returns a bit.
func Bit(bits []byte, index uint64) bool { return bits[index/8]&(byte(0x80)>>(index%8)) != 0 }

// EncodeList compresses a list for its credential: multibase base64url (u…) of gzip.
func EncodeList(bits []byte) (string, error) {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	if _, err := writer.Write(bits); err != nil {
		return "", err
	}
	if err := writer.Close(); err != nil {
		return "", err
	}
	return multibase.Encode(multibase.Base64url, compressed.Bytes())
}

// StatusListURL names a status list: a DID URL of its issuer, which the resolver of
// its chain dereferences.
func StatusListURL(issuer DID, purpose string, list uint32) string {
	return issuer.String() + "/status/" + purpose + "/" + decimal(uint64(list))
}

// statusListCredential is a W3C BitstringStatusListCredential.
type statusListCredential struct {
	Context   []string          `json:"@context"`
	ID        string            `json:"id"`
	Type      []string          `json:"type"`
	Issuer    string            `json:"issuer"`
	ValidFrom string            `json:"validFrom"`
	Subject   statusListSubject `json:"credentialSubject"`
}

type statusListSubject struct {
	ID            string `json:"id"`
	Type          string `json:"type"`
	StatusPurpose string `json:"statusPurpose"`
	EncodedList   string `json:"encodedList"`
}

// StatusListCredential returns the unsecured credential of a list as it is at a time.
func StatusListCredential(issuer DID, purpose string, list uint32, encoded string, now time.Time) ([]byte, error) {
	url := StatusListURL(issuer, purpose, list)
	return json.Marshal(statusListCredential{
		Context:   []string{"https://www.w3.org/ns/credentials/v2"},
		ID:        url,
		Type:      []string{"VerifiableCredential", "BitstringStatusListCredential"},
		Issuer:    issuer.String(),
		ValidFrom: now.UTC().Format(time.RFC3339),
		Subject:   statusListSubject{ID: url + "#list", Type: "BitstringStatusList", StatusPurpose: purpose, EncodedList: encoded},
	})
}
