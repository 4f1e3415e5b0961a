package zonecmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

func newStopCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "stop NAME",
		Short: "Stop a zone's node, and the relayer if no other zone runs",
		Long: `Stop the node of a zone in order, and the relayer if no other zone of this home runs. Nothing is
lost: packets wait. But light clients expire if nobody updates them for their trusting period; zone
status shows how long is left.`,
		Example: `  meshchaind zone stop farm`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			home, err := homeOf(cmd)
			if err != nil {
				return err
			}
			if err := deploy.Stop(cmd.Context(), home, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "zone %s is stopped\n", args[0])
			return err
		},
	}
}
