// Package types holds the state, messages and errors of x/zones.
package types

import (
	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
)

const (
	// ModuleName names the module, its store, its routes and the account that holds
	// bonds.
	ModuleName = "zones"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName

	// TopicActivate is the topic of the announcement that makes a zone active.
	TopicActivate = "zones/activate"
	// TopicHeartbeat is the topic of the announcements after it.
	TopicHeartbeat = "zones/heartbeat"
)

// Prefixes of the collections in the module's store; see README.md, "State".
// They are part of the state format: never renumber them.
var (
	IdentityPrefix     = collections.NewPrefix(0)
	ParamsPrefix       = collections.NewPrefix(1)
	RegistrationPrefix = collections.NewPrefix(2)
	ZonesPrefix        = collections.NewPrefix(3)
	ChannelsPrefix     = collections.NewPrefix(4)
	ClientsPrefix      = collections.NewPrefix(5)
	DeadlinesPrefix    = collections.NewPrefix(6)
	RefundsPrefix      = collections.NewPrefix(7)
	OwnerPrefix        = collections.NewPrefix(8)
	HubPrefix          = collections.NewPrefix(9)
)

// RegistryAddress is the account that announcements come from on a zone and go to
// on the main chain. Its bytes are the same on every chain; nobody has its key,
// and only MsgAnnounce spends from it. It is no module account, since those must
// not receive coins.
func RegistryAddress() sdk.AccAddress { return address.Module(ModuleName, []byte("registry")) }
