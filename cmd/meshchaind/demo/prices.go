package demo

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// price is the least that somebody takes for the topics with a prefix, in a denom of
// their own chain.
func price(prefix string, minimum sdk.Coin) transackettypes.Price {
	return transackettypes.Price{TopicPrefix: prefix, Minimum: minimum}
}

// post makes prices known: what comes after is held to them.
func post(ctx context.Context, s *sender, prices ...transackettypes.Price) error {
	if _, err := s.send(ctx, &transackettypes.MsgSetPrices{Account: s.account.Address(), Prices: prices}); err != nil {
		return fmt.Errorf("prices: %w", err)
	}
	return nil
}

// refusedForPrice is how a refund says that the payment was below the price.
func refusedForPrice() string {
	ack := channeltypes.NewErrorAcknowledgementWithCodespace(transackettypes.ErrPrice)
	return transackettypes.REFUND_REASON_REFUSED.String() + " " + ack.GetError()
}

// checkUnderpaid tells what is wrong if what was sent below the price did not come
// back for that reason.
func (l *ledger) checkUnderpaid(f flow, want int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var faults []string
	got := 0
	for _, t := range l.lives {
		switch {
		case !f.has(t):
			continue
		case t.refunded.IsZero():
			faults = append(faults, fmt.Sprintf("TransacKet %s: %s is below the price and was not refunded", short(t.id), t.payment))
		case t.reason != refusedForPrice():
			faults = append(faults, fmt.Sprintf("TransacKet %s: is below the price and was refunded for another reason: %s", short(t.id), t.reason))
		}
		got++
	}
	if got != want {
		faults = append(faults, fmt.Sprintf("below the price: %d TransacKets were sent, %d should be", got, want))
	}
	return faults
}
