// Package cli holds the commands of x/transacket that AutoCLI cannot make well.
package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"cosmossdk.io/core/address"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/version"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Flags of the send command that are not the body's.
const (
	FlagTopic   = "topic"
	FlagThread  = "thread"
	FlagChannel = "channel"
	FlagTimeout = "timeout"
	FlagReceipt = "receipt"
	FlagLock    = "hash-lock"
	FlagZone    = "zone"
)

// NewTxCmd returns the parent of the transaction commands.
func NewTxCmd(addresses address.Codec) *cobra.Command {
	cmd := &cobra.Command{
		Use:                        types.ModuleName,
		Short:                      "Send TransacKets and keep your inbox",
		DisableFlagParsing:         true,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(NewSendCmd(addresses), NewSetPricesCmd(addresses), NewClaimCmd(addresses), NewExpireCmd(addresses), NewRegisterCmd(addresses))
	return cmd
}

// NewSendCmd returns the command that sends a TransacKet.
func NewSendCmd(addresses address.Codec) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "send [to] [payment]",
		Short: "Send a payment and a message together",
		Long: `Send a payment and a message together: both arrive, or neither does.

The message is one of
  --data, --json, --data-hex   the message itself, 1 to 256 bytes
  --file                       the hash and size of a file that you keep elsewhere
  --file-hash, --size          the same, if the file is not at hand

Without --channel the receiver is an account of this chain. With it, the receiver
is an address on the chain at the other end, and the payment comes back if that
chain refuses or does not answer in time.`,
		Example: fmt.Sprintf(`# a reading, on this chain
%[1]s tx transacket send mesh1… 10usmt --data '{"moisture":0.21}' --topic soil/moisture --from sensor

# a command to another chain, as the answer to a reading
%[1]s tx transacket send mesh1… 1usmt --data open --topic valve --thread 5f0c… --channel channel-0 --from agronomist

# a call of a contract, whose answer comes back into your inbox
%[1]s tx transacket send mesh1… 5usmt --json '{"release":{}}' --receipt processed --from owner

# a payment that waits an hour for the key to a message
%[1]s tx transacket send mesh1… 500usmt --data key --hash-lock 9f86d0… --timeout 1h --receipt delivered --from reader

# a picture that is stored elsewhere
%[1]s tx transacket send mesh1… 5usmt --file leaf.jpg --media-type image/jpeg --locator ipfs://bafy… --from camera`, version.AppName),
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return broadcast(cmd, addresses, func(sender string) (sdk.Msg, error) {
				return newMsgSend(cmd.Flags(), sender, args[0], args[1])
			})
		},
	}
	addBodyFlags(cmd.Flags())
	cmd.Flags().String(FlagTopic, "", "what the message is about: up to 64 of a-z 0-9 . _ / -")
	cmd.Flags().String(FlagThread, "", "id of the TransacKet that this one answers, in hexadecimal")
	cmd.Flags().String(FlagChannel, "", "transfer channel to another chain, such as channel-0 (default: this chain)")
	cmd.Flags().Duration(FlagTimeout, 0, "how long the other chain may take, or how long a hash lock waits, such as 30m (default to another chain: the parameter default_timeout)")
	cmd.Flags().String(FlagReceipt, "none", "what you want to hear of it, in your inbox: none, delivered or processed")
	cmd.Flags().String(FlagLock, "", "SHA-256 in hexadecimal: the payment waits for its preimage; needs --timeout")
	cmd.Flags().String(FlagZone, "", "name of the zone to send to; the chain finds the way")
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

// broadcast signs and sends the message that make builds for the signer.
func broadcast(cmd *cobra.Command, addresses address.Codec, build func(signer string) (sdk.Msg, error)) error {
	clientCtx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	signer, err := addresses.BytesToString(clientCtx.GetFromAddress())
	if err != nil {
		return errorsmod.Wrapf(err, "--%s", flags.FlagFrom)
	}
	msg, err := build(signer)
	if err != nil {
		return err
	}
	return tx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), msg)
}

// readWishes adds to an envelope what the sender asks of the chains.
func readWishes(set flagSet, envelope *types.Envelope) error {
	receipt, err := set.GetString(FlagReceipt)
	if err != nil {
		return err
	}
	switch receipt {
	case "", "none":
	case "delivered":
		envelope.Receipt = types.RECEIPT_DELIVERED
	case "processed":
		envelope.Receipt = types.RECEIPT_PROCESSED
	default:
		return errorsmod.Wrapf(types.ErrReceipt, "--%s %q: must be none, delivered or processed", FlagReceipt, receipt)
	}
	lock, err := set.GetString(FlagLock)
	if err != nil {
		return err
	}
	if lock != "" {
		if envelope.HashLock, err = types.ParseHash(lock); err != nil {
			return errorsmod.Wrapf(err, "--%s", FlagLock)
		}
	}
	envelope.Zone, err = set.GetString(FlagZone)
	return err
}

// newMsgSend builds and checks the message that arguments and flags describe.
func newMsgSend(set flagSet, sender, to, payment string) (*types.MsgSend, error) {
	coin, err := sdk.ParseCoinNormalized(payment)
	if err != nil {
		return nil, errorsmod.Wrapf(types.ErrPayment, "payment %q: must be an amount and a denom, such as 10usmt: %s", payment, err)
	}
	envelope, err := readBody(set)
	if err != nil {
		return nil, err
	}
	if envelope.Topic, err = set.GetString(FlagTopic); err != nil {
		return nil, err
	}
	thread, err := set.GetString(FlagThread)
	if err != nil {
		return nil, err
	}
	if thread != "" {
		if envelope.Thread, err = types.ParseID(thread); err != nil {
			return nil, errorsmod.Wrapf(err, "--%s", FlagThread)
		}
	}
	if err := readWishes(set, &envelope); err != nil {
		return nil, err
	}
	msg := &types.MsgSend{Sender: sender, To: to, Payment: coin, Envelope: envelope}
	if msg.Channel, err = set.GetString(FlagChannel); err != nil {
		return nil, err
	}
	if set.Changed(FlagTimeout) {
		timeout, err := set.GetDuration(FlagTimeout)
		if err != nil {
			return nil, err
		}
		msg.Timeout = &timeout
	}
	return msg, msg.ValidateBasic()
}
