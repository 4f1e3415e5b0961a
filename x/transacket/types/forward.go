package types

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Errors of what is passed on between zones; see errors.go.
var (
	ErrNoForwarding = errorsmod.Register(ModuleName, 35, "this chain passes nothing on")
	ErrSelfLoop     = errorsmod.Register(ModuleName, 36, "zone is where it comes from")
	ErrNotInFlight  = errorsmod.Register(ModuleName, 37, "nothing such is being passed on")
	ErrForward      = errorsmod.Register(ModuleName, 38, "second hop failed")
)

// ZonesKeeper is what the module needs of x/zones.
type ZonesKeeper interface {
	// Identity tells whether this is the main chain or which zone.
	Identity(ctx context.Context) (zonestypes.Identity, error)
	// RouteByZone returns the main chain's channel to a zone that can be reached.
	RouteByZone(ctx context.Context, name string) (string, error)
	// ZoneOfChannel returns the zone that has proven to be at the other end of a
	// channel of the main chain.
	ZoneOfChannel(ctx context.Context, channelID string) (string, bool)
	// Hub returns a zone's pinned way to the main chain.
	Hub(ctx context.Context) (zonestypes.Hub, bool, error)
}

// Validate checks a record of what is being passed on.
func (f *InFlight) Validate() error {
	if err := validateChannel("channel", f.Channel); err != nil {
		return err
	}
	if f.Sequence == 0 {
		return errorsmod.Wrap(ErrNotInFlight, "sequence 0: sequences start at 1")
	}
	if err := ValidatePayment(f.Payment); err != nil {
		return err
	}
	data, err := DecodePacket(f.Packet.Data)
	switch {
	case err != nil:
		return errorsmod.Wrapf(ErrNotInFlight, "packet: %s", err)
	case !data.Claimed || data.Err != nil || data.Envelope.Zone == "":
		return errorsmod.Wrap(ErrNotInFlight, "packet: must hold a TransacKet for a zone")
	case f.Packet.DestinationPort != transfertypes.PortID:
		return errorsmod.Wrapf(ErrNotInFlight, "packet.destination_port %q: must be %s", f.Packet.DestinationPort, transfertypes.PortID)
	}
	return validateChannel("packet.destination_channel", f.Packet.DestinationChannel)
}

// ValidateBasic checks all that needs no state.
func (m *MsgAbandonInFlight) ValidateBasic() error {
	if err := validateBatch(m.Authority, m.Sequences); err != nil {
		return err
	}
	return validateChannel("channel", m.Channel)
}
