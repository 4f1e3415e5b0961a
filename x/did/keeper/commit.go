package keeper

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// refuse notes that an entry breaks a rule of this module. Other errors, such as of the
// store, fail the whole message and are returned.
func (b *batch) refuse(ctx context.Context, index int, schema []byte, t uint32, err error) error {
	codespace, code, _ := errorsmod.ABCIInfo(err, false)
	if codespace != types.ModuleName {
		return err
	}
	if b.first == nil {
		b.first = errorsmod.Wrapf(err, "entry %d", index)
	}
	b.refused = append(b.refused, types.Refusal{Index: uint32(index), Codespace: codespace, Code: code}) //nolint:gosec // below MaxBatch
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEntryRefused{
		Schema: hex.EncodeToString(schema), T: t, Index: uint32(index), Reason: err.Error(), //nolint:gosec // below MaxBatch
	})
}

// commitSegments puts segments on record.
func (k Keeper) commitSegments(ctx context.Context, msg *types.MsgCommitSegments) ([]types.Refusal, error) {
	account, err := types.ParseAccount("submitter", msg.Submitter)
	if err != nil {
		return nil, err
	}
	submitter := account.String() // in the letters that schemas have
	b, err := k.newBatch(ctx)
	if err != nil {
		return nil, err
	}
	event := types.EventSegmentsCommitted{Submitter: submitter}
	var deadline time.Time
	for i := range msg.Segments {
		c := &msg.Segments[i]
		known, err := k.commitSegment(ctx, b, submitter, c)
		if err != nil {
			if err := b.refuse(ctx, i, c.Schema, c.T, err); err != nil {
				return nil, err
			}
			continue
		}
		if len(event.Segments) == 0 || known.Before(deadline) {
			deadline = known
		}
		event.Segments = append(event.Segments, types.SegmentRef{Schema: hex.EncodeToString(c.Schema), T: c.T})
	}
	if len(event.Segments) == 0 {
		return nil, b.first
	}
	if err := k.noteCommits(ctx, b.height, deadline); err != nil {
		return nil, err
	}
	return b.refused, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&event)
}

// commitSegment puts one segment on record and returns when its key may be known.
func (k Keeper) commitSegment(ctx context.Context, b *batch, submitter string, c *types.SegmentCommit) (known time.Time, err error) {
	if _, err := types.SchemaIDFromBytes(c.Schema); err != nil {
		return known, err
	}
	schema, err := k.schema(ctx, c.Schema)
	if err != nil {
		return known, err
	}
	if err := schema.CheckRunning(b.now); err != nil {
		return known, err
	}
	if !slices.Contains(schema.Terms.Submitters, submitter) {
		return known, errorsmod.Wrapf(types.ErrNotSubmitter, "submitter %s: must be one of %v", submitter, schema.Terms.Submitters)
	}
	disclosed, err := k.Disclosed.Get(ctx, c.Schema)
	if err != nil {
		return known, err
	}
	stream := schema.Stream()
	if err := schema.CheckCommit(stream, b.params, c, disclosed.T, b.now); err != nil {
		return known, err
	}
	if err := k.device(ctx, b, &schema); err != nil {
		return known, err
	}
	key := collections.Join(c.Schema, schema.Slot(c.T))
	switch there, err := k.Segments.Get(ctx, key); {
	case errors.Is(err, collections.ErrNotFound):
	case err != nil:
		return known, err
	case there.T == c.T:
		return known, errorsmod.Wrapf(types.ErrCommitted, "segment %d: in block %d; the first commit is final", c.T, there.Height)
	case there.T > c.T:
		return known, errorsmod.Wrapf(types.ErrOutsideWindow, "segment %d: segment %d has its slot", c.T, there.T)
	}
	return stream.Release(c.T).Add(-stream.Skew()), k.Segments.Set(ctx, key, types.Segment{T: c.T, Digest: c.Digest, Mac: c.Mac, Height: b.height})
}
