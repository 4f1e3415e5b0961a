package cli

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/x/channels/types"
)

// invalid says that a receipt proves nothing.
type invalid struct{ error }

// Reason of the failure.
func (invalid) Reason() api.Reason { return api.ReasonRefused }

func newVerifyReceiptCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "verify-receipt [file]",
		Short: "Check the proof of a payment, without any node",
		Long: `Check the proof of a payment, without any node. It shows whose keys signed: that they are those of the
channel on the chain is for you to see, with "meshchaind query channels show".`,
		Example: "  photond verify-receipt receipt.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			bz, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			var file receiptFile
			if err := json.Unmarshal(bz, &file); err != nil {
				return usage("%s is no receipt: %w", args[0], err)
			}
			return verifyReceipt(cmd, file)
		},
	}
}

func verifyReceipt(cmd *cobra.Command, file receiptFile) error {
	raw, err := hex.DecodeString(file.Receipt)
	if err != nil {
		return usage("receipt: must be hexadecimal digits: %w", err)
	}
	sender, err := types.ParseChannelKey(file.SenderKey)
	if err != nil {
		return usage("sender_key: %s", err)
	}
	receiver, err := types.ParseChannelKey(file.ReceiverKey)
	if err != nil {
		return usage("receiver_key: %s", err)
	}
	receipt, err := types.ParseReceipt(raw)
	if err != nil {
		return invalid{fmt.Errorf("the receipt is malformed: %s", err.Error())}
	}
	proof, entry, err := receipt.Verify(sender, receiver)
	if err != nil {
		return invalid{fmt.Errorf("the receipt proves nothing: %s", err.Error())}
	}
	if f, err := format(cmd); err != nil {
		return err
	} else if f == "json" {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), `{"valid":true,"channel_id":%d,"epoch":%d,"sender":%d,"nonce":%d,"index":%d,"amount":%q,"payment_id":"%x","kind":%d,"data":"%x"}`+"\n",
			proof.Channel, proof.Epoch, proof.Sender, proof.Nonce, receipt.Index, entry.Amount, entry.PaymentID, entry.Kind, entry.Data)
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), `the receipt is valid
amount      %s%s (denom and chain as the file says: %s)
channel     %d, epoch %d, batch %d, payment %d
payment id  %x
data        %s
from        %s
to          %s
`, entry.Amount, file.Denom, file.ChainID, proof.Channel, proof.Epoch, proof.Nonce, receipt.Index, entry.PaymentID, readable(entry.Data), sender.Text(), receiver.Text())
	return err
}
