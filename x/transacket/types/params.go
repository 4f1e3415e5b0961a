package types

import (
	"time"

	errorsmod "cosmossdk.io/errors"
)

// Bounds of the parameters.
const (
	MaxMaxInbox         = 100_000
	MaxMaxBatch         = 1_000
	MaxMaxPrunePerBlock = 10_000
	MaxMaxPrices        = 100
	MaxMaxHeld          = 1_000
	MinHookGasLimit     = 10_000
	MaxHookGasLimit     = 50_000_000

	// MinPeriod and MaxPeriod bound retention and max_timeout.
	MinPeriod = time.Minute
	MaxPeriod = 366 * 24 * time.Hour
	// MaxContentRetention bounds content_retention.
	MaxContentRetention = 3660 * 24 * time.Hour
)

// DefaultParams suits a chain of five-second blocks: what is read within a month
// is kept, and a zone that is away for a day loses no TransacKet.
func DefaultParams() Params {
	return Params{
		MaxInbox:         1_000,
		MaxBatch:         100,
		MaxPrunePerBlock: 100,
		Retention:        30 * 24 * time.Hour,
		DefaultTimeout:   48 * time.Hour,
		MaxTimeout:       7 * 24 * time.Hour,
		MaxPrices:        16,
		MaxHeld:          100,
		HookGasLimit:     1_000_000,
		ContentRetention: 366 * 24 * time.Hour,
	}
}

// Validate checks every parameter against its bounds.
func (p Params) Validate() error {
	for _, number := range []struct {
		name       string
		value, max uint32
	}{
		{"max_inbox", p.MaxInbox, MaxMaxInbox},
		{"max_batch", p.MaxBatch, MaxMaxBatch},
		{"max_prune_per_block", p.MaxPrunePerBlock, MaxMaxPrunePerBlock},
		{"max_prices", p.MaxPrices, MaxMaxPrices},
		{"max_held", p.MaxHeld, MaxMaxHeld},
	} {
		if number.value < 1 || number.value > number.max {
			return errorsmod.Wrapf(ErrParams, "params.%s %d: must be 1 to %d", number.name, number.value, number.max)
		}
	}
	if err := validatePeriod("retention", p.Retention, MaxPeriod); err != nil {
		return err
	}
	if err := validatePeriod("max_timeout", p.MaxTimeout, MaxPeriod); err != nil {
		return err
	}
	if err := validatePeriod("content_retention", p.ContentRetention, MaxContentRetention); err != nil {
		return err
	}
	if p.HookGasLimit < MinHookGasLimit || p.HookGasLimit > MaxHookGasLimit {
		return errorsmod.Wrapf(ErrParams, "params.hook_gas_limit %d: must be %d to %d", p.HookGasLimit, MinHookGasLimit, MaxHookGasLimit)
	}
	if p.DefaultTimeout <= 0 || p.DefaultTimeout > p.MaxTimeout {
		return errorsmod.Wrapf(ErrParams, "params.default_timeout %s: must be positive and at most max_timeout %s", p.DefaultTimeout, p.MaxTimeout)
	}
	return nil
}

func validatePeriod(name string, value, most time.Duration) error {
	if value < MinPeriod || value > most {
		return errorsmod.Wrapf(ErrParams, "params.%s %s: must be %s to %s", name, value, MinPeriod, most)
	}
	return nil
}
