package channels

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/x/channels/client/keyfile"
)

func keygenCmd() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:   "keygen [file]",
		Short: "Draw a channel key and print its public half",
		Long:  "Draw a channel key and print its public half. The file is not encrypted and is readable by you alone;\nan existing file is never overwritten.",
		Example: `  meshchaind channels keygen alice.key
  meshchaind channels keygen router.key --type secp256k1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := keyfile.Draw(kind)
			if err != nil {
				return fmt.Errorf("--type: %w", err)
			}
			if err := key.Write(args[0]); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), key.Public().Text())
			return nil
		},
	}
	cmd.Flags().StringVar(&kind, "type", keyfile.Ed25519, "ed25519 or secp256k1")
	return cmd
}
