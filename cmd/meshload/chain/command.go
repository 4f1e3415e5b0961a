// Package chain loads one node of a chain with transactions. It works against any
// chain of the Cosmos SDK 0.50 whose accounts use secp256k1 keys.
package chain

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
)

// target says which node is loaded and who pays for it; every verb has these flags.
type target struct {
	node           string
	chainID        string
	prefix         string
	home           string
	from           string
	keyringDir     string
	keyringBackend string
	fee            string
	gas            uint64
}

// Command returns `meshload chain` with its verbs.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "chain",
		Short: "Load one node with transactions",
	}
	cmd.AddCommand(sendsCommand(), transacketsCommand(), segmentsCommand())
	return cmd
}

func (t *target) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.node, "node", "http://127.0.0.1:26657", "CometBFT RPC address of the node")
	f.StringVar(&t.chainID, "chain-id", "", "chain-id the node must have (default: whatever it has)")
	f.StringVar(&t.prefix, "prefix", client.DefaultAddressPrefix, "bech32 prefix of accounts")
	f.StringVar(&t.home, "home", defaultHome(), "folder for the sender accounts' secret, which is made when there is none")
	f.StringVar(&t.from, "from", "", "key that funds the sender accounts (required)")
	f.StringVar(&t.keyringDir, "keyring-dir", "", "folder of the keyring that holds --from (required)")
	f.StringVar(&t.keyringBackend, "keyring-backend", "test", "backend of that keyring: test, file, os")
	f.StringVar(&t.fee, "fee", t.fee, "fee of one transaction; its denom is the one that is sent")
	f.Uint64Var(&t.gas, "gas", t.gas, "gas limit of one transaction")
	for _, name := range []string{"from", "keyring-dir"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
}

// feeCoin returns the fee; its denom must be named even if nothing is to be paid.
func (t *target) feeCoin() (sdk.Coin, error) {
	coin, err := sdk.ParseCoinNormalized(t.fee)
	if err != nil {
		return sdk.Coin{}, fmt.Errorf("fee %q: must be an amount and a denom, for example 250usmt: %w", t.fee, err)
	}
	if t.gas == 0 {
		return sdk.Coin{}, fmt.Errorf("gas 0: must be at least 1")
	}
	return coin, nil
}

// config returns how to reach the node and to pay from t.from, at the price of one fee.
func (t *target) config(fee sdk.Coin) (client.Config, error) {
	keys, err := client.OpenKeyring(t.keyringBackend, t.keyringDir, nil)
	if err != nil {
		return client.Config{}, err
	}
	price := sdk.NewDecCoinFromDec(fee.Denom, math.LegacyNewDecFromInt(fee.Amount).QuoInt64(int64(t.gas)))
	return client.Config{
		RPC:           t.node,
		ChainID:       t.chainID,
		AddressPrefix: t.prefix,
		Keyring:       keys,
		GasPrices:     sdk.NewDecCoins(price).String(),
		CallTimeout:   30 * time.Second, // a node under load answers late
	}, nil
}
