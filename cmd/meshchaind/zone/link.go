package zonecmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

func newLinkCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "link NAME",
		Short: "Verify a zone's link to the main chain and complete what is missing",
		Long: `Look at everything that ties a zone to the main chain, and do what is missing: node and relayer
running, relayer's funds, client, connection and channel, entry in the registry, files.`,
		Example: `  meshchaind zone link farm`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			home, err := homeOf(cmd)
			if err != nil {
				return err
			}
			c, err := control(cmd, home, args[0])
			if err != nil {
				return err
			}
			record, err := deploy.Link(cmd.Context(), home, args[0], c)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "zone %s is linked: %s\n", args[0], record.Path)
			return err
		},
	}
	addPassphrase(cmd)
	return cmd
}
