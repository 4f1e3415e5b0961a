package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Delivery is a TransacKet that was delivered, and what the receiver's code replied.
type Delivery struct {
	types.Transacket
	// Reply is for the sender, if it asked for one.
	Reply []byte
}

// Payee is the account of this chain that the payment of a TransacKet for to must
// reach before its delivery: the account of holds if there is a hash lock, the caller
// if to is a contract, which the call then pays, else to.
func (k Keeper) Payee(ctx context.Context, to sdk.AccAddress, t types.Transacket) (sdk.AccAddress, error) {
	switch {
	case t.Envelope.Locked():
		return types.HoldAddress(), nil
	case k.isContract(ctx, to):
		return caller(t)
	}
	return to, nil
}

// admit refuses, before any state changes, what to does not take: it must not
// receive, the payment is below its price, the deadline has come, or too much is
// held for it.
func (k Keeper) admit(ctx context.Context, to sdk.AccAddress, params types.Params, t types.Transacket) error {
	if k.bank.BlockedAddr(to) {
		return errorsmod.Wrapf(types.ErrReceiver, "to %s: must not be the account of a module", to)
	}
	if to.Equals(types.HoldAddress()) || to.Equals(types.ForwarderAddress()) {
		return errorsmod.Wrapf(types.ErrReceiver, "to %s: must not be an account of this module's own, which nobody spends from", to)
	}
	if err := k.checkPrice(ctx, to, t.Envelope.Topic, t.Payment); err != nil {
		return err
	}
	if now := sdk.UnwrapSDKContext(ctx).BlockTime(); t.Envelope.Due(now) {
		return errorsmod.Wrapf(types.ErrDeadline, "envelope.deadline %d: must be after now, %d (Unix nanoseconds)", t.Envelope.Deadline, now.UnixNano())
	}
	if t.Envelope.Locked() {
		return k.checkHolds(ctx, to, params.MaxHeld)
	}
	return nil
}

// Deliver delivers a TransacKet whose payment the payee has, or gets in the same
// transaction: the receiver's code sees it, and unless that consumes it, it is put
// into the inbox. It fills in id, number, height, times, and emits EventDelivered.
// packet is what brought it, nil if it was sent here.
//
// It refuses, and nothing may then remain of the payment, if the receiver does not
// take it, if its code fails, if the inbox is full, or if it is here already.
func (k Keeper) Deliver(ctx context.Context, to sdk.AccAddress, t types.Transacket, packet *channeltypes.Packet) (Delivery, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return Delivery{}, err
	}
	if err := k.admit(ctx, to, params, t); err != nil {
		return Delivery{}, err
	}
	return k.deliver(ctx, to, params, t, packet)
}

func (k Keeper) deliver(ctx context.Context, to sdk.AccAddress, params types.Params, t types.Transacket, packet *channeltypes.Packet) (Delivery, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	t.Id = t.Source.ID()
	t.To = to.String()
	t.Height = sdkCtx.BlockHeight()
	t.Time = sdkCtx.BlockTime().UTC()
	t.Expires = t.Time.Add(params.Retention)
	t.Read, t.Receipt = false, nil
	t.Held = t.Envelope.Locked()
	if err := t.Validate(); err != nil {
		return Delivery{}, err
	}
	if err := k.checkNew(ctx, t); err != nil {
		return Delivery{}, err
	}
	result, err := k.process(sdkCtx, params, to, t)
	if err != nil {
		return Delivery{}, err
	}
	if !result.Handled {
		if t, err = k.put(ctx, to, params, t); err != nil {
			return Delivery{}, err
		}
	}
	if t.Held {
		if err := k.hold(ctx, to, types.Held{Transacket: t, Reply: result.Reply, Packet: packet}); err != nil {
			return Delivery{}, err
		}
	}
	return Delivery{Transacket: t, Reply: result.Reply}, sdkCtx.EventManager().EmitTypedEvent(&types.EventDelivered{
		Id: t.IDHex(), From: t.From, To: t.To, Payment: t.Payment, Source: t.Source,
		Number: t.Number, Topic: t.Envelope.Topic, Thread: t.Envelope.ThreadHex(), Held: t.Held, Reply: result.Reply,
	})
}

// put adds a TransacKet to an inbox that has room, under the next number.
func (k Keeper) put(ctx context.Context, to sdk.AccAddress, params types.Params, t types.Transacket) (types.Transacket, error) {
	size, err := k.room(ctx, to, params)
	if err != nil {
		return t, err
	}
	if t.Number, err = k.Number.Next(ctx); err != nil {
		return t, err
	}
	return t, k.insert(ctx, to, t, size)
}

// room returns how many entries an inbox holds, or an error if it takes no more.
func (k Keeper) room(ctx context.Context, of sdk.AccAddress, params types.Params) (uint64, error) {
	size, err := count(ctx, k.Size, of)
	if err != nil {
		return 0, err
	}
	reserved, err := count(ctx, k.Reserved, of)
	if err != nil {
		return 0, err
	}
	if size+reserved >= uint64(params.MaxInbox) {
		return 0, errorsmod.Wrapf(types.ErrInboxFull, "%s holds %d TransacKets and keeps %d places for receipts: at most %d (max_inbox); the receiver must delete some", of, size, reserved, params.MaxInbox)
	}
	return size, nil
}

func (k Keeper) checkRoom(ctx context.Context, of sdk.AccAddress) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	_, err = k.room(ctx, of, params)
	return err
}

// checkNew refuses what lies in an inbox already.
func (k Keeper) checkNew(ctx context.Context, t types.Transacket) error {
	switch _, err := k.Inbox.Indexes.ID.MatchExact(ctx, t.Id); {
	case err == nil:
		return errorsmod.Wrapf(types.ErrDuplicate, "id %s", t.IDHex())
	case !errors.Is(err, collections.ErrNotFound):
		return err
	}
	return nil
}

// insert writes an entry and counts it; size is what the inbox held before.
func (k Keeper) insert(ctx context.Context, to sdk.AccAddress, t types.Transacket, size uint64) error {
	if err := k.Inbox.Set(ctx, collections.Join(to, t.Number), t); err != nil {
		return err
	}
	return k.Size.Set(ctx, to, size+1)
}

// remove deletes an entry from state and from the count.
func (k Keeper) remove(ctx context.Context, key EntryKey) error {
	if err := k.Inbox.Remove(ctx, key); err != nil {
		return err
	}
	return decrement(ctx, k.Size, key.K1())
}

// entry returns one TransacKet of an inbox, or ErrNotFound.
func (k Keeper) entry(ctx context.Context, receiver sdk.AccAddress, number uint64) (types.Transacket, error) {
	t, err := k.Inbox.Get(ctx, collections.Join(receiver, number))
	if errors.Is(err, collections.ErrNotFound) {
		return t, errorsmod.Wrapf(types.ErrNotFound, "number %d in the inbox of %s: never was, is deleted or is pruned", number, receiver)
	}
	return t, err
}

// markRead marks one TransacKet as read; one that is read already stays so.
func (k Keeper) markRead(ctx context.Context, receiver sdk.AccAddress, number uint64) error {
	t, err := k.entry(ctx, receiver, number)
	if err != nil || t.Read {
		return err
	}
	t.Read = true
	if err := k.Inbox.Set(ctx, collections.Join(receiver, number), t); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventRead{Id: t.IDHex(), To: t.To, Number: number})
}

// delete removes one TransacKet for its receiver.
func (k Keeper) delete(ctx context.Context, receiver sdk.AccAddress, number uint64) error {
	t, err := k.entry(ctx, receiver, number)
	if err != nil {
		return err
	}
	if err := k.remove(ctx, collections.Join(receiver, number)); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventDeleted{Id: t.IDHex(), To: t.To, Number: number})
}
