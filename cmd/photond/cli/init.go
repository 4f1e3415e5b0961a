package cli

import (
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cobra"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
)

func newInitCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a home: configuration and keys",
		Long: `Make a home with a configuration, whose every key is explained in it, and the keys that are missing:
the account that pays and is paid out to, the channel key, and the identity of the node.

The mnemonic of a new account is printed once and stored nowhere else: write it down.`,
		Example: `  photond init --chain-id mesh-main-1 --node http://127.0.0.1:26657 --node http://10.0.0.2:26657 \
      --gas-prices 0.0025usmt`,
		Args: cobra.NoArgs,
		RunE: runInit,
	}
	f := cmd.Flags()
	d := daemon.DefaultConfig()
	c := daemon.DefaultChain()
	f.String("chain-id", "", "chain to be on (required)")
	f.StringArray("node", nil, "CometBFT RPC address of the chain, best two of different operators (required)")
	f.String("gas-prices", "", "fee per unit of gas, for example 0.0025usmt (required)")
	f.StringArray("denom", nil, "denom that channels may have (default: that of the gas prices)")
	f.String("from", c.Key, "name of the account's key in the keyring")
	f.String("keyring-backend", c.KeyringBackend, "file (asks for a passphrase), os, or test (not encrypted)")
	f.String("keyring-dir", "", "directory of the keyring (default: the home)")
	f.String("address-prefix", c.AddressPrefix, "bech32 prefix of accounts")
	f.StringArray("listen", d.Node.Listen, "address for other nodes, as a multiaddress")
	f.String("api-grpc", d.API.GRPC, "address of the gRPC interface, on loopback")
	f.String("api-rest", d.API.REST, "address of the REST interface, on loopback; empty serves none")
	f.String("key-type", keyfile.Ed25519, "type of the channel key: ed25519 or secp256k1")
	f.Bool("mdns", false, "find nodes on the local network")
	f.Bool("overwrite", false, "replace an existing configuration; keys are never replaced")
	return cmd
}

func runInit(cmd *cobra.Command, _ []string) error {
	f := cmd.Flags()
	home := homeOf(cmd)
	cfg, c := daemon.DefaultConfig(), daemon.DefaultChain()
	c.ID, _ = f.GetString("chain-id")
	c.Endpoints, _ = f.GetStringArray("node")
	c.GasPrices, _ = f.GetString("gas-prices")
	c.Denoms, _ = f.GetStringArray("denom")
	c.Key, _ = f.GetString("from")
	c.KeyringBackend, _ = f.GetString("keyring-backend")
	c.KeyringDir, _ = f.GetString("keyring-dir")
	c.AddressPrefix, _ = f.GetString("address-prefix")
	prices, err := sdk.ParseDecCoins(c.GasPrices)
	if err != nil || len(prices) == 0 {
		return usage("--gas-prices %q: must be like 0.0025usmt", c.GasPrices)
	}
	if len(c.Denoms) == 0 {
		for _, p := range prices {
			c.Denoms = append(c.Denoms, p.Denom)
		}
	}
	cfg.Chains = []daemon.ChainConfig{c}
	cfg.Node.Listen, _ = f.GetStringArray("listen")
	cfg.Node.MDNS, _ = f.GetBool("mdns")
	cfg.API.GRPC, _ = f.GetString("api-grpc")
	cfg.API.REST, _ = f.GetString("api-rest")
	if err := cfg.Validate(); err != nil {
		return usage("%w", err)
	}
	overwrite, _ := f.GetBool("overwrite")
	if err := daemon.MakeHome(home); err != nil {
		return err
	}
	if err := cfg.Write(home, overwrite); err != nil {
		return err
	}
	return makeKeys(cmd, home)
}

func makeKeys(cmd *cobra.Command, home string) error {
	cfg, err := daemon.Load(home)
	if err != nil {
		return err
	}
	c := cfg.Chains[0]
	keys, err := client.OpenKeyring(c.KeyringBackend, c.KeyringDir, cmd.InOrStdin())
	if err != nil {
		return err
	}
	mnemonic, err := client.EnsureKey(keys, c.Key)
	if err != nil {
		return err
	}
	record, err := keys.Key(c.Key)
	if err != nil {
		return err
	}
	address, err := record.GetAddress()
	if err != nil {
		return err
	}
	account, err := sdk.Bech32ifyAddressBytes(c.AddressPrefix, address)
	if err != nil {
		return err
	}
	kind, _ := cmd.Flags().GetString("key-type")
	channelKey, err := daemon.EnsureChannelKey(home, kind)
	if err != nil {
		return err
	}
	nodeKey, err := daemon.EnsureNodeKey(home)
	if err != nil {
		return err
	}
	id, err := peer.IDFromPrivateKey(nodeKey)
	if err != nil {
		return err
	}
	f, err := format(cmd)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if f == "json" {
		_, err = fmt.Fprintf(out, `{"home":%q,"account":%q,"channel_key":%q,"id":%q,"mnemonic":%q}`+"\n", home, account, channelKey.Public().Text(), id, mnemonic)
		return err
	}
	fmt.Fprintf(out, "home         %s\naccount      %s\nchannel key  %s\nnode         %s\n", home, account, channelKey.Public().Text(), id)
	if mnemonic != "" {
		fmt.Fprintf(out, "\nmnemonic of the account, shown this once:\n\n%s\n", mnemonic)
	}
	fmt.Fprintf(out, "\nnext: send coins to the account, then photond start --home %s\n", home)
	return nil
}
