package types

import (
	"strings"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Validate checks a price list by itself; how long it may be is a parameter.
func (l *PriceList) Validate() error {
	if _, err := sdk.AccAddressFromBech32(l.Account); err != nil {
		return errorsmod.Wrapf(ErrPriceList, "account %q: %s", clip(l.Account), err)
	}
	if n := len(l.Prices); n > MaxMaxPrices {
		return errorsmod.Wrapf(ErrPriceList, "prices has %d entries: must have at most the parameter max_prices, never above %d", n, MaxMaxPrices)
	}
	type kind struct{ prefix, denom string }
	seen := make(map[kind]struct{}, len(l.Prices))
	for i, price := range l.Prices {
		if err := ValidateTopic(price.TopicPrefix); err != nil {
			return errorsmod.Wrapf(ErrPriceList, "prices[%d].topic_prefix %q: must be as a topic: %s", i, clip(price.TopicPrefix), err)
		}
		if err := ValidatePayment(price.Minimum); err != nil {
			return errorsmod.Wrapf(ErrPriceList, "prices[%d].minimum %s: must be at least one unit of a denom: %s", i, price.Minimum, err)
		}
		k := kind{price.TopicPrefix, price.Minimum.Denom}
		if _, twice := seen[k]; twice {
			return errorsmod.Wrapf(ErrPriceList, "prices[%d] is the second for topic prefix %q in %s: must be one", i, k.prefix, k.denom)
		}
		seen[k] = struct{}{}
	}
	return nil
}

// Check tells whether a payment meets the prices for a topic. Of all prefixes of
// the topic the longest counts; its prices, in several denoms, are alternatives. A
// topic without a price takes every payment.
func (l *PriceList) Check(topic string, payment sdk.Coin) error {
	longest := -1
	for _, price := range l.Prices {
		if n := len(price.TopicPrefix); n > longest && strings.HasPrefix(topic, price.TopicPrefix) {
			longest = n
		}
	}
	if longest < 0 {
		return nil
	}
	var due []string
	for _, price := range l.Prices {
		if price.TopicPrefix != topic[:longest] {
			continue
		}
		if price.Minimum.Denom == payment.Denom && payment.Amount.GTE(price.Minimum.Amount) {
			return nil
		}
		due = append(due, price.Minimum.String())
	}
	return errorsmod.Wrapf(ErrPrice, "payment %s for topic %q: %s asks for at least %s", payment, topic, l.Account, strings.Join(due, " or "))
}
