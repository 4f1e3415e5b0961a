package zonecmd

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func newListCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the zones in the main chain's registry",
		Example: `  meshchaind zone list --main http://127.0.0.1:26657
  meshchaind zone list --output json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			machine, err := asJSON(cmd)
			if err != nil {
				return err
			}
			home, err := homeOf(cmd)
			if err != nil {
				return err
			}
			main, _ := cmd.Flags().GetString(flagMain)
			zones, err := home.List(cmd.Context(), main)
			if err != nil {
				return err
			}
			if machine {
				return printJSON(cmd.OutOrStdout(), zones)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "zone\tchain-id\tstatus\tchannel\tarea\tlevel\tlast seen\there\towner")
			for _, z := range zones {
				seen := "-"
				if !z.Seen.IsZero() {
					seen = time.Since(z.Seen).Round(time.Second).String() + " ago"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%t\t%s\n", z.Name, z.ChainID, z.Status, dash(z.Channel), dash(z.Area), z.Level, seen, z.Here, z.Owner)
			}
			return w.Flush()
		},
	}
	addOutput(cmd)
	return cmd
}
