package demo

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// route is a way from an account of one chain to an account of another. Receipts are
// asked for.
type route struct {
	sender  *sender
	to      string   // address on the other chain
	channel string   // on the sender's chain; empty if zone is given
	zone    string   // to reach by name, over the main chain
	payment sdk.Coin // with every TransacKet
	ledger  *ledger
}

// message wraps data into a TransacKet.
func (r *route) message(topic string, data, thread []byte) *transackettypes.MsgSend {
	return &transackettypes.MsgSend{
		Sender:  r.sender.account.Address(),
		To:      r.to,
		Payment: r.payment,
		Envelope: transackettypes.Envelope{
			Body:    &transackettypes.Envelope_Inband{Inband: data},
			Topic:   topic,
			Thread:  thread,
			Receipt: transackettypes.RECEIPT_DELIVERED,
			Zone:    r.zone,
		},
		Channel: r.channel,
	}
}

// settle waits until an offered TransacKet is in a block, notes when it was handed
// in, and returns its id.
func (r *route) settle(ctx context.Context, out *sent) ([]byte, error) {
	result, err := r.sender.settle(ctx, out)
	if err != nil {
		return nil, err
	}
	var answer transackettypes.MsgSendResponse
	if err := result.Response(0, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w", r.sender.account.Name(), err)
	}
	r.ledger.submitted(answer.Id, out.at)
	return answer.Id, nil
}
