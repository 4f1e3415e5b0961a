package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Clock returns the channel clock in seconds: the time that the chain was alive. A
// chain that halts for a day adds no more than max_step, so that nobody's window
// closes while no transaction can be sent.
func (k Keeper) Clock(ctx context.Context) (uint64, error) {
	ns, err := k.ClockNS.Get(ctx)
	return ns / uint64(time.Second), err
}

// advanceClock adds the time since the last block, at most max_step.
func (k Keeper) advanceClock(ctx context.Context, params types.Params) error {
	now := sdk.UnwrapSDKContext(ctx).BlockTime().UnixNano()
	last, err := k.LastTime.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		last = now // the first block after a genesis
	} else if err != nil {
		return err
	}
	if err := k.LastTime.Set(ctx, now); err != nil {
		return err
	}
	step := min(now-last, int64(params.MaxStep)*int64(time.Second)) //nolint:gosec // max_step is at most an hour
	if step <= 0 {
		return nil
	}
	ns, err := k.ClockNS.Get(ctx)
	if err != nil {
		return err
	}
	return k.ClockNS.Set(ctx, ns+uint64(step))
}

// checkValidity refuses what has expired, and what is valid for longer than limit
// seconds from now: nobody should have to remember a signature for days.
func checkValidity(what string, clock, validUntil, limit uint64) error {
	if validUntil < clock || validUntil-clock > limit {
		return errorsmod.Wrapf(types.ErrValidUntil, "%s: valid until %d: must be %d to %d by the channel clock", what, validUntil, clock, clock+limit)
	}
	return nil
}
