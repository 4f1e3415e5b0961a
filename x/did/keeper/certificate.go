package keeper

import (
	"context"
	"slices"
	"time"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// issue stores the certificates that an authority signed.
func (k Keeper) issue(ctx context.Context, msg *types.MsgIssueCertificates) error {
	authority, err := k.authenticateAuthority(ctx, types.TagIssue, msg.Issuer, &msg.Issuance, msg.Proof)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	for _, terms := range msg.Issuance.Certificates {
		if err := k.issueOne(ctx, params, &authority, terms); err != nil {
			return errorsmod.Wrapf(err, "serial %d", terms.Serial)
		}
		if err := sdkCtx.EventManager().EmitTypedEvent(&types.EventCertificateIssued{Issuer: msg.Issuer, Terms: terms}); err != nil {
			return err
		}
	}
	return k.Authorities.Set(ctx, authority.Number, authority)
}

func (k Keeper) issueOne(ctx context.Context, params types.Params, authority *types.Authority, terms types.CertificateTerms) error {
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	switch {
	case !authority.May(terms.Kind):
		return errorsmod.Wrapf(types.ErrIssuer, "%s (%s): may not issue for kind %s", authority.Did, authority.Name, terms.Kind.Word())
	case terms.Serial <= authority.LastSerial:
		return errorsmod.Wrapf(types.ErrSerial, "must be above %d, the last one of %s", authority.LastSerial, authority.Did)
	case terms.ValidUntil <= now.Unix():
		return errorsmod.Wrapf(types.ErrValidity, "valid_until %d: is over, the block's time is %d", terms.ValidUntil, now.Unix())
	}
	if err := k.checkPlace(ctx, terms.Kind); err != nil {
		return err
	}
	subject, err := types.ParseDID(terms.Subject)
	if err != nil {
		return err
	}
	if _, _, err := k.Active(ctx, subject); err != nil {
		return errorsmod.Wrap(err, "subject")
	}
	has, err := k.certificatesOf(ctx, subject)
	if err != nil {
		return err
	}
	if len(has) >= int(params.MaxCertificates) {
		return errorsmod.Wrapf(types.ErrTooMany, "%s has %d certificates: at most %d (max_certificates)", subject, len(has), params.MaxCertificates)
	}
	authority.LastSerial = terms.Serial
	return k.putCertificate(ctx, types.Certificate{
		Terms: terms, Authority: authority.Number, Status: types.CERTIFICATE_STATUS_VALID, Changed: now.Unix(),
	}, nil)
}

// checkPlace refuses device certificates on the main chain: those live on their zone
// only (000 §8.1.2).
func (k Keeper) checkPlace(ctx context.Context, kind types.CertificateKind) error {
	if kind != types.CERTIFICATE_KIND_DEVICE {
		return nil
	}
	id, err := k.zones.Identity(ctx)
	if err == nil && id.IsMain() {
		err = errorsmod.Wrap(types.ErrKind, "device certificates live on the device's zone, not on the main chain")
	}
	return err
}

// renew lets certificates hold longer.
func (k Keeper) renew(ctx context.Context, msg *types.MsgRenewCertificates) error {
	authority, err := k.authenticateAuthority(ctx, types.TagRenew, msg.Issuer, &msg.Renewal, msg.Proof)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	now := sdkCtx.BlockTime()
	for _, serial := range msg.Renewal.Serials {
		c, err := k.getCertificate(ctx, authority, serial)
		if err != nil {
			return err
		}
		switch status := c.StatusAt(now); {
		case status != types.CERTIFICATE_STATUS_VALID:
			return errorsmod.Wrapf(types.ErrCertificateStatus, "serial %d is %s: only what is valid can be renewed", serial, status.Word())
		case msg.Renewal.ValidUntil <= c.Terms.ValidUntil:
			return errorsmod.Wrapf(types.ErrValidity, "serial %d, valid_until %d: must be later than now, %d", serial, msg.Renewal.ValidUntil, c.Terms.ValidUntil)
		}
		if err := k.activeSubject(ctx, &c); err != nil {
			return err
		}
		old := c
		c.Terms.ValidUntil, c.Changed = msg.Renewal.ValidUntil, now.Unix()
		if err := k.putCertificate(ctx, c, &old); err != nil {
			return err
		}
		err = sdkCtx.EventManager().EmitTypedEvent(&types.EventCertificateRenewed{
			Issuer: msg.Issuer, Serial: serial, Subject: c.Terms.Subject, ValidUntil: c.Terms.ValidUntil,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// activeSubject refuses what concerns a subject that is deactivated.
func (k Keeper) activeSubject(ctx context.Context, c *types.Certificate) error {
	subject, err := types.ParseDID(c.Terms.Subject)
	if err != nil {
		return err
	}
	_, _, err = k.Active(ctx, subject)
	return errorsmod.Wrap(err, "subject")
}

// changeable lists from which status one may come to another.
var changeable = map[types.CertificateStatus][]types.CertificateStatus{
	types.CERTIFICATE_STATUS_SUSPENDED: {types.CERTIFICATE_STATUS_VALID},
	types.CERTIFICATE_STATUS_VALID:     {types.CERTIFICATE_STATUS_SUSPENDED},
	types.CERTIFICATE_STATUS_REVOKED:   {types.CERTIFICATE_STATUS_VALID, types.CERTIFICATE_STATUS_SUSPENDED},
}

// change suspends, resumes or revokes certificates.
func (k Keeper) change(ctx context.Context, msg *types.MsgChangeCertificates) error {
	authority, err := k.authenticateAuthority(ctx, types.TagChange, msg.Issuer, &msg.Change, msg.Proof)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	for _, serial := range msg.Change.Serials {
		c, err := k.getCertificate(ctx, authority, serial)
		if err != nil {
			return err
		}
		if is := c.StatusAt(now); !slices.Contains(changeable[msg.Change.Status], is) {
			return errorsmod.Wrapf(types.ErrCertificateStatus, "serial %d is %s: cannot become %s", serial, is.Word(), msg.Change.Status.Word())
		}
		if err := k.setStatus(ctx, authority, c, msg.Change.Status); err != nil {
			return err
		}
	}
	return nil
}

// setStatus changes the status of a certificate and its bits in the status lists.
func (k Keeper) setStatus(ctx context.Context, authority types.Authority, c types.Certificate, status types.CertificateStatus) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	old := c
	c.Status, c.Changed = status, sdkCtx.BlockTime().Unix()
	if err := k.putCertificate(ctx, c, &old); err != nil {
		return err
	}
	for _, purpose := range []types.CertificateStatus{types.CERTIFICATE_STATUS_REVOKED, types.CERTIFICATE_STATUS_SUSPENDED} {
		if (old.Status == purpose) != (status == purpose) {
			if err := k.setBit(ctx, authority.Number, purpose, c.Terms.Serial, status == purpose); err != nil {
				return err
			}
		}
	}
	return sdkCtx.EventManager().EmitTypedEvent(&types.EventCertificateChanged{
		Issuer: authority.Did, Serial: c.Terms.Serial, Subject: c.Terms.Subject, Status: status,
	})
}

// revokeAll revokes what a subject has that is deactivated: it is no device any more.
func (k Keeper) revokeAll(ctx context.Context, subject types.DID) error {
	all, err := k.certificatesOf(ctx, subject)
	if err != nil {
		return err
	}
	for _, c := range all {
		if !slices.Contains(changeable[types.CERTIFICATE_STATUS_REVOKED], c.Status) {
			continue
		}
		authority, err := k.Authorities.Get(ctx, c.Authority)
		if err != nil {
			return err
		}
		if err := k.setStatus(ctx, authority, c, types.CERTIFICATE_STATUS_REVOKED); err != nil {
			return err
		}
	}
	return nil
}

// Holds tells why a certificate cannot be relied on now; nil if it can: it is valid,
// its authority is not suspended and may still issue that kind, and the DIDs of both
// its issuer and its subject are active.
func (k Keeper) Holds(ctx context.Context, c types.Certificate) error {
	if err := c.HoldsAt(sdk.UnwrapSDKContext(ctx).BlockTime()); err != nil {
		return err
	}
	authority, err := k.Authorities.Get(ctx, c.Authority)
	if err != nil {
		return err
	}
	if authority.Suspended {
		return errorsmod.Wrapf(types.ErrIssuerSuspended, "%s (%s)", authority.Did, authority.Name)
	}
	if !authority.May(c.Terms.Kind) {
		return errorsmod.Wrapf(types.ErrIssuer, "%s (%s): may no longer issue for kind %s", authority.Did, authority.Name, c.Terms.Kind.Word())
	}
	issuer, err := types.ParseDID(authority.Did)
	if err != nil {
		return err
	}
	if _, _, err := k.Active(ctx, issuer); err != nil {
		return errorsmod.Wrap(err, "issuer")
	}
	return k.activeSubject(ctx, &c)
}

// best returns the certificate of a kind of a subject that holds, or else the newest
// with the reason why it does not. Without any, found is false.
func (k Keeper) best(ctx context.Context, subject types.DID, kind types.CertificateKind) (c types.Certificate, found bool, reason error, err error) {
	all, err := k.certificatesOf(ctx, subject)
	if err != nil {
		return c, false, nil, err
	}
	for _, candidate := range all {
		if candidate.Terms.Kind != kind {
			continue
		}
		why := k.Holds(ctx, candidate)
		if why == nil {
			return candidate, true, nil, nil
		}
		if !found || candidate.Changed >= c.Changed {
			c, found, reason = candidate, true, why
		}
	}
	return c, found, reason, nil
}

// Certify returns nil if did has a certificate of that kind that holds here and now:
// one of this chain, or, for a DID of another zone, what that zone told about it.
func (k Keeper) Certify(ctx context.Context, did types.DID, kind types.CertificateKind) error {
	namespace, err := k.Namespace(ctx)
	if err != nil {
		return err
	}
	if did.Namespace != namespace {
		visitor, err := k.visitor(ctx, did)
		if err != nil {
			return err
		}
		return visitor.Holds(kind, sdk.UnwrapSDKContext(ctx).BlockTime())
	}
	_, found, reason, err := k.best(ctx, did, kind)
	switch {
	case err != nil:
		return err
	case !found:
		return errorsmod.Wrapf(types.ErrNotCertified, "%s: has no %s certificate", did, kind.Word())
	case reason != nil:
		return errorsmod.Wrapf(types.ErrNotCertified, "%s: %s", did, reason)
	}
	return nil
}

// status of a certificate as it is now, for those who ask.
func (k Keeper) info(ctx context.Context, c types.Certificate, now time.Time) (types.CertificateInfo, error) {
	authority, err := k.Authorities.Get(ctx, c.Authority)
	if err != nil {
		return types.CertificateInfo{}, err
	}
	info := types.CertificateInfo{Issuer: authority.Did, Certificate: c, Status: c.StatusAt(now)}
	if why := k.Holds(ctx, c); why != nil {
		info.Reason = why.Error()
	} else {
		info.Holds = true
	}
	return info, nil
}
