package types

import (
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
)

// MaxAddress is the longest address of another chain, in bytes.
const MaxAddress = 128

var (
	_ sdk.HasValidateBasic = (*MsgSend)(nil)
	_ sdk.HasValidateBasic = (*MsgAcknowledge)(nil)
	_ sdk.HasValidateBasic = (*MsgDelete)(nil)
	_ sdk.HasValidateBasic = (*MsgSetPrices)(nil)
	_ sdk.HasValidateBasic = (*MsgClaim)(nil)
	_ sdk.HasValidateBasic = (*MsgExpire)(nil)
	_ sdk.HasValidateBasic = (*MsgRegisterContent)(nil)
	_ sdk.HasValidateBasic = (*MsgRegisterRoot)(nil)
	_ sdk.HasValidateBasic = (*MsgReleaseStranded)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateParams)(nil)
)

// ValidateBasic checks all that needs no state.
func (m *MsgSend) ValidateBasic() error {
	if _, err := sdk.AccAddressFromBech32(m.Sender); err != nil {
		return errorsmod.Wrapf(ErrSender, "sender %q: %s", clip(m.Sender), err)
	}
	if err := ValidatePayment(m.Payment); err != nil {
		return err
	}
	if err := validateAddress(ErrReceiver, "to", m.To); err != nil {
		return err
	}
	if m.Channel != "" {
		if err := validateChannel("channel", m.Channel); err != nil {
			return err
		}
	}
	if err := m.validateTimeout(); err != nil {
		return err
	}
	envelope := m.Envelope
	if envelope.Deadline == 0 && (m.Timeout != nil || m.Leaves()) {
		envelope.Deadline = 1 // the chain fills it in
	}
	if err := envelope.Validate(); err != nil {
		return err
	}
	if envelope.Origin != nil {
		return errorsmod.Wrap(ErrOrigin, "envelope.origin: must be absent; only the main chain sets it, on what it passes on")
	}
	return nil
}

// Leaves tells whether the TransacKet is for another chain.
func (m *MsgSend) Leaves() bool { return m.Channel != "" || m.Envelope.Zone != "" }

func (m *MsgSend) validateTimeout() error {
	switch {
	case m.Timeout == nil:
		return nil
	case *m.Timeout <= 0:
		return errorsmod.Wrapf(ErrTimeout, "timeout %s: must be positive", m.Timeout)
	case m.Envelope.Deadline != 0:
		return errorsmod.Wrapf(ErrTimeout, "timeout %s: must be absent if the envelope has a deadline", m.Timeout)
	case !m.Leaves() && !m.Envelope.Locked():
		return errorsmod.Wrapf(ErrTimeout, "timeout %s: must be absent without a channel or a hash lock, as delivery on this chain is immediate", m.Timeout)
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgAcknowledge) ValidateBasic() error { return validateBatch(m.Receiver, m.Numbers) }

// ValidateBasic checks all that needs no state.
func (m *MsgDelete) ValidateBasic() error { return validateBatch(m.Receiver, m.Numbers) }

// ValidateBasic checks all that needs no state.
func (m *MsgSetPrices) ValidateBasic() error {
	list := PriceList{Account: m.Account, Prices: m.Prices}
	return list.Validate()
}

// ValidateBasic checks all that needs no state.
func (m *MsgClaim) ValidateBasic() error {
	if n := len(m.Preimage); n != PreimageLength {
		return errorsmod.Wrapf(ErrPreimage, "preimage has %d bytes: must have %d", n, PreimageLength)
	}
	return validateSignerAndID(m.Signer, m.Id)
}

// ValidateBasic checks all that needs no state.
func (m *MsgExpire) ValidateBasic() error { return validateSignerAndID(m.Signer, m.Id) }

// ValidateBasic checks all that needs no state.
func (m *MsgRegisterContent) ValidateBasic() error {
	if m.Size_ == 0 {
		return errorsmod.Wrap(ErrContent, "size is 0: must be the length of the content in bytes, at least 1")
	}
	c := Content{Owner: m.Owner, Sha256: m.Sha256, Size_: m.Size_, MediaType: m.MediaType}
	return c.Validate()
}

// ValidateBasic checks all that needs no state.
func (m *MsgRegisterRoot) ValidateBasic() error {
	if m.Leaves == 0 {
		return errorsmod.Wrap(ErrContent, "leaves is 0: must be how many contents the tree has, at least 1")
	}
	c := Content{Owner: m.Owner, Sha256: m.Root, Leaves: m.Leaves, MediaType: m.MediaType}
	return c.Validate()
}

// ValidateBasic checks all that needs no state.
func (m *MsgReleaseStranded) ValidateBasic() error {
	if _, err := sdk.AccAddressFromBech32(m.To); err != nil {
		return errorsmod.Wrapf(ErrReceiver, "to %q: %s", clip(m.To), err)
	}
	if _, err := sdk.AccAddressFromBech32(m.Authority); err != nil {
		return errorsmod.Wrapf(ErrAuthority, "authority %q: %s", clip(m.Authority), err)
	}
	return validateID(m.Id)
}

func validateSignerAndID(signer string, id []byte) error {
	if _, err := sdk.AccAddressFromBech32(signer); err != nil {
		return errorsmod.Wrapf(ErrSender, "signer %q: %s", clip(signer), err)
	}
	return validateID(id)
}

func validateID(id []byte) error {
	if n := len(id); n != IDLength {
		return errorsmod.Wrapf(ErrNoHold, "id has %d bytes: must have %d", n, IDLength)
	}
	return nil
}

// ValidateBasic checks all that needs no state.
func (m *MsgUpdateParams) ValidateBasic() error {
	if _, err := sdk.AccAddressFromBech32(m.Authority); err != nil {
		return errorsmod.Wrapf(ErrAuthority, "authority %q: %s", clip(m.Authority), err)
	}
	return m.Params.Validate()
}

// ValidatePayment checks that a coin can be a TransacKet's payment.
func ValidatePayment(coin sdk.Coin) error {
	if err := sdk.ValidateDenom(coin.Denom); err != nil {
		return errorsmod.Wrapf(ErrPayment, "payment: %s", err)
	}
	if coin.Amount.IsNil() || !coin.Amount.IsPositive() {
		return errorsmod.Wrapf(ErrPayment, "payment %s: must be at least 1%s; a message travels with a payment", coin, coin.Denom)
	}
	return nil
}

func validateBatch(receiver string, numbers []uint64) error {
	if _, err := sdk.AccAddressFromBech32(receiver); err != nil {
		return errorsmod.Wrapf(ErrReceiver, "receiver %q: %s", clip(receiver), err)
	}
	if n := len(numbers); n < 1 || n > MaxMaxBatch {
		return errorsmod.Wrapf(ErrBatch, "numbers has %d entries: must have 1 to the parameter max_batch, never above %d", n, MaxMaxBatch)
	}
	sorted := slices.Sorted(slices.Values(numbers))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return errorsmod.Wrapf(ErrBatch, "number %d is given twice: must be given once", sorted[i])
		}
	}
	return nil
}

// validateAddress checks an address of another chain, whose format is not ours.
func validateAddress(kind *errorsmod.Error, field, address string) error {
	if address == "" || len(address) > MaxAddress || !printable(address) {
		return errorsmod.Wrapf(kind, "%s %q: must be 1 to %d bytes of printable ASCII without spaces", field, clip(address), MaxAddress)
	}
	return nil
}

func validateChannel(field, channel string) error {
	if err := host.ChannelIdentifierValidator(channel); err != nil {
		return errorsmod.Wrapf(ErrChannel, "%s %q: must be a channel identifier such as channel-0: %s", field, clip(channel), err)
	}
	return nil
}
