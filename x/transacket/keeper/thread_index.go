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

// ThreadIndex finds the answers to a TransacKet. It is sparse: most TransacKets
// are readings that answer nothing, and cost it nothing. (indexes.Multi would need
// a reference for every one.)
type ThreadIndex struct {
	collections.KeySet[ThreadKey]
}

var _ collections.Index[EntryKey, types.Transacket] = (*ThreadIndex)(nil)

func newThreadIndex(sb *collections.SchemaBuilder, entryKey collcodec.KeyCodec[EntryKey]) *ThreadIndex {
	return &ThreadIndex{collections.NewKeySet(sb, types.ThreadIndexPrefix, "inbox_by_thread",
		collections.PairKeyCodec(collections.BytesKey, entryKey))}
}

// Reference implements collections.Index.
func (i *ThreadIndex) Reference(ctx context.Context, key EntryKey, t types.Transacket, old func() (types.Transacket, error)) error {
	if err := i.Unreference(ctx, key, old); err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if len(t.Envelope.Thread) == 0 {
		return nil
	}
	return i.Set(ctx, collections.Join(t.Envelope.Thread, key))
}

// Unreference implements collections.Index.
func (i *ThreadIndex) Unreference(ctx context.Context, key EntryKey, old func() (types.Transacket, error)) error {
	t, err := old()
	if err != nil {
		return err
	}
	if len(t.Envelope.Thread) == 0 {
		return nil
	}
	return i.Remove(ctx, collections.Join(t.Envelope.Thread, key))
}
