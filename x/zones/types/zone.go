package types

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
)

// Limits of a zone's description.
const (
	// MaxArea is the longest area in bytes.
	MaxArea = 64
	// MaxLevel is the lowest level of the hierarchy of areas.
	MaxLevel = 9
	// MaxEndpoints a zone can publish.
	MaxEndpoints = 8
	// MaxEndpointAddress is the longest address of an endpoint in bytes.
	MaxEndpointAddress = 128
	// HashLength of genesis hashes, header hashes and nonces, in bytes.
	HashLength = sha256.Size

	nonceTag = "mesh/zones/nonce/v1"
)

// NewNonce is the nonce of the n-th registration on that chain. It need not be
// secret, only unique: an activation with the nonce of another registration, or
// of one on another chain, is refused.
func NewNonce(chainID, name string, n uint64) []byte {
	h := sha256.New()
	h.Write([]byte(nonceTag))
	for _, field := range []string{chainID, name} {
		h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(field)))) // both are bounded far below 2^16
		h.Write([]byte(field))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, n))
	return h.Sum(nil)
}

// Validate checks a zone as it is stored.
func (z *Zone) Validate() error {
	if err := ValidateRegistration(z.Owner, z.Name, z.ChainId, z.GenesisHash); err != nil {
		return err
	}
	if err := ValidateDescription(z.Area, z.Level, z.Endpoints); err != nil {
		return err
	}
	if !z.Bond.IsValid() {
		return errorsmod.Wrapf(ErrBond, "zone %s: bond %s", z.Name, z.Bond)
	}
	if z.ChannelId != "" {
		if err := ValidateChannelID(z.ChannelId); err != nil {
			return err
		}
	}
	proven := z.ChannelId != "" && z.ConnectionId != "" && z.ClientId != ""
	switch z.Status {
	case STATUS_PENDING:
		if len(z.Nonce) != HashLength || z.Deadline == nil || z.ClientId != "" || z.ConnectionId != "" {
			return errorsmod.Wrapf(ErrGenesis, "zone %s: a pending zone has a nonce of %d bytes, a deadline, and neither client nor connection", z.Name, HashLength)
		}
	case STATUS_ACTIVE:
		if len(z.Nonce) != 0 || z.Deadline != nil || !proven {
			return errorsmod.Wrapf(ErrGenesis, "zone %s: an active zone has channel, connection and client, and neither nonce nor deadline", z.Name)
		}
	case STATUS_RETIRED:
		if len(z.Nonce) != 0 || z.Deadline == nil || !proven {
			return errorsmod.Wrapf(ErrGenesis, "zone %s: a retired zone has channel, connection, client and deadline, and no nonce", z.Name)
		}
	default:
		return errorsmod.Wrapf(ErrGenesis, "zone %s: status %s: must be pending, active or retired", z.Name, z.Status)
	}
	if z.Heartbeat != nil {
		return z.Heartbeat.Validate()
	}
	return nil
}

// ValidateRegistration checks what a registration fixes for good.
func ValidateRegistration(owner, name, chainID string, genesisHash []byte) error {
	if _, err := sdk.AccAddressFromBech32(owner); err != nil {
		return errorsmod.Wrapf(ErrNotOwner, "owner %.80q: %s", owner, err)
	}
	id := ZoneIdentity(name)
	if err := id.Validate(); err != nil {
		return err
	}
	if err := id.ValidateChainID(chainID); err != nil {
		return err
	}
	if n := len(genesisHash); n != HashLength {
		return errorsmod.Wrapf(ErrDescription, "genesis_hash has %d bytes: must have %d (SHA-256)", n, HashLength)
	}
	return nil
}

// ValidateDescription checks what an owner may change at any time.
func ValidateDescription(area string, level uint32, endpoints []Endpoint) error {
	if err := ValidateArea(area); err != nil {
		return err
	}
	if level > MaxLevel {
		return errorsmod.Wrapf(ErrDescription, "level %d: must be 0 to %d", level, MaxLevel)
	}
	if n := len(endpoints); n > MaxEndpoints {
		return errorsmod.Wrapf(ErrDescription, "endpoints has %d entries: at most %d", n, MaxEndpoints)
	}
	for i, e := range endpoints {
		switch e.Kind {
		case "rpc", "grpc", "rest", "p2p":
		default:
			return errorsmod.Wrapf(ErrDescription, "endpoints[%d].kind %.20q: must be rpc, grpc, rest or p2p", i, e.Kind)
		}
		if e.Address == "" || len(e.Address) > MaxEndpointAddress || !printable(e.Address) {
			return errorsmod.Wrapf(ErrDescription, "endpoints[%d].address %.80q: must be 1 to %d bytes of printable ASCII without spaces", i, e.Address, MaxEndpointAddress)
		}
		if len(e.Node) > MaxEndpointAddress || !printable(e.Node) {
			return errorsmod.Wrapf(ErrDescription, "endpoints[%d].node %.80q: must be empty or a DID of the zone", i, e.Node)
		}
	}
	return nil
}

// ValidateArea checks an area; the empty one is valid.
func ValidateArea(area string) error {
	valid := len(area) <= MaxArea
	for i := 0; valid && i < len(area); i++ {
		c := area[i]
		alphanumeric := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		valid = alphanumeric || i > 0 && strings.IndexByte("._/-", c) >= 0
	}
	if !valid {
		return errorsmod.Wrapf(ErrDescription, "area %.80q: must be up to %d of a-z 0-9 . _ / -, the first a letter or digit", area, MaxArea)
	}
	return nil
}

// Within tells whether the zone lies in an area or, separated by "/", below it.
func (z *Zone) Within(area string) bool {
	return area == "" || z.Area == area || strings.HasPrefix(z.Area, area+"/")
}

// ValidateChannelID checks the form of a channel identifier.
func ValidateChannelID(channelID string) error {
	if err := host.ChannelIdentifierValidator(channelID); err != nil {
		return errorsmod.Wrapf(ErrChannel, "channel_id %.80q: must be a channel identifier such as channel-0: %s", channelID, err)
	}
	return nil
}

// Validate checks the form of a hub.
func (h *Hub) Validate() error {
	for _, field := range []struct {
		name, value string
		check       func(string) error
	}{
		{"client_id", h.ClientId, host.ClientIdentifierValidator},
		{"connection_id", h.ConnectionId, host.ConnectionIdentifierValidator},
		{"channel_id", h.ChannelId, host.ChannelIdentifierValidator},
	} {
		if err := field.check(field.value); err != nil {
			return errorsmod.Wrapf(ErrHub, "hub.%s %.80q: %s", field.name, field.value, err)
		}
	}
	return nil
}

// printable tells whether s is ASCII from ! to ~ only.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return true
}
