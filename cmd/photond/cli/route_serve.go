package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newRouteServeCmd() *cobra.Command {
	var price, chainID string
	var off bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Find ways for other nodes, for a price",
		Long: `Find ways for other nodes, for a price per answer, which they pay in a channel with this node. It is announced,
kept over restarts, and replaces what the configuration says. Danger: a search takes milliseconds; with no
price, whoever has a channel with this node can keep it busy.`,
		Example: "  photond route serve --price 5usmt\n  photond route serve --off",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if off && price != "" {
				return usage("--off and --price: give one of them")
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.SetPathFinder(ctx, &api.SetPathFinderRequest{Finder: &api.Finder{On: !off, Price: price, ChainId: chainID}})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					switch {
					case !r.Finder.On:
						fmt.Fprintln(w, "finds no ways for others")
					case r.Finder.Price == "":
						fmt.Fprintln(w, "finds ways for others for nothing")
					default:
						fmt.Fprintf(w, "finds ways for others for %s on %s\n", r.Finder.Price, r.Finder.ChainId)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&price, "price", "", "price of an answer, as a coin (default: free)")
	cmd.Flags().StringVar(&chainID, "chain-id", "", "chain of the price, if its denom is on several")
	cmd.Flags().BoolVar(&off, "off", false, "stop")
	return cmd
}

func newRouteEarningsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "earnings",
		Short: "Show what was forwarded for others and earned, by channel",
		Long: `Show what was forwarded for others and earned, by channel. EARNED are the fees of what went out by a channel; of a
swap the earning is what came in by one channel for what went out by the other.`,
		Example: "  photond route earnings",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Earnings(ctx, &api.EarningsRequest{})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					fmt.Fprintln(w, "CHANNEL\tIN\tAMOUNT\tOUT\tAMOUNT\tEARNED")
					for _, e := range r.Earnings {
						fmt.Fprintf(w, "%s\t%d\t%s%s\t%d\t%s%s\t%s%s\n", refText(e.Channel), e.PaymentsIn, e.AmountIn, e.Denom, e.PaymentsOut, e.AmountOut, e.Denom, e.Earned, e.Denom)
					}
				})
			})
		},
	}
}
