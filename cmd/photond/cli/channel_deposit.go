package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newChannelDepositCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "deposit [channel] [amount]",
		Short:   "Add to your deposit in a channel",
		Long:    "Add to your deposit in a channel. The amount is in the smallest unit of the channel's denom.",
		Example: "  photond channel deposit 7 500000",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := channelRef(args[0])
			if err != nil {
				return err
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				defer progress(cmd, "waiting for a block")()
				r, err := c.Deposit(ctx, &api.DepositRequest{Channel: ref, Amount: args[1]})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) { fmt.Fprintf(w, "your deposit is %s\n", r.Total) })
			})
		},
	}
}
