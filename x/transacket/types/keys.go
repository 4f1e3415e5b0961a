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

	ReservedPrefix          = collections.NewPrefix(8)
	PricesPrefix            = collections.NewPrefix(9)
	HeldPrefix              = collections.NewPrefix(10)
	HeldReceiverIndexPrefix = collections.NewPrefix(11)
	HeldDeadlineIndexPrefix = collections.NewPrefix(12)
	HeldSizePrefix          = collections.NewPrefix(13)
	ContentPrefix           = collections.NewPrefix(14)
	ContentOwnerIndexPrefix = collections.NewPrefix(15)
	ContentExpiryPrefix     = collections.NewPrefix(16)
	PacketsPrefix           = collections.NewPrefix(17)
	InFlightPrefix          = collections.NewPrefix(18)
	StrandedPrefix          = collections.NewPrefix(19)
)
