package daemon

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

// network is one chain that the node is on.
type network struct {
	*chain.Chain
	cfg       ChainConfig
	key       keyfile.Key
	submitter *chain.Submitter
	lastClock atomic.Uint64
	seen      atomic.Bool // a block came in this run
	unsure    bool        // whether secrets are on record; of the goroutine that follows

	mu      sync.Mutex
	domains map[types.Hash]string // denom by domain, once the chain was reached
}

// openNetwork prepares access to a chain without contacting it. A keyring that has a passphrase asks
// for it on input.
func (d *Daemon) openNetwork(cfg ChainConfig, key keyfile.Key, input io.Reader) (*network, error) {
	keys, err := client.OpenKeyring(cfg.KeyringBackend, cfg.KeyringDir, input)
	if err != nil {
		return nil, fmt.Errorf("chain %s: %w", cfg.ID, err)
	}
	hash, err := hex.DecodeString(cfg.TrustHash)
	if err != nil {
		return nil, fmt.Errorf("chain %s: trust_hash: %w", cfg.ID, err)
	}
	c, err := chain.Open(chain.Config{
		ChainID: cfg.ID, Endpoints: cfg.Endpoints, AddressPrefix: cfg.AddressPrefix, Keyring: keys, Key: cfg.Key, GasPrices: cfg.GasPrices,
		GasAdjustment: cfg.GasAdjustment, PollInterval: cfg.PollInterval, MaxLag: cfg.MaxLag, TrustingPeriod: cfg.TrustingPeriod,
		TrustHeight: cfg.TrustHeight, TrustHash: hash, Checkpoint: checkpointFile(d.home, cfg.ID), Logger: d.log, Now: d.clock.machine,
	})
	if err != nil {
		return nil, fmt.Errorf("%w (keys are made by `photond init`)", err)
	}
	return &network{Chain: c, cfg: cfg, key: key, submitter: c.NewSubmitter(d.log), domains: map[types.Hash]string{}}, nil
}

// clock is the newest channel clock that was seen; 0 until everything that was on chain when this
// process started is known.
func (n *network) clock() uint64 {
	if !n.seen.Load() {
		return 0
	}
	return n.lastClock.Load()
}

// learnDomains asks for the domains of all denoms until the chain answers.
func (n *network) learnDomains(ctx context.Context) {
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		if n.tryDomains(ctx) == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (n *network) tryDomains(ctx context.Context) error {
	for _, denom := range n.cfg.Denoms {
		domain, err := n.Domain(ctx, denom)
		if err != nil {
			return err
		}
		n.mu.Lock()
		n.domains[domain] = denom
		n.mu.Unlock()
	}
	return nil
}

func (n *network) denomOf(domain types.Hash) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	denom, ok := n.domains[domain]
	return denom, ok
}

// networkOf finds chain and denom of a domain.
func (d *Daemon) networkOf(domain types.Hash) (*network, string, bool) {
	for _, n := range d.networks {
		if denom, ok := n.denomOf(domain); ok {
			return n, denom, true
		}
	}
	return nil, "", false
}

// whoAt answers introductions.
func (d *Daemon) whoAt(domain types.Hash) (string, types.ChannelKey) {
	n, _, ok := d.networkOf(domain)
	if !ok {
		return "", types.ChannelKey{}
	}
	return n.Address(), n.key.Public()
}
