package keeper

import "context"

// Deliveries counts the TransacKets and receipts that were ever put into inboxes of
// this chain: a zone tells it the main chain in its heartbeat.
func (k Keeper) Deliveries(ctx context.Context) (uint64, error) {
	next, err := k.Number.Peek(ctx)
	if err != nil || next == 0 {
		return 0, err
	}
	return next - 1, nil
}
