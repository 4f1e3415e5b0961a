package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newPeersCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "peers",
		Short:   "List other nodes and the wrongs that they signed, or connect to one",
		Example: "  photond peers\n  photond peers connect /ip4/10.0.0.2/tcp/9735/p2p/12D3KooW…",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Peers(ctx, &api.PeersRequest{})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					fmt.Fprintln(w, "NODE\tCONNECTED\tSCORE\tPROGRAM\tCHANNELS\tADDRESSES")
					for _, p := range r.Peers {
						var channels []string
						for _, ref := range p.Channels {
							channels = append(channels, refText(ref))
						}
						fmt.Fprintf(w, "%s\t%t\t%d\t%s\t%s\t%s\n", p.Id, p.Connected, p.Score, p.Agent, strings.Join(channels, " "), strings.Join(p.Addresses, " "))
					}
					for i, f := range r.Faults {
						if i == 0 {
							fmt.Fprintln(w, "\nWRONGS OF PEERS\tEPOCH\tTIME\tWHAT")
						}
						fmt.Fprintf(w, "%s\t%d\t%s\t%s: %s\n", refText(f.Channel), f.Epoch, when(f.Time), f.Code, f.Text)
					}
				})
			})
		},
	}
	cmd.AddCommand(newPeersConnectCmd())
	return cmd
}

func newPeersConnectCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "connect [address]",
		Short:   "Connect to a node",
		Example: "  photond peers connect /ip4/10.0.0.2/tcp/9735/p2p/12D3KooW…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				defer progress(cmd, "dialing")()
				r, err := c.Connect(ctx, &api.ConnectRequest{Address: args[0]})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) { fmt.Fprintf(w, "connected to %s\n", r.Id) })
			})
		},
	}
}
