// Package types holds what x/channels stores, signs and says. The signing bytes,
// their verification and the settlement sums are pure and serve payment nodes too.
package types

import "cosmossdk.io/collections"

const (
	// ModuleName of x/channels; the module account of this name holds the coins.
	ModuleName = "channels"
	// StoreKey of the module's store.
	StoreKey = ModuleName
)

// Prefixes of the collections in the module's store; see README.md, "State".
// They are part of the state format: never renumber them.
var (
	ParamsPrefix       = collections.NewPrefix(0)
	InstancePrefix     = collections.NewPrefix(1)
	ClockPrefix        = collections.NewPrefix(2)
	LastTimePrefix     = collections.NewPrefix(3)
	SequencePrefix     = collections.NewPrefix(4)
	ChannelsPrefix     = collections.NewPrefix(5)
	ByPartiesPrefix    = collections.NewPrefix(6)
	ByDeadlinePrefix   = collections.NewPrefix(7)
	ByKeyPrefix        = collections.NewPrefix(8)
	EndedPrefix        = collections.NewPrefix(9)
	EndedExpiryPrefix  = collections.NewPrefix(10)
	UnlockedPrefix     = collections.NewPrefix(11)
	SecretsPrefix      = collections.NewPrefix(12)
	SecretExpiryPrefix = collections.NewPrefix(13)
	UsedTermsPrefix    = collections.NewPrefix(14)
	CreditsPrefix      = collections.NewPrefix(15)
	CollateralsPrefix  = collections.NewPrefix(16)
)
