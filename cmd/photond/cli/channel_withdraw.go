package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newChannelWithdrawCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "withdraw [channel] [amount]",
		Short: "Pay a part of your balance out to your account",
		Long: `Pay a part of your balance out to your account, by agreement with the peer. The channel is silent for the
moment and then goes on in a new epoch. Pending mediated payments must end first.`,
		Example: "  photond channel withdraw 7 250000",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := channelRef(args[0])
			if err != nil {
				return err
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				defer progress(cmd, "waiting for the peer's signature and a block")()
				r, err := c.Withdraw(ctx, &api.WithdrawRequest{Channel: ref, Amount: args[1]})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) { fmt.Fprintf(w, "withdrawn; epoch %d\n", r.Epoch) })
			})
		},
	}
}
