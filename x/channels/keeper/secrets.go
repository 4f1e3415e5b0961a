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
		case known.KeptUntil < until:
			if err := k.SecretExpiry.Remove(ctx, collections.Join(known.KeptUntil, hash[:])); err != nil {
				return 0, err
			}
			known.KeptUntil = until
			if err := k.setSecret(ctx, known); err != nil {
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

// revealedInTime tells whether the secret of a lock came up to its expiry.
func (k Keeper) revealedInTime(ctx context.Context, lock types.Lock) (bool, error) {
	secret, err := k.Secrets.Get(ctx, lock.Hash[:])
	if errors.Is(err, collections.ErrNotFound) {
		return false, nil
	}
	return err == nil && secret.RegisteredAt <= lock.Expiry, err
}
