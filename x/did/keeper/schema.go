package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// schema returns a schema that is registered, be it over or not.
func (k Keeper) schema(ctx context.Context, id []byte) (types.Schema, error) {
	schema, err := k.Schemas.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return schema, errorsmod.Wrapf(types.ErrSchemaNotFound, "schema %x", id)
	}
	return schema, err
}

// registerSchema begins a stream.
func (k Keeper) registerSchema(ctx context.Context, msg *types.MsgRegisterSchema) (segment.ID, error) {
	payload, err := msg.Payload()
	if err != nil {
		return segment.ID{}, err
	}
	stream, err := msg.Terms.Stream()
	if err != nil {
		return segment.ID{}, err
	}
	b, err := k.newBatch(ctx)
	if err != nil {
		return segment.ID{}, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	if err := types.CheckNew(stream, sdkCtx.BlockTime()); err != nil {
		return segment.ID{}, err
	}
	did, err := types.ParseDID(msg.Did)
	if err != nil {
		return segment.ID{}, err
	}
	if err := k.Authenticate(ctx, types.TagSchema, did, types.RELATIONSHIP_ASSERTION_METHOD, payload, msg.Proof); err != nil {
		return segment.ID{}, err
	}
	if err := k.checkSchemaCount(ctx, msg.Did, b.params.MaxSchemas); err != nil {
		return segment.ID{}, err
	}
	if err := k.charge(ctx, msg.Payer, b.params.Fee(stream.Window)); err != nil {
		return segment.ID{}, err
	}
	schema := types.Schema{
		Did: msg.Did, Terms: types.Terms(stream),
		Ends: uint64(stream.Release(stream.Life).Add(b.params.Disclosure()).UnixMilli()), //nolint:gosec // after 1970
	}
	if schema.Authority, schema.Serial, err = k.certificateOf(ctx, b, did); err != nil {
		return segment.ID{}, err
	}
	if err := k.checkDevice(ctx, b, &schema); err != nil {
		return segment.ID{}, err
	}
	id := segment.SchemaID(types.SigningBytes(types.TagSchema, sdkCtx.ChainID(), did, msg.Proof.Sequence, payload))
	if err := k.setSchema(ctx, id[:], schema, types.Disclosed{Key: stream.Root}); err != nil {
		return segment.ID{}, err
	}
	return id, sdkCtx.EventManager().EmitTypedEvent(&types.EventSchemaRegistered{Schema: id.String(), Did: msg.Did, Payer: msg.Payer})
}

func (k Keeper) setSchema(ctx context.Context, id []byte, schema types.Schema, disclosed types.Disclosed) error {
	switch found, err := k.Schemas.Has(ctx, id); {
	case err != nil:
		return err
	case found:
		return errorsmod.Wrapf(types.ErrSchemaExists, "schema %x", id)
	}
	if err := k.Schemas.Set(ctx, id, schema); err != nil {
		return err
	}
	if err := k.Disclosed.Set(ctx, id, disclosed); err != nil {
		return err
	}
	if err := k.SchemasByDevice.Set(ctx, collections.Join(schema.Did, id)); err != nil {
		return err
	}
	return k.SchemaExpiry.Set(ctx, collections.Join(schema.Ends, id))
}

// checkSchemaCount refuses a schema more than a device may have.
func (k Keeper) checkSchemaCount(ctx context.Context, did string, limit uint32) error {
	count := uint32(0)
	err := k.SchemasByDevice.Walk(ctx, collections.NewPrefixedPairRange[string, []byte](did), func(DeviceSchemaKey) (bool, error) {
		count++
		return count >= limit, nil
	})
	if err == nil && count >= limit {
		err = errorsmod.Wrapf(types.ErrTooManySchemas, "%s has %d: must be at most %d; close one", did, count, limit)
	}
	return err
}

// setSubmitters replaces who may commit segments of a stream.
func (k Keeper) setSubmitters(ctx context.Context, msg *types.MsgSetSubmitters) error {
	payload, err := msg.Payload()
	if err != nil {
		return err
	}
	schema, err := k.authenticateSchema(ctx, types.TagSubmitters, msg.Schema, payload, msg.Proof)
	if err != nil {
		return err
	}
	addresses, err := types.ParseSubmitters(msg.Submitters)
	if err != nil {
		return err
	}
	stream := schema.Stream()
	stream.Submitters = addresses
	schema.Terms = types.Terms(stream)
	if err := k.Schemas.Set(ctx, msg.Schema, schema); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubmittersSet{
		Schema: segment.ID(msg.Schema).String(), Submitters: schema.Terms.Submitters,
	})
}

// closeSchema ends a stream now; EndBlock removes it.
func (k Keeper) closeSchema(ctx context.Context, msg *types.MsgCloseSchema) error {
	schema, err := k.authenticateSchema(ctx, types.TagClose, msg.Schema, msg.Schema, msg.Proof)
	if err != nil {
		return err
	}
	if err := k.SchemaExpiry.Remove(ctx, collections.Join(schema.Ends, msg.Schema)); err != nil {
		return err
	}
	schema.Ends = uint64(sdk.UnwrapSDKContext(ctx).BlockTime().UnixMilli()) //nolint:gosec // after 1970
	if err := k.SchemaExpiry.Set(ctx, collections.Join(schema.Ends, msg.Schema)); err != nil {
		return err
	}
	return k.Schemas.Set(ctx, msg.Schema, schema)
}

// authenticateSchema checks that the device of a running schema signed.
func (k Keeper) authenticateSchema(ctx context.Context, tag types.Tag, id, payload []byte, proof types.Proof) (types.Schema, error) {
	schema, err := k.schema(ctx, id)
	if err != nil {
		return schema, err
	}
	if err := schema.CheckRunning(sdk.UnwrapSDKContext(ctx).BlockTime()); err != nil {
		return schema, err
	}
	did, err := types.ParseDID(schema.Did)
	if err != nil {
		return schema, err
	}
	return schema, k.Authenticate(ctx, tag, did, types.RELATIONSHIP_ASSERTION_METHOD, payload, proof)
}
