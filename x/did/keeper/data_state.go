package keeper

import (
	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/meshchain/meshchain/x/did/types"
)

// Keys of the collections of data authentication.
type (
	// DeviceSchemaKey is a DID and the id of one of its schemas.
	DeviceSchemaKey = collections.Pair[string, []byte]
	// SchemaExpiryKey is when a schema ends, in Unix milliseconds, and its id.
	SchemaExpiryKey = collections.Pair[uint64, []byte]
	// SegmentKey is the id of a schema and a slot of its ring.
	SegmentKey = collections.Pair[[]byte, uint32]
)

// DataState is the state of data authentication.
type DataState struct {
	// Schemas by id, 32 bytes.
	Schemas collections.Map[[]byte, types.Schema]
	// SchemasByDevice finds the schemas of a device.
	SchemasByDevice collections.KeySet[DeviceSchemaKey]
	// SchemaExpiry orders schemas by when they end.
	SchemaExpiry collections.KeySet[SchemaExpiryKey]
	// Disclosed is how far the keys of a schema are known.
	Disclosed collections.Map[[]byte, types.Disclosed]
	// Segments lie in a ring per schema: segment t in slot t modulo window, until
	// t + window takes its place. State is bounded without a removal per segment.
	Segments collections.Map[SegmentKey, types.Segment]
	// LastCommits is the newest block with commits, and the earliest time at which a key
	// of one of them may be known.
	LastCommits collections.Item[types.BlockTime]
	// LateBlocks are blocks that were decided after that time: by height the time of the
	// block after it, in Unix nanoseconds.
	LateBlocks collections.Map[int64, int64]
}

func newDataState(sb *collections.SchemaBuilder, cdc codec.BinaryCodec) DataState {
	return DataState{
		Schemas: collections.NewMap(sb, types.SchemasPrefix, "schemas", collections.BytesKey, codec.CollValue[types.Schema](cdc)),
		SchemasByDevice: collections.NewKeySet(sb, types.SchemasByDevicePrefix, "schemas_by_device",
			collections.PairKeyCodec(collections.StringKey, collections.BytesKey)),
		SchemaExpiry: collections.NewKeySet(sb, types.SchemaExpiryPrefix, "schemas_by_end",
			collections.PairKeyCodec(collections.Uint64Key, collections.BytesKey)),
		Disclosed: collections.NewMap(sb, types.DisclosedPrefix, "disclosed", collections.BytesKey, codec.CollValue[types.Disclosed](cdc)),
		Segments: collections.NewMap(sb, types.SegmentsPrefix, "segments",
			collections.PairKeyCodec(collections.BytesKey, collections.Uint32Key), codec.CollValue[types.Segment](cdc)),
		LastCommits: collections.NewItem(sb, types.LastCommitsPrefix, "last_commits", codec.CollValue[types.BlockTime](cdc)),
		LateBlocks:  collections.NewMap(sb, types.LateBlocksPrefix, "late_blocks", collections.Int64Key, collections.Int64Value),
	}
}
