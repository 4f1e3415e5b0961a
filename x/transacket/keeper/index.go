package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	collcodec "cosmossdk.io/collections/codec"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// ThreadKey is an entry of the thread index: the id that is answered, and the
// place of the answer.
type ThreadKey = collections.Pair[[]byte, EntryKey]

// Index finds values by something in them. It differs from indexes.Multi in two
// ways: it is sparse, as values without a reference cost it nothing (most
// TransacKets are readings that answer nothing); and it can be paged by a query.
type Index[Ref, Key, Value any] struct {
	collections.KeySet[collections.Pair[Ref, Key]]
	// reference of a value, or false if it has none.
	reference func(Value) (Ref, bool, error)
}

var _ collections.Index[EntryKey, types.Transacket] = (*Index[[]byte, EntryKey, types.Transacket])(nil)

func newIndex[Ref, Key, Value any](
	sb *collections.SchemaBuilder, prefix collections.Prefix, name string,
	ref collcodec.KeyCodec[Ref], key collcodec.KeyCodec[Key], reference func(Value) (Ref, bool, error),
) *Index[Ref, Key, Value] {
	return &Index[Ref, Key, Value]{collections.NewKeySet(sb, prefix, name, collections.PairKeyCodec(ref, key)), reference}
}

// Reference implements collections.Index.
func (i *Index[Ref, Key, Value]) Reference(ctx context.Context, key Key, value Value, old func() (Value, error)) error {
	if err := i.Unreference(ctx, key, old); err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	ref, found, err := i.reference(value)
	if err != nil || !found {
		return err
	}
	return i.Set(ctx, collections.Join(ref, key))
}

// Unreference implements collections.Index.
func (i *Index[Ref, Key, Value]) Unreference(ctx context.Context, key Key, old func() (Value, error)) error {
	value, err := old()
	if err != nil {
		return err
	}
	ref, found, err := i.reference(value)
	if err != nil || !found {
		return err
	}
	return i.Remove(ctx, collections.Join(ref, key))
}
