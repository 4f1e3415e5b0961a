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
		Use:   "history [channel]",
		Short: "List the payments of a channel, or those over others, newest first",
		Long: `List the payments of a channel, newest first: entries of its batches, of which a payment with a lock has two, the lock
and what resolves or removes it. Without a channel, list the payments with locks that this node made or
was the target of, over whatever channels, with their fees.`,
		Example: "  photond history 7\n  photond history 7 --limit 1000 -o json\n  photond history",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listTransfers(cmd, before, limit)
			}
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
	cmd.Flags().Uint64Var(&before, "before", 0, "only payments of batches below this nonce; without a channel, below this number")
	return cmd
}

// listTransfers lists payments with locks.
func listTransfers(cmd *cobra.Command, before uint64, limit uint32) error {
	return call(cmd, func(ctx context.Context, c *api.Client) error {
		r, err := c.Transfers(ctx, &api.TransfersRequest{Before: before, Limit: limit})
		if err != nil {
			return err
		}
		return show(cmd, r, func(w io.Writer) {
			fmt.Fprintln(w, "TIME\tWAY\tARRIVED\tPAID\tFEE\tTO\tPAYMENT\tREQUEST\tID\tDATA")
			for _, t := range r.Transfers {
				way, to, name, paid := "in", "-", "-", "-"
				if t.Outgoing {
					way, paid = "out", t.Paid
				}
				if len(t.Hops) > 0 {
					to = short(t.Hops[len(t.Hops)-1])
				}
				if len(t.Names) > 0 {
					name = nameText(t.Names[0])
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%t\t%s\t%s\n", when(t.Time), way, t.Amount, paid, t.Fee, to, name, t.Requested, t.PaymentId, readable(t.Data))
			}
			if r.Next > 0 {
				fmt.Fprintf(w, "older ones: --before %d\n", r.Next)
			}
		})
	})
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
