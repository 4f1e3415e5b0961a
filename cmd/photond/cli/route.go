package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newRouteCmd() *cobra.Command {
	var flags payFlags
	cmd := &cobra.Command{
		Use:   "route [node or request] [amount]",
		Short: "Find a way for a payment without making it",
		Long: `Find a way for a payment without making it. With --spend the payment is swapped on its way, and a mediator is
asked what it costs: "photond pay --quote" pays by that quote as long as it is valid.

With --ask another node finds the way, one that serves ("photond route serve") and that this node has a
channel with. If it asks for a price, that is paid first, if --max-price allows it; "photond pay --ask" does both.`,
		Example: "  photond route 12D3KooW… 250usmt\n  photond route photon1… --spend usmt\n  photond route 12D3KooW… 250usmt --ask 12D3KooX… --max-price 5usmt",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount := ""
			if len(args) == 2 {
				amount = args[1]
			}
			return flags.find(cmd, args[0], amount)
		},
	}
	flags.registerRoute(cmd.Flags())
	cmd.Flags().StringVar(&flags.paid, "paid", "", "payment that pays for the answer, if it was made before; each pays for one")
	cmd.AddCommand(newRoutePolicyCmd(), newRouteRateCmd(), newRouteServeCmd(), newRouteEarningsCmd())
	return cmd
}

// find shows the way of a payment, or the quote of a swap.
func (p *payFlags) find(cmd *cobra.Command, target, amount string) error {
	return call(cmd, func(ctx context.Context, c *api.Client) error {
		if p.spend != "" {
			q, err := p.quoteFor(ctx, c, target, amount)
			if err != nil {
				return err
			}
			return show(cmd, q, func(w io.Writer) { printQuote(w, q) })
		}
		r, err := c.Route(ctx, &api.RouteRequest{Target: target, Amount: amount, MaxFee: p.maxFee, Ask: p.askNode, MaxPrice: p.maxPrice, Paid: p.paid})
		if err != nil {
			return err
		}
		return show(cmd, r, func(w io.Writer) {
			for i, hop := range r.Hops {
				fmt.Fprintf(w, "%d\t%s\n", i+1, hop)
			}
			fmt.Fprintf(w, "fee\t%s\n", r.Fee)
			if r.Price != "" {
				fmt.Fprintf(w, "paid\t%s for the answer: %s\n", r.Price, nameText(r.Paid))
			}
		})
	})
}

func (p *payFlags) quoteFor(ctx context.Context, c *api.Client, target, amount string) (*api.QuoteResponse, error) {
	return c.Quote(ctx, &api.QuoteRequest{Target: target, Amount: amount, ChainId: p.chainID, Spend: p.spend, SpendChainId: p.spendChain})
}

// ask shows the quote that a payment is about to go by, to people.
func (p *payFlags) ask(ctx context.Context, cmd *cobra.Command, c *api.Client, target, amount string) (*api.QuoteResponse, error) {
	q, err := p.quoteFor(ctx, c, target, amount)
	if err != nil {
		return nil, err
	}
	if f, err := format(cmd); err != nil || f != "text" {
		return q, err
	}
	w := tabwriter.NewWriter(cmd.ErrOrStderr(), 0, 0, 2, ' ', 0)
	printQuote(w, q)
	return q, w.Flush()
}

func printQuote(w io.Writer, q *api.QuoteResponse) {
	fmt.Fprintf(w, "quote\t%s\n", q.Quote)
	fmt.Fprintf(w, "arrives\t%s\n", q.Amount)
	fmt.Fprintf(w, "price\t%s, of that %s fee; rate %s\n", q.Price, q.Fee, q.Rate)
	fmt.Fprintf(w, "mediator\t%s\n", q.Mediator)
	fmt.Fprintf(w, "valid until\t%s\n", when(q.ValidUntil))
}
