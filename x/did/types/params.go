package types

import (
	"time"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"
)

// Bounds of the parameters.
const (
	MinSignatureGas   = 100
	MaxSignatureGas   = 1_000_000
	MinDocumentBytes  = 256
	MaxDocumentBytes  = 16_384
	MinVersions       = 2
	MaxVersions       = 10_000
	MaxCertificates   = 100
	MaxExpirePerBlock = 1_000
	MinPeriod         = time.Minute
	MaxPeriod         = 366 * 24 * time.Hour
	MaxRetention      = 10 * MaxPeriod
)

// DefaultParams make a DID cost a tenth of a token, half of it burnt: nothing for a
// device, much for a million of them (000 §7.1). Gas is 20 per microsecond that a
// signature takes.
func DefaultParams() Params {
	return Params{
		CreateFee:        sdkmath.NewInt(100_000),
		UpdateFee:        sdkmath.NewInt(20_000),
		BurnFraction:     sdkmath.LegacyNewDecWithPrec(5, 1),
		GasEd25519:       1_000,
		GasSecp256K1:     1_000,
		GasP256:          1_500,
		MaxDocumentBytes: 4_096,
		MaxVersions:      256,

		MaxCertificates:      16,
		CertificateRetention: 30 * 24 * time.Hour,
		VisitorValidity:      24 * time.Hour,
		MaxExpirePerBlock:    100,

		Data: DefaultDataParams(),
	}
}

// Validate checks every parameter against its bounds.
func (p Params) Validate() error {
	for _, fee := range []struct {
		name  string
		value sdkmath.Int
	}{{"create_fee", p.CreateFee}, {"update_fee", p.UpdateFee}} {
		if fee.value.IsNil() || fee.value.IsNegative() || fee.value.BigInt().BitLen() > 128 {
			return errorsmod.Wrapf(ErrInvalidParams, "params.%s %s: must be 0 to 2^128-1", fee.name, fee.value)
		}
	}
	if p.BurnFraction.IsNil() || p.BurnFraction.IsNegative() || p.BurnFraction.GT(sdkmath.LegacyOneDec()) {
		return errorsmod.Wrapf(ErrInvalidParams, "params.burn_fraction %s: must be 0 to 1", p.BurnFraction)
	}
	for _, bound := range []struct {
		name            string
		value, min, max uint64
	}{
		{"gas_ed25519", p.GasEd25519, MinSignatureGas, MaxSignatureGas},
		{"gas_secp256k1", p.GasSecp256K1, MinSignatureGas, MaxSignatureGas},
		{"gas_p256", p.GasP256, MinSignatureGas, MaxSignatureGas},
		{"max_document_bytes", uint64(p.MaxDocumentBytes), MinDocumentBytes, MaxDocumentBytes},
		{"max_versions", uint64(p.MaxVersions), MinVersions, MaxVersions},
		{"max_certificates", uint64(p.MaxCertificates), 1, MaxCertificates},
		{"max_expire_per_block", uint64(p.MaxExpirePerBlock), 1, MaxExpirePerBlock},
	} {
		if bound.value < bound.min || bound.value > bound.max {
			return errorsmod.Wrapf(ErrInvalidParams, "params.%s %d: must be %d to %d", bound.name, bound.value, bound.min, bound.max)
		}
	}
	for _, period := range []struct {
		name       string
		value, max time.Duration
	}{{"certificate_retention", p.CertificateRetention, MaxRetention}, {"visitor_validity", p.VisitorValidity, MaxPeriod}} {
		if period.value < MinPeriod || period.value > period.max {
			return errorsmod.Wrapf(ErrInvalidParams, "params.%s %s: must be %s to %s", period.name, period.value, MinPeriod, period.max)
		}
	}
	return p.Data.Validate()
}

// SignatureGas is what checking a signature of that key type costs.
func (p Params) SignatureGas(t KeyType) uint64 {
	switch t {
	case KEY_TYPE_ED25519:
		return p.GasEd25519
	case KEY_TYPE_SECP256K1:
		return p.GasSecp256K1
	default:
		return p.GasP256
	}
}

// NoFees is the total at genesis.
func NoFees() Fees {
	return Fees{Paid: sdkmath.ZeroInt(), Burnt: sdkmath.ZeroInt(), Collected: sdkmath.ZeroInt()}
}

// Validate checks that nothing is lost: paid = burnt + collected.
func (f Fees) Validate() error {
	for _, total := range []struct {
		name  string
		value sdkmath.Int
	}{{"paid", f.Paid}, {"burnt", f.Burnt}, {"collected", f.Collected}} {
		if total.value.IsNil() || total.value.IsNegative() {
			return errorsmod.Wrapf(ErrGenesis, "fees.%s %s: must be 0 or more", total.name, total.value)
		}
	}
	if !f.Paid.Equal(f.Burnt.Add(f.Collected)) {
		return errorsmod.Wrapf(ErrGenesis, "fees.paid %s: must be burnt %s + collected %s", f.Paid, f.Burnt, f.Collected)
	}
	return nil
}
