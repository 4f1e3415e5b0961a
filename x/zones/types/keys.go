// Package types holds the state, messages and errors of x/zones.
package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module, its store and its routes.
	ModuleName = "zones"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
)

// IdentityPrefix is where the chain's identity lies in the store.
var IdentityPrefix = collections.NewPrefix(0)
