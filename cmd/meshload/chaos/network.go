package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
)

const (
	relayerKey = "relayer"
	// funds of every account, in units of the fee denom and of cargo.
	funds = 1_000_000_000_000
	// cargo is what packets carry: nothing else moves it, fees are paid in the native denom.
	cargo = "ucargo"
)

// side is a chain.
type side struct {
	*localnet.Chain
	name   string
	client *client.Client
	wire   *localnet.Wire // by which the relayer reaches it
}

// network is a main chain, zones and the relayer between them.
type network struct {
	sides   []*side // the main chain first
	relayer *localnet.Service
	lanes   []*lane
}

// newNetwork starts the chains, links every zone with the main chain and starts the relayer. What it
// has started when it fails, close ends.
func newNetwork(ctx context.Context, s *settings, dir string) (*network, error) {
	n := &network{}
	if err := n.startChains(ctx, s, dir); err != nil {
		return n, err
	}
	cfg := relayer.DefaultConfig()
	var chains []*relayer.Chain
	for _, side := range n.sides {
		c := relayer.ChainConfig{
			ChainID: side.Spec.ChainID, RPC: side.Nodes[0].RPC(), Key: relayerKey, KeyringDir: side.KeyDir(), KeyringBackend: "test",
			GasPrices: side.Spec.GasPrices(), AddressPrefix: "mesh",
		}
		chain, err := relayer.OpenChain(c, nil)
		if err != nil {
			return n, err
		}
		chains = append(chains, chain)
		c.RPC = side.wire.URL()
		cfg.Chains = append(cfg.Chains, c)
	}
	for i, zone := range chains[1:] {
		path, err := relayer.Link(ctx, chains[0], zone, relayer.LinkOptions{})
		if err != nil {
			return n, err
		}
		cfg.Paths = append(cfg.Paths, path)
		if err := n.addLanes(path, n.sides[i+1]); err != nil {
			return n, err
		}
	}
	file := filepath.Join(dir, "relayer.yaml")
	if err := cfg.Save(file); err != nil {
		return n, err
	}
	n.relayer = &localnet.Service{Command: localnet.Command{
		Name: relayerName, Path: s.node, Log: filepath.Join(dir, "relayer.log"),
		Args: []string{"relayer", "start", "--config", file, "--log_no_color"},
	}}
	return n, n.relayer.Start()
}

// startChains starts all chains at the same time, each with a wire.
func (n *network) startChains(ctx context.Context, s *settings, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	n.sides = make([]*side, s.zones+1)
	group, ctx := errgroup.WithContext(ctx)
	for i := range n.sides {
		spec := localnet.Spec{ChainID: "mesh-main-1", Binary: s.node, BlockTime: s.blockTime}
		senders := []string{}
		if i == 0 {
			for z := range s.zones {
				senders = append(senders, senderTo(zoneName(z)))
			}
		} else {
			spec.Zone, spec.ChainID = zoneName(i-1), zoneName(i-1)+"-1"
			senders = append(senders, senderTo(mainName))
		}
		spec.Home = filepath.Join(dir, spec.ChainID)
		for _, name := range append(senders, relayerKey) {
			spec.Accounts = append(spec.Accounts, localnet.Account{Name: name, Coins: fmt.Sprintf("%d%s,%d%s", funds, cargo, funds, spec.Denom())})
		}
		side := &side{name: mainName}
		if i > 0 {
			side.name = spec.Zone
		}
		n.sides[i] = side
		group.Go(func() error { return side.start(ctx, spec) })
	}
	return group.Wait()
}

func (s *side) start(ctx context.Context, spec localnet.Spec) (err error) {
	if s.Chain, err = localnet.New(ctx, spec); err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	s.Nodes[0].Allow(0) // who dies by itself is a failure
	if s.wire, err = localnet.NewWire(ctx, s.Nodes[0].RPC()); err != nil {
		return err
	}
	s.client, err = client.Dial(ctx, client.Config{
		RPC: s.Nodes[0].RPC(), ChainID: s.Spec.ChainID, Keyring: s.Keys, GasPrices: s.Spec.GasPrices(),
	})
	return err
}

// service is the process of a target.
func (n *network) service(t target) *localnet.Service {
	if t.Name == relayerName {
		return n.relayer
	}
	return n.side(t.Name).Nodes[0].Service
}

func (n *network) side(name string) *side {
	for _, s := range n.sides {
		if s.name == name {
			return s
		}
	}
	panic("no chain is called " + name) // targets and sides are made from the same names
}

func (n *network) close() {
	if n.relayer != nil {
		n.relayer.Abort()
	}
	for _, s := range n.sides {
		if s == nil {
			continue
		}
		if s.wire != nil {
			s.wire.Close()
		}
		if s.Chain != nil {
			s.Abort()
		}
	}
}
