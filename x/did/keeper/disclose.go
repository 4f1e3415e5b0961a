package keeper

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// discloseKeys makes keys known and judges the segments that they open.
func (k Keeper) discloseKeys(ctx context.Context, msg *types.MsgDiscloseKeys) (types.MsgDiscloseKeysResponse, error) {
	var res types.MsgDiscloseKeysResponse
	b, err := k.newBatch(ctx)
	if err != nil {
		return res, err
	}
	event := types.EventKeysDisclosed{Discloser: msg.Discloser}
	for i := range msg.Keys {
		key := &msg.Keys[i]
		opened, err := k.discloseKey(ctx, b, key)
		if err != nil {
			if err := b.refuse(ctx, i, key.Schema, key.T, err); err != nil {
				return res, err
			}
			continue
		}
		text := hex.EncodeToString(key.Schema)
		event.Keys = append(event.Keys, types.SegmentRef{Schema: text, T: key.T})
		for _, s := range opened {
			if s.Refused == types.SEGMENT_STATUS_UNSPECIFIED {
				event.Authentic = append(event.Authentic, types.SegmentRef{Schema: text, T: s.T})
				continue
			}
			res.Unauthentic++
		}
	}
	if len(event.Keys) == 0 {
		return res, b.first
	}
	res.Authentic, res.Refused = uint32(len(event.Authentic)), b.refused //nolint:gosec // at most MaxBatch rings
	return res, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&event)
}

// discloseKey makes a key known and returns the segments that it opens, in descending
// order. Those that are not authentic are marked in state; the others need no mark, as
// their key is known.
func (k Keeper) discloseKey(ctx context.Context, b *batch, d *types.KeyDisclosure) ([]types.Segment, error) {
	id, err := types.SchemaIDFromBytes(d.Schema)
	if err != nil {
		return nil, err
	}
	schema, err := k.schema(ctx, d.Schema)
	if err != nil {
		return nil, err
	}
	if err := schema.CheckRunning(b.now); err != nil {
		return nil, err
	}
	last, err := k.Disclosed.Get(ctx, d.Schema)
	if err != nil {
		return nil, err
	}
	stream := schema.Stream()
	if err := schema.CheckDisclosure(stream, b.params, d, last.T, b.now); err != nil {
		return nil, err
	}
	if err := k.device(ctx, b, &schema); err != nil {
		return nil, err
	}
	gas := sdk.UnwrapSDKContext(ctx).GasMeter()
	gas.ConsumeGas(uint64(d.T-last.T)*b.params.GasHash, "steps between keys")
	if err := types.CheckKey(stream, d.Key, d.T, last.Key, last.T, b.params.MaxGap); err != nil {
		return nil, err
	}
	opened, err := k.between(ctx, &schema, d.Schema, last.T, d.T)
	if err != nil {
		return nil, err
	}
	key, at := append([]byte(nil), d.Key...), d.T
	for i, s := range opened {
		stream.Chain.Back(key, at, s.T)
		at = s.T
		gas.ConsumeGas(b.params.GasMac, "MAC of a segment")
		if opened[i], err = k.judge(ctx, b, stream, &id, s, key); err != nil {
			return nil, err
		}
	}
	return opened, k.Disclosed.Set(ctx, d.Schema, types.Disclosed{T: d.T, Key: d.Key})
}

// between returns the segments on record of intervals after last up to t, in descending
// order. All of them, even if more keys were skipped than the ring has slots: a segment
// that nobody judges would pass for authentic.
func (k Keeper) between(ctx context.Context, schema *types.Schema, id []byte, last, t uint32) ([]types.Segment, error) {
	var found []types.Segment
	for i := range min(t-last, schema.Terms.Window) {
		s, err := k.Segments.Get(ctx, collections.Join(id, schema.Slot(t-i)))
		switch {
		case errors.Is(err, collections.ErrNotFound):
		case err != nil:
			return nil, err
		case s.T > last && s.T <= t:
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b types.Segment) int { return cmp.Compare(b.T, a.T) })
	return found, nil
}

// judge marks a segment whose key is known if it is not authentic.
func (k Keeper) judge(ctx context.Context, b *batch, stream *segment.Schema, id *segment.ID, s types.Segment, key []byte) (types.Segment, error) {
	safe, err := k.decidedInTime(ctx, stream, &s)
	if err != nil {
		return s, err
	}
	status := s.Judge(stream, id, key, b.params.MinAge, b.height, safe)
	if status == types.SEGMENT_STATUS_AUTHENTIC {
		return s, nil
	}
	s.Refused = status
	if err := k.Segments.Set(ctx, collections.Join(id[:], s.T%stream.Window), s); err != nil {
		return s, err
	}
	return s, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSegmentRefused{Schema: id.String(), T: s.T, Status: status})
}
