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
	if err := m.Envelope.Validate(); err != nil {
		return err
	}
	if m.Channel == "" {
		if m.Timeout != nil {
			return errorsmod.Wrapf(ErrTimeout, "timeout %s: must be absent without a channel, as delivery on this chain is immediate", m.Timeout)
		}
		if _, err := sdk.AccAddressFromBech32(m.To); err != nil {
			return errorsmod.Wrapf(ErrReceiver, "to %q: must be an account of this chain (for another chain name the channel): %s", clip(m.To), err)
		}
		return nil
	}
	if err := validateChannel("channel", m.Channel); err != nil {
		return err
	}
	if m.Timeout != nil && *m.Timeout <= 0 {
		return errorsmod.Wrapf(ErrTimeout, "timeout %s: must be positive", m.Timeout)
	}
	return validateAddress(ErrReceiver, "to", m.To)
}

// ValidateBasic checks all that needs no state.
func (m *MsgAcknowledge) ValidateBasic() error { return validateBatch(m.Receiver, m.Numbers) }

// ValidateBasic checks all that needs no state.
func (m *MsgDelete) ValidateBasic() error { return validateBatch(m.Receiver, m.Numbers) }

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
