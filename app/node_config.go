package app

import (
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	pruningtypes "cosmossdk.io/store/pruning/types"

	serverconfig "github.com/cosmos/cosmos-sdk/server/config"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

const (
	// MinGasPrice is the default price of a unit of gas, in the native denom. A
	// bank send (about 80,000 gas) then costs 80 units, 0.00008 SMT: fees stay
	// small enough for people who live on two dollars a day (000 §1).
	MinGasPrice = "0.001"
	// BlockTime is the default pause between two blocks.
	BlockTime = 5 * time.Second
	// QueryGasLimit bounds what one query may cost a node.
	QueryGasLimit = 50_000_000
	// SnapshotInterval is the number of blocks between two state-sync snapshots.
	SnapshotInterval = 1_500
)

// GCPercentKey is the option for NodeConfig.Runtime.GCPercent.
const GCPercentKey = "runtime.gc-percent"

// NodeConfig is app.toml: the SDK's sections, wasm's and ours.
type NodeConfig struct {
	serverconfig.Config `mapstructure:",squash"`

	Wasm    wasmtypes.NodeConfig `mapstructure:"wasm"`
	Runtime struct {
		// GCPercent is Go's GOGC: the heap may grow by this many percent before
		// the next collection. The variable GOGC overrides it.
		GCPercent int `mapstructure:"gc-percent"`
	} `mapstructure:"runtime"`
}

// NodeConfigTemplate is the text of app.toml.
func NodeConfigTemplate() string {
	return serverconfig.DefaultConfigTemplate + wasmtypes.ConfigTemplate(defaultWasmConfig()) + `
[runtime]
# How much the heap may grow, in percent, before garbage is collected: less saves
# memory, more saves processor time. The environment variable GOGC overrides it.
# A zone starts with 40 (small machines), the main chain with 200 (busy ones).
gc-percent = {{ .Runtime.GCPercent }}
`
}

func defaultWasmConfig() wasmtypes.NodeConfig {
	config := wasmtypes.DefaultNodeConfig()
	config.MemoryCacheSize = 32 // MiB; filled only when contracts run
	return config
}

// DefaultNodeConfig is what validators expect, for small machines.
func DefaultNodeConfig(id zonestypes.Identity) NodeConfig {
	config := *serverconfig.DefaultConfig()
	config.MinGasPrices = MinGasPrice + id.NativeDenom()
	config.QueryGasLimit = QueryGasLimit

	// Recent states are for queries and for relayers' proofs; older ones only
	// cost disk. Every 10 blocks keeps the work per block small.
	config.Pruning = pruningtypes.PruningOptionCustom
	config.PruningKeepRecent = "1000"
	config.PruningInterval = "10"
	config.MinRetainBlocks = uint64(retainBlocks())
	config.StateSync.SnapshotInterval = SnapshotInterval
	config.StateSync.SnapshotKeepRecent = 2

	// The fast-node index speeds up queries of the newest state only, and costs
	// a second write of every value.
	config.IAVLDisableFastNode = true
	config.IAVLCacheSize = 100_000

	// The index answers searches for transactions. Every event would cost 14 GB a
	// year on an idle zone; these are what relayers and wallets ask for. Look-up by
	// hash always works.
	config.IndexEvents = []string{"send_packet.packet_sequence", "write_acknowledgement.packet_sequence", "message.action"}
	gcPercent := 40
	if id.IsMain() {
		config.IndexEvents = append(config.IndexEvents, "message.sender", "transfer.sender", "transfer.recipient")
		gcPercent = 200
	}

	config.Telemetry.Enabled = true
	config.Telemetry.PrometheusRetentionTime = 60 // seconds
	config.Telemetry.ServiceName = "meshchain"
	config.API.Enable = true
	config.API.Swagger = true
	config.API.EnableUnsafeCORS = false
	node := NodeConfig{Config: config, Wasm: defaultWasmConfig()}
	node.Runtime.GCPercent = gcPercent
	return node
}

// DefaultCometConfig is config.toml.
func DefaultCometConfig() *cmtcfg.Config {
	config := cmtcfg.DefaultConfig()
	config.Consensus.TimeoutCommit = BlockTime
	config.Instrumentation.Prometheus = true
	config.RPC.PprofListenAddress = ""
	// Accounts that send several transactions in a row need the recheck.
	config.Mempool.Recheck = true
	return config
}

// TrustingPeriod is how long IBC clients may trust a header of this chain: two
// thirds of the unbonding time, as is usual.
const TrustingPeriod = UnbondingTime * 2 / 3

// retainBlocks: light clients need blocks for the trusting period, a quarter
// is margin for links that were down.
func retainBlocks() int64 {
	return int64(TrustingPeriod/BlockTime) * 5 / 4
}
