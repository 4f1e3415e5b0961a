package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newChannelCloseCmd() *cobra.Command {
	var alone, recovering bool
	cmd := &cobra.Command{
		Use:   "close [channel]",
		Short: "End a channel and pay both out",
		Long: `End a channel and pay both out: by agreement, which takes a block, or alone, which posts a bond of 1 % and
takes the update, unlock and evidence phases. The node shows what it must and settles by itself; keep it
running or have a tower. --recovering is for a node that lost its data: ask the peer to close first.`,
		Example: "  photond channel close 7\n  photond channel close 7 --alone",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := channelRef(args[0])
			if err != nil {
				return err
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				defer progress(cmd, "waiting for a block")()
				r, err := c.CloseChannel(ctx, &api.CloseChannelRequest{Channel: ref, Alone: alone, Recovering: recovering})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					if r.Phase == "ended" {
						fmt.Fprintln(w, "closed by agreement; both are paid out")
						return
					}
					fmt.Fprintf(w, "closed; settled from channel clock %d on\n", r.SettleFrom)
				})
			})
		},
	}
	cmd.Flags().BoolVar(&alone, "alone", false, "do not ask the peer")
	cmd.Flags().BoolVar(&recovering, "recovering", false, "the data is lost: claim nothing, 5 % bond, at least a week")
	return cmd
}
