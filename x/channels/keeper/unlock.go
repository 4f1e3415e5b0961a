package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/channels/types"
)

// evidence returns the held pair or the claim of a direction.
func evidence(ch *types.Channel, sender uint32, claim bool) (*types.Evidence, types.BalanceProof, error) {
	dir := &ch.Dispute.Directions[sender]
	found, name := dir.Held, "held pair"
	if claim {
		found, name = dir.Claim, "claim"
	}
	if found == nil {
		return nil, types.BalanceProof{}, errorsmod.Wrapf(types.ErrNoProof, "channel %d has no %s of participant %d", ch.Id, name, sender)
	}
	p, err := types.ParseBalanceProof(found.Signed.Proof)
	return found, p, err
}

// unlock takes the lock list behind a proof, once, and counts the locks whose secret
// came in time. It moves no coins.
func (k Keeper) unlock(ctx context.Context, msg *types.MsgUnlock) (types.Uint128, error) {
	ch, clock, err := k.channelIn(ctx, msg.ChannelId, "unlock", types.PHASE_UNLOCK)
	if err != nil {
		return types.Uint128{}, err
	}
	e, p, err := evidence(ch, msg.Sender, msg.Claim)
	if err != nil {
		return types.Uint128{}, err
	}
	if e.Unlocked {
		return types.Uint128{}, errorsmod.Wrapf(types.ErrAlreadyUnlocked, "channel %d: locks of participant %d, %s of %s count", ch.Id, msg.Sender, e.UnlockedAmount, p.Locked)
	}
	locks, err := types.ParseLocks(msg.Locks)
	if err != nil {
		return types.Uint128{}, err
	}
	if err := locks.CheckAgainst(p); err != nil {
		return types.Uint128{}, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.Uint128{}, err
	}
	var counted types.Locks
	var ids []uint64
	for _, lock := range locks {
		revealed, err := k.revealedInTime(ctx, lock, clock+params.LongestDispute())
		if err != nil {
			return types.Uint128{}, err
		}
		if revealed {
			counted = append(counted, lock)
			ids = append(ids, lock.ID)
		}
	}
	e.Unlocked = true
	e.UnlockedAmount, _ = counted.Sum() // at most locked
	if len(counted) > 0 {
		if err := k.Unlocked.Set(ctx, collections.Join3(ch.Id, msg.Sender, msg.Claim), counted.Bytes()); err != nil {
			return types.Uint128{}, err
		}
	}
	if err := k.save(ctx, ch); err != nil {
		return types.Uint128{}, err
	}
	return e.UnlockedAmount, emit(ctx, &types.EventUnlocked{
		ChannelId: ch.Id, Sender: msg.Sender, Claim: msg.Claim, LockIds: ids, UnlockedAmount: e.UnlockedAmount.String(),
	})
}

// showDisposals takes locks out of an unlocked list that their receiver gave up. It
// may happen until somebody settles: there is an hour after the last unlock.
func (k Keeper) showDisposals(ctx context.Context, msg *types.MsgShowDisposals) (types.Uint128, error) {
	ch, _, err := k.channelIn(ctx, msg.ChannelId, "disposal", types.PHASE_UNLOCK, types.PHASE_EVIDENCE, types.PHASE_SETTLEABLE)
	if err != nil {
		return types.Uint128{}, err
	}
	e, _, err := evidence(ch, msg.Sender, msg.Claim)
	if err != nil {
		return types.Uint128{}, err
	}
	key := collections.Join3(ch.Id, msg.Sender, msg.Claim)
	encoded, err := k.Unlocked.Get(ctx, key)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return types.Uint128{}, err
	}
	locks, err := types.ParseLocks(encoded)
	if err != nil {
		return types.Uint128{}, err
	}
	receiver := ch.Participants[1-msg.Sender].Key
	var ids []uint64
	for i, shown := range msg.Disposals {
		at := -1
		for j, lock := range locks {
			if lock.ID == shown.LockId && lock.Hash == types.Hash(shown.Hash) {
				at = j
			}
		}
		if at < 0 {
			return types.Uint128{}, errorsmod.Wrapf(types.ErrNotUnlocked, "disposals[%d]: lock %d with hash %x is not among the %d of participant %d that count",
				i, shown.LockId, shown.Hash, len(locks), msg.Sender)
		}
		disposal := types.DisposalOf{Place: ch.Place(), Sender: uint8(msg.Sender), LockID: shown.LockId, Hash: locks[at].Hash} //nolint:gosec // 0 or 1
		if err := verify(ctx, receiver, "disposal", disposal.Bytes(), shown.Signature); err != nil {
			return types.Uint128{}, errorsmod.Wrapf(err, "disposals[%d]", i)
		}
		locks = append(locks[:at], locks[at+1:]...)
		ids = append(ids, shown.LockId)
	}
	e.UnlockedAmount, _ = locks.Sum()
	if len(locks) == 0 {
		err = k.Unlocked.Remove(ctx, key)
	} else {
		err = k.Unlocked.Set(ctx, key, locks.Bytes())
	}
	if err != nil {
		return types.Uint128{}, err
	}
	if err := k.save(ctx, ch); err != nil {
		return types.Uint128{}, err
	}
	return e.UnlockedAmount, emit(ctx, &types.EventDisposed{
		ChannelId: ch.Id, Sender: msg.Sender, Claim: msg.Claim, LockIds: ids, UnlockedAmount: e.UnlockedAmount.String(),
	})
}
