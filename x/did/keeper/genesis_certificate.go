package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/meshchain/meshchain/x/did/types"
)

func (k Keeper) initCertificates(ctx context.Context, gs *types.GenesisState) error {
	if err := k.NextAuthority.Set(ctx, gs.NextAuthority); err != nil {
		return err
	}
	for _, a := range gs.Authorities {
		did, err := types.ParseDID(a.Did)
		if err != nil {
			return err
		}
		if err := k.Local(ctx, did); err != nil {
			return err
		}
		if err := k.AuthorityNumbers.Set(ctx, did.ID[:], a.Number); err != nil {
			return err
		}
		if err := k.Authorities.Set(ctx, a.Number, a); err != nil {
			return err
		}
	}
	for i := range gs.Certificates {
		if err := k.insert(ctx, &gs.Certificates[i]); err != nil {
			return err
		}
	}
	for _, c := range gs.StatusChunks {
		if err := k.StatusChunks.Set(ctx, collections.Join3(c.Authority, uint32(c.Purpose), c.Index), c.Bits); err != nil { //nolint:gosec // validated
			return err
		}
	}
	for _, a := range gs.Attestations {
		subject, err := types.ParseDID(a.Terms.Subject)
		if err != nil {
			return err
		}
		if err := k.putAttestation(ctx, subject, a); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) exportCertificates(ctx context.Context, gs *types.GenesisState) error {
	var err error
	if gs.NextAuthority, err = k.NextAuthority.Get(ctx); err != nil {
		return err
	}
	return errors.Join(
		k.Authorities.Walk(ctx, nil, func(_ uint32, a types.Authority) (bool, error) {
			gs.Authorities = append(gs.Authorities, a)
			return false, nil
		}),
		k.Certificates.Walk(ctx, nil, func(_ CertificateKey, c types.Certificate) (bool, error) {
			gs.Certificates = append(gs.Certificates, c)
			return false, nil
		}),
		k.StatusChunks.Walk(ctx, nil, func(key ChunkKey, bits []byte) (bool, error) {
			gs.StatusChunks = append(gs.StatusChunks, types.StatusChunk{
				Authority: key.K1(), Purpose: types.CertificateStatus(key.K2()), Index: key.K3(), Bits: bytes.Clone(bits), //nolint:gosec // 2 or 3
			})
			return false, nil
		}),
		k.Attestations.Walk(ctx, nil, func(_ AttestationKey, a types.Attestation) (bool, error) {
			gs.Attestations = append(gs.Attestations, a)
			return false, nil
		}),
		k.Visitors.Walk(ctx, nil, func(_ string, v types.Visitor) (bool, error) {
			gs.Visitors = append(gs.Visitors, v)
			return false, nil
		}),
		k.Inquiries.Walk(ctx, nil, func(_ InquiryKey, q types.Inquiry) (bool, error) {
			gs.Inquiries = append(gs.Inquiries, q)
			return false, nil
		}),
	)
}
