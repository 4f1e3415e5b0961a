package types

import (
	errorsmod "cosmossdk.io/errors"
)

// Bounds that no parameter moves; payment nodes rely on them.
const (
	// MaxCloseValidity of a close authorisation, in seconds of the channel clock.
	MaxCloseValidity = 600
	// MaxAgreementValidity of open terms, withdraws, cooperative closes and approvals.
	MaxAgreementValidity = 3_600
	// RevealPeriod before the update phase ends: a lock lives at most challenge − this.
	RevealPeriod = 420

	day              = 24 * 3_600
	maxPeriod        = 366 * day
	maxMultiplierBP  = 100 * BasisPoints
	maxPrunePerBlock = 10_000
)

// DefaultParams are the block counts of the original Photon, at 14 s each.
func DefaultParams() Params {
	return Params{
		MaxStep:          15,
		DefaultChallenge: 8_400,
		MinChallenge:     1_800,
		MaxChallenge:     30 * day,
		UnlockPeriod:     1_800,
		EvidencePeriod:   3_600,
		RecoveryPeriod:   7 * day,
		MinBond:          NewUint128(1_000),
		BondBp:           100,
		RecoveryBondBp:   500,
		Retention:        120 * day,
		MaxPrunePerBlock: 100,
	}
}

// Validate checks every parameter against its bounds.
func (p Params) Validate() error {
	for _, period := range []struct {
		name            string
		value, min, max uint64
	}{
		{"max_step", p.MaxStep, 1, 3_600},
		{"min_challenge", p.MinChallenge, RevealPeriod + 1, p.MaxChallenge},
		{"default_challenge", p.DefaultChallenge, p.MinChallenge, p.MaxChallenge},
		{"max_challenge", p.MaxChallenge, RevealPeriod + 1, 30 * day},
		{"unlock_period", p.UnlockPeriod, 60, 30 * day},
		{"evidence_period", p.EvidencePeriod, 60, 30 * day},
		{"recovery_period", p.RecoveryPeriod, p.MinChallenge, 90 * day},
		// A secret must outlive every dispute whose lock it decides.
		{"retention", p.Retention, p.LongestDispute(), maxPeriod},
		{"max_prune_per_block", uint64(p.MaxPrunePerBlock), 1, maxPrunePerBlock},
		{"bond_bp", uint64(p.BondBp), 0, BasisPoints},
		{"recovery_bond_bp", uint64(p.RecoveryBondBp), 0, BasisPoints},
	} {
		if period.value < period.min || period.value > period.max {
			return errorsmod.Wrapf(ErrParams, "params.%s %d: must be %d to %d", period.name, period.value, period.min, period.max)
		}
	}
	if DepositCap.Less(p.MinBond) {
		return errorsmod.Wrapf(ErrParams, "params.min_bond %s: must be at most %s", p.MinBond, DepositCap)
	}
	return nil
}

// LongestDispute is how long a dispute may last, from the first close until it can be
// settled, in a channel that opens under these parameters.
func (p Params) LongestDispute() uint64 {
	return max(2*p.MaxChallenge, p.RecoveryPeriod) + p.UnlockPeriod + p.EvidencePeriod
}

// Terms of a channel that opens under these parameters.
func (p Params) Terms(challenge uint64) Terms {
	return Terms{
		Challenge:      challenge,
		UnlockPeriod:   p.UnlockPeriod,
		EvidencePeriod: p.EvidencePeriod,
		RecoveryPeriod: p.RecoveryPeriod,
		MinBond:        p.MinBond,
		BondBp:         p.BondBp,
		RecoveryBondBp: p.RecoveryBondBp,
	}
}
