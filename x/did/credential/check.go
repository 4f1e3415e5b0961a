package credential

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/multiformats/go-multibase"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// content is what is looked at of a credential.
type content struct {
	Context    json.RawMessage `json:"@context"`
	ID         string          `json:"id"`
	Type       json.RawMessage `json:"type"`
	Issuer     json.RawMessage `json:"issuer"`
	ValidFrom  string          `json:"validFrom"`
	ValidUntil string          `json:"validUntil"`
	Status     json.RawMessage `json:"credentialStatus"`
}

// StatusEntry is a BitstringStatusListEntry.
type StatusEntry struct {
	ID         string `json:"id,omitempty"`
	Type       string `json:"type"`
	Purpose    string `json:"statusPurpose"`
	Index      string `json:"statusListIndex"`
	Credential string `json:"statusListCredential"`
}

// Entries returns the status of a certificate's serial in the lists of its issuer.
func Entries(issuer types.DID, serial uint64) []StatusEntry {
	entries := make([]StatusEntry, 0, 2)
	for _, purpose := range []string{types.PurposeRevocation, types.PurposeSuspension} {
		list := types.StatusListURL(issuer, purpose, uint32(serial/types.ListBits)) //nolint:gosec // serials have 32 bits
		index := strconv.FormatUint(serial%types.ListBits, 10)
		entries = append(entries, StatusEntry{
			ID: list + "#" + index, Type: "BitstringStatusListEntry", Purpose: purpose, Index: index, Credential: list,
		})
	}
	return entries
}

// Report is what a check found.
type Report struct {
	Issuer string `json:"issuer"`
	Method string `json:"verificationMethod"`
	// Statuses that were looked up, all of them clear.
	Statuses []StatusEntry `json:"credentialStatus,omitempty"`
}

// Checker checks credentials against a chain.
type Checker struct {
	// Query asks a node.
	Query types.QueryClient
	// Now is the time at which they shall be valid.
	Now time.Time
}

// Check verifies a credential whole: its proof, by an assertion key in the newest
// document of its issuer, a DID of the chain that is active; its validity; and its
// status in the issuer's lists on the chain. A key that was rotated out vouches for
// nothing any more: an issuer signs again what shall go on.
func (c Checker) Check(ctx context.Context, document []byte) (Report, error) {
	o, proof, _, err := split(document)
	if err != nil {
		return Report{}, err
	}
	report := Report{Method: proof.VerificationMethod}
	var known content
	if err := o.into(&known, "@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialStatus"); err != nil {
		return report, errorsmod.Wrapf(ErrCredential, "JSON: %s", err)
	}
	if report.Issuer, err = known.check(c.Now); err != nil {
		return report, err
	}
	if err := within("proof.expires", proof.Expires, c.Now, c.Now.After); err != nil {
		return report, err
	}
	key, err := c.key(ctx, report)
	if err != nil {
		return report, err
	}
	if _, err := Verify(document, key); err != nil {
		return report, err
	}
	report.Statuses, err = c.statuses(ctx, report.Issuer, known.Status)
	return report, err
}

// list reads one string, or the strings of a list up to what is none: contexts may be
// objects. Nil if it is neither.
func list(raw json.RawMessage) []string {
	var many []json.RawMessage
	if json.Unmarshal(raw, &many) != nil {
		many = []json.RawMessage{raw}
	}
	var all []string
	for _, one := range many {
		var text string
		if json.Unmarshal(one, &text) != nil {
			break
		}
		all = append(all, text)
	}
	return all
}

// check returns the issuer of a credential that is well formed and valid at a time.
func (k *content) check(now time.Time) (string, error) {
	if !slices.Contains(list(k.Type), "VerifiableCredential") {
		return "", errorsmod.Wrapf(ErrCredential, "type %.80s: must have VerifiableCredential", k.Type)
	}
	if contexts := list(k.Context); len(contexts) == 0 || contexts[0] != "https://www.w3.org/ns/credentials/v2" {
		return "", errorsmod.Wrapf(ErrCredential, "@context %.80s: must begin with https://www.w3.org/ns/credentials/v2", k.Context)
	}
	var issuer string
	if json.Unmarshal(k.Issuer, &issuer) != nil {
		var described object
		var named struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(k.Issuer, &described) != nil || described.into(&named, "id") != nil {
			return "", errorsmod.Wrapf(ErrCredential, "issuer %.80s: must be a DID, or an object with one as id", k.Issuer)
		}
		issuer = named.ID
	}
	for _, bound := range []struct {
		name, text string
		wrong      func(time.Time) bool
	}{{"validFrom", k.ValidFrom, now.Before}, {"validUntil", k.ValidUntil, now.After}} {
		if err := within(bound.name, bound.text, now, bound.wrong); err != nil {
			return "", err
		}
	}
	return issuer, nil
}

// within checks a bound in time, if there is one.
func within(name, text string, now time.Time, wrong func(time.Time) bool) error {
	if text == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errorsmod.Wrapf(ErrCredential, "%s %.40q: must be a date-time", name, text)
	}
	if wrong(at) {
		return errorsmod.Wrapf(ErrTime, "%s %s: it is %s", name, text, now.UTC().Format(time.RFC3339))
	}
	return nil
}

// key returns the issuer's key that is said to have signed.
func (c Checker) key(ctx context.Context, r Report) (types.PublicKey, error) {
	signer, fragment, err := types.ParseMethodURL(r.Method)
	if err != nil {
		return types.PublicKey{}, errorsmod.Wrapf(ErrIssuer, "verificationMethod: %s", err)
	}
	if signer.String() != r.Issuer {
		return types.PublicKey{}, errorsmod.Wrapf(ErrIssuer, "verificationMethod %s: must be of the issuer, %.100q", r.Method, r.Issuer)
	}
	resolved, err := c.Query.Resolve(ctx, &types.QueryResolveRequest{Did: r.Issuer})
	if err != nil {
		return types.PublicKey{}, errorsmod.Wrapf(ErrIssuer, "%s: %s", r.Issuer, err)
	}
	method, found := resolved.Document.Method(fragment)
	switch {
	case resolved.Metadata.Deactivated:
		return types.PublicKey{}, errorsmod.Wrapf(ErrIssuer, "%s: is deactivated", r.Issuer)
	case !found:
		return types.PublicKey{}, errorsmod.Wrapf(ErrIssuer, "%s: the newest document has no such key", r.Method)
	case !method.For(types.RELATIONSHIP_ASSERTION_METHOD):
		return types.PublicKey{}, errorsmod.Wrapf(ErrIssuer, "%s: is not for %s", r.Method, Purpose)
	}
	return method.PublicKey, nil
}

// statuses looks up every entry; each must be clear.
func (c Checker) statuses(ctx context.Context, issuer string, raw json.RawMessage) ([]StatusEntry, error) {
	if raw == nil {
		return nil, nil
	}
	var members []object
	if json.Unmarshal(raw, &members) != nil {
		members = make([]object, 1)
		if err := json.Unmarshal(raw, &members[0]); err != nil {
			return nil, errorsmod.Wrapf(ErrStatus, "credentialStatus: %s", err)
		}
	}
	if len(members) > 8 {
		return nil, errorsmod.Wrapf(ErrStatus, "credentialStatus has %d entries: at most 8", len(members))
	}
	entries := make([]StatusEntry, len(members))
	for i, entry := range entries {
		if err := members[i].into(&entry, "id", "type", "statusPurpose", "statusListIndex", "statusListCredential"); err != nil {
			return nil, errorsmod.Wrapf(ErrStatus, "credentialStatus[%d]: %s", i, err)
		}
		entries[i] = entry
		set, err := c.lookUp(ctx, issuer, entry)
		if err != nil {
			return nil, err
		}
		if set {
			return nil, errorsmod.Wrapf(ErrStatus, "%s: bit %s of %s is set", entry.Purpose, entry.Index, entry.Credential)
		}
	}
	return entries, nil
}

// lookUp returns the bit of an entry, from the chain.
func (c Checker) lookUp(ctx context.Context, issuer string, e StatusEntry) (bool, error) {
	rest, own := strings.CutPrefix(e.Credential, issuer+"/status/")
	purpose, list, cut := strings.Cut(rest, "/")
	number, err := strconv.ParseUint(list, 10, 32)
	if e.Type != "BitstringStatusListEntry" || !own || !cut || err != nil || purpose != e.Purpose {
		return false, errorsmod.Wrapf(ErrStatus, "statusListCredential %.120q: must be a list of the issuer, %s/status/%s/<list>", e.Credential, issuer, e.Purpose)
	}
	index, err := strconv.ParseUint(e.Index, 10, 32)
	if err != nil || index >= types.ListBits {
		return false, errorsmod.Wrapf(ErrStatus, "statusListIndex %.20q: must be 0 to %d", e.Index, types.ListBits-1)
	}
	response, err := c.Query.StatusList(ctx, &types.QueryStatusListRequest{Issuer: issuer, Purpose: purpose, List: uint32(number)})
	if err != nil {
		return false, errorsmod.Wrapf(ErrStatus, "%s: %s", e.Credential, err)
	}
	bits, err := DecodeList(response.EncodedList)
	if err != nil {
		return false, err
	}
	return types.Bit(bits, index), nil
}

// DecodeList uncompresses a status list, which must have the size of one.
func DecodeList(encoded string) ([]byte, error) {
	encoding, compressed, err := multibase.Decode(encoded)
	if err != nil || encoding != multibase.Base64url {
		return nil, errorsmod.Wrap(ErrStatus, "encodedList: must be multibase base64url (u…)")
	}
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, errorsmod.Wrapf(ErrStatus, "encodedList: %s", err)
	}
	bits, err := io.ReadAll(io.LimitReader(reader, types.ListBytes+1))
	if err != nil || len(bits) != types.ListBytes {
		return nil, errorsmod.Wrapf(ErrStatus, "encodedList has %d bytes: must have %d", len(bits), types.ListBytes)
	}
	return bits, nil
}
