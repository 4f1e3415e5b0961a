package types

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

var (
	_ sdk.HasValidateBasic = (*MsgRegisterZone)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateZone)(nil)
	_ sdk.HasValidateBasic = (*MsgRetireZone)(nil)
	_ sdk.HasValidateBasic = (*MsgClaimBond)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateParams)(nil)
	_ sdk.HasValidateBasic = (*MsgPinHub)(nil)
	_ sdk.HasValidateBasic = (*MsgAnnounce)(nil)
)

// ValidateBasic checks all that needs no state.
func (m *MsgRegisterZone) ValidateBasic() error {
	if err := ValidateRegistration(m.Owner, m.Name, m.ChainId, m.GenesisHash); err != nil {
		return err
	}
	if !m.Bond.IsValid() {
		return errorsmod.Wrapf(ErrBond, "bond %s: must be the parameter bond", m.Bond)
	}
	if m.ChannelId != "" {
		if err := ValidateChannelID(m.ChannelId); err != nil {
			return err
		}
	}
	return ValidateDescription(m.Area, m.Level, m.Endpoints)
}

// ValidateBasic checks all that needs no state.
func (m *MsgUpdateZone) ValidateBasic() error {
	if err := validateSigner(ErrNotOwner, "owner", m.Owner); err != nil {
		return err
	}
	if err := ValidateZoneName(m.Name); err != nil {
		return err
	}
	if m.ChannelId != "" {
		if err := ValidateChannelID(m.ChannelId); err != nil {
			return err
		}
	}
	return ValidateDescription(m.Area, m.Level, m.Endpoints)
}

// ValidateBasic checks all that needs no state.
func (m *MsgRetireZone) ValidateBasic() error {
	if err := validateSigner(ErrNotOwner, "signer", m.Signer); err != nil {
		return err
	}
	return ValidateZoneName(m.Name)
}

// ValidateBasic checks all that needs no state.
func (m *MsgClaimBond) ValidateBasic() error { return validateSigner(ErrNotOwner, "owner", m.Owner) }

// ValidateBasic checks all that needs no state.
func (m *MsgUpdateParams) ValidateBasic() error {
	if err := validateSigner(ErrAuthority, "authority", m.Authority); err != nil {
		return err
	}
	return m.Params.Validate()
}

// ValidateBasic checks all that needs no state.
func (m *MsgPinHub) ValidateBasic() error {
	if err := validateSigner(ErrAuthority, "signer", m.Signer); err != nil {
		return err
	}
	return m.Hub.Validate()
}

// ValidateBasic checks all that needs no state.
func (m *MsgAnnounce) ValidateBasic() error {
	if err := validateSigner(ErrAnnouncement, "sender", m.Sender); err != nil {
		return err
	}
	if m.Activates() && (len(m.Nonce) != HashLength || len(m.GenesisHash) != HashLength) {
		return errorsmod.Wrapf(ErrAnnouncement, "nonce has %d bytes, genesis_hash %d: an activation needs %d of both, a heartbeat neither",
			len(m.Nonce), len(m.GenesisHash), HashLength)
	}
	return nil
}

// Activates tells whether an activation is asked for, not a heartbeat.
func (m *MsgAnnounce) Activates() bool { return len(m.Nonce) > 0 || len(m.GenesisHash) > 0 }

func validateSigner(kind *errorsmod.Error, field, signer string) error {
	if _, err := sdk.AccAddressFromBech32(signer); err != nil {
		return errorsmod.Wrapf(kind, "%s %.80q: %s", field, signer, err)
	}
	return nil
}
