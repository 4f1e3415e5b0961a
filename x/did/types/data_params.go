package types

import (
	"time"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"
)

// DefaultDataParams make a stream that keeps 64 segments cost a fiftieth of a token.
// Gas is 20 per microsecond that a hash or a MAC takes, rounded up.
func DefaultDataParams() DataParams {
	return DataParams{
		SchemaFee:        sdkmath.NewInt(10_000),
		SlotFee:          sdkmath.NewInt(150),
		MaxSchemas:       16,
		MinAge:           2,
		MaxGap:           1_024,
		Early:            60,
		DisclosurePeriod: 7 * 24 * 3_600,
		GasHash:          10,
		GasMac:           100,
		MaxPrunePerBlock: 200,

		RequireCertificate: true,
	}
}

// Validate checks every parameter against its bounds.
func (p DataParams) Validate() error {
	for _, fee := range []struct {
		name  string
		value sdkmath.Int
	}{{"schema_fee", p.SchemaFee}, {"slot_fee", p.SlotFee}} {
		if fee.value.IsNil() || fee.value.IsNegative() || fee.value.BigInt().BitLen() > 128 {
			return errorsmod.Wrapf(ErrInvalidParams, "params.data.%s %s: must be 0 to 2^128-1", fee.name, fee.value)
		}
	}
	for _, bound := range []struct {
		name            string
		value, min, max uint64
	}{
		{"max_schemas", uint64(p.MaxSchemas), 1, 256},
		{"min_age", uint64(p.MinAge), 1, 100},
		{"max_gap", uint64(p.MaxGap), 1, 65_536},
		{"early", uint64(p.Early), 0, 3_600},
		{"disclosure_period", uint64(p.DisclosurePeriod), 60, 366 * 24 * 3_600},
		{"gas_hash", p.GasHash, 1, 10_000},
		{"gas_mac", p.GasMac, 1, 100_000},
		{"max_prune_per_block", uint64(p.MaxPrunePerBlock), 1, 10_000},
	} {
		if bound.value < bound.min || bound.value > bound.max {
			return errorsmod.Wrapf(ErrInvalidParams, "params.data.%s %d: must be %d to %d", bound.name, bound.value, bound.min, bound.max)
		}
	}
	return nil
}

// Fee of a stream that keeps window segments.
func (p DataParams) Fee(window uint32) sdkmath.Int {
	return p.SchemaFee.Add(p.SlotFee.MulRaw(int64(window)))
}

// EarlyBy is how long before its interval a segment may come.
func (p DataParams) EarlyBy() time.Duration { return time.Duration(p.Early) * time.Second }

// Disclosure is for how long after its release a key may come.
func (p DataParams) Disclosure() time.Duration {
	return time.Duration(p.DisclosurePeriod) * time.Second
}
