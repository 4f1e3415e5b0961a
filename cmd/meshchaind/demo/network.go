package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/cosmos/cosmos-sdk/codec/address"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"golang.org/x/sync/errgroup"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

const (
	mainChainID = "mesh-main-1"
	zoneName    = "farm"
	zoneChainID = "farm-1"

	keyAgronomist = "agronomist"
	keyValve      = "valve"
	keyRelayer    = "relayer"
	sensors       = 4

	// What people own at genesis, enough for the most rows.
	mainFunds  = "1000000000usmt"
	meshFunds  = "1000000000umesh"
	zoneFunds  = "1000000000ufarm"
	valveFunds = "100000000ufarm"

	// relayerRestarts is how often the relayer may die.
	relayerRestarts = 5
)

func sensorKey(i int) string { return fmt.Sprintf("sensor-%d", i+1) }

// network is the two chains and the link between them.
type network struct {
	home       string
	binary     string
	main, zone *localnet.Chain
	relayer    *localnet.Service
	// mainEnd and zoneEnd are the ends of the link.
	mainEnd, zoneEnd relayer.End

	progress *progress
	mu       sync.Mutex
	restarts []string
}

// startNetwork sets everything up and returns when the link is open and served.
// The network is returned with an error, too, for what already runs to be stopped.
func startNetwork(ctx context.Context, home string, validators int, p *progress) (*network, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if home, err = filepath.Abs(home); err != nil {
		return nil, err
	}
	n := &network{home: home, binary: binary, progress: p}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	zoneAccounts := []localnet.Account{{Name: keyRelayer, Coins: zoneFunds}, {Name: keyValve, Coins: valveFunds}}
	for i := range sensors {
		zoneAccounts = append(zoneAccounts, localnet.Account{Name: sensorKey(i), Coins: zoneFunds})
	}
	main := localnet.Spec{
		Binary: binary, ChainID: mainChainID, Validators: validators, Home: filepath.Join(home, mainChainID), OnRestart: n.restarted,
		Accounts: []localnet.Account{{Name: keyRelayer, Coins: mainFunds}, {Name: keyAgronomist, Coins: mainFunds + "," + meshFunds}},
	}
	zone := localnet.Spec{
		Binary: binary, ChainID: zoneChainID, Zone: zoneName, Validators: 1, Home: filepath.Join(home, zoneChainID), OnRestart: n.restarted,
		Accounts: zoneAccounts,
	}
	p.say("starting %s (%d validators) and %s", mainChainID, validators, zoneChainID)
	g, gctx := errgroup.WithContext(ctx)
	for spec, chain := range map[*localnet.Spec]**localnet.Chain{&main: &n.main, &zone: &n.zone} {
		g.Go(func() error {
			c, err := localnet.New(gctx, *spec)
			if err != nil {
				return err
			}
			*chain = c
			return c.Start(gctx)
		})
	}
	if err := g.Wait(); err != nil {
		return n, err
	}
	if err := n.link(ctx); err != nil {
		return n, err
	}
	return n, n.describe()
}

// link opens client, connection and channel and starts the relayer on them.
func (n *network) link(ctx context.Context) error {
	n.progress.say("linking the chains")
	file := filepath.Join(n.home, "relayer", "config.yaml")
	cfg := relayer.DefaultConfig()
	for _, c := range []*localnet.Chain{n.main, n.zone} {
		cfg.Chains = append(cfg.Chains, relayer.ChainConfig{
			ChainID: c.Spec.ChainID, RPC: c.Nodes[0].RPC(), Key: keyRelayer,
			KeyringDir: c.KeyDir(), KeyringBackend: "test", GasPrices: c.Spec.GasPrices(), AddressPrefix: client.DefaultAddressPrefix,
		})
	}
	cfg.Paths = []relayer.Path{{A: relayer.End{ChainID: mainChainID}, B: relayer.End{ChainID: zoneChainID}}}
	if err := cfg.Save(file); err != nil {
		return err
	}
	// A home of its own, or the command would make one in the user's folder.
	own := []string{"--config", file, "--home", filepath.Dir(file), "--log_format", "json"}
	if _, err := localnet.RunWithLog(ctx, n.progress.logLines(), n.binary, append([]string{"relayer", "link"}, own...)...); err != nil {
		return err
	}
	cfg, err := relayer.LoadConfig(file)
	if err != nil {
		return err
	}
	if len(cfg.Paths) != 1 || !cfg.Paths[0].Linked() {
		return fmt.Errorf("%s: the path is not linked", file)
	}
	n.mainEnd, n.zoneEnd = cfg.Paths[0].A, cfg.Paths[0].B
	n.progress.say("linked: %s", cfg.Paths[0])
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
	d := localnet.Describe([]*localnet.Chain{n.main, n.zone}, n.relayer)
	return d.WriteFile(filepath.Join(n.home, localnet.DescriptionFile))
}

// services lists everything that was started.
func (n *network) services() []*localnet.Service {
	var all []*localnet.Service
	for _, c := range []*localnet.Chain{n.main, n.zone} {
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

// dial connects to a chain with all of its keys.
func dial(c *localnet.Chain) (*client.Client, error) {
	enc, err := client.NewEncoding(client.DefaultAddressPrefix, transackettypes.RegisterInterfaces)
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{
		RPC: c.Nodes[0].RPC(), ChainID: c.Spec.ChainID, Encoding: enc, Keyring: c.Keys, GasPrices: c.Spec.GasPrices(),
	})
}

// accountNames maps the addresses that people may want to know by name.
func accountNames(ctx context.Context, c *localnet.Chain, chain *client.Client, escrow string) (map[string]string, error) {
	names := map[string]string{escrow: "escrow of the link"}
	records, err := c.Keys.List()
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", c.Spec.ChainID, err)
	}
	for _, r := range records {
		addr, err := c.Address(r.Name)
		if err != nil {
			return nil, err
		}
		names[addr] = r.Name
	}
	res, err := authtypes.NewQueryClient(chain).ModuleAccounts(ctx, &authtypes.QueryModuleAccountsRequest{})
	if err != nil {
		return nil, fmt.Errorf("module accounts of %s: %w", c.Spec.ChainID, err)
	}
	for _, packed := range res.Accounts {
		var account sdk.AccountI
		if err := chain.Encoding.Registry.UnpackAny(packed, &account); err != nil {
			return nil, fmt.Errorf("module accounts of %s: %w", c.Spec.ChainID, err)
		}
		if module, ok := account.(*authtypes.ModuleAccount); ok {
			names[module.Address] = "module " + module.Name
		}
	}
	return names, nil
}

// bech32 formats an address of either chain: both use the same prefix.
func bech32(addr []byte) (string, error) {
	return address.NewBech32Codec(client.DefaultAddressPrefix).BytesToString(addr)
}

// moduleAddress is the address of a module's account.
func moduleAddress(module string) string {
	addr, err := bech32(authtypes.NewModuleAddress(module))
	if err != nil {
		panic(errors.Join(errors.New("address of module "+module), err)) // 20 bytes always have a bech32 form
	}
	return addr
}
