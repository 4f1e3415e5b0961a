package types

import (
	"bytes"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// ParseAccount reads an account of this chain; field names it in errors.
func ParseAccount(field, text string) (sdk.AccAddress, error) {
	address, err := sdk.AccAddressFromBech32(text)
	if err != nil {
		return nil, errorsmod.Wrapf(ErrAccount, "%s %.100q: %s", field, text, err)
	}
	return address, nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgCreateDid) ValidateBasic() error {
	did, err := validateOperation(m.Payer, m.Did, &m.Proof)
	if err != nil {
		return err
	}
	if err := m.Document.Validate(did); err != nil {
		return err
	}
	if len(m.Document.VerificationMethods) == 0 {
		return errorsmod.Wrap(ErrIdentifier, "document.verificationMethod is empty: the first one must be the key that the identifier is derived from")
	}
	first := &m.Document.VerificationMethods[0]
	right, err := NewDID(did.Namespace, first.PublicKey)
	if err != nil {
		return err
	}
	if did != right {
		return errorsmod.Wrapf(ErrIdentifier, "did %s: the first verification method belongs to %s", did, right)
	}
	if m.Proof.Method != MethodURL(did, first.Id) {
		return errorsmod.Wrapf(ErrProof, "proof.method %s: a new DID is signed by its first verification method, %s", m.Proof.Method, MethodURL(did, first.Id))
	}
	if m.Proof.Sequence != 0 {
		return errorsmod.Wrapf(ErrSequence, "proof.sequence %d: must be 0 for a new DID", m.Proof.Sequence)
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgUpdateDid) ValidateBasic() error {
	did, err := validateOperation(m.Payer, m.Did, &m.Proof)
	if err != nil {
		return err
	}
	return m.Document.Validate(did)
}

// ValidateBasic checks all that needs no state.
func (m *MsgDeactivateDid) ValidateBasic() error {
	_, err := validateOperation(m.Payer, m.Did, &m.Proof)
	return err
}

// ValidateBasic checks all that needs no state.
func (m *MsgUpdateParams) ValidateBasic() error {
	if _, err := ParseAccount("authority", m.Authority); err != nil {
		return err
	}
	return m.Params.Validate()
}

// validateOperation checks what all signed operations have.
func validateOperation(payer, did string, proof *Proof) (DID, error) {
	if _, err := ParseAccount("payer", payer); err != nil {
		return DID{}, err
	}
	parsed, err := ParseDID(did)
	if err != nil {
		return parsed, errorsmod.Wrap(err, "did")
	}
	_, _, err = proof.Validate()
	return parsed, err
}

// SigningPayload is what the proof of a message covers besides its place.
type SigningPayload interface{ Marshal() ([]byte, error) }

// Payload returns the canonical bytes of a part of a message, which a proof covers.
func Payload(part SigningPayload) ([]byte, error) {
	bz, err := part.Marshal()
	if err != nil {
		return nil, errorsmod.Wrapf(ErrProof, "payload: %s", err)
	}
	return bytes.Clone(bz), nil
}
