package localnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"

	"github.com/meshchain/meshchain/client"
)

const (
	// maxValidators bounds a chain on one machine.
	maxValidators = 16
	// maxRestarts is how often each process may die unexpectedly.
	maxRestarts = 5
	// startAttempts is how often a start is tried with other ports.
	startAttempts = 3
	// firstBlockTimeout is how long a chain may take to its first block.
	firstBlockTimeout = time.Minute

	// DefaultGasPrice of Spec.GasPrice, without the denom.
	DefaultGasPrice = "0.0025"

	// Stake and funds of a validator, in units of the native denom.
	validatorStake = "1000000000"
	validatorFunds = "2000000000"
)

// Account is a key and what it owns at genesis.
type Account struct {
	Name string
	// Coins is a list like "100ufarm,5umesh"; empty for a key without funds.
	Coins string
	// Mnemonic, if set, restores the key instead of making one, so that somebody can
	// have the same key on several chains.
	Mnemonic string
	// Address, if set, is an account that nobody here has the key of; Name is then for
	// people only.
	Address string
}

// Spec says which chain to set up.
type Spec struct {
	// Binary is the path of meshchaind.
	Binary string
	// ChainID, for a zone <name>-<revision>.
	ChainID string
	// Zone is the zone's name; empty makes a main chain.
	Zone string
	// Owner, of a zone, is the address that its genesis names as its owner; may be empty.
	Owner string
	// Validators is the number of nodes, each a validator (default 1, at most 16).
	Validators int
	// Home is the directory for everything; it must not exist or be empty.
	Home string
	// BlockTime is the pause between blocks (default 1 s).
	BlockTime time.Duration
	// GasPrice is the least the nodes take per unit of gas, in the native denom
	// (default DefaultGasPrice).
	GasPrice string
	// UnbondingTime of stake (default what init writes: 21 days). Light clients of the chain are
	// alive for two thirds of it without an update.
	UnbondingTime time.Duration
	// Accounts beside the validators.
	Accounts []Account
	// OnRestart, if set, is told when a process died and is started again.
	OnRestart func(process string, cause error)
}

// Denom is the stake and fee denom of the chain.
func (s Spec) Denom() string {
	if s.Zone == "" {
		return "usmt"
	}
	return "u" + s.Zone
}

// GasPrices is what a transaction has to offer, as a coin per unit of gas.
func (s Spec) GasPrices() string { return s.GasPrice + s.Denom() }

func (s Spec) role() string {
	if s.Zone == "" {
		return "main"
	}
	return "zone"
}

var zoneName = regexp.MustCompile(`^[a-z][a-z0-9]{2,30}$`)

func (s Spec) validate() error {
	switch {
	case s.Binary == "":
		return errors.New("binary is empty: want the path of meshchaind")
	case s.ChainID == "":
		return errors.New("chain-id is empty")
	case s.Zone != "" && !zoneName.MatchString(s.Zone):
		return fmt.Errorf("zone %q: must match %s", s.Zone, zoneName)
	case s.Owner != "" && s.Zone == "":
		return fmt.Errorf("owner %s: only a zone has one", s.Owner)
	case s.Validators < 1 || s.Validators > maxValidators:
		return fmt.Errorf("validators %d: must be between 1 and %d", s.Validators, maxValidators)
	case s.BlockTime < 50*time.Millisecond:
		return fmt.Errorf("block time %s: must be at least 50ms", s.BlockTime)
	case s.UnbondingTime < 0:
		return fmt.Errorf("unbonding time %s: must not be negative", s.UnbondingTime)
	}
	return RequireEmpty(s.Home)
}

// RequireEmpty returns an error unless dir does not exist or is an empty directory.
func RequireEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("home %q: must be a new or empty directory: %w", dir, err)
	case len(entries) > 0:
		return fmt.Errorf("home %q: exists and is not empty (%d entries): give a new or empty directory", dir, len(entries))
	}
	return nil
}

// Chain is a running, or at least set up, chain.
type Chain struct {
	Spec  Spec
	Nodes []*Node
	// Keys holds the keys of the validators (validator-0, …) and accounts.
	Keys keyring.Keyring
}

// New writes the homes of a chain without starting anything. On error it
// removes what it wrote.
func New(ctx context.Context, spec Spec) (*Chain, error) {
	if spec.Validators == 0 {
		spec.Validators = 1
	}
	if spec.BlockTime == 0 {
		spec.BlockTime = time.Second
	}
	if spec.GasPrice == "" {
		spec.GasPrice = DefaultGasPrice
	}
	if err := spec.validate(); err != nil {
		return nil, fmt.Errorf("chain %q: %w", spec.ChainID, err)
	}
	c := &Chain{Spec: spec}
	for i := range spec.Validators {
		home := filepath.Join(spec.Home, fmt.Sprintf("node%d", i))
		c.Nodes = append(c.Nodes, &Node{Home: home, Service: &Service{
			Command: Command{
				Name: fmt.Sprintf("%s/node%d", spec.ChainID, i),
				Path: spec.Binary,
				Args: []string{"start", "--home", home, "--log_no_color"},
				Log:  filepath.Join(spec.Home, fmt.Sprintf("node%d.log", i)),
			},
			OnRestart: spec.OnRestart,
		}})
	}
	keys, err := client.OpenKeyring(keyring.BackendTest, c.KeyDir(), nil)
	if err == nil {
		c.Keys = keys
		err = c.setUp(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("chain %s: %w", spec.ChainID, err), os.RemoveAll(spec.Home))
	}
	return c, nil
}

// KeyDir is the directory of the keyring (backend test), for --keyring-dir.
func (c *Chain) KeyDir() string { return filepath.Join(c.Spec.Home, "keys") }

// GenesisFile is the path of the genesis, which is the same for every node.
func (c *Chain) GenesisFile() string { return c.Nodes[0].file("config", "genesis.json") }

func validatorKey(i int) string { return fmt.Sprintf("validator-%d", i) }

// Address of a key in bech32.
func (c *Chain) Address(name string) (string, error) {
	record, err := c.Keys.Key(name)
	if err != nil {
		return "", fmt.Errorf("chain %s: key %q: %w", c.Spec.ChainID, name, err)
	}
	addr, err := record.GetAddress()
	if err != nil {
		return "", fmt.Errorf("chain %s: key %q: %w", c.Spec.ChainID, name, err)
	}
	return address.NewBech32Codec(client.DefaultAddressPrefix).BytesToString(addr)
}

// Start runs all nodes and returns when the chain has made its first block. If
// another program took a port in the meantime, it tries again with other ones.
func (c *Chain) Start(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		err := c.startOnce(ctx)
		if err == nil {
			break
		}
		c.Abort()
		if attempt == startAttempts || !strings.Contains(err.Error(), "address already in use") {
			return err
		}
		if err := c.configure(); err != nil {
			return err
		}
	}
	for _, n := range c.Nodes {
		n.Allow(maxRestarts)
	}
	return nil
}

func (c *Chain) startOnce(ctx context.Context) error {
	for _, n := range c.Nodes {
		if err := n.Start(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, firstBlockTimeout)
	defer cancel()
	return c.WaitHeight(ctx, 1)
}

// WaitHeight returns when every node answers from the state after the block of the given height. A node
// that is over meanwhile, or a context that ends, is an error with the end of
// the node's log.
func (c *Chain) WaitHeight(ctx context.Context, height int64) error {
	for _, n := range c.Nodes {
		rpc, err := rpchttp.New(n.RPC(), "/websocket")
		if err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
		for {
			info, err := askInfo(ctx, rpc)
			if err == nil && info.Response.LastBlockHeight >= height {
				break
			}
			select {
			case <-n.Failed():
				return n.Err()
			case <-ctx.Done():
				return fmt.Errorf("%s: waiting for block %d: %w; the end of %s:\n%s",
					n.Name, height, ctx.Err(), n.Log, LogTail(n.Log, 15))
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

// askInfo does not wait long: on the port may be somebody else who never answers.
func askInfo(ctx context.Context, rpc *rpchttp.HTTP) (*coretypes.ResultABCIInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return rpc.ABCIInfo(ctx)
}

// Stop ends all nodes in order.
func (c *Chain) Stop() { c.each((*Service).Stop) }

// Abort ends all nodes at once, as a power cut would.
func (c *Chain) Abort() { c.each((*Service).Abort) }

func (c *Chain) each(do func(*Service)) {
	var wg sync.WaitGroup
	for _, n := range c.Nodes {
		wg.Add(1)
		go func() {
			defer wg.Done()
			do(n.Service)
		}()
	}
	wg.Wait()
}
