package didcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/client"
)

// Flags of commands that talk to a node.
const (
	flagNode           = "node"
	flagFrom           = "from"
	flagKeyringDir     = "keyring-dir"
	flagKeyringBackend = "keyring-backend"
	flagGasPrices      = "gas-prices"
	flagOutput         = "output"
)

// node is which node is asked, and who pays.
type node struct {
	rpc, from, dir, backend, gasPrices, output string
}

// flags registers the flags; pays also those of who pays.
func (n *node) flags(cmd *cobra.Command, pays bool) {
	f := cmd.Flags()
	f.StringVar(&n.rpc, flagNode, "http://127.0.0.1:26657", "CometBFT RPC address of a node")
	f.StringVar(&n.output, flagOutput, "text", "text for people, json for programs")
	if !pays {
		return
	}
	f.StringVar(&n.from, flagFrom, "", "key of the account that pays (required)")
	f.StringVar(&n.dir, flagKeyringDir, "", "folder of the keyring that holds --from (required)")
	f.StringVar(&n.backend, flagKeyringBackend, "test", "backend of that keyring: test, file, os")
	f.StringVar(&n.gasPrices, flagGasPrices, "0.0025usmt", "what a unit of gas costs")
	for _, name := range []string{flagFrom, flagKeyringDir} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
}

// json tells whether the output is for programs.
func (n *node) json() (bool, error) {
	switch n.output {
	case "text":
		return false, nil
	case "json":
		return true, nil
	default:
		return false, fmt.Errorf("--%s %q: must be text or json", flagOutput, n.output)
	}
}

// dial reaches the node, and the account if there is one.
func (n *node) dial(ctx context.Context, input io.Reader) (*client.Client, *client.Account, error) {
	if _, err := n.json(); err != nil {
		return nil, nil, err
	}
	cfg := client.Config{RPC: n.rpc}
	if n.from != "" {
		keys, err := client.OpenKeyring(n.backend, n.dir, input)
		if err != nil {
			return nil, nil, err
		}
		cfg.Keyring, cfg.GasPrices = keys, n.gasPrices
	}
	c, err := client.Dial(ctx, cfg)
	if err != nil || n.from == "" {
		return c, nil, err
	}
	account, err := c.Account(n.from)
	return c, account, err
}

// print shows a value to a program, or lets text show it to people.
func (n *node) print(w io.Writer, value any, text func(io.Writer) error) error {
	machine, err := n.json()
	if err != nil {
		return err
	}
	if !machine {
		return text(w)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}
