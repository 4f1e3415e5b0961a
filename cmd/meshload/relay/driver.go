package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/relayer"
)

// driver is a relayer to measure.
type driver interface {
	// name of its key and in reports.
	name() string
	// prepare writes configuration and keys.
	prepare(ctx context.Context, n *network, dir string) error
	// link opens a path with its own command.
	link(ctx context.Context) error
	// command that relays until stopped.
	command() localnet.Command
}

// ours is the relayer of this project.
type ours struct {
	binary string
	dir    string
}

func (o *ours) name() string { return "meshchain" }

// verb is the arguments of one of its commands; meshchaind has them in a group.
func (o *ours) verb(name string) []string {
	args := []string{name, "--config", o.file()}
	if strings.HasPrefix(filepath.Base(o.binary), "meshchaind") {
		args = append([]string{"relayer"}, args...)
	}
	return args
}

func (o *ours) file() string { return filepath.Join(o.dir, "relayer.yaml") }

func (o *ours) prepare(_ context.Context, n *network, dir string) error {
	o.dir = dir
	cfg := relayer.DefaultConfig()
	for _, s := range n.sides {
		cfg.Chains = append(cfg.Chains, relayer.ChainConfig{
			ChainID: s.Spec.ChainID, RPC: s.Nodes[0].RPC(), Key: o.name(), KeyringDir: s.KeyDir(), KeyringBackend: "test",
			GasPrices: s.Spec.GasPrices(), AddressPrefix: "mesh",
		})
	}
	cfg.Paths = []relayer.Path{{A: relayer.End{ChainID: n.sides[0].Spec.ChainID}, B: relayer.End{ChainID: n.sides[1].Spec.ChainID}}}
	return cfg.Save(o.file())
}

func (o *ours) link(ctx context.Context) error {
	_, err := localnet.Run(ctx, o.binary, o.verb("link")...)
	return err
}

func (o *ours) command() localnet.Command {
	return localnet.Command{Name: o.name(), Path: o.binary, Args: o.verb("start"), Log: filepath.Join(o.dir, "relayer.log")}
}

// cosmos is cosmos/relayer, whose command is called rly.
type cosmos struct {
	binary string
	home   string
}

const cosmosPath = "bench"

func (c *cosmos) name() string { return "cosmos" }

func (c *cosmos) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, c.binary, append(args, "--home", c.home)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(c.binary), args[0], err, out)
	}
	return nil
}

func (c *cosmos) prepare(ctx context.Context, n *network, dir string) error {
	c.home = dir
	if err := c.run(ctx, "config", "init"); err != nil {
		return err
	}
	for _, s := range n.sides {
		id := s.Spec.ChainID
		file := filepath.Join(dir, id+".json")
		bz, err := json.Marshal(map[string]any{"type": "cosmos", "value": map[string]any{
			"key": c.name(), "chain-id": id, "rpc-addr": s.Nodes[0].RPC(), "account-prefix": "mesh", "keyring-backend": "test",
			"gas-adjustment": 1.4, "gas-prices": s.Spec.GasPrices(), "min-gas-amount": 0, "debug": false, "timeout": "20s",
			"output-format": "json", "sign-mode": "direct", "extra-codecs": []string{},
		}})
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, bz, 0o600); err != nil {
			return err
		}
		if err := c.run(ctx, "chains", "add", "--file", file, id); err != nil {
			return err
		}
		if err := c.run(ctx, "keys", "restore", id, c.name(), n.mnemonics[c.name()]); err != nil {
			return err
		}
	}
	return c.run(ctx, "paths", "new", n.sides[0].Spec.ChainID, n.sides[1].Spec.ChainID, cosmosPath)
}

func (c *cosmos) link(ctx context.Context) error {
	return c.run(ctx, "transact", "link", cosmosPath)
}

func (c *cosmos) command() localnet.Command {
	return localnet.Command{
		Name: c.name(), Path: c.binary, Log: filepath.Join(c.home, "relayer.log"),
		Args: []string{"start", cosmosPath, "--max-msgs", "100", "--flush-interval", "30s", "--home", c.home},
	}
}
