package relayer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/viper"
	"gopkg.in/yaml.v3"
)

// Config of a relayer. In a file it is YAML with the keys named by the mapstructure tags; unknown
// keys are refused.
type Config struct {
	Chains []ChainConfig `mapstructure:"chains" yaml:"chains"`
	Paths  []Path        `mapstructure:"paths" yaml:"paths"`
	// PollInterval is how often each chain is asked for a new block (default 200ms).
	PollInterval time.Duration `mapstructure:"poll_interval" yaml:"poll_interval"`
	// ScanInterval is how often the chains' state is searched for packets missed (default 30s).
	ScanInterval time.Duration `mapstructure:"scan_interval" yaml:"scan_interval"`
	Batch        BatchConfig   `mapstructure:"batch" yaml:"batch"`
	Metrics      MetricsConfig `mapstructure:"metrics" yaml:"metrics"`
	// StateDir keeps the block cursor (default: the directory of the configuration file).
	StateDir string `mapstructure:"state_dir" yaml:"state_dir,omitempty"`
}

// ChainConfig says how to reach a chain and who pays there.
type ChainConfig struct {
	ChainID string `mapstructure:"chain_id" yaml:"chain_id"`
	// RPC is the CometBFT address of a node with a transaction index.
	RPC string `mapstructure:"rpc" yaml:"rpc"`
	// BackupRPC is another node of the chain: asked when the first does not answer or lags, and
	// compared with it all the time. Optional, and worth having.
	BackupRPC string `mapstructure:"backup_rpc" yaml:"backup_rpc,omitempty"`
	// Key is the name of the key that signs and pays.
	Key string `mapstructure:"key" yaml:"key"`
	// KeyringDir holds the keyring (relative paths start at the configuration file's directory).
	KeyringDir string `mapstructure:"keyring_dir" yaml:"keyring_dir"`
	// KeyringBackend is test, file or os.
	KeyringBackend string `mapstructure:"keyring_backend" yaml:"keyring_backend"`
	// GasPrices, for example 0.0025usmt.
	GasPrices string `mapstructure:"gas_prices" yaml:"gas_prices"`
	// GasAdjustment multiplies simulated gas (default 1.4).
	GasAdjustment float64 `mapstructure:"gas_adjustment" yaml:"gas_adjustment,omitempty"`
	// AddressPrefix of accounts (default mesh).
	AddressPrefix string `mapstructure:"address_prefix" yaml:"address_prefix"`
}

// BatchConfig limits one transaction.
type BatchConfig struct {
	// MaxMsgs is the number of packets, acknowledgements and time-outs (default 100).
	MaxMsgs int `mapstructure:"max_msgs" yaml:"max_msgs"`
	// MaxGas that one transaction may ask for (default 40,000,000). A single message above it is
	// still tried.
	MaxGas uint64 `mapstructure:"max_gas" yaml:"max_gas"`
	// MaxBytes of its messages (default 400,000; nodes take 1,048,576 by default).
	MaxBytes int `mapstructure:"max_bytes" yaml:"max_bytes"`
}

// MetricsConfig says where Prometheus finds the metrics.
type MetricsConfig struct {
	// Listen address such as 127.0.0.1:7597; empty is off.
	Listen string `mapstructure:"listen" yaml:"listen"`
}

// DefaultConfig returns a configuration without chains.
func DefaultConfig() Config {
	return Config{
		PollInterval: 200 * time.Millisecond,
		ScanInterval: 30 * time.Second,
		Batch:        BatchConfig{MaxMsgs: 100, MaxGas: 40_000_000, MaxBytes: 400_000},
	}
}

// LoadConfig reads and checks a configuration file.
func LoadConfig(file string) (Config, error) {
	cfg := DefaultConfig()
	v := viper.New()
	v.SetConfigFile(file)
	v.SetConfigType("yaml")
	if err := v.ReadInConfig(); err != nil {
		return Config{}, fmt.Errorf("relayer configuration: %w", err)
	}
	if err := v.UnmarshalExact(&cfg); err != nil {
		return Config{}, fmt.Errorf("relayer configuration %s: %w", file, err)
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return Config{}, fmt.Errorf("relayer configuration %s: %w", file, err)
	}
	cfg.StateDir = below(dir, cfg.StateDir)
	for i := range cfg.Chains {
		if cfg.Chains[i].KeyringDir != "" {
			cfg.Chains[i].KeyringDir = below(dir, cfg.Chains[i].KeyringDir)
		}
	}
	if err := cfg.Validate(); err != nil {
		return Config{}, fmt.Errorf("relayer configuration %s: %w", file, err)
	}
	for i := range cfg.Paths {
		cfg.Paths[i] = cfg.Paths[i].withDefaults()
	}
	return cfg, nil
}

func below(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Validate names the first field that breaks a rule.
func (c Config) Validate() error {
	switch {
	case c.PollInterval < 10*time.Millisecond || c.PollInterval > time.Minute:
		return fmt.Errorf("poll_interval %s: must be between 10ms and 1m", c.PollInterval)
	case c.ScanInterval < time.Second || c.ScanInterval > 24*time.Hour:
		return fmt.Errorf("scan_interval %s: must be between 1s and 24h", c.ScanInterval)
	case c.Batch.MaxMsgs < 1 || c.Batch.MaxMsgs > 1000:
		return fmt.Errorf("batch.max_msgs %d: must be between 1 and 1000", c.Batch.MaxMsgs)
	case c.Batch.MaxGas < 1_000_000:
		return fmt.Errorf("batch.max_gas %d: must be at least 1000000, which one packet with a client update may take", c.Batch.MaxGas)
	case c.Batch.MaxBytes < 10_000 || c.Batch.MaxBytes > 1_000_000:
		return fmt.Errorf("batch.max_bytes %d: must be between 10000 and 1000000", c.Batch.MaxBytes)
	}
	if c.Metrics.Listen != "" {
		if _, _, err := net.SplitHostPort(c.Metrics.Listen); err != nil {
			return fmt.Errorf("metrics.listen %q: want host:port: %w", c.Metrics.Listen, err)
		}
	}
	known := map[string]bool{}
	for i, chain := range c.Chains {
		if err := chain.validate(); err != nil {
			return fmt.Errorf("chains[%d].%w", i, err)
		}
		if known[chain.ChainID] {
			return fmt.Errorf("chains[%d].chain_id %q: is there twice", i, chain.ChainID)
		}
		known[chain.ChainID] = true
	}
	for i, p := range c.Paths {
		p = p.withDefaults()
		for side, id := range map[string]string{"a": p.A.ChainID, "b": p.B.ChainID} {
			if !known[id] {
				return fmt.Errorf("paths[%d].%s.chain_id %q: is not among chains", i, side, id)
			}
		}
		if err := p.validate(); err != nil {
			return fmt.Errorf("paths[%d].%w", i, err)
		}
	}
	return nil
}

func (c ChainConfig) validate() error {
	for _, f := range []struct{ name, value string }{
		{"chain_id", c.ChainID}, {"rpc", c.RPC}, {"key", c.Key}, {"keyring_backend", c.KeyringBackend},
	} {
		if f.value == "" {
			return fmt.Errorf("%s: is missing", f.name)
		}
	}
	for _, f := range []struct{ name, value string }{{"rpc", c.RPC}, {"backup_rpc", c.BackupRPC}} {
		if err := validRPC(f.value); err != nil {
			return fmt.Errorf("%s %q: %w", f.name, f.value, err)
		}
	}
	if c.BackupRPC == c.RPC {
		return fmt.Errorf("backup_rpc %q: is the same node as rpc", c.BackupRPC)
	}
	if _, err := sdk.ParseDecCoins(c.GasPrices); err != nil {
		return fmt.Errorf("gas_prices %q: want an amount and a denom, for example 0.0025usmt: %w", c.GasPrices, err)
	}
	if c.GasAdjustment != 0 && !(c.GasAdjustment >= 1 && c.GasAdjustment <= 10) {
		return fmt.Errorf("gas_adjustment %v: must be between 1 and 10", c.GasAdjustment)
	}
	switch c.KeyringBackend {
	case keyring.BackendFile, keyring.BackendOS, keyring.BackendTest:
	default:
		return fmt.Errorf("keyring_backend %q: must be file, os, or test (unencrypted)", c.KeyringBackend)
	}
	if c.KeyringDir == "" && c.KeyringBackend != "os" {
		return fmt.Errorf("keyring_dir: is missing, and keyring_backend %q needs one", c.KeyringBackend)
	}
	return nil
}

// validRPC refuses what cannot be the address of a node; nothing is allowed.
func validRPC(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "tcp" {
		return errors.New("must be like http://127.0.0.1:26657")
	}
	return nil
}

// Save writes the configuration to file, atomically and readable by its owner only. Directories
// below the file's own are written relative to it.
func (c Config) Save(file string) error {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("relayer configuration %s: %w", file, err)
	}
	c.StateDir = relative(dir, c.StateDir)
	if c.StateDir == "." {
		c.StateDir = ""
	}
	c.Chains = append([]ChainConfig(nil), c.Chains...)
	for i := range c.Chains {
		c.Chains[i].KeyringDir = relative(dir, c.Chains[i].KeyringDir)
	}
	var out bytes.Buffer
	out.WriteString("# Relayer configuration. Every key is documented in relayer/README.md.\n" +
		"# The ids under paths are filled in by `meshchaind relayer link`.\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(c), enc.Close()); err != nil {
		return fmt.Errorf("relayer configuration: %w", err)
	}
	return writeFile(file, out.Bytes())
}

func relative(dir, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil || path == "" {
		return path
	}
	rel, err := filepath.Rel(dir, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return abs
	}
	return rel
}

// writeFile replaces a file in one step: after a crash it has the old content or the new.
func writeFile(name string, content []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		if rm := os.Remove(f.Name()); !errors.Is(rm, fs.ErrNotExist) {
			err = errors.Join(err, rm)
		}
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
