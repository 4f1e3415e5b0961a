package daemon

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/tower"
	"github.com/meshchain/meshchain/x/channels/types"
)

// openTowers prepares the client, and the tower if this node is one.
func (d *Daemon) openTowers() (err error) {
	above, err := tower.ParseLimits(d.cfg.Tower.WarnAbove)
	if err != nil {
		return fmt.Errorf("tower.warn_above: %w", err)
	}
	d.towers, err = tower.NewClient(tower.ClientConfig{
		WarnAbove: above,
		File:      filepath.Join(dataDir(d.home), "towers.json"), Domains: d.domains, Now: d.clock.now, Logger: d.log,
		Delegate: func(chainID string, message []byte) ([types.SignatureLength]byte, error) {
			n, err := d.network(chainID)
			if err != nil {
				return [types.SignatureLength]byte{}, err
			}
			return signer{n.key}.Sign(message), nil
		},
		Account: func(chainID, text string) ([]byte, error) {
			n, err := d.network(chainID)
			if err != nil {
				return nil, err
			}
			return n.ParseAddress(text)
		},
		Clock: func(chainID string) uint64 {
			n, err := d.network(chainID)
			if err != nil {
				return 0
			}
			return n.clock()
		},
	}, d.node)
	if err != nil {
		return err
	}
	if d.cfg.Tower.Serve {
		if err := d.openTower(); err != nil {
			return err
		}
	}
	tower.Register(d.node, d.watching, d.towers)
	return nil
}

// openTower prepares this node to watch for others.
func (d *Daemon) openTower() error {
	secret, err := d.nodeKey.Raw()
	if err != nil {
		return err
	}
	cfg := tower.ServerConfig{
		Dir: filepath.Join(dataDir(d.home), "tower"), MaxClients: d.cfg.Tower.MaxClients, Secret: secret, Sign: d.nodeKey.Sign, Now: d.clock.now, Logger: d.log,
	}
	if cfg.MinReward, err = types.ParseUint128(d.cfg.Tower.MinReward); err != nil {
		return fmt.Errorf("tower.min_reward: %w", err)
	}
	if cfg.MaxValue, err = tower.ParseLimits(d.cfg.Tower.MaxValue); err != nil {
		return fmt.Errorf("tower.max_value: %w", err)
	}
	if cfg.MaxClientValue, err = tower.ParseLimits(d.cfg.Tower.MaxClientValue); err != nil {
		return fmt.Errorf("tower.max_client_value: %w", err)
	}
	for _, n := range d.networks {
		account, err := n.ParseAddress(n.Address())
		if err != nil {
			return err
		}
		cfg.Chains = append(cfg.Chains, tower.Place{Chain: n.Chain, Account: account, Knows: func(domain types.Hash) bool {
			_, ok := n.denomOf(domain)
			return ok
		}})
	}
	d.watching, err = tower.NewServer(cfg, d.node)
	return err
}

// domains of all denoms on all chains that were reached.
func (d *Daemon) domains() (out []types.Hash) {
	for _, n := range d.networks {
		n.mu.Lock()
		for domain := range n.domains {
			out = append(out, domain)
		}
		n.mu.Unlock()
	}
	return out
}

// towerList shows the client to the interface.
type towerList struct{ client *tower.Client }

// List implements api.Towers.
func (t towerList) List() (out []*api.Tower) {
	for _, s := range t.client.List() {
		out = append(out, show(s))
	}
	return out
}

// Add implements api.Towers.
func (t towerList) Add(ctx context.Context, peer, address string, reward types.Uint128) (*api.Tower, error) {
	s, err := t.client.Add(ctx, peer, address, reward)
	if err != nil {
		return nil, err
	}
	return show(s), nil
}

func show(s tower.Status) *api.Tower {
	return &api.Tower{
		Address: s.Address, Account: s.Account, Reward: s.Reward.String(), Connected: s.Connected, Watching: uint32(s.Watching), Behind: uint32(s.Behind), Error: s.Err, //nolint:gosec // counts
	}
}
