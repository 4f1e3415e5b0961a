package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Deliver puts a TransacKet into the inbox of to, whose payment must move in the
// same transaction. It fills in id, number, height, times, and emits
// EventDelivered. It refuses, and nothing may then remain of the payment, if the
// inbox is full, if to is an account that must not receive, or if the TransacKet
// is here already.
func (k Keeper) Deliver(ctx context.Context, to sdk.AccAddress, t types.Transacket) (types.Transacket, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	params, err := k.Params.Get(ctx)
	if err != nil {
		return t, err
	}
	if k.bank.BlockedAddr(to) {
		return t, errorsmod.Wrapf(types.ErrReceiver, "to %s: must not be the account of a module", to)
	}
	size, err := k.size(ctx, to)
	if err != nil {
		return t, err
	}
	if size >= uint64(params.MaxInbox) {
		return t, errorsmod.Wrapf(types.ErrInboxFull, "%s holds %d TransacKets: at most %d (max_inbox); the receiver must delete some", to, size, params.MaxInbox)
	}

	t.Id = t.Source.ID()
	t.To = to.String()
	t.Height = sdkCtx.BlockHeight()
	t.Time = sdkCtx.BlockTime().UTC()
	t.Expires = t.Time.Add(params.Retention)
	t.Read = false
	if err := t.Validate(); err != nil {
		return t, err
	}
	switch _, err := k.Inbox.Indexes.ID.MatchExact(ctx, t.Id); {
	case err == nil:
		return t, errorsmod.Wrapf(types.ErrDuplicate, "id %s", t.IDHex())
	case !errors.Is(err, collections.ErrNotFound):
		return t, err
	}

	if t.Number, err = k.Number.Next(ctx); err != nil {
		return t, err
	}
	if err := k.insert(ctx, to, t, size); err != nil {
		return t, err
	}
	return t, sdkCtx.EventManager().EmitTypedEvent(&types.EventDelivered{
		Id: t.IDHex(), From: t.From, To: t.To, Payment: t.Payment, Source: t.Source,
		Number: t.Number, Topic: t.Envelope.Topic, Thread: t.Envelope.ThreadHex(),
	})
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
	size, err := k.size(ctx, key.K1())
	switch {
	case err != nil:
		return err
	case size <= 1:
		return k.Size.Remove(ctx, key.K1())
	}
	return k.Size.Set(ctx, key.K1(), size-1)
}

// size returns how many TransacKets an inbox holds.
func (k Keeper) size(ctx context.Context, receiver sdk.AccAddress) (uint64, error) {
	size, err := k.Size.Get(ctx, receiver)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return size, err
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
