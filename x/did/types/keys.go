// Package types holds the state, messages and errors of x/did, and its formats: DIDs,
// keys, documents and signed bytes.
package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module, its store, its routes, and the account that fees
	// pass through.
	ModuleName = "did"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
)

// Prefixes of the collections in the module's store; see README.md, "State". They are
// part of the state format: never renumber them. 0 to 31 are those of identities and
// certificates, 32 and above those of data authentication.
var (
	ParamsPrefix   = collections.NewPrefix(0)
	FeesPrefix     = collections.NewPrefix(1)
	RecordsPrefix  = collections.NewPrefix(2)
	VersionsPrefix = collections.NewPrefix(3)
)
