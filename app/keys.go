package app

import (
	storetypes "cosmossdk.io/store/types"
	circuittypes "cosmossdk.io/x/circuit/types"
	evidencetypes "cosmossdk.io/x/evidence/types"
	"cosmossdk.io/x/feegrant"
	upgradetypes "cosmossdk.io/x/upgrade/types"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"
	capabilitytypes "github.com/cosmos/ibc-go/modules/capability/types"
	icahosttypes "github.com/cosmos/ibc-go/v8/modules/apps/27-interchain-accounts/host/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"

	channelstypes "github.com/meshchain/meshchain/x/channels/types"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// storeKeys are the persistent stores, the same for both roles: a store that
// comes or goes needs an upgrade handler (upgrades.go).
func storeKeys() map[string]*storetypes.KVStoreKey {
	return storetypes.NewKVStoreKeys(
		authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, minttypes.StoreKey,
		distrtypes.StoreKey, slashingtypes.StoreKey, evidencetypes.StoreKey, govtypes.StoreKey,
		feegrant.StoreKey, authzkeeper.StoreKey, circuittypes.StoreKey, upgradetypes.StoreKey,
		consensustypes.StoreKey,
		capabilitytypes.StoreKey, ibcexported.StoreKey, transfertypes.StoreKey, icahosttypes.StoreKey,
		ratelimittypes.StoreKey, wasmtypes.StoreKey,
		zonestypes.StoreKey, transackettypes.StoreKey, channelstypes.StoreKey, didtypes.StoreKey,
	)
}

// memoryStoreKeys are rebuilt at each start.
func memoryStoreKeys() map[string]*storetypes.MemoryStoreKey {
	return storetypes.NewMemoryStoreKeys(capabilitytypes.MemStoreKey)
}
