package relayer

import (
	"fmt"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
)

// End is one side of a path: how one chain names its half of the link.
type End struct {
	// ChainID of the chain on this side.
	ChainID string `mapstructure:"chain_id" yaml:"chain_id" json:"chain_id"`
	// ClientID of the light client, on this chain, of the other chain. Filled in by Link.
	ClientID string `mapstructure:"client_id" yaml:"client_id,omitempty" json:"client_id"`
	// ConnectionID on this chain. Filled in by Link.
	ConnectionID string `mapstructure:"connection_id" yaml:"connection_id,omitempty" json:"connection_id"`
	// PortID that the channel is bound to (default transfer).
	PortID string `mapstructure:"port_id" yaml:"port_id,omitempty" json:"port_id"`
	// ChannelID on this chain. Filled in by Link.
	ChannelID string `mapstructure:"channel_id" yaml:"channel_id,omitempty" json:"channel_id"`
}

// Path is a pair of channel ends and what was agreed between them.
type Path struct {
	A End `mapstructure:"a" yaml:"a" json:"a"`
	B End `mapstructure:"b" yaml:"b" json:"b"`
	// Version of the channel (default ics20-1).
	Version string `mapstructure:"version" yaml:"version,omitempty" json:"version"`
	// Order of the channel: unordered (default) or ordered, where a packet that cannot be delivered
	// holds up all that follow, and one that times out closes the channel.
	Order string `mapstructure:"order" yaml:"order,omitempty" json:"order,omitempty"`
}

// Defaults of a path: ICS-20 token transfer.
const (
	DefaultPort    = "transfer"
	DefaultVersion = "ics20-1"
)

// Orders of a channel.
const (
	Unordered = "unordered"
	Ordered   = "ordered"
)

func (p Path) ordered() bool { return p.Order == Ordered }

// ordering is Order as ICS-4 has it.
func (p Path) ordering() channeltypes.Order {
	if p.ordered() {
		return channeltypes.ORDERED
	}
	return channeltypes.UNORDERED
}

// String names the path as "chain-a/channel-0 <> chain-b/channel-3".
func (p Path) String() string { return p.A.String() + " <> " + p.B.String() }

// String names the end as "chain/channel".
func (e End) String() string {
	if e.ChannelID == "" {
		return e.ChainID
	}
	return e.ChainID + "/" + e.ChannelID
}

// Linked tells whether Link has completed the path.
func (p Path) Linked() bool { return p.A.complete() && p.B.complete() }

func (e End) complete() bool { return e.ClientID != "" && e.ConnectionID != "" && e.ChannelID != "" }

func (p Path) withDefaults() Path {
	for _, e := range []*End{&p.A, &p.B} {
		if e.PortID == "" {
			e.PortID = DefaultPort
		}
	}
	if p.Version == "" {
		p.Version = DefaultVersion
	}
	return p
}

func (p Path) validate() error {
	if p.A.ChainID == p.B.ChainID {
		return fmt.Errorf("a.chain_id and b.chain_id are both %q: a path joins two chains", p.A.ChainID)
	}
	if p.Order != "" && p.Order != Unordered && p.Order != Ordered {
		return fmt.Errorf("order %q: must be %s or %s", p.Order, Unordered, Ordered)
	}
	for side, e := range map[string]End{"a": p.A, "b": p.B} {
		for field, check := range map[string]struct {
			value string
			valid func(string) error
		}{
			"client_id":     {e.ClientID, host.ClientIdentifierValidator},
			"connection_id": {e.ConnectionID, host.ConnectionIdentifierValidator},
			"port_id":       {e.PortID, host.PortIdentifierValidator},
			"channel_id":    {e.ChannelID, host.ChannelIdentifierValidator},
		} {
			if check.value == "" && field != "port_id" {
				continue // not linked yet
			}
			if err := check.valid(check.value); err != nil {
				return fmt.Errorf("%s.%s %q: %w", side, field, check.value, err)
			}
		}
	}
	return nil
}
