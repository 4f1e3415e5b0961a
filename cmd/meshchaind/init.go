package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/x/genutil"

	"github.com/meshchain/meshchain/app"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

const (
	flagRole      = "role"
	flagZone      = "zone"
	flagOverwrite = "overwrite"
)

// initCmd writes a node's keys, configuration and genesis.
func initCmd(template *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init MONIKER",
		Short: "Write a node's keys, configuration and genesis",
		Long: `Write a node's keys, configuration and genesis below --home.

The role is genesis state: --role main makes the main chain (stake and fees in
usmt), --role zone --zone NAME makes a zone (stake and fees in u<NAME>, chain-id
NAME-<revision>). A home that has a genesis already is left as it is.`,
		Example: `  meshchaind init validator-1 --chain-id mesh-main-1
  meshchaind init farm-node --role zone --zone farm --chain-id farm-1 --home ~/.farm`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			role, _ := cmd.Flags().GetString(flagRole)
			zone, _ := cmd.Flags().GetString(flagZone)
			chainID, _ := cmd.Flags().GetString(flags.FlagChainID)
			overwrite, _ := cmd.Flags().GetBool(flagOverwrite)
			id, err := zonestypes.NewIdentity(role, zone)
			if err != nil {
				return err
			}
			if chainID == "" {
				chainID = defaultChainID(id)
			}
			if err := id.ValidateChainID(chainID); err != nil {
				return err
			}
			config := server.GetServerContextFromCmd(cmd).Config
			config.SetRoot(client.GetClientContextFromCmd(cmd).HomeDir)
			config.Moniker = args[0]
			nodeID, err := initHome(template, config, id, chainID, overwrite)
			if err != nil {
				return err
			}
			out, err := json.MarshalIndent(map[string]string{
				"home": config.RootDir, "moniker": config.Moniker, "chain_id": chainID, "node_id": nodeID,
				"role": role, "native_denom": id.NativeDenom(),
			}, "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(out))
			return err
		},
	}
	cmd.Flags().String(flagRole, "main", "role of the chain: main or zone")
	cmd.Flags().String(flagZone, "", "name of the zone, [a-z][a-z0-9]{2,30} (with --role zone)")
	cmd.Flags().String(flags.FlagChainID, "", "chain-id, <name>-<revision> (default mesh-main-1, or <zone>-1)")
	cmd.Flags().BoolP(flagOverwrite, "o", false, "replace an existing genesis")
	return cmd
}

func defaultChainID(id zonestypes.Identity) string {
	if id.IsMain() {
		return "mesh-main-1"
	}
	return id.Zone + "-1"
}

// initHome writes everything below config.RootDir and returns the node's id.
func initHome(template *app.App, config *cmtcfg.Config, id zonestypes.Identity, chainID string, overwrite bool) (string, error) {
	if _, err := os.Stat(config.GenesisFile()); !errors.Is(err, fs.ErrNotExist) && !overwrite {
		return "", fmt.Errorf("home %s: %s exists; choose another --home, or --overwrite to replace the genesis", config.RootDir, config.GenesisFile())
	}
	nodeID, _, err := genutil.InitializeNodeValidatorFiles(config)
	if err != nil {
		return "", err
	}
	genesis, err := template.NewGenesis(id, chainID, time.Now())
	if err != nil {
		return "", err
	}
	if err := genutil.ExportGenesisFile(genesis, config.GenesisFile()); err != nil {
		return "", err
	}
	cmtcfg.WriteConfigFile(filepath.Join(config.RootDir, "config", "config.toml"), config)
	serverconfig.SetConfigTemplate(app.NodeConfigTemplate())
	serverconfig.WriteConfigFile(filepath.Join(config.RootDir, "config", "app.toml"), app.DefaultNodeConfig(id))
	return nodeID, nil
}

// validateGenesisCmd checks every module's part and how the parts fit together.
func validateGenesisCmd(template *app.App) *cobra.Command {
	return &cobra.Command{
		Use:     "validate [FILE]",
		Aliases: []string{"validate-genesis"},
		Short:   "Check a genesis file, by default the one in the node's home",
		Example: "  meshchaind genesis validate ~/.meshchain/config/genesis.json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := server.GetServerContextFromCmd(cmd).Config.GenesisFile()
			if len(args) == 1 {
				file = args[0]
			}
			if err := template.ValidateGenesisFile(file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is valid\n", file)
			return err
		},
	}
}
