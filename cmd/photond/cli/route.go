package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newRouteCmd() *cobra.Command {
	var maxFee string
	cmd := &cobra.Command{
		Use:     "route [node or request] [amount]",
		Short:   "Find a way for a payment without making it",
		Example: "  photond route 12D3KooW… 250usmt",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := &api.RouteRequest{Target: args[0], MaxFee: maxFee}
			if len(args) == 2 {
				req.Amount = args[1]
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Route(ctx, req)
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					for i, hop := range r.Hops {
						fmt.Fprintf(w, "%d\t%s\n", i+1, hop)
					}
					fmt.Fprintf(w, "fee\t%s\n", r.Fee)
				})
			})
		},
	}
	cmd.Flags().StringVar(&maxFee, "max-fee", "", "most to pay to others on the way (default: 1 % of the amount, at least 1)")
	cmd.AddCommand(newRoutePolicyCmd())
	return cmd
}
