package types

import (
	"bytes"
	"encoding/hex"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// IDHex returns the id in hexadecimal, as events and people show it.
func (t *Transacket) IDHex() string { return hex.EncodeToString(t.Id) }

// Validate checks a TransacKet as it is stored.
func (t *Transacket) Validate() error {
	if err := t.Source.Validate(); err != nil {
		return err
	}
	if !bytes.Equal(t.Id, t.Source.ID()) {
		return errorsmod.Wrapf(ErrSource, "id %X: must be %X, which the source gives", t.Id, t.Source.ID())
	}
	if err := validateAddress(ErrSender, "from", t.From); err != nil {
		return err
	}
	if _, err := sdk.AccAddressFromBech32(t.To); err != nil {
		return errorsmod.Wrapf(ErrReceiver, "to %q: %s", clip(t.To), err)
	}
	if err := ValidatePayment(t.Payment); err != nil {
		return err
	}
	return t.Envelope.Validate()
}
