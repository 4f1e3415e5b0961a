package cli

import (
	"context"
	"fmt"
	"io"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newRouteRateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rate",
		Short: "List the swaps that this node makes for others, and set their rates",
		Long: `List the swaps that this node makes for others: a payer pays it in one denom, or on one chain, and it pays on
in another, under one hash. There are none until you set a rate. Danger: a rate stands for 20 seconds
after it was quoted, whatever the market does.`,
		Example: "  photond route rate\n  photond route rate set 2usmt 1ufarm --max 50000\n  photond route rate end usmt ufarm",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Rates(ctx, &api.RatesRequest{})
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					fmt.Fprintln(w, "TAKES\tON\tFOR\tON\tMAX")
					for _, rate := range r.Rates {
						printRate(w, rate)
					}
				})
			})
		},
	}
	cmd.AddCommand(newRouteRateSetCmd(), newRouteRateEndCmd())
	return cmd
}

func printRate(w io.Writer, r *api.Rate) {
	most := r.Max + r.OutDenom
	if r.Max == "0" {
		most = "-"
	}
	fmt.Fprintf(w, "%d%s\t%s\t%d%s\t%s\t%s\n", r.AmountIn, r.InDenom, r.InChainId, r.AmountOut, r.OutDenom, r.OutChainId, most)
}

// rateFlags say which chains a rate is about.
type rateFlags struct{ in, out string }

func (f *rateFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.in, "in-chain", "", "chain of what is taken, if its denom is on several")
	cmd.Flags().StringVar(&f.out, "out-chain", "", "chain of what goes out, if its denom is on several")
}

func (f *rateFlags) set(cmd *cobra.Command, rate *api.Rate, said string) error {
	rate.InChainId, rate.OutChainId = f.in, f.out
	return call(cmd, func(ctx context.Context, c *api.Client) error {
		r, err := c.SetRate(ctx, &api.SetRateRequest{Rate: rate})
		if err != nil {
			return err
		}
		return show(cmd, r, func(w io.Writer) {
			fmt.Fprintln(w, said)
			printRate(w, r.Rate)
		})
	})
}

func newRouteRateSetCmd() *cobra.Command {
	var flags rateFlags
	var most string
	cmd := &cobra.Command{
		Use:   "set [takes] [for]",
		Short: "Set a rate: what is taken for what goes out",
		Long: `Set a rate: what is taken for what goes out; the fee of the node comes on top. It counts from the next quote on, is
kept over restarts, and replaces what the configuration says about the two.`,
		Example: "  photond route rate set 2usmt 1ufarm\n  photond route rate set 1usmt 1usmt --in-chain mesh-main-1 --out-chain farm-1 --max 1000000",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var coins [2]sdk.Coin
			for i, text := range args {
				var err error
				if coins[i], err = sdk.ParseCoinNormalized(text); err != nil {
					return usage("%q: must be a coin like 2usmt: %w", text, err)
				}
				if !coins[i].Amount.IsPositive() || !coins[i].Amount.IsUint64() {
					return usage("%q: must be at least 1 and below 2^64; `photond route rate end` ends a swap", text)
				}
			}
			return flags.set(cmd, &api.Rate{
				InDenom: coins[0].Denom, OutDenom: coins[1].Denom, AmountIn: coins[0].Amount.Uint64(), AmountOut: coins[1].Amount.Uint64(), Max: most,
			}, "swaps:")
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&most, "max", "", "most that goes out in one swap (default: no limit)")
	return cmd
}

func newRouteRateEndCmd() *cobra.Command {
	var flags rateFlags
	cmd := &cobra.Command{
		Use:     "end [takes] [for]",
		Short:   "End a swap, by its denoms",
		Example: "  photond route rate end usmt ufarm",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, denom := range args {
				if err := sdk.ValidateDenom(denom); err != nil {
					return usage("%w", err)
				}
			}
			return flags.set(cmd, &api.Rate{InDenom: args[0], OutDenom: args[1]}, "ended:")
		},
	}
	flags.register(cmd)
	return cmd
}
