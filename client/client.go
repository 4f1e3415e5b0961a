package client

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Defaults of [Config].
const (
	DefaultGasAdjustment = 1.4
	DefaultCallTimeout   = 10 * time.Second
	DefaultWaitTimeout   = 2 * time.Minute
	DefaultPollInterval  = 100 * time.Millisecond
)

// Config says which node to talk to and how to pay.
type Config struct {
	// RPC is the CometBFT RPC address, for example http://127.0.0.1:26657.
	RPC string
	// Backup is the address of another node of the same chain, asked whenever the first does not
	// answer. Optional.
	Backup string
	// ChainID the node must have; empty accepts any.
	ChainID string
	// AddressPrefix is the bech32 prefix of accounts (default "mesh"); ignored if Encoding is set.
	AddressPrefix string
	// Encoding of messages; default NewEncoding(AddressPrefix).
	Encoding *Encoding
	// Keyring holds the keys of Account; without it the client only reads.
	Keyring keyring.Keyring
	// GasPrices pays per unit of gas, for example 0.0025usmt. Empty pays nothing.
	GasPrices string
	// GasAdjustment multiplies simulated gas (default 1.4, at least 1).
	GasAdjustment float64
	// EventTypes are the events that results of transactions and blocks show; empty shows all. A
	// program that follows many blocks saves most of its work by naming what it wants.
	EventTypes []string
	// CallTimeout bounds one RPC call (default 10 s).
	CallTimeout time.Duration
	// WaitTimeout bounds waiting for a height or a transaction when the context has no deadline
	// (default 2 min).
	WaitTimeout time.Duration
	// PollInterval is how often, at most, the node is asked for its height (default 100 ms).
	PollInterval time.Duration
}

// Client talks to one node. It is safe for concurrent use and implements the gRPC client
// connection that generated query clients take, over ABCI queries.
type Client struct {
	// RPC is the node's CometBFT interface, for what this package does not wrap.
	RPC *rpchttp.HTTP
	// Encoding of messages, transactions and state.
	Encoding *Encoding

	cfg    Config
	prices sdk.DecCoins
	blocks *blockFeed
	nodes  *failover
}

// New checks the configuration and prepares a client without contacting the node.
func New(cfg Config) (*Client, error) {
	if cfg.RPC == "" {
		return nil, fmt.Errorf("rpc: address is empty, want something like http://127.0.0.1:26657")
	}
	if cfg.GasAdjustment == 0 {
		cfg.GasAdjustment = DefaultGasAdjustment
	}
	if math.IsNaN(cfg.GasAdjustment) || cfg.GasAdjustment < 1 || cfg.GasAdjustment > 10 {
		return nil, fmt.Errorf("gas adjustment %v: must be between 1 and 10", cfg.GasAdjustment)
	}
	cfg.CallTimeout = positive(cfg.CallTimeout, DefaultCallTimeout)
	cfg.WaitTimeout = positive(cfg.WaitTimeout, DefaultWaitTimeout)
	cfg.PollInterval = positive(cfg.PollInterval, DefaultPollInterval)
	prices, err := sdk.ParseDecCoins(cfg.GasPrices)
	if err != nil {
		return nil, fmt.Errorf("gas prices %q: want a list like 0.0025usmt: %w", cfg.GasPrices, err)
	}
	if cfg.Encoding == nil {
		if cfg.Encoding, err = commonEncoding(cfg.AddressPrefix); err != nil {
			return nil, err
		}
	}
	nodes := &failover{}
	for _, address := range []string{cfg.RPC, cfg.Backup} {
		if address == "" {
			continue
		}
		if err := nodes.add(address); err != nil {
			return nil, fmt.Errorf("rpc %q: %w", address, err)
		}
	}
	transport := &http.Client{Transport: nodes, Timeout: cfg.CallTimeout}
	rpc, err := rpchttp.NewWithClient(cfg.RPC, "/websocket", transport)
	if err != nil {
		return nil, fmt.Errorf("rpc %q: %w", cfg.RPC, err)
	}
	raw := rawRPC{http: transport, url: nodes.nodes[0].url.String(), keep: map[string]bool{}}
	for _, t := range cfg.EventTypes {
		raw.keep[t] = true
	}
	return &Client{
		RPC: rpc, Encoding: cfg.Encoding, cfg: cfg, prices: prices, nodes: nodes,
		blocks: newBlockFeed(rpc, raw, cfg.PollInterval),
	}, nil
}

// Dial is New followed by a first call: it fails if the node does not answer or serves another
// chain than cfg.ChainID. With an empty cfg.ChainID the client adopts the node's.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	c, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return c, c.CheckChain(ctx)
}

// CheckChain asks the node for its chain-id and refuses another one than configured. An empty
// Config.ChainID is replaced by the answer, so call it once, before the client is shared.
func (c *Client) CheckChain(ctx context.Context) error {
	status, err := c.RPC.Status(ctx)
	if err != nil {
		return fmt.Errorf("node at %s: %w", c.cfg.RPC, err)
	}
	got := status.NodeInfo.Network
	if c.cfg.ChainID == "" {
		c.cfg.ChainID = got
	}
	if got != c.cfg.ChainID {
		return fmt.Errorf("node at %s: chain-id is %q, want %q", c.cfg.RPC, got, c.cfg.ChainID)
	}
	return nil
}

// ChainID of the chain this client signs for.
func (c *Client) ChainID() string { return c.cfg.ChainID }

// Height returns the height of the newest block whose state the node answers from, at most
// PollInterval old.
func (c *Client) Height(ctx context.Context) (int64, error) {
	h, err := c.blocks.height(ctx)
	if err != nil {
		return 0, fmt.Errorf("height of %s: %w", c.cfg.ChainID, err)
	}
	return h, nil
}

// WaitHeight returns when the node answers from the state after a block of at least the given height.
// A node that does not answer meanwhile is asked again until ctx ends (or WaitTimeout, if ctx has no deadline).
func (c *Client) WaitHeight(ctx context.Context, height int64) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	if err := c.blocks.waitHeight(ctx, height); err != nil {
		return fmt.Errorf("waiting for height %d of %s: %w", height, c.cfg.ChainID, err)
	}
	return nil
}

func (c *Client) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.cfg.WaitTimeout)
}

func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
