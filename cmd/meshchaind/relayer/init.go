package relayercmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
)

const (
	flagChain          = "chain"
	flagBackup         = "backup"
	flagGasPrices      = "gas-prices"
	flagAddressPrefix  = "address-prefix"
	flagKey            = "key"
	flagKeyringDir     = "keyring-dir"
	flagKeyringBackend = "keyring-backend"
	flagMetricsListen  = "metrics-listen"
	flagOverwrite      = "overwrite"
)

func newInitCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration and make the keys it names",
		Long: `Write a configuration for two or more chains and make the key that signs and pays on
them, unless the keyring has it. The first chain is the hub: one path is made from
it to each of the others.

The mnemonic of a new key is printed once, to the terminal, and stored nowhere: write
it down. Fund the printed address on every chain before linking.`,
		Example: `  meshchaind relayer init --config relayer.yaml \
      --chain mesh-main-1=http://127.0.0.1:26657 --gas-prices mesh-main-1=0.0025usmt \
      --backup mesh-main-1=http://127.0.0.1:26757 \
      --chain farm-1=http://127.0.0.1:36657 --gas-prices farm-1=0.0025ufarm \
      --keyring-backend file --keyring-dir ./keys`,
		Args: cobra.NoArgs,
		RunE: runInit,
	}
	f := cmd.Flags()
	f.StringArray(flagChain, nil, "CHAIN-ID=RPC of a chain, the hub first; repeat it")
	f.StringArray(flagBackup, nil, "CHAIN-ID=RPC of another node of a chain, to fall back on and to compare with; repeat it")
	f.StringArray(flagGasPrices, nil, "CHAIN-ID=PRICE, for example farm-1=0.0025ufarm; repeat it")
	f.StringArray(flagAddressPrefix, nil, "CHAIN-ID=PREFIX of account addresses (default mesh); repeat it")
	f.String(flagKey, "relayer", "name of the key that signs and pays")
	f.String(flagKeyringBackend, "file", "keyring backend: file, os, or test (unencrypted)")
	f.String(flagKeyringDir, "", "directory of the keyring (default: keys beside the configuration)")
	f.String(flagMetricsListen, "", "address for Prometheus metrics, for example 127.0.0.1:7597 (default off)")
	f.Bool(flagOverwrite, false, "replace an existing configuration")
	return cmd
}

func runInit(cmd *cobra.Command, _ []string) error {
	file, _ := cmd.Flags().GetString(flagConfig)
	if overwrite, _ := cmd.Flags().GetBool(flagOverwrite); !overwrite {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("configuration %s exists: choose another with --%s, or replace it with --%s", file, flagConfig, flagOverwrite)
		}
	}
	cfg, err := configFromFlags(cmd, file)
	if err != nil {
		return err
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	addresses, err := ensureKeys(cmd, cfg)
	if err != nil {
		return err
	}
	if err := cfg.Save(file); err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "wrote %s\n\nchain\taddress to fund\n", file)
	for i, c := range cfg.Chains {
		fmt.Fprintf(w, "%s\t%s\n", c.ChainID, addresses[i])
	}
	fmt.Fprintf(w, "\nnext: fund them, then meshchaind relayer link --config %s\n", file)
	return w.Flush()
}

func configFromFlags(cmd *cobra.Command, file string) (relayer.Config, error) {
	cfg := relayer.DefaultConfig()
	f := cmd.Flags()
	key, _ := f.GetString(flagKey)
	backend, _ := f.GetString(flagKeyringBackend)
	dir, _ := f.GetString(flagKeyringDir)
	if dir == "" {
		dir = filepath.Join(filepath.Dir(file), "keys")
	}
	cfg.Metrics.Listen, _ = f.GetString(flagMetricsListen)
	ids, rpcs, err := pairs(cmd, flagChain, nil)
	if err != nil {
		return cfg, err
	}
	if len(ids) < 2 {
		return cfg, fmt.Errorf("--%s: got %d, want at least two", flagChain, len(ids))
	}
	_, backups, err := pairs(cmd, flagBackup, rpcs)
	if err != nil {
		return cfg, err
	}
	_, prices, err := pairs(cmd, flagGasPrices, rpcs)
	if err != nil {
		return cfg, err
	}
	_, prefixes, err := pairs(cmd, flagAddressPrefix, rpcs)
	if err != nil {
		return cfg, err
	}
	for _, id := range ids {
		prefix := prefixes[id]
		if prefix == "" {
			prefix = client.DefaultAddressPrefix
		}
		cfg.Chains = append(cfg.Chains, relayer.ChainConfig{
			ChainID: id, RPC: rpcs[id], BackupRPC: backups[id], Key: key, KeyringDir: dir,
			KeyringBackend: backend, GasPrices: prices[id], AddressPrefix: prefix,
		})
	}
	for _, id := range ids[1:] {
		cfg.Paths = append(cfg.Paths, relayer.Path{A: relayer.End{ChainID: ids[0]}, B: relayer.End{ChainID: id}})
	}
	return cfg, nil
}

// pairs reads a repeated CHAIN-ID=VALUE flag. With known given, the chain must be among its keys.
func pairs(cmd *cobra.Command, flag string, known map[string]string) ([]string, map[string]string, error) {
	values, err := cmd.Flags().GetStringArray(flag)
	if err != nil {
		return nil, nil, err
	}
	var order []string
	out := map[string]string{}
	for _, v := range values {
		id, value, ok := strings.Cut(v, "=")
		if !ok || id == "" || value == "" {
			return nil, nil, fmt.Errorf("--%s %q: want CHAIN-ID=VALUE", flag, v)
		}
		if _, twice := out[id]; twice {
			return nil, nil, fmt.Errorf("--%s %q: chain %s is there twice", flag, v, id)
		}
		if _, ok := known[id]; known != nil && !ok {
			return nil, nil, fmt.Errorf("--%s %q: there is no --%s %s=RPC", flag, v, flagChain, id)
		}
		order, out[id] = append(order, id), value
	}
	return order, out, nil
}

// ensureKeys makes missing keys and returns the address on each chain.
func ensureKeys(cmd *cobra.Command, cfg relayer.Config) ([]string, error) {
	var addresses []string
	for _, c := range cfg.Chains {
		keys, err := client.OpenKeyring(c.KeyringBackend, c.KeyringDir, cmd.InOrStdin())
		if err != nil {
			return nil, err
		}
		mnemonic, err := client.EnsureKey(keys, c.Key)
		if err != nil {
			return nil, err
		}
		if mnemonic != "" {
			fmt.Fprintf(cmd.OutOrStdout(), "new key %q; its mnemonic, shown only now:\n\n  %s\n\n", c.Key, mnemonic)
		}
		record, err := keys.Key(c.Key)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", c.Key, err)
		}
		addr, err := record.GetAddress()
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", c.Key, err)
		}
		enc, err := client.NewEncoding(c.AddressPrefix)
		if err != nil {
			return nil, err
		}
		s, err := enc.FormatAddress(addr)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, s)
	}
	return addresses, nil
}
