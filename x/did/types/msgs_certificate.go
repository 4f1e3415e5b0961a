package types

import errorsmod "cosmossdk.io/errors"

// ValidateBasic checks all that needs no state.
func (m *MsgSetAuthority) ValidateBasic() error {
	if _, err := ParseAccount("signer", m.Signer); err != nil {
		return err
	}
	a := Authority{Did: m.Did, Kinds: m.Kinds, Name: m.Name}
	return a.Validate()
}

// ValidateBasic checks all that needs no state.
func (m *MsgIssueCertificates) ValidateBasic() error {
	return validateAuthorityOperation(m.Payer, "issuer", m.Issuer, &m.Proof, &m.Issuance)
}

// ValidateBasic checks all that needs no state.
func (m *MsgRenewCertificates) ValidateBasic() error {
	return validateAuthorityOperation(m.Payer, "issuer", m.Issuer, &m.Proof, &m.Renewal)
}

// ValidateBasic checks all that needs no state.
func (m *MsgChangeCertificates) ValidateBasic() error {
	return validateAuthorityOperation(m.Payer, "issuer", m.Issuer, &m.Proof, &m.Change)
}

// ValidateBasic checks all that needs no state.
func (m *MsgAttest) ValidateBasic() error {
	return validateAuthorityOperation(m.Payer, "verifier", m.Verifier, &m.Proof, &m.Attestation)
}

// ValidateBasic checks all that needs no state.
func (m *MsgInquire) ValidateBasic() error {
	if _, err := ParseAccount("payer", m.Payer); err != nil {
		return err
	}
	did, err := ParseDID(m.Did)
	if err != nil {
		return errorsmod.Wrap(err, "did")
	}
	if did.Namespace == NamespaceMain {
		return errorsmod.Wrapf(ErrInquiry, "did %s: only zones are asked, the main chain passes on", did)
	}
	if err := m.Kind.Validate(); err != nil {
		return err
	}
	if !m.Payment.IsValid() || !m.Payment.IsPositive() {
		return errorsmod.Wrapf(ErrInquiry, "payment %s: must be at least one unit", m.Payment)
	}
	return nil
}

func validateAuthorityOperation(payer, field, did string, proof *Proof, payload interface{ Validate() error }) error {
	if _, err := ParseAccount("payer", payer); err != nil {
		return err
	}
	if _, err := ParseDID(did); err != nil {
		return errorsmod.Wrap(err, field)
	}
	if _, _, err := proof.Validate(); err != nil {
		return err
	}
	return payload.Validate()
}
