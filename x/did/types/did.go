package types

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"github.com/multiformats/go-multibase"

	errorsmod "cosmossdk.io/errors"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

const (
	// Method is the name of the DID method.
	Method = "mesh"
	// Prefix of every DID of the method.
	Prefix = "did:" + Method + ":"
	// NamespaceMain is the namespace of the main chain; that of a zone is its name.
	NamespaceMain = "main"
	// IDLength is the length of an identifier in bytes: SHA-256 of the first key.
	IDLength = sha256.Size
	// MaxDIDLength bounds a DID in characters.
	MaxDIDLength = len(Prefix) + 31 + 1 + idTextLength

	// A SHA-256 multihash in multibase base58btc has 47 characters.
	idTextLength = 47
	// multihash code and length of SHA-256.
	multihashSHA256, multihashLength = 0x12, sha256.Size
)

// ID is the SHA-256 of the multicodec encoding of a DID's first verification key.
type ID [IDLength]byte

// String returns the identifier as it is in a DID: the multihash in multibase
// base58btc, "zQm…".
func (id ID) String() string {
	text, err := multibase.Encode(multibase.Base58BTC, append([]byte{multihashSHA256, multihashLength}, id[:]...))
	if err != nil {
		panic(err) // the encoding is a constant that exists
	}
	return text
}

// DID names a subject: did:mesh:<namespace>:<id>.
type DID struct {
	// Namespace is "main" or the name of a zone.
	Namespace string
	// ID within the namespace.
	ID ID
}

// NewDID returns the DID that belongs to a first verification key on a chain.
func NewDID(namespace string, first PublicKey) (DID, error) {
	did := DID{Namespace: namespace}
	if err := ValidateNamespace(namespace); err != nil {
		return did, err
	}
	if err := first.Validate(); err != nil {
		return did, err
	}
	did.ID = sha256.Sum256(first.Multicodec())
	return did, nil
}

// NamespaceOf returns the namespace of a chain: "main" or the zone's name.
func NamespaceOf(id zonestypes.Identity) string {
	if id.IsMain() {
		return NamespaceMain
	}
	return id.Zone
}

// ValidateNamespace checks a namespace: "main" or the name of a zone.
func ValidateNamespace(namespace string) error {
	if namespace == NamespaceMain {
		return nil
	}
	if err := zonestypes.ValidateZoneName(namespace); err != nil {
		return errorsmod.Wrapf(ErrInvalidDID, "namespace %.40q: must be main or the name of a zone, [a-z][a-z0-9]{2,30}", namespace)
	}
	return nil
}

// String returns did:mesh:<namespace>:<id>.
func (d DID) String() string { return Prefix + d.Namespace + ":" + d.ID.String() }

// ParseDID reads a DID of this method. It accepts the one form that String writes,
// and nothing around it.
func ParseDID(text string) (DID, error) {
	var did DID
	rest, err := methodSpecific(text)
	if err != nil {
		return did, err
	}
	if len(text) > MaxDIDLength {
		return did, errorsmod.Wrapf(ErrInvalidDID, "%.80q... has %d characters: must have at most %d", text, len(text), MaxDIDLength)
	}
	namespace, id, found := strings.Cut(rest, ":")
	if !found {
		return did, errorsmod.Wrapf(ErrInvalidDID, "%q: must be did:mesh:<namespace>:<id>", text)
	}
	if err := ValidateNamespace(namespace); err != nil {
		return did, err
	}
	did.Namespace = namespace
	if did.ID, err = parseID(id); err != nil {
		return did, err
	}
	return did, nil
}

// methodSpecific cuts "did:mesh:" off. A DID that is well formed but of another
// method gets an error of its own.
func methodSpecific(text string) (string, error) {
	if rest, ours := strings.CutPrefix(text, Prefix); ours {
		return rest, nil
	}
	method, rest, found := strings.Cut(strings.TrimPrefix(text, "did:"), ":")
	if !strings.HasPrefix(text, "did:") || !found || !isMethodName(method) || !isMethodSpecificID(rest) {
		return "", errorsmod.Wrapf(ErrInvalidDID, "%.80q: must be did:mesh:<namespace>:<id>", text)
	}
	return "", errorsmod.Wrapf(ErrMethod, "%.80q: method %.20q, this resolver knows %s", text, method, Method)
}

// isMethodName checks method-name = 1*( %x61-7A / DIGIT ) of DID Core, section 3.1.
func isMethodName(name string) bool {
	for _, c := range []byte(name) {
		if !isLower(c) && !isDigit(c) {
			return false
		}
	}
	return name != ""
}

// isMethodSpecificID checks method-specific-id of DID Core, section 3.1: idchars in
// parts separated by colons, the last part not empty.
func isMethodSpecificID(id string) bool {
	for i := 0; i < len(id); i++ {
		switch c := id[i]; {
		case isLower(c), isUpper(c), isDigit(c), c == '.', c == '-', c == '_', c == ':':
		case c == '%' && i+2 < len(id) && isHex(id[i+1]) && isHex(id[i+2]):
			i += 2
		default:
			return false
		}
	}
	return id != "" && id[len(id)-1] != ':'
}

func parseID(text string) (ID, error) {
	var id ID
	if len(text) > idTextLength || !strings.HasPrefix(text, "z") {
		return id, errorsmod.Wrapf(ErrInvalidDID, "id %.60q: must be a SHA-256 multihash in multibase base58btc (z…), %d characters", text, idTextLength)
	}
	_, hash, err := multibase.Decode(text)
	if err != nil || len(hash) != 2+IDLength || hash[0] != multihashSHA256 || hash[1] != multihashLength {
		return id, errorsmod.Wrapf(ErrInvalidDID, "id %.60q: must be a SHA-256 multihash in multibase base58btc (z…)", text)
	}
	copy(id[:], hash[2:])
	if id.String() != text {
		return id, errorsmod.Wrapf(ErrInvalidDID, "id %q: must be written %q", text, id)
	}
	return id, nil
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
