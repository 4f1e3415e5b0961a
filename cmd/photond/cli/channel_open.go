package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newChannelOpenCmd() *cobra.Command {
	var challenge time.Duration
	var chainID string
	cmd := &cobra.Command{
		Use:   "open [peer] [deposit]",
		Short: "Open a channel with a node and escrow a deposit",
		Long: `Open a channel with a node: it signs the terms, the deposit goes into escrow, and the command returns when
the channel is in a block. The peer is a node id if it is connected, or an address with identity.

The challenge is the time that either has to object when the other closes alone. It also bounds payments over
others: their locks end 480 s before it, and need 480 s for the last node and 420 s for each before it. Below
960 s there are none, and a swap between chains takes 3,660 s more.`,
		Example: "  photond channel open /ip4/10.0.0.2/tcp/9735/p2p/12D3KooW… 1000000usmt\n  photond channel open 12D3KooW… 1000000usmt --challenge 24h",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if challenge < 0 {
				return usage("--challenge %s: must be positive", challenge)
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				defer progress(cmd, "waiting for the peer's signature and a block")()
				r, err := c.OpenChannel(ctx, &api.OpenChannelRequest{ChainId: chainID, Peer: args[0], Deposit: args[1], Challenge: uint64(challenge / time.Second)}) //nolint:gosec // not negative
				if err != nil {
					return err
				}
				if r.Warning != "" {
					fmt.Fprintln(cmd.ErrOrStderr(), "Warning:", r.Warning)
				}
				return show(cmd, r, func(w io.Writer) { fmt.Fprintf(w, "channel %s is open\n", refText(r.Channel)) })
			})
		},
	}
	cmd.Flags().DurationVar(&challenge, "challenge", 0, "length of the update phase (default: that of the chain)")
	cmd.Flags().StringVar(&chainID, "chain-id", "", "chain, if the node is on several")
	return cmd
}
