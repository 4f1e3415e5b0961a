package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/meshchain/meshchain/photon/api"
)

// payFlags are what pay and send have in common.
type payFlags struct {
	channel, maxFee, chainID string
	spend, spendChain, quote string
	askNode, maxPrice, paid  string
	dryRun                   bool
	timeout                  time.Duration
}

// registerRoute adds the flags that say which ways are good.
func (p *payFlags) registerRoute(f *pflag.FlagSet) {
	f.StringVar(&p.maxFee, "max-fee", "", "most to pay to others on the way (default: 1 % of the amount, at least 1)")
	f.StringVar(&p.chainID, "chain-id", "", "chain where the amount arrives, if its denom is on several")
	f.StringVar(&p.spend, "spend", "", "pay in another denom or on another chain, at most this coin: a mediator swaps it")
	f.StringVar(&p.spendChain, "spend-chain", "", "chain to pay from in a swap, if the node is on several")
	f.StringVar(&p.askNode, "ask", "", "node that finds a way where this one knows none")
	f.StringVar(&p.maxPrice, "max-price", "", "most to pay it for the answer, as a coin (default: nothing)")
}

func (p *payFlags) register(f *pflag.FlagSet) {
	p.registerRoute(f)
	f.StringVar(&p.channel, "channel", "", "channel to use (default: one with the target, else over others)")
	f.DurationVar(&p.timeout, "timeout", time.Minute, "how long to wait for the receiver's signature")
	f.StringVar(&p.quote, "quote", "", "quote to go by, of photond route --spend; without it a new one is taken")
	f.BoolVar(&p.dryRun, "dry-run", false, "show the way and what it costs, and pay nothing")
}

func (p *payFlags) request(target, amount string, data []byte) (*api.PayRequest, error) {
	if p.timeout < time.Second || p.timeout > 10*time.Minute {
		return nil, usage("--timeout %s: must be 1s to 10m", p.timeout)
	}
	req := &api.PayRequest{
		Target: target, Amount: amount, Data: data, MaxFee: p.maxFee, Timeout: uint32(p.timeout / time.Second), ChainId: p.chainID,
		Spend: p.spend, SpendChainId: p.spendChain, Quote: p.quote, Ask: p.askNode, MaxPrice: p.maxPrice,
	}
	if p.channel != "" {
		ref, err := channelRef(p.channel)
		if err != nil {
			return nil, err
		}
		req.Channel = ref
	}
	return req, nil
}

func (p *payFlags) pay(cmd *cobra.Command, target, amount string, data []byte) error {
	req, err := p.request(target, amount, data)
	if err != nil {
		return err
	}
	if p.dryRun {
		return p.find(cmd, target, amount)
	}
	return call(cmd, func(ctx context.Context, c *api.Client) error {
		if p.spend != "" && p.quote == "" {
			q, err := p.ask(ctx, cmd, c, target, amount)
			if err != nil {
				return err
			}
			req.Quote = q.Quote
		}
		defer progress(cmd, "waiting for the receiver")()
		r, err := c.Pay(ctx, req)
		if err != nil {
			return err
		}
		return show(cmd, r, func(w io.Writer) {
			names := make([]string, len(r.Names))
			for i, n := range r.Names {
				names[i] = nameText(n)
			}
			if len(names) > 0 {
				fmt.Fprintf(w, "paid\t%s\n", strings.Join(names, " "))
			} else {
				fmt.Fprintf(w, "paid\tid %s\n", r.PaymentId)
			}
			switch {
			case p.spend != "":
				fmt.Fprintf(w, "over\t%d nodes for %s altogether\n", len(r.Hops)-1, r.Paid)
			case len(r.Hops) > 1:
				fmt.Fprintf(w, "over\t%d nodes for a fee of %s\n", len(r.Hops)-1, r.Fee)
			}
			if r.Secret != "" {
				fmt.Fprintf(w, "secret\t%s\n", r.Secret)
			}
		})
	})
}

func newPayCmd() *cobra.Command {
	var flags payFlags
	cmd := &cobra.Command{
		Use:   "pay [node or request] [amount]",
		Short: "Pay a node, or a payment request",
		Long: `Pay a node or a payment request and wait for the receiver's signature. It is printed where the payment
stands: that name is what "photond receipt" takes.

With --spend the payment is swapped on its way: the amount arrives as it is written, and what is spent for
it is another denom, or on another chain. A mediator quotes the price, which is shown first; the payment
goes by that quote if it is not above what --spend allows.

A payment request is paid once: its node takes one payment, and the secret that comes back proves it.`,
		Example: `  photond pay 12D3KooW… 250usmt
  photond pay photon1…
  photond pay photon1… 250usmt                       # a request without an amount
  photond pay photon1… --spend 300usmt               # it asks for another denom
  photond pay 12D3KooW… 250ufarm --spend 300usmt --dry-run`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			amount := ""
			if len(args) == 2 {
				amount = args[1]
			}
			return flags.pay(cmd, args[0], amount, nil)
		},
	}
	flags.register(cmd.Flags())
	return cmd
}
