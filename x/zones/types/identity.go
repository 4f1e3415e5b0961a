package types

import (
	"regexp"
	"strconv"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// Denoms that are native to the main chain. On a zone they exist only as
// ICS-20 vouchers, or every zone could mint counterfeit SMT.
const (
	// DenomSMT pays fees and is staked on the main chain; 10⁶ usmt = 1 SMT.
	DenomSMT = "usmt"
	// DenomMESH pays for content and services; 10⁶ umesh = 1 MESH.
	DenomMESH = "umesh"
)

// MainDenoms lists the denoms that only the main chain may have natively.
func MainDenoms() []string { return []string{DenomSMT, DenomMESH} }

var zoneName = regexp.MustCompile(`^[a-z][a-z0-9]{2,30}$`)

// ValidateZoneName checks a zone's name: [a-z][a-z0-9]{2,30}. The names of the
// main chain and of its tokens are refused: "u" + name is the zone's denom, and
// did:mesh:<name> the namespace of its identifiers.
func ValidateZoneName(name string) error {
	if !zoneName.MatchString(name) {
		return errorsmod.Wrapf(ErrInvalidZone, "zone %q: must match [a-z][a-z0-9]{2,30}", name)
	}
	if name == "main" {
		return errorsmod.Wrapf(ErrInvalidZone, "zone %q: is what the main chain is called", name)
	}
	for _, denom := range MainDenoms() {
		if "u"+name == denom {
			return errorsmod.Wrapf(ErrInvalidZone, "zone %q: its native denom would be %s, which belongs to the main chain", name, denom)
		}
	}
	return nil
}

// MainIdentity is the identity of the main chain.
func MainIdentity() Identity { return Identity{Role: ROLE_MAIN} }

// ZoneIdentity is the identity of the zone with that name.
func ZoneIdentity(name string) Identity { return Identity{Role: ROLE_ZONE, Zone: name} }

// NewIdentity builds an identity from the words that people type: role is
// "main" or "zone", zone is the zone's name.
func NewIdentity(role, zone string) (Identity, error) {
	var id Identity
	switch role {
	case "main":
		id = Identity{Role: ROLE_MAIN, Zone: zone}
	case "zone":
		id = ZoneIdentity(zone)
	default:
		return id, errorsmod.Wrapf(ErrInvalidRole, "role %q: must be main or zone", role)
	}
	return id, id.Validate()
}

// Validate checks that the role is known and that a zone, and only a zone, has a name.
func (id Identity) Validate() error {
	switch id.Role {
	case ROLE_MAIN:
		if id.Zone != "" {
			return errorsmod.Wrapf(ErrInvalidZone, "zone %q: must be empty on the main chain", id.Zone)
		}
		return nil
	case ROLE_ZONE:
		return ValidateZoneName(id.Zone)
	default:
		return errorsmod.Wrapf(ErrInvalidRole, "role %s: must be ROLE_MAIN or ROLE_ZONE", id.Role)
	}
}

// NativeDenom pays fees and is staked: usmt on the main chain, u<zone> on a zone.
func (id Identity) NativeDenom() string {
	if id.Role == ROLE_ZONE {
		return "u" + id.Zone
	}
	return DenomSMT
}

// IsMain tells whether this is the main chain.
func (id Identity) IsMain() bool { return id.Role == ROLE_MAIN }

// ValidateChainID checks the form <name>-<revision> that IBC needs to tell
// revisions from names, and that a zone's chain carries the zone's name.
func (id Identity) ValidateChainID(chainID string) error {
	cut := strings.LastIndexByte(chainID, '-')
	if cut < 1 {
		return errorsmod.Wrapf(ErrInvalidChainID, "chain-id %q: must have the form <name>-<revision>", chainID)
	}
	name, revision := chainID[:cut], chainID[cut+1:]
	if n, err := strconv.ParseUint(revision, 10, 64); err != nil || n == 0 || revision[0] == '0' {
		return errorsmod.Wrapf(ErrInvalidChainID, "chain-id %q: revision %q must be a whole number from 1", chainID, revision)
	}
	if id.Role == ROLE_ZONE && name != id.Zone {
		return errorsmod.Wrapf(ErrInvalidChainID, "chain-id %q: zone %s needs %s-<revision>", chainID, id.Zone, id.Zone)
	}
	return nil
}
