package types

import (
	"time"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Bounds of the parameters.
const (
	// MaxMaxPrunePerBlock bounds max_prune_per_block.
	MaxMaxPrunePerBlock = 1_000
	// MinPeriod and MaxPeriod bound the periods.
	MinPeriod = time.Minute
	MaxPeriod = 366 * 24 * time.Hour
)

// DefaultParams suit a registry of towns, farms and ports: a name costs little to
// keep and a tenth of the bond to sit on for a week, and a zone is stale when
// nothing was heard of it for longer than a TransacKet's default deadline (48 h).
func DefaultParams() Params {
	return Params{
		Bond:             sdk.NewInt64Coin(DenomSMT, 100_000_000),
		Forfeit:          sdkmath.LegacyNewDecWithPrec(1, 1),
		PendingPeriod:    7 * 24 * time.Hour,
		RetiredPeriod:    21 * 24 * time.Hour,
		StaleAfter:       72 * time.Hour,
		MaxPrunePerBlock: 20,
	}
}

// Validate checks every parameter against its bounds.
func (p Params) Validate() error {
	if !p.Bond.IsValid() || !p.Bond.IsPositive() {
		return errorsmod.Wrapf(ErrInvalidParams, "params.bond %s: must be at least one unit of a denom", p.Bond)
	}
	if p.Forfeit.IsNil() || p.Forfeit.IsNegative() || p.Forfeit.GT(sdkmath.LegacyOneDec()) {
		return errorsmod.Wrapf(ErrInvalidParams, "params.forfeit %s: must be 0 to 1", p.Forfeit)
	}
	for _, period := range []struct {
		name  string
		value time.Duration
	}{
		{"pending_period", p.PendingPeriod}, {"retired_period", p.RetiredPeriod}, {"stale_after", p.StaleAfter},
	} {
		if period.value < MinPeriod || period.value > MaxPeriod {
			return errorsmod.Wrapf(ErrInvalidParams, "params.%s %s: must be %s to %s", period.name, period.value, MinPeriod, MaxPeriod)
		}
	}
	if p.MaxPrunePerBlock < 1 || p.MaxPrunePerBlock > MaxMaxPrunePerBlock {
		return errorsmod.Wrapf(ErrInvalidParams, "params.max_prune_per_block %d: must be 1 to %d", p.MaxPrunePerBlock, MaxMaxPrunePerBlock)
	}
	return nil
}
