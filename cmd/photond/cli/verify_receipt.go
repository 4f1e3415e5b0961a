package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/invoice"
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
	proves, err := whatItProves(file, &entry)
	if err != nil {
		return invalid{err}
	}
	if f, err := format(cmd); err != nil {
		return err
	} else if f == "json" {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), `{"valid":true,"proves":%q,"channel_id":%d,"epoch":%d,"sender":%d,"nonce":%d,"index":%d,"amount":%q,"payment_id":"%x","kind":%d,"data":"%x"}`+"\n",
			proves, proof.Channel, proof.Epoch, proof.Sender, proof.Nonce, receipt.Index, entry.Amount, entry.PaymentID, entry.Kind, entry.Data)
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), `the receipt is valid
amount      %s%s (denom and chain as the file says: %s)
channel     %d, epoch %d, batch %d, payment %d
payment id  %x
data        %s
from        %s
to          %s
proves      %s
`, entry.Amount, file.Denom, file.ChainID, proof.Channel, proof.Epoch, proof.Nonce, receipt.Index, entry.PaymentID, readable(entry.Data), sender.Text(), receiver.Text(), proves)
	return err
}

// whatItProves says what a valid receipt is good for: a payment, or a promise that the secret made one.
func whatItProves(file receiptFile, entry *types.Entry) (string, error) {
	switch entry.Kind {
	case types.EntryDirect, types.EntryReference:
		return "a payment", nil
	case types.EntryResolve:
		return fmt.Sprintf("that a lock was paid, with the secret %x", entry.Data[8:]), nil
	case types.EntryRemove:
		return "that a lock was given up: nothing was paid", nil
	}
	hash := api.LockHash(*entry)
	if file.Secret == "" {
		return fmt.Sprintf("a promise: locked under the hash %x, paid if somebody shows its secret", hash), nil
	}
	secret, err := hex.DecodeString(file.Secret)
	if err != nil || sha256.Sum256(secret) != hash {
		return "", fmt.Errorf("the receipt is of a lock under the hash %x: the secret is not of it", hash)
	}
	if file.Request == "" {
		return "a payment: the secret opens the lock", nil
	}
	v, err := invoice.Parse(file.Request)
	if err != nil {
		return "", err
	}
	if v.Hash != hash {
		return "", fmt.Errorf("the request has the hash %x: the lock has %x", v.Hash, hash)
	}
	return fmt.Sprintf("a payment of request %x to node %x, which asked for %s%s on %s: only it knew the secret", v.PaymentID, v.NodeKey, v.Amount, v.Denom, v.ChainID), nil
}
