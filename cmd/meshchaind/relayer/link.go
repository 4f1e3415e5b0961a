package relayercmd

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/relayer"
)

const flagTimeout = "timeout"

func newLinkCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "link",
		Short: "Open the paths of the configuration, or verify those that are open",
		Long: `Create light clients, connection and channel for every path of the configuration, step by
step, and record their ids in it. What is open already is verified. An interrupted run
is continued by running the command again.`,
		Example: `  meshchaind relayer link --config relayer.yaml
  meshchaind relayer link --config relayer.yaml --timeout 5m`,
		Args: cobra.NoArgs,
		RunE: runLink,
	}
	cmd.Flags().Duration(flagTimeout, 3*time.Minute, "give up on one path after this time")
	return cmd
}

func runLink(cmd *cobra.Command, _ []string) error {
	file, _ := cmd.Flags().GetString(flagConfig)
	timeout, _ := cmd.Flags().GetDuration(flagTimeout)
	cfg, err := relayer.LoadConfig(file)
	if err != nil {
		return err
	}
	chains := map[string]*relayer.Chain{}
	for _, c := range cfg.Chains {
		if chains[c.ChainID], err = relayer.OpenChain(c, cmd.InOrStdin()); err != nil {
			return err
		}
	}
	for i, p := range cfg.Paths {
		ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
		linked, err := relayer.Link(ctx, chains[p.A.ChainID], chains[p.B.ChainID], relayer.LinkOptions{
			Path:   p,
			Logger: newLogger(cmd),
			Save: func(p relayer.Path) error {
				cfg.Paths[i] = p
				return cfg.Save(file)
			},
		})
		cancel()
		if err != nil {
			return fmt.Errorf("%w\nrun the command again to continue", err)
		}
		cfg.Paths[i] = linked
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "chain\tclient\tconnection\tport\tchannel")
	for _, p := range cfg.Paths {
		for _, e := range []relayer.End{p.A, p.B} {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.ChainID, e.ClientID, e.ConnectionID, e.PortID, e.ChannelID)
		}
	}
	return w.Flush()
}
