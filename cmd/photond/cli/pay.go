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
	timeout                  time.Duration
}

func (p *payFlags) register(f *pflag.FlagSet) {
	f.StringVar(&p.channel, "channel", "", "channel to use (default: one with the target, else over others)")
	f.StringVar(&p.maxFee, "max-fee", "", "most to pay to others on the way (default: 1 % of the amount, at least 1)")
	f.DurationVar(&p.timeout, "timeout", time.Minute, "how long to wait for the receiver's signature")
	f.StringVar(&p.chainID, "chain-id", "", "chain, if the node is on several")
}

func (p *payFlags) request(target, amount string, data []byte) (*api.PayRequest, error) {
	if p.timeout < time.Second || p.timeout > 10*time.Minute {
		return nil, usage("--timeout %s: must be 1s to 10m", p.timeout)
	}
	req := &api.PayRequest{Target: target, Amount: amount, Data: data, MaxFee: p.maxFee, Timeout: uint32(p.timeout / time.Second), ChainId: p.chainID}
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
	return call(cmd, func(ctx context.Context, c *api.Client) error {
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
			if len(r.Hops) > 1 {
				fmt.Fprintf(w, "over\t%d nodes for a fee of %s\n", len(r.Hops)-1, r.Fee)
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
stands: that name is what "photond receipt" takes.`,
		Example: "  photond pay 12D3KooW… 250usmt\n  photond pay photon1…\n  photond pay photon1… 250usmt   # a request without an amount",
		Args:    cobra.RangeArgs(1, 2),
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
