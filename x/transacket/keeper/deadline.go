package keeper

import (
	"context"
	"time"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// setDeadline turns the timeout of a message into the deadline of its envelope, in
// Unix nanoseconds. Every TransacKet to another chain has one.
func (k Keeper) setDeadline(ctx context.Context, msg *types.MsgSend) error {
	if msg.Envelope.Deadline != 0 || msg.Timeout == nil && !msg.Leaves() {
		return nil
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	period := params.DefaultTimeout
	if msg.Timeout != nil {
		period = *msg.Timeout
	}
	if period <= 0 || period > params.MaxTimeout {
		return errorsmod.Wrapf(types.ErrTimeout, "timeout %s: must be positive and at most %s (max_timeout)", period, params.MaxTimeout)
	}
	msg.Envelope.Deadline = uint64(sdk.UnwrapSDKContext(ctx).BlockTime().Add(period).UnixNano()) // after 1970
	return nil
}

// checkTimeout makes sure that core and this module have one idea of the deadline.
// Timestamps only: the heights of a zone that sleeps say nothing about time.
func checkTimeout(e types.Envelope, height clienttypes.Height, timestamp uint64) error {
	if e.Deadline == 0 || e.Deadline != timestamp || !height.IsZero() {
		return errorsmod.Wrapf(types.ErrDeadline, "envelope.deadline %d: must be there and equal the packet's timeout timestamp %d (Unix nanoseconds), and its timeout height %s must be zero", e.Deadline, timestamp, height)
	}
	return nil
}

// checkPeriod checks a deadline against now and max_timeout.
func (k Keeper) checkPeriod(ctx context.Context, e types.Envelope) error {
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	if e.Due(now) {
		return errorsmod.Wrapf(types.ErrDeadline, "envelope.deadline %d: must be after now, %d (Unix nanoseconds)", e.Deadline, now.UnixNano())
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if latest := uint64(now.Add(params.MaxTimeout).UnixNano()); e.Deadline > latest {
		return errorsmod.Wrapf(types.ErrDeadline, "envelope.deadline %d: must be at most %d (Unix nanoseconds), which is %s from now (max_timeout)", e.Deadline, latest, params.MaxTimeout)
	}
	return nil
}

// checkDeadline refuses what leaves with a deadline that is over, or so far away
// that the light client which proves the outcome could have expired before: proof
// and relaying get the second half of its trusting period.
func (k Keeper) checkDeadline(ctx sdk.Context, port, channel string, e types.Envelope) error {
	if err := k.checkPeriod(ctx, e); err != nil {
		return err
	}
	clientID, state, err := k.channel.GetChannelClientState(ctx, port, channel)
	if err != nil {
		return errorsmod.Wrapf(types.ErrChannel, "channel %s: %s", channel, err)
	}
	client, ok := state.(*ibctm.ClientState)
	if !ok {
		return nil // localhost never expires
	}
	half := client.TrustingPeriod / 2
	if latest := uint64(ctx.BlockTime().Add(half).UnixNano()); e.Deadline >= latest {
		left := time.Duration(e.Deadline - uint64(ctx.BlockTime().UnixNano()))
		return errorsmod.Wrapf(types.ErrTrustingPeriod, "envelope.deadline %d is %s from now: must be below %s, half the trusting period of client %s", e.Deadline, left, half, clientID)
	}
	return nil
}

// CheckArrival refuses a packet that the other chain should not have sent: one whose
// deadline is not the packet's, one that would hold a payment for longer than
// max_timeout, or with an origin that nobody here trusts.
func (k Keeper) CheckArrival(ctx sdk.Context, packet channeltypes.Packet, data types.Packet) error {
	if err := checkTimeout(data.Envelope, packet.TimeoutHeight, packet.TimeoutTimestamp); err != nil {
		return err
	}
	if data.Envelope.Due(ctx.BlockTime()) { // core has seen to it
		return errorsmod.Wrapf(types.ErrDeadline, "envelope.deadline %d: it is %d", data.Envelope.Deadline, ctx.BlockTime().UnixNano())
	}
	if data.Envelope.Locked() {
		if err := k.checkPeriod(ctx, data.Envelope); err != nil {
			return err
		}
	}
	return k.checkOriginOfReceived(ctx, packet, data)
}
