package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
)

const (
	mainChainID = "mesh-main-1"
	keyRelayer  = "relayer"

	// relayerFunds of each chain's native denom, enough for the most rows.
	relayerFunds = "1000000000"
	// linkAttempts is how often the chains are asked to link: on a busy machine a node
	// may not show at once what it has just done, and the command can go on then.
	linkAttempts = 3
	// relayerRestarts is how often the relayer may die.
	relayerRestarts = 5
)

// network is the main chain, zones around it and the links between them.
type network struct {
	home   string
	binary string
	// chains, the main chain first.
	chains  []*localnet.Chain
	relayer *localnet.Service
	// paths lead from the main chain (A) to each zone (B), in the order of the chains.
	paths []relayer.Path

	progress *progress
	mu       sync.Mutex
	restarts []string
}

// main is the main chain.
func (n *network) main() *localnet.Chain { return n.chains[0] }

// startNetwork sets up the chains, the main chain first, and returns when the links
// are open and served. The network is returned with an error, too, for what already
// runs to be stopped.
func startNetwork(ctx context.Context, home string, specs []localnet.Spec, p *progress) (*network, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if home, err = filepath.Abs(home); err != nil {
		return nil, err
	}
	n := &network{home: home, binary: binary, progress: p, chains: make([]*localnet.Chain, len(specs))}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	var names []string
	g, gctx := errgroup.WithContext(ctx)
	for i, spec := range specs {
		names = append(names, fmt.Sprintf("%s (validators: %d)", spec.ChainID, max(spec.Validators, 1)))
		spec.Binary, spec.Home, spec.OnRestart = binary, filepath.Join(home, spec.ChainID), n.restarted
		spec.Accounts = append([]localnet.Account{{Name: keyRelayer, Coins: relayerFunds + spec.Denom()}}, spec.Accounts...)
		g.Go(func() error {
			c, err := localnet.New(gctx, spec)
			if err != nil {
				return err
			}
			n.chains[i] = c
			return c.Start(gctx)
		})
	}
	p.say("starting %s", strings.Join(names, ", "))
	if err := g.Wait(); err != nil {
		return n, err
	}
	if err := n.link(ctx); err != nil {
		return n, err
	}
	return n, n.describe()
}

// link opens client, connection and channel to each zone and starts the relayer on them.
func (n *network) link(ctx context.Context) error {
	n.progress.say("linking the chains")
	file := filepath.Join(n.home, "relayer", "config.yaml")
	cfg := relayer.DefaultConfig()
	for _, c := range n.chains {
		cfg.Chains = append(cfg.Chains, relayer.ChainConfig{
			ChainID: c.Spec.ChainID, RPC: c.Nodes[0].RPC(), Key: keyRelayer,
			KeyringDir: c.KeyDir(), KeyringBackend: "test", GasPrices: c.Spec.GasPrices(), AddressPrefix: client.DefaultAddressPrefix,
		})
	}
	for _, zone := range n.chains[1:] {
		cfg.Paths = append(cfg.Paths, relayer.Path{A: relayer.End{ChainID: n.main().Spec.ChainID}, B: relayer.End{ChainID: zone.Spec.ChainID}})
	}
	if err := cfg.Save(file); err != nil {
		return err
	}
	// A home of its own, or the command would make one in the user's folder.
	own := []string{"--config", file, "--home", filepath.Dir(file), "--log_format", "json"}
	for attempt := 1; ; attempt++ {
		_, err := localnet.RunWithLog(ctx, n.progress.logLines(), n.binary, append([]string{"relayer", "link"}, own...)...)
		if err == nil {
			break
		}
		if attempt == linkAttempts || ctx.Err() != nil {
			return err
		}
		n.progress.say("linking goes on where it stopped")
	}
	cfg, err := relayer.LoadConfig(file)
	if err != nil {
		return err
	}
	n.paths = cfg.Paths
	for i, path := range n.paths {
		if !path.Linked() || path.B.ChainID != n.chains[i+1].Spec.ChainID {
			return fmt.Errorf("%s: path %d is not linked to %s", file, i, n.chains[i+1].Spec.ChainID)
		}
		n.progress.say("linked: %s", path)
	}
	n.relayer = &localnet.Service{
		Command: localnet.Command{
			Name: "relayer", Path: n.binary, Args: append([]string{"relayer", "start"}, own...),
			Log: filepath.Join(n.home, "relayer", "relayer.log"),
		},
		OnRestart: n.restarted,
	}
	n.relayer.Allow(relayerRestarts)
	return n.relayer.Start()
}

// restarted notes that a process died and was started again.
func (n *network) restarted(process string, cause error) {
	n.mu.Lock()
	n.restarts = append(n.restarts, firstLine(cause.Error()))
	n.mu.Unlock()
	n.progress.say("%s; started again", firstLine(cause.Error()))
	if err := n.describe(); err != nil {
		n.progress.say("%v", err)
	}
}

// restartsSoFar lists the processes that died.
func (n *network) restartsSoFar() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string{}, n.restarts...)
}

// describe writes what runs where to a file, for other programs.
func (n *network) describe() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.relayer == nil { // not complete yet
		return nil
	}
	d := localnet.Describe(n.chains, n.relayer)
	return d.WriteFile(filepath.Join(n.home, localnet.DescriptionFile))
}

// services lists everything that was started.
func (n *network) services() []*localnet.Service {
	var all []*localnet.Service
	for _, c := range n.chains {
		if c == nil {
			continue
		}
		for _, node := range c.Nodes {
			all = append(all, node.Service)
		}
	}
	if n.relayer != nil {
		all = append(all, n.relayer)
	}
	return all
}

// watch returns the error of the first process that is over for good.
func (n *network) watch(ctx context.Context) error {
	over := make(chan error, len(n.services()))
	for _, s := range n.services() {
		failed := s.Failed()
		go func() {
			select {
			case <-failed:
				over <- s.Err()
			case <-ctx.Done():
			}
		}()
	}
	select {
	case err := <-over:
		return err
	case <-ctx.Done():
		return nil
	}
}

// stop ends every process, the relayer first so that it does not complain
// about chains that are gone.
func (n *network) stop() {
	n.mu.Lock()
	_ = os.Remove(filepath.Join(n.home, localnet.DescriptionFile)) // it tells what runs; there may be none yet
	n.mu.Unlock()
	if n.relayer != nil {
		n.relayer.Stop()
	}
	var wg sync.WaitGroup
	for _, s := range n.services() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s.Stop()
		}()
	}
	wg.Wait()
}
