package chain

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cosmos/cosmos-sdk/crypto/keyring"
)

// Bounds and defaults of [Config].
const (
	MaxEndpoints           = 4
	DefaultPollInterval    = time.Second
	DefaultMaxLag          = 30 * time.Second
	DefaultTrustingPeriod  = 14 * 24 * time.Hour
	DefaultReconcile       = 30 * time.Second
	DefaultCallTimeout     = 5 * time.Second
	DefaultCheckpointEvery = time.Minute
)

// Config says how to reach a chain, and who pays there.
type Config struct {
	// ChainID that every endpoint must serve.
	ChainID string
	// Endpoints are CometBFT RPC addresses, best ones first; two or more are compared.
	Endpoints []string
	// AddressPrefix of accounts (default mesh).
	AddressPrefix string
	// Keyring and Key sign and pay; without them nothing can be submitted.
	Keyring keyring.Keyring
	Key     string
	// GasPrices, for example 0.0025usmt.
	GasPrices string
	// GasAdjustment multiplies simulated gas (default 1.4).
	GasAdjustment float64
	// PollInterval is how often the endpoints are asked for a new block (default 1 s).
	PollInterval time.Duration
	// MaxLag is how old the newest header may be, and how far in the future (default 30 s).
	MaxLag time.Duration
	// Reconcile is how often the state is compared with the events that were seen, at
	// every endpoint (default 30 s).
	Reconcile time.Duration
	// CallTimeout bounds one question to one endpoint (default 5 s).
	CallTimeout time.Duration
	// TrustingPeriod is how long a checkpoint vouches for newer headers: less than the
	// chain's unbonding time (default 14 d).
	TrustingPeriod time.Duration
	// Checkpoint keeps the newest verified header in a file; empty keeps it in memory only.
	Checkpoint string
	// TrustHash, if set, is the header hash at TrustHeight that trust starts from instead
	// of from what the endpoints agree upon at the first start.
	TrustHeight int64
	TrustHash   []byte
	// Logger hears what an operator has to mend (default: nobody does).
	Logger *slog.Logger
	// Now is the time (default time.Now).
	Now func() time.Time
}

func (c *Config) complete() error {
	if c.ChainID == "" {
		return errors.New("chain-id is empty")
	}
	if len(c.Endpoints) < 1 || len(c.Endpoints) > MaxEndpoints {
		return fmt.Errorf("chain %s: %d endpoints: must be 1 to %d", c.ChainID, len(c.Endpoints), MaxEndpoints)
	}
	seen := map[string]bool{}
	for _, url := range c.Endpoints {
		if seen[url] {
			return fmt.Errorf("chain %s: endpoint %s is named twice: it cannot contradict itself", c.ChainID, url)
		}
		seen[url] = true
	}
	if (c.TrustHeight > 0) != (len(c.TrustHash) == 32) || len(c.TrustHash) != 0 && len(c.TrustHash) != 32 {
		return fmt.Errorf("chain %s: trust height %d with a hash of %d bytes: give both, a hash has 32", c.ChainID, c.TrustHeight, len(c.TrustHash))
	}
	for d, otherwise := range map[*time.Duration]time.Duration{
		&c.PollInterval: DefaultPollInterval, &c.MaxLag: DefaultMaxLag, &c.Reconcile: DefaultReconcile,
		&c.CallTimeout: DefaultCallTimeout, &c.TrustingPeriod: DefaultTrustingPeriod,
	} {
		if *d <= 0 {
			*d = otherwise
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
