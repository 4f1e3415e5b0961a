package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

// receiptFile is a receipt as it is handed to others.
type receiptFile struct {
	ChainID string `json:"chain_id"`
	Denom   string `json:"denom"`
	// SenderKey and ReceiverKey it verifies under. Who checks must know from elsewhere, the chain say,
	// whose keys they are.
	SenderKey   string `json:"sender_key"`
	ReceiverKey string `json:"receiver_key"`
	// Receipt in hexadecimal digits, in the encoding of x/channels.
	Receipt string `json:"receipt"`
	// Secret that opened a lock, in hexadecimal digits: without it, a receipt of a lock proves a
	// promise, not a payment.
	Secret string `json:"secret,omitempty"`
	// Request that was paid: it proves to whom.
	Request string `json:"request,omitempty"`
}

func newReceiptCmd() *cobra.Command {
	var out, request string
	cmd := &cobra.Command{
		Use:   "receipt [payment]",
		Short: "Export the proof of one payment",
		Long: `Export the proof of one payment: the payment itself, its way through the batch, and the signatures of
sender and receiver. Everybody can check it with "photond verify-receipt", without this node.

Of a payment over others, the payment that can be proved is this node's own lock, and the secret that opened
it. With --request the proof names who was paid: only the node that signed the request knew the secret.`,
		Example: "  photond receipt mesh-main-1/7/0/0/112233/4 --out receipt.json\n  photond receipt mesh-main-1/7/0/0/112233/4 --request photon1…\n  photond verify-receipt receipt.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := parseName(args[0])
			if err != nil {
				return err
			}
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				r, err := c.Receipt(ctx, name)
				if err != nil {
					return err
				}
				bz, err := json.MarshalIndent(receiptFile{
					ChainID: r.ChainId, Denom: r.Denom, SenderKey: r.SenderKey, ReceiverKey: r.ReceiverKey, Receipt: hex.EncodeToString(r.Receipt),
					Secret: r.Secret, Request: request,
				}, "", "  ")
				if err != nil {
					return err
				}
				if out == "" {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), string(bz))
					return err
				}
				return os.WriteFile(out, append(bz, '\n'), 0o644) //nolint:gosec // it is made to be handed over
			})
		},
	}
	cmd.Flags().StringVar(&request, "request", "", "payment request that it paid, to prove to whom")
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: the terminal)")
	return cmd
}
