package daemon

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/viper"

	"github.com/meshchain/meshchain/photon/tower"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Config of photond: the file config/photond.toml below its home. Every key, with its default and
// its dangers, is explained in the file that `photond init` writes.
type Config struct {
	Node      NodeConfig      `mapstructure:"node"`
	API       APIConfig       `mapstructure:"api"`
	Chains    []ChainConfig   `mapstructure:"chain"`
	Channels  ChannelConfig   `mapstructure:"channels"`
	Store     StoreConfig     `mapstructure:"store"`
	Mediation MediationConfig `mapstructure:"mediation"`
	Tower     TowerConfig     `mapstructure:"tower"`
	Log       LogConfig       `mapstructure:"log"`
}

// NodeConfig says how other nodes reach this one.
type NodeConfig struct {
	Network  string   `mapstructure:"network"`
	Listen   []string `mapstructure:"listen"`
	Connect  []string `mapstructure:"connect"`
	QUIC     bool     `mapstructure:"quic"`
	NAT      bool     `mapstructure:"nat"`
	MDNS     bool     `mapstructure:"mdns"`
	MaxPeers int      `mapstructure:"max_peers"`
}

// APIConfig says where programs of the owner reach this node.
type APIConfig struct {
	GRPC string `mapstructure:"grpc"`
	REST string `mapstructure:"rest"`
}

// ChainConfig says how to reach a chain, and who pays there.
type ChainConfig struct {
	ID             string        `mapstructure:"id"`
	Endpoints      []string      `mapstructure:"endpoints"`
	Denoms         []string      `mapstructure:"denoms"`
	Key            string        `mapstructure:"key"`
	KeyringBackend string        `mapstructure:"keyring_backend"`
	KeyringDir     string        `mapstructure:"keyring_dir"`
	GasPrices      string        `mapstructure:"gas_prices"`
	GasAdjustment  float64       `mapstructure:"gas_adjustment"`
	AddressPrefix  string        `mapstructure:"address_prefix"`
	PollInterval   time.Duration `mapstructure:"poll_interval"`
	MaxLag         time.Duration `mapstructure:"max_lag"`
	TrustingPeriod time.Duration `mapstructure:"trusting_period"`
	TrustHeight    int64         `mapstructure:"trust_height"`
	TrustHash      string        `mapstructure:"trust_hash"`
}

// ChannelConfig has the rules of all channels.
type ChannelConfig struct {
	Accept          bool          `mapstructure:"accept"`
	MinDeposit      string        `mapstructure:"min_deposit"`
	MaxChannels     int           `mapstructure:"max_channels"`
	MinChallenge    time.Duration `mapstructure:"min_challenge"`
	MaxChallenge    time.Duration `mapstructure:"max_challenge"`
	ReturnTime      time.Duration `mapstructure:"return_time"`
	MaxSlots        uint32        `mapstructure:"max_slots"`
	Dust            string        `mapstructure:"dust"`
	WindowBytes     uint64        `mapstructure:"window_bytes"`
	ConsentClose    bool          `mapstructure:"consent_close"`
	ConsentWithdraw bool          `mapstructure:"consent_withdraw"`
}

// StoreConfig says what may be kept on disk.
type StoreConfig struct {
	Retention int64 `mapstructure:"retention"`
	Segment   int64 `mapstructure:"segment"`
	Reserve   int64 `mapstructure:"reserve"`
	Bodies    int64 `mapstructure:"bodies"`
}

// TowerConfig says whether this node watches for others.
type TowerConfig struct {
	Serve          bool   `mapstructure:"serve"`
	MinReward      string `mapstructure:"min_reward"`
	MaxClients     int    `mapstructure:"max_clients"`
	MaxValue       string `mapstructure:"max_value"`
	MaxClientValue string `mapstructure:"max_client_value"`
	WarnAbove      string `mapstructure:"warn_above"`
}

// LogConfig says what is logged.
type LogConfig struct {
	Level  string `mapstructure:"level"`
	Format string `mapstructure:"format"`
}

// DefaultConfig returns a configuration without chains.
func DefaultConfig() Config {
	return Config{
		Node: NodeConfig{Network: "mesh", Listen: []string{"/ip4/0.0.0.0/tcp/9735"}, MaxPeers: 128},
		API:  APIConfig{GRPC: "127.0.0.1:9736", REST: "127.0.0.1:9737"},
		Channels: ChannelConfig{
			Accept: true, MaxChannels: 256, MinChallenge: 30 * time.Minute, MaxChallenge: 30 * 24 * time.Hour, MaxSlots: 30, Dust: "1",
			WindowBytes: 32 << 20, ConsentClose: true, ConsentWithdraw: true,
		},
		Mediation: DefaultMediation(),
		Store:     StoreConfig{Retention: 4 << 30, Segment: 64 << 20, Reserve: 256 << 20, Bodies: 256 << 20},
		Tower:     TowerConfig{MinReward: "0", MaxClients: 1000},
		Log:       LogConfig{Level: "info", Format: "text"},
	}
}

// DefaultChain returns the configuration of a chain without id, endpoints and gas prices.
func DefaultChain() ChainConfig {
	return ChainConfig{
		Key: "photon", KeyringBackend: "file", GasAdjustment: 1.4, AddressPrefix: "mesh", PollInterval: time.Second,
		MaxLag: 30 * time.Second, TrustingPeriod: 14 * 24 * time.Hour,
	}
}

// Load reads and checks the configuration of a home. Unknown keys are refused.
func Load(home string) (Config, error) {
	file := ConfigFile(home)
	v := viper.New()
	v.SetConfigFile(file)
	v.SetConfigType("toml")
	if err := v.ReadInConfig(); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return Config{}, fmt.Errorf("%s does not exist: run `photond init --home %s` first", file, home)
		}
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	cfg := DefaultConfig()
	if err := v.UnmarshalExact(&cfg); err != nil {
		return Config{}, fmt.Errorf("configuration %s: %w", file, err)
	}
	for i := range cfg.Chains {
		cfg.Chains[i] = cfg.Chains[i].complete(home)
	}
	if err := cfg.Validate(); err != nil {
		return Config{}, fmt.Errorf("configuration %s: %w", file, err)
	}
	return cfg, nil
}

// complete fills what is left out of a stanza with the defaults.
func (c ChainConfig) complete(home string) ChainConfig {
	d := DefaultChain()
	for text, otherwise := range map[*string]string{&c.Key: d.Key, &c.KeyringBackend: d.KeyringBackend, &c.AddressPrefix: d.AddressPrefix} {
		if *text == "" {
			*text = otherwise
		}
	}
	for duration, otherwise := range map[*time.Duration]time.Duration{&c.PollInterval: d.PollInterval, &c.MaxLag: d.MaxLag, &c.TrustingPeriod: d.TrustingPeriod} {
		if *duration == 0 {
			*duration = otherwise
		}
	}
	if c.GasAdjustment == 0 {
		c.GasAdjustment = d.GasAdjustment
	}
	if c.KeyringDir == "" {
		c.KeyringDir = home
	} else if !filepath.IsAbs(c.KeyringDir) {
		c.KeyringDir = filepath.Join(home, c.KeyringDir)
	}
	return c
}

// Validate names the first field that breaks a rule.
func (c Config) Validate() error {
	if len(c.Chains) == 0 {
		return errors.New("[[chain]]: there is none: a payment node needs a chain")
	}
	seen := map[string]bool{}
	for i, chain := range c.Chains {
		if err := chain.validate(); err != nil {
			return fmt.Errorf("[[chain]] %d: %w", i+1, err)
		}
		if seen[chain.ID] {
			return fmt.Errorf("[[chain]] %d: id %q is there twice", i+1, chain.ID)
		}
		seen[chain.ID] = true
	}
	if _, err := sdk.ParseCoinsNormalized(c.Channels.MinDeposit); err != nil {
		return fmt.Errorf("channels.min_deposit %q: must be coins like 1000usmt,5farm: %w", c.Channels.MinDeposit, err)
	}
	if _, err := types.ParseUint128(c.Channels.Dust); err != nil {
		return fmt.Errorf("channels.dust: %w", err)
	}
	if _, err := types.ParseUint128(c.Tower.MinReward); err != nil {
		return fmt.Errorf("tower.min_reward: %w", err)
	}
	for name, coins := range map[string]string{"max_value": c.Tower.MaxValue, "max_client_value": c.Tower.MaxClientValue, "warn_above": c.Tower.WarnAbove} {
		if _, err := tower.ParseLimits(coins); err != nil {
			return fmt.Errorf("tower.%s: %w", name, err)
		}
	}
	if _, err := c.Mediation.paymentConfig(c.Channels.MaxSlots); err != nil {
		return err
	}
	switch {
	case c.Channels.MinChallenge > c.Channels.MaxChallenge:
		return fmt.Errorf("channels.min_challenge %s: must be at most max_challenge %s", c.Channels.MinChallenge, c.Channels.MaxChallenge)
	case c.Channels.MaxChannels < 1 || c.Channels.MaxChannels > 4096:
		return fmt.Errorf("channels.max_channels %d: must be 1 to 4096", c.Channels.MaxChannels)
	case c.Tower.MaxClients < 1 || c.Tower.MaxClients > 4096:
		return fmt.Errorf("tower.max_clients %d: must be 1 to 4096", c.Tower.MaxClients)
	case c.Store.Bodies < 0:
		return fmt.Errorf("store.bodies %d: must be at least 0", c.Store.Bodies)
	case c.Log.Format != "text" && c.Log.Format != "json":
		return fmt.Errorf("log.format %q: must be text or json", c.Log.Format)
	}
	return nil
}

func (c ChainConfig) validate() error {
	switch {
	case c.ID == "":
		return errors.New("id is missing: the chain-id")
	case len(c.Denoms) == 0:
		return errors.New("denoms is empty: want those that channels may have, like usmt")
	case len(c.Endpoints) == 0:
		return errors.New("endpoints is empty: want addresses like http://127.0.0.1:26657, best two of different operators")
	case c.PollInterval < 50*time.Millisecond || c.PollInterval > time.Minute:
		return fmt.Errorf("poll_interval %s: must be 50ms to 1m", c.PollInterval)
	case c.MaxLag < 5*time.Second || c.MaxLag > 10*time.Minute:
		return fmt.Errorf("max_lag %s: must be 5s to 10m", c.MaxLag)
	}
	if b, err := hex.DecodeString(c.TrustHash); err != nil || len(b) != 0 && len(b) != 32 {
		return fmt.Errorf("trust_hash %q: must be 64 hexadecimal digits", c.TrustHash)
	}
	return nil
}
