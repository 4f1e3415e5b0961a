package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Invariant is a named property of the state that always holds. Checking walks the
// whole state: run it in tests and simulations, not in blocks.
type Invariant struct {
	Name  string
	Check func(ctx context.Context) error
}

// Invariants of the module, for the app's registry.
func (k Keeper) Invariants() []Invariant {
	return []Invariant{
		{"entries", k.entriesHold},
		{"sizes", k.sizesHold},
		{"indexes", k.indexesHold},
		{"holds", k.holdsHold},
		{"backing", k.holdsAreBacked},
		{"reservations", k.reservationsHold},
		{"contents", k.contentsHold},
		{"in flight", k.inFlightHolds},
	}
}

// entriesHold: every entry is a valid TransacKet at its own place, older than the
// counters.
func (k Keeper) entriesHold(ctx context.Context) error {
	next, err := k.Number.Peek(ctx)
	if err != nil {
		return err
	}
	return k.Inbox.Walk(ctx, nil, func(key EntryKey, t types.Transacket) (bool, error) {
		if err := t.Validate(); err != nil {
			return true, errorsmod.Wrapf(err, "entry %s/%d", key.K1(), key.K2())
		}
		if t.To != key.K1().String() || t.Number != key.K2() || t.Number >= next {
			return true, fmt.Errorf("entry %s/%d holds number %d of %s; the next number is %d", key.K1(), key.K2(), t.Number, t.To, next)
		}
		return false, nil
	})
}

// sizesHold: the count of every inbox is what it holds, and none is zero.
func (k Keeper) sizesHold(ctx context.Context) error {
	var total, counted uint64
	err := k.Size.Walk(ctx, nil, func(receiver sdk.AccAddress, size uint64) (bool, error) {
		var held uint64
		inbox := collections.NewPrefixedPairRange[sdk.AccAddress, uint64](receiver)
		if err := k.Inbox.Walk(ctx, inbox, func(EntryKey, types.Transacket) (bool, error) {
			held++
			return false, nil
		}); err != nil {
			return true, err
		}
		if size == 0 || size != held {
			return true, fmt.Errorf("inbox of %s holds %d TransacKets, its size says %d", receiver, held, size)
		}
		total += size
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.Inbox.Walk(ctx, nil, func(EntryKey, types.Transacket) (bool, error) {
		counted++
		return false, nil
	})
	if err == nil && total != counted {
		err = fmt.Errorf("inboxes hold %d TransacKets, their sizes say %d", counted, total)
	}
	return err
}

// indexesHold: every entry is found by id, thread and expiry, and the indexes hold
// nothing else.
func (k Keeper) indexesHold(ctx context.Context) error {
	var entries, threaded int
	err := k.Inbox.Walk(ctx, nil, func(key EntryKey, t types.Transacket) (bool, error) {
		entries++
		if at, err := k.Inbox.Indexes.ID.MatchExact(ctx, t.Id); err != nil || !sameEntry(at, key) {
			return true, fmt.Errorf("id %s leads to %v: %w", t.IDHex(), at, orMismatch(err))
		}
		if len(t.Envelope.Thread) > 0 {
			threaded++
			if found, err := k.Inbox.Indexes.Thread.Has(ctx, collections.Join(t.Envelope.Thread, key)); err != nil || !found {
				return true, fmt.Errorf("%s is not in thread %s: %w", t.IDHex(), t.Envelope.ThreadHex(), orMismatch(err))
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}

	var ids, threads, expiries int
	if err := k.Inbox.Indexes.Thread.Walk(ctx, nil, func(ThreadKey) (bool, error) { threads++; return false, nil }); err != nil {
		return err
	}
	byID, err := k.Inbox.Indexes.ID.Iterate(ctx, nil)
	if err != nil {
		return err
	}
	defer byID.Close()
	for ; byID.Valid(); byID.Next() {
		ids++
	}
	err = k.Inbox.Indexes.Expiry.Walk(ctx, nil, func(expires time.Time, key EntryKey) (bool, error) {
		expiries++
		t, err := k.Inbox.Get(ctx, key)
		if err != nil || !t.Expires.Equal(expires) {
			return true, fmt.Errorf("expiry %s leads to number %d, which expires at %s: %w", expires, key.K2(), t.Expires, orMismatch(err))
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if ids != entries || expiries != entries || threads != threaded {
		return fmt.Errorf("%d entries (%d of them answers) are indexed by %d ids, %d expiries and %d threads", entries, threaded, ids, expiries, threads)
	}
	return nil
}

func sameEntry(a, b EntryKey) bool { return a.K1().Equals(b.K1()) && a.K2() == b.K2() }

var errMismatch = errors.New("index and entry differ")

func orMismatch(err error) error {
	if err != nil {
		return err
	}
	return errMismatch
}
