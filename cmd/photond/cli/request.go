package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mdp/qrterminal/v3"
	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/invoice"
)

func newRequestCmd() *cobra.Command {
	var expiry time.Duration
	var memo, chainID string
	var qr bool
	cmd := &cobra.Command{
		Use:   "request [amount]",
		Short: "Make a payment request, as text and as a QR code",
		Long: `Make a payment request: amount, expiry and this node's identity, signed. Hand the text or the QR code to
the payer, who runs "photond pay" with it. A denom alone leaves the amount to the payer.`,
		Example: "  photond request 250usmt --memo 'water, plot 7' --expiry 15m\n  photond request usmt --qr=false\n  photond request decode photon1…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if expiry < time.Second {
				return usage("--expiry %s: must be at least 1s", expiry)
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Invoice(ctx, &api.InvoiceRequest{Amount: args[0], Expiry: uint64(expiry / time.Second), Memo: memo, ChainId: chainID}) //nolint:gosec // positive
				if err != nil {
					return err
				}
				return show(cmd, r, func(w io.Writer) {
					if qr {
						// Upper case fits the QR code's alphanumeric mode, which needs fewer squares.
						qrterminal.GenerateHalfBlock(strings.ToUpper(r.Request), qrterminal.L, cmd.OutOrStdout())
					}
					fmt.Fprintf(w, "%s\n\npayment id  %s\nexpires     %s\n", r.Request, r.PaymentId, when(r.ExpiresAt))
				})
			})
		},
	}
	cmd.Flags().DurationVar(&expiry, "expiry", time.Hour, "how long it may be paid")
	cmd.Flags().StringVar(&memo, "memo", "", "what it is for, at most 128 bytes; everybody who sees the request can read it")
	cmd.Flags().StringVar(&chainID, "chain-id", "", "chain, if the node is on several")
	cmd.Flags().BoolVar(&qr, "qr", true, "print the QR code, too")
	cmd.AddCommand(newRequestDecodeCmd())
	return cmd
}

func newRequestDecodeCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "decode [request]",
		Short:   "Show what a payment request asks for, and check its signature",
		Example: "  photond request decode photon1…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := invoice.Parse(args[0])
			if err != nil {
				return usage("%w", err)
			}
			state := "can be paid"
			if err := v.Check(time.Now()); err != nil {
				state = err.Error()
			}
			amount := v.Amount.String()
			if v.Amount.IsZero() {
				amount = "(any) "
			}
			if f, err := format(cmd); err != nil {
				return err
			} else if f == "json" {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), `{"chain_id":%q,"amount":%q,"denom":%q,"payment_id":"%x","expires_at":%d,"node_key":"%x","memo":%q,"state":%q}`+"\n",
					v.ChainID, v.Amount, v.Denom, v.PaymentID, v.Expiry.Unix(), v.NodeKey, v.Memo, state)
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "amount      %s%s on %s\nmemo        %s\npayment id  %x\nexpires     %s, %s\n",
				amount, v.Denom, v.ChainID, v.Memo, v.PaymentID, when(v.Expiry.Unix()), state)
			return err
		},
	}
}
