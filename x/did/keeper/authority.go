package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// setAuthority registers an authority, or changes it. Governance may, and on a zone the
// owner that genesis names: the zone's operator.
func (k Keeper) setAuthority(ctx context.Context, msg *types.MsgSetAuthority) (uint32, error) {
	if msg.Signer != k.authority {
		owner, err := k.zones.ZoneOwner(ctx)
		if err != nil {
			return 0, err
		}
		if msg.Signer != owner {
			return 0, errorsmod.Wrapf(types.ErrAuthority, "signer %s: must be governance (%s) or, on a zone, the owner that its genesis names", msg.Signer, k.authority)
		}
	}
	did, err := types.ParseDID(msg.Did)
	if err != nil {
		return 0, err
	}
	if err := k.Local(ctx, did); err != nil {
		return 0, err
	}
	authority := types.Authority{}
	number, err := k.AuthorityNumbers.Get(ctx, did.ID[:])
	switch {
	case errors.Is(err, collections.ErrNotFound):
		if number, err = k.NextAuthority.Get(ctx); err != nil {
			return 0, err
		}
		if err := k.NextAuthority.Set(ctx, number+1); err != nil {
			return 0, err
		}
		if err := k.AuthorityNumbers.Set(ctx, did.ID[:], number); err != nil {
			return 0, err
		}
	case err != nil:
		return 0, err
	default:
		if authority, err = k.Authorities.Get(ctx, number); err != nil {
			return 0, err
		}
	}
	authority.Number, authority.Did, authority.Kinds = number, msg.Did, msg.Kinds
	authority.Name, authority.Suspended = msg.Name, msg.Suspended
	if err := k.Authorities.Set(ctx, number, authority); err != nil {
		return 0, err
	}
	return number, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventAuthoritySet{Authority: authority, By: msg.Signer})
}

// AuthorityOf returns the authority with that DID, suspended or not.
func (k Keeper) AuthorityOf(ctx context.Context, did types.DID) (types.Authority, error) {
	if err := k.Local(ctx, did); err != nil {
		return types.Authority{}, err
	}
	number, err := k.AuthorityNumbers.Get(ctx, did.ID[:])
	if errors.Is(err, collections.ErrNotFound) {
		return types.Authority{}, errorsmod.Wrapf(types.ErrIssuer, "%s: is no authority of this chain", did)
	}
	if err != nil {
		return types.Authority{}, err
	}
	return k.Authorities.Get(ctx, number)
}

// authenticateAuthority checks that an authority which is not suspended signed an
// operation, and counts the operation.
func (k Keeper) authenticateAuthority(ctx context.Context, tag types.Tag, did string, part types.SigningPayload, proof types.Proof) (types.Authority, error) {
	issuer, err := types.ParseDID(did)
	if err != nil {
		return types.Authority{}, err
	}
	authority, err := k.AuthorityOf(ctx, issuer)
	if err != nil {
		return authority, err
	}
	if authority.Suspended {
		return authority, errorsmod.Wrapf(types.ErrIssuerSuspended, "%s (%s)", authority.Did, authority.Name)
	}
	payload, err := types.Payload(part)
	if err != nil {
		return authority, err
	}
	return authority, k.Authenticate(ctx, tag, issuer, types.RELATIONSHIP_ASSERTION_METHOD, payload, proof)
}
