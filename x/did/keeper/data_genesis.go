package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/types"
)

// initData sets the state of data authentication.
func (k Keeper) initData(ctx context.Context, gs *types.GenesisState) error {
	for i := range gs.Schemas {
		s := &gs.Schemas[i]
		if err := k.setSchema(ctx, s.Id, s.Schema, s.Disclosed); err != nil {
			return errorsmod.Wrapf(err, "schemas[%d]", i)
		}
		for _, one := range s.Segments {
			if err := k.Segments.Set(ctx, collections.Join(s.Id, s.Schema.Slot(one.T)), one); err != nil {
				return err
			}
		}
	}
	if gs.LastCommits != nil {
		if err := k.LastCommits.Set(ctx, *gs.LastCommits); err != nil {
			return err
		}
	}
	for _, block := range gs.LateBlocks {
		if err := k.LateBlocks.Set(ctx, block.Height, block.Time); err != nil {
			return err
		}
	}
	return nil
}

// exportData adds the state of data authentication.
func (k Keeper) exportData(ctx context.Context, gs *types.GenesisState) error {
	err := k.Schemas.Walk(ctx, nil, func(id []byte, schema types.Schema) (bool, error) {
		disclosed, err := k.Disclosed.Get(ctx, id)
		if err != nil {
			return true, err
		}
		state := types.SchemaState{Id: id, Schema: schema, Disclosed: disclosed}
		err = k.Segments.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint32](id), func(_ SegmentKey, s types.Segment) (bool, error) {
			state.Segments = append(state.Segments, s)
			return false, nil
		})
		gs.Schemas = append(gs.Schemas, state)
		return false, err
	})
	if err != nil {
		return err
	}
	last, err := k.LastCommits.Get(ctx)
	if err == nil {
		gs.LastCommits = &last
	} else if !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	return k.LateBlocks.Walk(ctx, nil, func(height, decided int64) (bool, error) {
		gs.LateBlocks = append(gs.LateBlocks, types.BlockTime{Height: height, Time: decided})
		return false, nil
	})
}

// checkSchemas: every schema is sound, has its indexes and nothing else has them, and
// its segments lie in their slots.
func (k Keeper) checkSchemas(ctx context.Context) error {
	var schemas, segments int
	err := k.Schemas.Walk(ctx, nil, func(id []byte, schema types.Schema) (bool, error) {
		schemas++
		disclosed, err := k.Disclosed.Get(ctx, id)
		if err != nil {
			return true, fmt.Errorf("schema %x: disclosed key: %w", id, err)
		}
		state := types.SchemaState{Id: id, Schema: schema, Disclosed: disclosed}
		for _, index := range []func() (bool, error){
			func() (bool, error) { return k.SchemasByDevice.Has(ctx, collections.Join(schema.Did, id)) },
			func() (bool, error) { return k.SchemaExpiry.Has(ctx, collections.Join(schema.Ends, id)) },
		} {
			if found, err := index(); err != nil || !found {
				return true, fmt.Errorf("schema %x: index is missing: %w", id, err)
			}
		}
		err = k.Segments.Walk(ctx, collections.NewPrefixedPairRange[[]byte, uint32](id), func(key SegmentKey, s types.Segment) (bool, error) {
			segments++
			if schema.Slot(s.T) != key.K2() {
				return true, fmt.Errorf("schema %x: segment %d lies in slot %d", id, s.T, key.K2())
			}
			state.Segments = append(state.Segments, s)
			return false, nil
		})
		if err != nil {
			return true, err
		}
		return false, state.Validate()
	})
	if err != nil {
		return err
	}
	for _, count := range []struct {
		name string
		want int
		keys func() (int, error)
	}{
		{"segments", segments, func() (int, error) { return entries(ctx, k.Segments) }},
		{"disclosed keys", schemas, func() (int, error) { return entries(ctx, k.Disclosed) }},
		{"schemas by device", schemas, func() (int, error) {
			return entries(ctx, collections.Map[DeviceSchemaKey, collections.NoValue](k.SchemasByDevice))
		}},
		{"schemas by end", schemas, func() (int, error) {
			return entries(ctx, collections.Map[SchemaExpiryKey, collections.NoValue](k.SchemaExpiry))
		}},
	} {
		if got, err := count.keys(); err != nil || got != count.want {
			return fmt.Errorf("%d %s are stored, schemas have %d: %w", got, count.name, count.want, err)
		}
	}
	return nil
}

func entries[K, V any](ctx context.Context, m collections.Map[K, V]) (int, error) {
	n := 0
	err := m.Walk(ctx, nil, func(K, V) (bool, error) {
		n++
		return false, nil
	})
	return n, err
}
