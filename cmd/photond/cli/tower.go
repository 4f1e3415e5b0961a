package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newTowerCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tower",
		Short: "List the watchtowers of this node, or add one",
		Long: `List the watchtowers of this node: nodes that show its newest proofs on chain when it cannot. A tower reads
the balances of the channels that it watches and cannot spend from them.`,
		Example: "  photond tower\n  photond tower add /ip4/10.0.0.9/tcp/9735/p2p/12D3KooW… --reward 100",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Towers(ctx, &api.TowersRequest{})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					fmt.Fprintln(w, "ADDRESS\tACCOUNT\tREWARD\tCONNECTED\tWATCHING\tBEHIND\tERROR")
					for _, t := range r.Towers {
						fmt.Fprintf(w, "%s\t%s\t%s\t%t\t%d\t%d\t%s\n", t.Address, t.Account, t.Reward, t.Connected, t.Watching, t.Behind, t.Error)
					}
				})
			})
		},
	}
	cmd.AddCommand(newTowerAddCmd())
	return cmd
}

func newTowerAddCmd() *cobra.Command {
	var reward string
	cmd := &cobra.Command{
		Use:     "add [address]",
		Short:   "Let a node watch all channels of this one",
		Example: "  photond tower add /ip4/10.0.0.9/tcp/9735/p2p/12D3KooW… --reward 100",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				defer progress(cmd, "asking the tower")()
				r, err := c.AddTower(ctx, &api.AddTowerRequest{Address: args[0], Reward: reward})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					fmt.Fprintf(w, "tower %s watches for a reward of %s\n", r.Tower.Account, r.Tower.Reward)
				})
			})
		},
	}
	cmd.Flags().StringVar(&reward, "reward", "0", "what the tower earns for a channel in which its proof decides, in the channel's denom")
	return cmd
}
