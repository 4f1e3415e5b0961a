// Package types holds the messages, state and rules of x/transacket: the envelope
// and its one validation, its place in an ICS-20 memo, ids, receipts and errors.
package types

import "cosmossdk.io/collections"

const (
	// ModuleName of x/transacket.
	ModuleName = "transacket"
	// StoreKey of the module's store.
	StoreKey = ModuleName
)

// Prefixes of the collections in the module's store; see README.md, "State".
// They are part of the state format: never renumber them.
var (
	ParamsPrefix      = collections.NewPrefix(0)
	SequencePrefix    = collections.NewPrefix(1)
	NumberPrefix      = collections.NewPrefix(2)
	InboxPrefix       = collections.NewPrefix(3)
	SizePrefix        = collections.NewPrefix(4)
	IDIndexPrefix     = collections.NewPrefix(5)
	ThreadIndexPrefix = collections.NewPrefix(6)
	ExpiryIndexPrefix = collections.NewPrefix(7)
)
