package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newListenCmd() *cobra.Command {
	var channel string
	cmd := &cobra.Command{
		Use:     "listen",
		Short:   "Print payments as they arrive",
		Example: "  photond listen\n  photond listen --channel 7 -o json | jq .payment.data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			req := &api.ReceiveRequest{}
			if channel != "" {
				ref, err := channelRef(channel)
				if err != nil {
					return err
				}
				req.Channel = ref
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				stream, err := c.Receive(ctx, req)
				if err != nil {
					return err
				}
				for {
					r, err := stream.Recv()
					if errors.Is(err, io.EOF) || ctx.Err() != nil {
						return nil
					}
					if err != nil {
						return err
					}
					p := r.Payment
					if err := show(cmd, r, func(w io.Writer) {
						fmt.Fprintf(w, "%s  %s%s  %s  %s\n", when(p.Time), p.Amount, p.Denom, nameText(p.Name), readable(p.Data))
					}); err != nil {
						return err
					}
				}
			})
		},
	}
	cmd.Flags().StringVar(&channel, "channel", "", "only this channel")
	return cmd
}
