package keeper

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// holdsHold: every hold is valid, at its place and in its indexes, and the counts of
// receivers are what they have.
func (k Keeper) holdsHold(ctx context.Context) error {
	counts := make(map[string]uint64)
	var holds, receivers, deadlines int
	err := k.Held.Walk(ctx, nil, func(id []byte, held types.Held) (bool, error) {
		holds++
		t := &held.Transacket
		if err := held.Validate(); err != nil {
			return true, errorsmod.Wrapf(err, "hold %x", id)
		}
		if !bytes.Equal(id, t.Id) {
			return true, fmt.Errorf("hold %x holds %s", id, t.IDHex())
		}
		counts[t.To]++
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.HeldSize.Walk(ctx, nil, func(to sdk.AccAddress, size uint64) (bool, error) {
		if size == 0 || counts[to.String()] != size {
			return true, fmt.Errorf("%d payments are held for %s, the count says %d", counts[to.String()], to, size)
		}
		delete(counts, to.String())
		return false, nil
	})
	if err != nil {
		return err
	}
	if len(counts) > 0 {
		return fmt.Errorf("payments are held for %d receivers without a count", len(counts))
	}
	err = k.Held.Indexes.Receiver.Walk(ctx, nil, func(key collections.Pair[sdk.AccAddress, []byte]) (bool, error) {
		to, id := key.K1(), key.K2()
		receivers++
		held, err := k.Held.Get(ctx, id)
		if err != nil || held.Transacket.To != to.String() {
			return true, fmt.Errorf("hold %x of %s is for %s: %w", id, to, held.Transacket.To, orMismatch(err))
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.Held.Indexes.Deadline.Walk(ctx, nil, func(key collections.Pair[uint64, []byte]) (bool, error) {
		deadline, id := key.K1(), key.K2()
		deadlines++
		held, err := k.Held.Get(ctx, id)
		if err != nil || held.Transacket.Envelope.Deadline != deadline {
			return true, fmt.Errorf("hold %x until %d ends %d: %w", id, deadline, held.Transacket.Envelope.Deadline, orMismatch(err))
		}
		return false, nil
	})
	if err == nil && (receivers != holds || deadlines != holds) {
		err = fmt.Errorf("%d holds are indexed by %d receivers and %d deadlines", holds, receivers, deadlines)
	}
	return err
}

// holdsAreBacked: the account of holds has at least what is held and stranded.
// (More is possible: anybody can send there.)
func (k Keeper) holdsAreBacked(ctx context.Context) error {
	owed := sdk.NewCoins()
	err := k.Held.Walk(ctx, nil, func(_ []byte, held types.Held) (bool, error) {
		owed = owed.Add(held.Transacket.Payment)
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.Stranded.Walk(ctx, nil, func(_ []byte, stranded types.Stranded) (bool, error) {
		owed = owed.Add(stranded.Payment)
		return false, nil
	})
	if err != nil {
		return err
	}
	for _, coin := range owed {
		if have := k.bank.GetBalance(ctx, types.HoldAddress(), coin.Denom); have.IsLT(coin) {
			return fmt.Errorf("%s has %s, but %s is held or stranded", types.HoldAddress(), have, coin)
		}
	}
	return nil
}

// reservationsHold: as many places are reserved as receipts are waited for.
func (k Keeper) reservationsHold(ctx context.Context) error {
	var state types.GenesisState
	var err error
	if state.Packets, err = values(ctx, k.Packets); err != nil {
		return err
	}
	if state.Held, err = values(ctx, k.Held); err != nil {
		return err
	}
	due, err := state.Reservations()
	if err != nil {
		return err
	}
	for _, r := range due {
		reserved, err := count(ctx, k.Reserved, r.Sender)
		if err != nil {
			return err
		}
		if reserved != r.Count {
			return fmt.Errorf("%s waits for %d receipts and has %d places reserved", r.Sender, r.Count, reserved)
		}
	}
	accounts := 0
	err = k.Reserved.Walk(ctx, nil, func(sdk.AccAddress, uint64) (bool, error) { accounts++; return false, nil })
	if err == nil && accounts != len(due) {
		err = fmt.Errorf("%d accounts have places reserved, %d wait for receipts", accounts, len(due))
	}
	return err
}

// contentsHold: every content is valid, at its place and in its indexes.
func (k Keeper) contentsHold(ctx context.Context) error {
	var contents, owners, expiries int
	err := k.Contents.Walk(ctx, nil, func(key ContentKey, c types.Content) (bool, error) {
		contents++
		if err := c.Validate(); err != nil {
			return true, errorsmod.Wrapf(err, "content %x of %s", key.K1(), key.K2())
		}
		if !bytes.Equal(c.Sha256, key.K1()) || c.Owner != key.K2().String() {
			return true, fmt.Errorf("content %x of %s holds %s of %s", key.K1(), key.K2(), c.HashHex(), c.Owner)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.Contents.Indexes.Owner.Walk(ctx, nil, func(owner sdk.AccAddress, hash []byte) (bool, error) {
		owners++
		found, err := k.Contents.Has(ctx, collections.Join(hash, owner))
		if err != nil || !found {
			return true, fmt.Errorf("content %x of %s is only in the index: %w", hash, owner, orMismatch(err))
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.Contents.Indexes.Expiry.Walk(ctx, nil, func(expires time.Time, key ContentKey) (bool, error) {
		expiries++
		c, err := k.Contents.Get(ctx, key)
		if err != nil || !c.Expires.Equal(expires) {
			return true, fmt.Errorf("expiry %s leads to content %x, which expires at %s: %w", expires, key.K1(), c.Expires, orMismatch(err))
		}
		return false, nil
	})
	if err == nil && (owners != contents || expiries != contents) {
		err = fmt.Errorf("%d contents are indexed by %d owners and %d expiries", contents, owners, expiries)
	}
	return err
}
