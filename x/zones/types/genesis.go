package types

import (
	"encoding/json"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// DefaultGenesis is the genesis of the main chain; the app's own default
// genesis replaces the identity by the role that was asked for.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Identity: MainIdentity(), Params: DefaultParams(), NextRegistration: 1}
}

// Validate checks the genesis state.
func (gs GenesisState) Validate() error {
	if err := gs.Identity.Validate(); err != nil {
		return err
	}
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	if gs.NextRegistration == 0 {
		return errorsmod.Wrap(ErrGenesis, "next_registration is 0: registrations are numbered from 1")
	}
	if gs.Identity.IsMain() {
		return gs.validateRegistry()
	}
	return gs.validateZone()
}

// validateRegistry checks the main chain's part: one name, one channel, one client
// per zone.
func (gs GenesisState) validateRegistry() error {
	if gs.Owner != "" || gs.Hub != nil {
		return errorsmod.Wrap(ErrGenesis, "owner and hub: must be absent on the main chain")
	}
	taken := make(map[string]string)
	take := func(kind, value, zone string) error {
		if other, twice := taken[kind+" "+value]; twice {
			return errorsmod.Wrapf(ErrGenesis, "zone %s: %s %s is zone %s's", zone, kind, value, other)
		}
		taken[kind+" "+value] = zone
		return nil
	}
	for i := range gs.Zones {
		z := &gs.Zones[i]
		if err := z.Validate(); err != nil {
			return errorsmod.Wrapf(err, "zones[%d]", i)
		}
		if err := take("name", z.Name, z.Name); err != nil {
			return err
		}
		if z.Status == STATUS_PENDING {
			continue // claims prove nothing and may collide
		}
		if err := take("channel", z.ChannelId, z.Name); err != nil {
			return err
		}
		if err := take("client", z.ClientId, z.Name); err != nil {
			return err
		}
	}
	for i, refund := range gs.Refunds {
		if _, err := sdk.AccAddressFromBech32(refund.Owner); err != nil {
			return errorsmod.Wrapf(ErrGenesis, "refunds[%d].owner %.80q: %s", i, refund.Owner, err)
		}
		if err := take("refund of", refund.Owner, refund.Owner); err != nil {
			return err
		}
		if !refund.Amount.IsValid() || refund.Amount.Empty() {
			return errorsmod.Wrapf(ErrGenesis, "refunds[%d].amount %q: must be coins", i, refund.Amount)
		}
	}
	return nil
}

// validateZone checks a zone's part: its owner and its hub, nothing registered.
func (gs GenesisState) validateZone() error {
	if len(gs.Zones) > 0 || len(gs.Refunds) > 0 {
		return errorsmod.Wrapf(ErrGenesis, "zones and refunds: must be empty on zone %s, the registry is on the main chain", gs.Identity.Zone)
	}
	if gs.Owner != "" {
		if _, err := sdk.AccAddressFromBech32(gs.Owner); err != nil {
			return errorsmod.Wrapf(ErrGenesis, "owner %.80q: %s", gs.Owner, err)
		}
	}
	if gs.Hub != nil {
		return gs.Hub.Validate()
	}
	return nil
}

// ParseGenesis reads the module's genesis. An unknown role gets an error that
// names the field, the value and the known roles.
func ParseGenesis(cdc codec.JSONCodec, bz json.RawMessage) (GenesisState, error) {
	var raw struct {
		Identity struct {
			Role json.RawMessage `json:"role"`
		} `json:"identity"`
	}
	if err := json.Unmarshal(bz, &raw); err != nil {
		return GenesisState{}, errorsmod.Wrapf(ErrInvalidRole, "genesis of %s: %s", ModuleName, err)
	}
	var name string
	if json.Unmarshal(raw.Identity.Role, &name) == nil {
		if _, known := Role_value[name]; !known {
			return GenesisState{}, errorsmod.Wrapf(ErrInvalidRole, "identity.role %q: must be ROLE_MAIN or ROLE_ZONE", name)
		}
	}
	var gs GenesisState
	if err := cdc.UnmarshalJSON(bz, &gs); err != nil {
		return gs, errorsmod.Wrapf(ErrInvalidRole, "genesis of %s: %s", ModuleName, err)
	}
	return gs, nil
}
