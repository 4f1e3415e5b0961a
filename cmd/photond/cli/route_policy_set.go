package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newRoutePolicyListCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Show what this node asks for forwarding, by the channel that payments go into",
		Example: "  photond route policy list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Policies(ctx, &api.PoliciesRequest{})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) { printPolicies(w, r.Policies) })
			})
		},
	}
}

func printPolicies(w io.Writer, policies []*api.Policy) {
	fmt.Fprintln(w, "CHANNEL\tBASE\tMILLIONTHS\tMIN\tMAX\tFORWARDS\tSET FOR IT")
	for _, p := range policies {
		most := p.Max
		if len(most) > 20 {
			most = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%t\t%t\n", refText(p.Channel), p.FeeBase, p.FeeRate, p.Min, most, !p.Disabled, p.Own)
	}
}

func newRoutePolicySetCmd() *cobra.Command {
	var channel string
	req := &api.SetPolicyRequest{}
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Set what this node asks for forwarding into one channel",
		Long: `Set what this node asks for forwarding into one channel. What is left out stays as it is. It counts at once, is kept
over restarts, and is announced: others may go by the old one for a minute, and are told when they do.`,
		Example: "  photond route policy set --channel 7 --base 1 --rate 250 --min 100 --max 50000\n  photond route policy set --channel 7 --disable\n  photond route policy set --channel 7 --reset",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if channel == "" {
				return usage("--channel is missing: its number, or chain-id/number")
			}
			ref, err := channelRef(channel)
			if err != nil {
				return err
			}
			req.Channel = ref
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.SetPolicy(ctx, req)
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) { printPolicies(w, []*api.Policy{r.Policy}) })
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&channel, "channel", "", "channel that payments go into (required)")
	f.StringVar(&req.FeeBase, "base", "", "fee of each payment, in the smallest unit of the channel's denom")
	f.StringVar(&req.FeeRate, "rate", "", "fee in millionths of the amount that goes out, at most 100000")
	f.StringVar(&req.Min, "min", "", "least amount that goes out at once")
	f.StringVar(&req.Max, "max", "", "greatest amount that goes out at once")
	f.BoolVar(&req.Disable, "disable", false, "forward nothing into it")
	f.BoolVar(&req.Enable, "enable", false, "forward again")
	f.BoolVar(&req.Reset_, "reset", false, "ask for what the configuration says")
	return cmd
}
