package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// attest stores a verifier's result about evidence of a subject, in place of its last
// one. The chain checks who says so, not the evidence.
func (k Keeper) attest(ctx context.Context, msg *types.MsgAttest) error {
	authority, err := k.authenticateAuthority(ctx, types.TagAttest, msg.Verifier, &msg.Attestation, msg.Proof)
	if err != nil {
		return err
	}
	if !authority.May(types.CERTIFICATE_KIND_TEE) {
		return errorsmod.Wrapf(types.ErrIssuer, "%s (%s): only an authority for kind tee attests", authority.Did, authority.Name)
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	terms := msg.Attestation
	if now := sdkCtx.BlockTime().Unix(); terms.ValidUntil <= now {
		return errorsmod.Wrapf(types.ErrValidity, "attestation.valid_until %d: is over, the block's time is %d", terms.ValidUntil, now)
	}
	subject, err := types.ParseDID(terms.Subject)
	if err != nil {
		return err
	}
	if _, _, err := k.Active(ctx, subject); err != nil {
		return errorsmod.Wrap(err, "subject")
	}
	key := collections.Join(subject.ID[:], authority.Number)
	if old, err := k.Attestations.Get(ctx, key); err == nil {
		if err := k.AttestationDeadlines.Remove(ctx, collections.Join3(old.Terms.ValidUntil, subject.ID[:], authority.Number)); err != nil {
			return err
		}
	} else if !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if err := k.putAttestation(ctx, subject, types.Attestation{Terms: terms, Authority: authority.Number, Time: sdkCtx.BlockTime().UTC()}); err != nil {
		return err
	}
	return sdkCtx.EventManager().EmitTypedEvent(&types.EventAttested{Verifier: msg.Verifier, Terms: terms})
}

func (k Keeper) putAttestation(ctx context.Context, subject types.DID, a types.Attestation) error {
	if err := k.Attestations.Set(ctx, collections.Join(subject.ID[:], a.Authority), a); err != nil {
		return err
	}
	return k.AttestationDeadlines.Set(ctx, collections.Join3(a.Terms.ValidUntil, subject.ID[:], a.Authority))
}

// AttestationsOf returns the results about a subject that are not over.
func (k Keeper) AttestationsOf(ctx context.Context, subject types.DID) ([]types.Attestation, error) {
	now := sdk.UnwrapSDKContext(ctx).BlockTime().Unix()
	var all []types.Attestation
	err := k.Attestations.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint32](subject.ID[:]),
		func(_ AttestationKey, a types.Attestation) (bool, error) {
			if a.Terms.ValidUntil > now {
				all = append(all, a)
			}
			return len(all) >= types.MaxCertificates, nil
		})
	return all, err
}
