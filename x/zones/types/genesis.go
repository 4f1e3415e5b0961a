package types

import (
	"encoding/json"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
)

// DefaultGenesis is the genesis of the main chain; the app's own default
// genesis replaces the identity by the role that was asked for.
func DefaultGenesis() *GenesisState { return &GenesisState{Identity: MainIdentity()} }

// Validate checks the genesis state.
func (gs GenesisState) Validate() error { return gs.Identity.Validate() }

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
