package types

import (
	"bytes"
	"encoding/hex"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// IDHex returns the id in hexadecimal, as events and people show it.
func (t *Transacket) IDHex() string { return hex.EncodeToString(t.Id) }

// Validate checks a TransacKet as it is stored.
func (t *Transacket) Validate() error {
	if err := t.Source.Validate(); err != nil {
		return err
	}
	if t.Receipt != nil {
		return t.validateReceipt()
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

// NewReceipt returns the inbox entry, without number and times, that tells the
// sender of a TransacKet what became of it.
func NewReceipt(source Source, sender sdk.AccAddress, to, topic string, payment sdk.Coin, ack TransacketAck) Transacket {
	id := source.ID()
	t := Transacket{
		Id: ReceiptID(id), From: to, Source: source, To: sender.String(),
		Payment:  sdk.Coin{Denom: payment.Denom, Amount: math.ZeroInt()},
		Envelope: Envelope{Topic: topic, Thread: id}, Receipt: &ack,
	}
	if len(ack.Reply) > 0 {
		t.Envelope.Body = &Envelope_Inband{Inband: ack.Reply}
	}
	return t
}

// validateReceipt checks an entry that is a receipt; the source is checked already.
func (t *Transacket) validateReceipt() error {
	if err := t.Receipt.Validate(); err != nil {
		return err
	}
	if id := t.Source.ID(); !bytes.Equal(t.Envelope.Thread, id) || !bytes.Equal(t.Id, ReceiptID(id)) {
		return errorsmod.Wrapf(ErrReceipt, "id %X on thread %X: must be the receipt for %X, which the source gives", t.Id, t.Envelope.Thread, id)
	}
	if _, err := sdk.AccAddressFromBech32(t.To); err != nil {
		return errorsmod.Wrapf(ErrReceiver, "to %q: %s", clip(t.To), err)
	}
	if t.Payment.Amount.IsNil() || !t.Payment.Amount.IsZero() {
		return errorsmod.Wrapf(ErrPayment, "payment %s: a receipt has none", t.Payment)
	}
	if !bytes.Equal(t.Envelope.GetInband(), t.Receipt.Reply) {
		return errorsmod.Wrap(ErrBody, "envelope.inband: must be the reply")
	}
	return ValidateTopic(t.Envelope.Topic)
}
