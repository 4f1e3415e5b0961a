package types

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Limits of one message.
const (
	MaxSecrets   = 256
	MaxDisposals = 256
)

// ParseAccount reads an account of this chain; field names it in errors. Signed bytes
// have room for 32 bytes.
func ParseAccount(field, text string) (sdk.AccAddress, error) {
	address, err := sdk.AccAddressFromBech32(text)
	if err != nil {
		return nil, errorsmod.Wrapf(ErrAccount, "%s %.100q: %v", field, text, err)
	}
	if len(address) > maxAccountBytes {
		return nil, errorsmod.Wrapf(ErrAccount, "%s %s has %d bytes: must have at most %d", field, text, len(address), maxAccountBytes)
	}
	return address, nil
}

// CheckSide checks a participant number.
func CheckSide(field string, side uint32) error {
	if side > 1 {
		return errorsmod.Wrapf(ErrSide, "%s %d: must be 0 (opener) or 1 (partner)", field, side)
	}
	return nil
}

// CoinAmount checks a coin and returns its amount, which is at least 1.
func CoinAmount(field string, coin sdk.Coin) (Uint128, error) {
	if err := sdk.ValidateDenom(coin.Denom); err != nil {
		return Uint128{}, errorsmod.Wrapf(ErrDenom, "%s: %v", field, err)
	}
	amount, err := Uint128FromInt(coin.Amount)
	if err != nil {
		return amount, errorsmod.Wrap(err, field)
	}
	if amount.IsZero() {
		return amount, errorsmod.Wrapf(ErrAmount, "%s 0%s: must be at least 1", field, coin.Denom)
	}
	return amount, nil
}

func (s *SignedProof) validate(field string) error {
	if s == nil {
		return nil
	}
	if len(s.Proof) != ProofLength {
		return errorsmod.Wrapf(ErrBytes, "%s.proof has %d bytes: must have %d", field, len(s.Proof), ProofLength)
	}
	if len(s.Signature) != SignatureLength {
		return errorsmod.Wrapf(ErrSignature, "%s.signature has %d bytes: must have %d", field, len(s.Signature), SignatureLength)
	}
	if n := len(s.AckSignature); n != 0 && n != SignatureLength {
		return errorsmod.Wrapf(ErrSignature, "%s.ack_signature has %d bytes: must have %d or none", field, n, SignatureLength)
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgOpenChannel) ValidateBasic() error {
	opener, err := ParseAccount("opener", m.Opener)
	if err != nil {
		return err
	}
	partner, err := ParseAccount("partner", m.Partner)
	if err != nil {
		return err
	}
	if opener.Equals(partner) {
		return errorsmod.Wrapf(ErrSelfChannel, "opener and partner are both %s", m.Opener)
	}
	if err := m.OpenerKey.Validate(); err != nil {
		return errorsmod.Wrap(err, "opener_key")
	}
	if err := m.PartnerKey.Validate(); err != nil {
		return errorsmod.Wrap(err, "partner_key")
	}
	if m.OpenerKey.Same(m.PartnerKey) {
		return errorsmod.Wrapf(ErrSelfChannel, "opener_key and partner_key are both %s", m.OpenerKey.Text())
	}
	if _, err := CoinAmount("deposit", m.Deposit); err != nil {
		return err
	}
	if m.Guarantor == "" {
		if m.Approval != nil {
			return errorsmod.Wrap(ErrApproval, "approval: must be absent without a guarantor")
		}
		return nil
	}
	guarantor, err := ParseAccount("guarantor", m.Guarantor)
	if err != nil {
		return err
	}
	if guarantor.Equals(opener) || guarantor.Equals(partner) {
		return errorsmod.Wrapf(ErrAccount, "guarantor %s: must be neither opener nor partner", m.Guarantor)
	}
	if m.Approval == nil {
		return errorsmod.Wrapf(ErrGuarantorMissing, "approval of guarantor %s is absent", m.Guarantor)
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgDeposit) ValidateBasic() error {
	if _, err := ParseAccount("depositor", m.Depositor); err != nil {
		return err
	}
	return CheckSide("participant", m.Participant)
}

// ValidateBasic checks all that needs no state.
func (m *MsgGuaranteedDeposit) ValidateBasic() error {
	_, err := ParseAccount("submitter", m.Submitter)
	return err
}

func validateAgreement(submitter string, signatures [][]byte) error {
	if _, err := ParseAccount("submitter", submitter); err != nil {
		return err
	}
	if len(signatures) != 2 {
		return errorsmod.Wrapf(ErrSignature, "signatures has %d entries: must have 2, the opener's and the partner's", len(signatures))
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgWithdraw) ValidateBasic() error {
	if err := validateAgreement(m.Submitter, m.Signatures); err != nil {
		return err
	}
	_, err := ParseWithdraw(m.Agreement)
	return err
}

// ValidateBasic checks all that needs no state.
func (m *MsgCooperativeClose) ValidateBasic() error {
	if err := validateAgreement(m.Submitter, m.Signatures); err != nil {
		return err
	}
	_, err := ParseCooperativeClose(m.Agreement)
	return err
}

// ValidateBasic checks all that needs no state.
func (m *MsgClose) ValidateBasic() error {
	if _, err := ParseAccount("submitter", m.Submitter); err != nil {
		return err
	}
	if err := CheckSide("closer", m.Closer); err != nil {
		return err
	}
	if m.Recovering && m.Claim != nil {
		return errorsmod.Wrap(ErrRecovering, "claim: a recovering close claims nothing")
	}
	if err := m.PartnerPair.validate("partner_pair"); err != nil {
		return err
	}
	return m.Claim.validate("claim")
}

// ValidateBasic checks all that needs no state.
func (m *MsgUpdateBalanceProof) ValidateBasic() error {
	submitter, err := ParseAccount("submitter", m.Submitter)
	if err != nil {
		return err
	}
	if err := m.Pair.validate("pair"); err != nil {
		return err
	}
	if m.Delegation == nil {
		return nil
	}
	tower, err := ParseAccount("delegation.tower", m.Delegation.Tower)
	if err != nil {
		return err
	}
	if !tower.Equals(submitter) {
		return errorsmod.Wrapf(ErrDelegation, "delegation.tower %s: must be the submitter %s", m.Delegation.Tower, m.Submitter)
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgRegisterSecrets) ValidateBasic() error {
	if _, err := ParseAccount("submitter", m.Submitter); err != nil {
		return err
	}
	if n := len(m.Secrets); n < 1 || n > MaxSecrets {
		return errorsmod.Wrapf(ErrTooMany, "secrets has %d entries: must have 1 to %d", n, MaxSecrets)
	}
	for i, secret := range m.Secrets {
		if len(secret) != SecretLength {
			return errorsmod.Wrapf(ErrSecretLength, "secrets[%d] has %d bytes: must have %d", i, len(secret), SecretLength)
		}
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgUnlock) ValidateBasic() error {
	if _, err := ParseAccount("submitter", m.Submitter); err != nil {
		return err
	}
	if err := CheckSide("sender", m.Sender); err != nil {
		return err
	}
	_, err := ParseLocks(m.Locks)
	return err
}

// ValidateBasic checks all that needs no state.
func (m *MsgShowDisposals) ValidateBasic() error {
	if _, err := ParseAccount("submitter", m.Submitter); err != nil {
		return err
	}
	if err := CheckSide("sender", m.Sender); err != nil {
		return err
	}
	if n := len(m.Disposals); n < 1 || n > MaxDisposals {
		return errorsmod.Wrapf(ErrTooMany, "disposals has %d entries: must have 1 to %d", n, MaxDisposals)
	}
	for i, d := range m.Disposals {
		if len(d.Hash) != HashLength {
			return errorsmod.Wrapf(ErrBytes, "disposals[%d].hash has %d bytes: must have %d", i, len(d.Hash), HashLength)
		}
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgSettle) ValidateBasic() error {
	_, err := ParseAccount("submitter", m.Submitter)
	return err
}

// ValidateBasic checks all that needs no state.
func (m *MsgClaim) ValidateBasic() error {
	if _, err := ParseAccount("account", m.Account); err != nil {
		return err
	}
	if err := sdk.ValidateDenom(m.Denom); err != nil {
		return errorsmod.Wrapf(ErrDenom, "denom: %v", err)
	}
	if m.Recipient != "" {
		if _, err := ParseAccount("recipient", m.Recipient); err != nil {
			return err
		}
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgSetCollateralTerms) ValidateBasic() error {
	if err := validateParties(m.Guarantor, m.User); err != nil {
		return err
	}
	if err := sdk.ValidateDenom(m.Denom); err != nil {
		return errorsmod.Wrapf(ErrDenom, "denom: %v", err)
	}
	if m.MultiplierBp > maxMultiplierBP {
		return errorsmod.Wrapf(ErrCollateral, "multiplier_bp %d: must be at most %d", m.MultiplierBp, maxMultiplierBP)
	}
	return errorsmod.Wrap(m.ApprovalKey.Validate(), "approval_key")
}

// ValidateBasic checks all that needs no state.
func (m *MsgAddCollateral) ValidateBasic() error {
	if _, err := ParseAccount("payer", m.Payer); err != nil {
		return err
	}
	if err := validateParties(m.Guarantor, m.User); err != nil {
		return err
	}
	_, err := CoinAmount("amount", m.Amount)
	return err
}

// ValidateBasic checks all that needs no state.
func (m *MsgReleaseCollateral) ValidateBasic() error {
	if err := validateParties(m.Guarantor, m.User); err != nil {
		return err
	}
	_, err := CoinAmount("amount", m.Amount)
	return err
}

func validateParties(guarantor, user string) error {
	g, err := ParseAccount("guarantor", guarantor)
	if err != nil {
		return err
	}
	u, err := ParseAccount("user", user)
	if err != nil {
		return err
	}
	if g.Equals(u) {
		return errorsmod.Wrapf(ErrAccount, "guarantor and user are both %s", guarantor)
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgUpdateParams) ValidateBasic() error {
	if _, err := ParseAccount("authority", m.Authority); err != nil {
		return err
	}
	return m.Params.Validate()
}
