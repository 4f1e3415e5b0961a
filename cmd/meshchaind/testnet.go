package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/localnet"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// testnetCmd writes the homes of a whole network.
func testnetCmd() *cobra.Command {
	var (
		zone, chainID, out string
		validators         int
		accounts           []string
		blockTime          = app.BlockTime
	)
	cmd := &cobra.Command{
		Use:   "testnet",
		Short: "Write the homes of a network of n validators on this machine",
		Long: `Write the homes of a network of n validators: keys, one genesis, free loopback
ports, peers. Nothing is started; the commands that do so are printed.

The keys lie unencrypted in the folder, readable by you alone: use them for
trying out, never for value.`,
		Example: `  meshchaind testnet --validators 4 --out ./net
  meshchaind testnet --zone farm --chain-id farm-1 --out ./farm --account alice=1000000ufarm`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			id := zonestypes.MainIdentity()
			if zone != "" {
				id = zonestypes.ZoneIdentity(zone)
			}
			if chainID == "" {
				chainID = defaultChainID(id)
			}
			if err := errors.Join(id.Validate(), id.ValidateChainID(chainID)); err != nil {
				return err
			}
			funded, err := parseAccounts(accounts)
			if err != nil {
				return err
			}
			binary, err := os.Executable()
			if err != nil {
				return err
			}
			chain, err := localnet.New(cmd.Context(), localnet.Spec{
				Binary: binary, ChainID: chainID, Zone: zone, Validators: validators,
				Home: out, BlockTime: blockTime, Accounts: funded,
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s with %d validators; keys in %s (--keyring-backend test --keyring-dir)\n",
				chainID, validators, chain.KeyDir())
			for _, node := range chain.Nodes {
				fmt.Fprintf(cmd.OutOrStdout(), "meshchaind start --home %s   # RPC %s\n", node.Home, node.RPC())
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&zone, flagZone, "", "name of the zone (default: a main chain)")
	cmd.Flags().StringVar(&chainID, flags.FlagChainID, "", "chain-id (default mesh-main-1, or <zone>-1)")
	cmd.Flags().IntVar(&validators, "validators", 4, "number of validators, 1 to 16")
	cmd.Flags().StringVar(&out, "out", "./testnet", "folder to write, new or empty")
	cmd.Flags().StringArrayVar(&accounts, "account", nil, "a funded account, NAME=COINS; may be repeated")
	cmd.Flags().DurationVar(&blockTime, "block-time", blockTime, "pause between two blocks")
	return cmd
}

// parseAccounts reads NAME=COINS.
func parseAccounts(args []string) ([]localnet.Account, error) {
	accounts := make([]localnet.Account, 0, len(args))
	for _, arg := range args {
		name, coins, ok := strings.Cut(arg, "=")
		if !ok || name == "" || coins == "" {
			return nil, fmt.Errorf("--account %q: must be NAME=COINS, such as alice=1000000usmt", arg)
		}
		accounts = append(accounts, localnet.Account{Name: name, Coins: coins})
	}
	return accounts, nil
}
