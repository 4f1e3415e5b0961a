package types

import "cosmossdk.io/collections"

// Prefixes of data authentication; see keys.go.
var (
	SchemasPrefix         = collections.NewPrefix(32)
	SchemasByDevicePrefix = collections.NewPrefix(33)
	SchemaExpiryPrefix    = collections.NewPrefix(34)
	DisclosedPrefix       = collections.NewPrefix(35)
	SegmentsPrefix        = collections.NewPrefix(36)
	LastCommitsPrefix     = collections.NewPrefix(37)
	LateBlocksPrefix      = collections.NewPrefix(38)
)
