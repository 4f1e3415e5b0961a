package chain

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

func transacketsCommand() *cobra.Command {
	var t transackets
	l := load{kind: t.kind}
	l.fee, l.gas = "375usmt", 150_000
	cmd := l.command(&cobra.Command{
		Use:   "transackets",
		Short: "Drive a node with pre-signed TransacKets and measure what it delivers",
		Long: `Signs TransacKets beforehand, offers them to one node over several connections and
reads from its blocks what was committed: each is a payment and a message that lie in
the receiver's inbox then.

The sender accounts are derived from a secret in --home and topped up by the key --from.
Each sends 1 unit and --size bytes at a time to the next. What is sent stays in the
inboxes until it is pruned, so an inbox that has no room for a run ends it beforehand;
take more --accounts or another --home then.

committed TransacKets/s counts from the first broadcast to the last commit; steady from
the first block's commit to the last one's. Latency is from broadcast to the moment the
application has committed the block, seen by polling every 20 ms.`,
		Example: `  # 20,000 TransacKets against a local node of ours
  meshload chain transackets --node http://127.0.0.1:26657 --from alice --keyring-dir ~/.meshchain --txs 20000

  # the largest message, to inboxes of a zone
  meshload chain transackets --fee 375ufarm --size 256 --from alice --keyring-dir ~/.farm --json

  # latency at a fixed rate instead of the highest rate
  meshload chain transackets --from alice --keyring-dir ~/.meshchain --txs 6000 --rate 200`,
	})
	f := cmd.Flags()
	f.IntVar(&t.size, "size", 64, fmt.Sprintf("bytes of each message, at most %d", transackettypes.MaxInband))
	f.StringVar(&t.topic, "topic", "load", "topic of each message; may be empty")
	return cmd
}

// transackets are the settings that this kind of load adds.
type transackets struct {
	size  int
	topic string
}

func (t *transackets) kind() (kind, error) {
	if t.size < 1 || t.size > transackettypes.MaxInband {
		return kind{}, fmt.Errorf("--size %d: must be from 1 to %d bytes", t.size, transackettypes.MaxInband)
	}
	if err := transackettypes.ValidateTopic(t.topic); err != nil {
		return kind{}, fmt.Errorf("--topic %q: %w", t.topic, err)
	}
	return kind{noun: "TransacKets", message: t.message, ready: checkInboxes}, nil
}

func (t *transackets) message(from, to string, amount sdk.Coin) sdk.Msg {
	envelope := transackettypes.Inband(bytes.Repeat([]byte("m"), t.size))
	envelope.Topic = t.topic
	return &transackettypes.MsgSend{Sender: from, To: to, Payment: amount, Envelope: envelope}
}

// checkInboxes fails if an inbox cannot take n more TransacKets, before anything is paid
// for what would be refused.
func checkInboxes(ctx context.Context, c *client.Client, senders []*sender, n int) error {
	query := transackettypes.NewQueryClient(c)
	params, err := query.Params(ctx, &transackettypes.QueryParamsRequest{})
	if err != nil {
		return fmt.Errorf("parameters of TransacKets on %s: %w", c.ChainID(), err)
	}
	limit := uint64(params.Params.MaxInbox)
	for _, s := range senders {
		inbox, err := query.Inbox(ctx, &transackettypes.QueryInboxRequest{Receiver: s.address})
		if err != nil {
			return fmt.Errorf("inbox of %s: %w", s.address, err)
		}
		if uint64(n) > limit-min(inbox.Size_, limit) {
			return fmt.Errorf("inbox of %s: holds %d of at most %d TransacKets and is to get %d more; take more --accounts or another --home",
				s.address, inbox.Size_, limit, n)
		}
	}
	return nil
}
