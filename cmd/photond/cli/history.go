package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newHistoryCmd() *cobra.Command {
	var limit uint32
	var before uint64
	cmd := &cobra.Command{
		Use:     "history [channel]",
		Short:   "List the payments of a channel, newest first",
		Example: "  photond history 7\n  photond history 7 --limit 1000 -o json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := channelRef(args[0])
			if err != nil {
				return err
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Payments(ctx, &api.PaymentsRequest{ChainId: ref.ChainId, ChannelId: ref.ChannelId, Before: before, Limit: limit})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					fmt.Fprintln(w, "TIME\tWAY\tAMOUNT\tKIND\tSIGNED\tPAYMENT\tDATA")
					for _, p := range r.Payments {
						way := "in"
						if p.Outgoing {
							way = "out"
						}
						fmt.Fprintf(w, "%s\t%s\t%s%s\t%s\t%t\t%s\t%s\n", when(p.Time), way, p.Amount, p.Denom, p.Kind, p.Acknowledged, nameText(p.Name), readable(p.Data))
					}
					if r.Next > 0 {
						fmt.Fprintf(w, "older ones: --before %d\n", r.Next)
					}
				})
			})
		},
	}
	cmd.Flags().Uint32Var(&limit, "limit", 20, "payments at most, 1 to 1000")
	cmd.Flags().Uint64Var(&before, "before", 0, "only payments of batches below this nonce")
	return cmd
}

// readable shows the start of data: as text if it is text.
func readable(data []byte) string {
	const most = 40
	cut := data[:min(most, len(data))]
	for _, r := range string(cut) {
		if !unicode.IsPrint(r) {
			return fmt.Sprintf("%d bytes", len(data))
		}
	}
	if len(data) > most {
		return strconv.Itoa(len(data)) + " bytes: " + string(cut) + "…"
	}
	return string(cut)
}
