package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

func keyOf(c *types.Certificate) CertificateKey { return collections.Join(c.Authority, c.Terms.Serial) }

// subjectOf returns the identifier of a stored certificate's subject.
func subjectOf(c *types.Certificate) ([]byte, error) {
	did, err := types.ParseDID(c.Terms.Subject)
	return did.ID[:], err
}

// getCertificate returns a certificate by authority and serial.
func (k Keeper) getCertificate(ctx context.Context, authority types.Authority, serial uint64) (types.Certificate, error) {
	c, err := k.Certificates.Get(ctx, collections.Join(authority.Number, serial))
	if errors.Is(err, collections.ErrNotFound) {
		return c, errorsmod.Wrapf(types.ErrNoCertificate, "serial %d of %s", serial, authority.Did)
	}
	return c, err
}

// putCertificate stores a certificate, replaces old in the indexes, and counts devices.
// A nil old is a new certificate.
func (k Keeper) putCertificate(ctx context.Context, c types.Certificate, old *types.Certificate) error {
	if old != nil {
		if err := k.unindex(ctx, old); err != nil {
			return err
		}
	}
	var err error
	if c.Deadline, err = k.deadline(ctx, &c); err != nil {
		return err
	}
	return k.insert(ctx, &c)
}

// removeCertificate deletes a certificate. Its bits in the status lists stay.
func (k Keeper) removeCertificate(ctx context.Context, c types.Certificate) error {
	if err := k.unindex(ctx, &c); err != nil {
		return err
	}
	return k.Certificates.Remove(ctx, keyOf(&c))
}

// deadline is when EndBlock has to look at a certificate again: when it expires, or
// after that when it is removed.
func (k Keeper) deadline(ctx context.Context, c *types.Certificate) (int64, error) {
	switch c.Status {
	case types.CERTIFICATE_STATUS_VALID, types.CERTIFICATE_STATUS_SUSPENDED:
		return c.Terms.ValidUntil, nil
	default:
		params, err := k.Params.Get(ctx)
		return c.Terms.ValidUntil + int64(params.CertificateRetention/time.Second), err
	}
}

// insert stores a certificate that is in no index yet.
func (k Keeper) insert(ctx context.Context, c *types.Certificate) error {
	subject, err := subjectOf(c)
	if err != nil {
		return err
	}
	if err := k.Certificates.Set(ctx, keyOf(c), *c); err != nil {
		return err
	}
	if err := k.ByStatus.Set(ctx, collections.Join3(c.Authority, uint32(c.Status), c.Terms.Serial)); err != nil { //nolint:gosec // 1 to 4
		return err
	}
	if err := k.BySubject.Set(ctx, collections.Join3(subject, c.Authority, c.Terms.Serial)); err != nil {
		return err
	}
	if err := k.Deadlines.Set(ctx, collections.Join3(c.Deadline, c.Authority, c.Terms.Serial)); err != nil {
		return err
	}
	return k.count(ctx, c, subject, true)
}

func (k Keeper) unindex(ctx context.Context, c *types.Certificate) error {
	subject, err := subjectOf(c)
	if err != nil {
		return err
	}
	if err := k.ByStatus.Remove(ctx, collections.Join3(c.Authority, uint32(c.Status), c.Terms.Serial)); err != nil { //nolint:gosec // 1 to 4
		return err
	}
	if err := k.BySubject.Remove(ctx, collections.Join3(subject, c.Authority, c.Terms.Serial)); err != nil {
		return err
	}
	if err := k.Deadlines.Remove(ctx, collections.Join3(c.Deadline, c.Authority, c.Terms.Serial)); err != nil {
		return err
	}
	return k.count(ctx, c, subject, false)
}

// count keeps the number of devices: subjects with a valid device certificate, however
// many each has.
func (k Keeper) count(ctx context.Context, c *types.Certificate, subject []byte, more bool) error {
	if c.Terms.Kind != types.CERTIFICATE_KIND_DEVICE || c.Status != types.CERTIFICATE_STATUS_VALID {
		return nil
	}
	has, err := zeroIfAbsent(k.Certified.Get(ctx, subject))
	if err != nil {
		return err
	}
	devices, err := k.Devices(ctx)
	if err != nil {
		return err
	}
	switch {
	case more:
		if has == 0 {
			if err := k.DeviceCount.Set(ctx, devices+1); err != nil {
				return err
			}
		}
		return k.Certified.Set(ctx, subject, has+1)
	case has > 1:
		return k.Certified.Set(ctx, subject, has-1)
	default:
		if err := k.DeviceCount.Set(ctx, devices-1); err != nil {
			return err
		}
		return k.Certified.Remove(ctx, subject)
	}
}

// Devices is the number of DIDs of this chain with a valid device certificate. What
// became invalid with its authority counts until its validity is over.
func (k Keeper) Devices(ctx context.Context) (uint64, error) {
	return zeroIfAbsent(k.DeviceCount.Get(ctx))
}

func zeroIfAbsent(n uint64, err error) (uint64, error) {
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// certificatesOf returns all certificates of a subject that are stored, at most the
// parameter max_certificates.
func (k Keeper) certificatesOf(ctx context.Context, subject types.DID) ([]types.Certificate, error) {
	var all []types.Certificate
	err := k.BySubject.Walk(ctx, collections.NewPrefixedTripleRange[[]byte, uint32, uint64](subject.ID[:]),
		func(key collections.Triple[[]byte, uint32, uint64]) (bool, error) {
			c, err := k.Certificates.Get(ctx, collections.Join(key.K2(), key.K3()))
			all = append(all, c)
			return false, err
		})
	return all, err
}
