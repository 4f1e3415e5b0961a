package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"

	"github.com/meshchain/meshchain/x/did/types"
)

// checkCertificates: every certificate is sound, of a known authority and subject, and
// in its three indexes; nothing else is there; its bits in the status lists are its
// status; devices are counted right.
func (k Keeper) checkCertificates(ctx context.Context) error {
	stored := 0
	valid := make(map[string]uint64)
	err := k.Certificates.Walk(ctx, nil, func(key CertificateKey, c types.Certificate) (bool, error) {
		stored++
		if err := k.checkCertificate(ctx, key, &c); err != nil {
			return true, err
		}
		if c.Terms.Kind == types.CERTIFICATE_KIND_DEVICE && c.Status == types.CERTIFICATE_STATUS_VALID {
			valid[c.Terms.Subject]++
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	byStatus, bySubject, deadlines, counted := 0, 0, 0, uint64(0)
	err = k.ByStatus.Walk(ctx, nil, func(collections.Triple[uint32, uint32, uint64]) (bool, error) { byStatus++; return false, nil })
	if err == nil {
		err = k.BySubject.Walk(ctx, nil, func(collections.Triple[[]byte, uint32, uint64]) (bool, error) { bySubject++; return false, nil })
	}
	if err == nil {
		err = k.Deadlines.Walk(ctx, nil, func(collections.Triple[int64, uint32, uint64]) (bool, error) { deadlines++; return false, nil })
	}
	if err == nil {
		err = k.Certified.Walk(ctx, nil, func(_ []byte, n uint64) (bool, error) { counted += n; return false, nil })
	}
	if err != nil {
		return err
	}
	if byStatus != stored || bySubject != stored || deadlines != stored {
		return fmt.Errorf("%d certificates, indexed are %d by status, %d by subject, %d by deadline", stored, byStatus, bySubject, deadlines)
	}
	devices, err := k.Devices(ctx)
	if err != nil {
		return err
	}
	certificates := uint64(0)
	for _, n := range valid { //determinism:allow a sum does not depend on the order
		certificates += n
	}
	if devices != uint64(len(valid)) || counted != certificates {
		return fmt.Errorf("%d devices and %d certificates are counted, there are %d and %d", devices, counted, len(valid), certificates)
	}
	return nil
}

func (k Keeper) checkCertificate(ctx context.Context, key CertificateKey, c *types.Certificate) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if key.K1() != c.Authority || key.K2() != c.Terms.Serial {
		return fmt.Errorf("certificate %d of authority %d lies elsewhere", c.Terms.Serial, c.Authority)
	}
	authority, err := k.Authorities.Get(ctx, c.Authority)
	if err != nil || c.Terms.Serial > authority.LastSerial {
		return fmt.Errorf("certificate %d: authority %d has used %d serials: %w", c.Terms.Serial, c.Authority, authority.LastSerial, err)
	}
	subject, err := types.ParseDID(c.Terms.Subject)
	if err != nil {
		return err
	}
	if _, err := k.Record(ctx, subject); err != nil {
		return err
	}
	for _, index := range []struct {
		name string
		has  func() (bool, error)
	}{
		{"status", func() (bool, error) {
			return k.ByStatus.Has(ctx, collections.Join3(c.Authority, uint32(c.Status), c.Terms.Serial)) //nolint:gosec // validated
		}},
		{"subject", func() (bool, error) {
			return k.BySubject.Has(ctx, collections.Join3(subject.ID[:], c.Authority, c.Terms.Serial))
		}},
		{"deadline", func() (bool, error) {
			return k.Deadlines.Has(ctx, collections.Join3(c.Deadline, c.Authority, c.Terms.Serial))
		}},
	} {
		if found, err := index.has(); err != nil || !found {
			return fmt.Errorf("certificate %d of authority %d is not indexed by %s: %w", c.Terms.Serial, c.Authority, index.name, err)
		}
	}
	for _, purpose := range []types.CertificateStatus{types.CERTIFICATE_STATUS_REVOKED, types.CERTIFICATE_STATUS_SUSPENDED} {
		chunk, err := k.chunk(ctx, collections.Join3(c.Authority, uint32(purpose), uint32(c.Terms.Serial/types.ChunkBits))) //nolint:gosec // 32 bits
		if err != nil {
			return err
		}
		if types.Bit(chunk, c.Terms.Serial%types.ChunkBits) != (c.Status == purpose) {
			return fmt.Errorf("certificate %d of authority %d is %s, its bit of %s says else", c.Terms.Serial, c.Authority, c.Status.Word(), purpose.Word())
		}
	}
	return nil
}
