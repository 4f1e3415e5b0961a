package keeper

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"cosmossdk.io/collections"

	"github.com/meshchain/meshchain/x/channels/types"
)

// registerSecrets puts preimages on record with the clock they came at. One that is
// there keeps its time, and is kept for another retention from now: whoever learns a
// secret must be able to rely on it for a whole dispute, however old it is.
func (k Keeper) registerSecrets(ctx context.Context, secrets [][]byte) (uint64, error) {
	clock, err := k.Clock(ctx)
	if err != nil {
		return 0, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	until := clock + params.Retention
	for _, secret := range secrets {
		hash := sha256.Sum256(secret)
		known, err := k.Secrets.Get(ctx, hash[:])
		switch {
		case errors.Is(err, collections.ErrNotFound):
			if err := k.setSecret(ctx, types.Secret{Secret: secret, RegisteredAt: clock, KeptUntil: until}); err != nil {
				return 0, err
			}
			if err := emit(ctx, &types.EventSecretRegistered{
				Hash: hex.EncodeToString(hash[:]), Secret: hex.EncodeToString(secret), RegisteredAt: clock,
			}); err != nil {
				return 0, err
			}
		case err != nil:
			return 0, err
		default:
			if err := k.keepSecret(ctx, known, until); err != nil {
				return 0, err
			}
		}
	}
	return clock, nil
}

func (k Keeper) setSecret(ctx context.Context, secret types.Secret) error {
	hash := sha256.Sum256(secret.Secret)
	if err := k.SecretExpiry.Set(ctx, collections.Join(secret.KeptUntil, hash[:])); err != nil {
		return err
	}
	return k.Secrets.Set(ctx, hash[:], secret)
}

// keepSecret lets a secret be forgotten no earlier than until.
func (k Keeper) keepSecret(ctx context.Context, secret types.Secret, until uint64) error {
	if secret.KeptUntil >= until {
		return nil
	}
	hash := sha256.Sum256(secret.Secret)
	if err := k.SecretExpiry.Remove(ctx, collections.Join(secret.KeptUntil, hash[:])); err != nil {
		return err
	}
	secret.KeptUntil = until
	return k.setSecret(ctx, secret)
}

// revealedInTime tells whether the secret of a lock came up to its expiry. If so, it is
// kept at least until then: who pays by it here must be able to be paid by it in
// another channel, whose dispute may only begin.
func (k Keeper) revealedInTime(ctx context.Context, lock types.Lock, until uint64) (bool, error) {
	secret, err := k.Secrets.Get(ctx, lock.Hash[:])
	if errors.Is(err, collections.ErrNotFound) {
		return false, nil
	}
	if err != nil || secret.RegisteredAt > lock.Expiry {
		return false, err
	}
	return true, k.keepSecret(ctx, secret, until)
}
