package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// BeginBlock notes whether the last block was decided in time for its segments. It
// never fails a block: an error means that state is corrupt, which is logged.
func (k Keeper) BeginBlock(ctx context.Context) error {
	return k.guarded(ctx, "late segments are not noticed", func(ctx context.Context, _ types.Params) error {
		return k.sealCommits(ctx)
	})
}

// EndBlock expires and removes what is over, at most so many entries of each kind as
// the parameters say. Certificates and data do not stop each other.
func (k Keeper) EndBlock(ctx context.Context) error {
	return errors.Join(
		k.guarded(ctx, "certificates do not expire", k.expire),
		k.guarded(ctx, "questions are not forgotten", k.forget),
		k.guarded(ctx, "nothing is pruned", func(ctx context.Context, params types.Params) error {
			return k.pruneData(ctx, params.Data)
		}))
}

// guarded does everything or nothing, and never fails.
func (k Keeper) guarded(ctx context.Context, consequence string, do func(context.Context, types.Params) error) error {
	cached, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	params, err := k.Params.Get(cached)
	if err == nil {
		err = do(cached, params)
	}
	if err != nil {
		k.Logger(ctx).Error(consequence+": state is corrupt", "err", err)
		return nil
	}
	write()
	return nil
}

// expire ends certificates and attestations, and removes certificates whose retention
// is over.
func (k Keeper) expire(ctx context.Context, params types.Params) error {
	now := sdk.UnwrapSDKContext(ctx).BlockTime().Unix()
	type certificateDeadline = collections.Triple[int64, uint32, uint64]
	certificates, err := due(ctx, k.Deadlines, int(params.MaxExpirePerBlock), func(key certificateDeadline) bool { return key.K1() <= now })
	if err != nil {
		return err
	}
	for _, key := range certificates {
		c, err := k.Certificates.Get(ctx, collections.Join(key.K2(), key.K3()))
		if err != nil {
			return err
		}
		switch c.Status {
		case types.CERTIFICATE_STATUS_VALID, types.CERTIFICATE_STATUS_SUSPENDED:
			authority, err := k.Authorities.Get(ctx, c.Authority)
			if err != nil {
				return err
			}
			if err := k.setStatus(ctx, authority, c, types.CERTIFICATE_STATUS_EXPIRED); err != nil {
				return err
			}
		default:
			if err := k.removeCertificate(ctx, c); err != nil {
				return err
			}
		}
	}
	type attestationDeadline = collections.Triple[int64, []byte, uint32]
	attestations, err := due(ctx, k.AttestationDeadlines, int(params.MaxExpirePerBlock), func(key attestationDeadline) bool { return key.K1() <= now })
	if err != nil {
		return err
	}
	for _, key := range attestations {
		if err := k.AttestationDeadlines.Remove(ctx, key); err != nil {
			return err
		}
		if err := k.Attestations.Remove(ctx, collections.Join(key.K2(), key.K3())); err != nil {
			return err
		}
	}
	return nil
}

// due returns the first keys of a set of deadlines that are over, at most limit.
func due[K any](ctx context.Context, deadlines collections.KeySet[K], limit int, over func(K) bool) ([]K, error) {
	var keys []K
	err := deadlines.Walk(ctx, nil, func(key K) (bool, error) {
		if !over(key) || len(keys) == limit {
			return true, nil
		}
		keys = append(keys, key)
		return false, nil
	})
	return keys, err
}
