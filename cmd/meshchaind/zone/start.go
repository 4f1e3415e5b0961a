package zonecmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

func newStartCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start NAME",
		Short: "Start a zone's node, and the relayer",
		Long: `Start the node of a zone and, if it is linked, the relayer, as far as they do not run. They go on
running after the command; for machines that restart, install the systemd units among the zone's files.`,
		Example: `  meshchaind zone start farm`,
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
			if err := deploy.Start(cmd.Context(), home, args[0], c); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "zone %s runs\n", args[0])
			return err
		},
	}
	addPassphrase(cmd)
	return cmd
}
