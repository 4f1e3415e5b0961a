package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newChannelListCmd() *cobra.Command {
	var peer string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List channels with what they can send and receive",
		Example: "  photond channel list\n  photond channel list --peer 12D3KooW… -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Channels(ctx, &api.ChannelsRequest{Peer: peer})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) { channelTable(w, r.Channels) })
			})
		},
	}
	cmd.Flags().StringVar(&peer, "peer", "", "only channels with this node")
	return cmd
}

func channelTable(w io.Writer, channels []*api.Channel) {
	fmt.Fprintln(w, "CHANNEL\tPEER\tDENOM\tCAN SEND\tCAN RECEIVE\tSENT\tQUEUED\tRECEIVED\tPHASE\tONLINE")
	for _, ch := range channels {
		phase := ch.Phase
		if ch.Wait != "" {
			phase += ": " + ch.Wait
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%t\n",
			refText(ch.Ref), short(ch.Peer), ch.Denom, ch.CanSend, ch.CanReceive, ch.Sent, ch.Queued, ch.Received, phase, ch.Online)
	}
}
