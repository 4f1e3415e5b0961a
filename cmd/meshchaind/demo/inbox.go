package demo

import (
	"context"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

const (
	// inboxPage is how many TransacKets are read at once; the chain allows 200.
	inboxPage = 100
	// inboxKept is how many handled TransacKets stay in an inbox, to look at.
	inboxKept = 20
	// inboxPoll is the pause between two looks at an inbox.
	inboxPoll = 300 * time.Millisecond
)

// inbox works through the TransacKets of one receiver: each is handled once, in
// order, then marked as read, and the oldest are deleted so that it never fills.
type inbox struct {
	owner *sender
	query transackettypes.QueryClient
	batch int      // most numbers per message
	last  uint64   // number of the newest handled
	kept  []uint64 // handled and not deleted, oldest first
}

func newInbox(ctx context.Context, owner *sender) (*inbox, error) {
	b := &inbox{owner: owner, query: transackettypes.NewQueryClient(owner.chain)}
	return b, retry(ctx, func() error {
		res, err := b.query.Params(ctx, &transackettypes.QueryParamsRequest{})
		if err != nil {
			return err
		}
		b.batch = min(int(res.Params.MaxBatch), inboxPage)
		return nil
	})
}

// next returns what came after the last handled TransacKet, at most a batch.
func (b *inbox) next(ctx context.Context) ([]transackettypes.Transacket, error) {
	var page *transackettypes.QueryInboxResponse
	err := retry(ctx, func() error {
		var err error
		page, err = b.query.Inbox(ctx, &transackettypes.QueryInboxRequest{
			Receiver:   b.owner.account.Address(),
			Unread:     true,
			Pagination: &query.PageRequest{Limit: uint64(b.batch)},
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("inbox of %s: %w", b.owner.account.Name(), err)
	}
	fresh := page.Transackets
	for len(fresh) > 0 && fresh[0].Number <= b.last { // marked, but not yet in the state that was read
		fresh = fresh[1:]
	}
	return fresh, nil
}

// done marks TransacKets that next returned as read and makes room.
func (b *inbox) done(ctx context.Context, handled []transackettypes.Transacket) error {
	if len(handled) == 0 {
		return nil
	}
	numbers := make([]uint64, len(handled))
	for i, t := range handled {
		numbers[i] = t.Number
	}
	b.last = numbers[len(numbers)-1]
	me := b.owner.account.Address()
	msgs := []sdk.Msg{&transackettypes.MsgAcknowledge{Receiver: me, Numbers: numbers}}
	b.kept = append(b.kept, numbers...)
	if spare := min(len(b.kept)-inboxKept, b.batch); spare > 0 {
		msgs = append(msgs, &transackettypes.MsgDelete{Receiver: me, Numbers: b.kept[:spare]})
		b.kept = append([]uint64(nil), b.kept[spare:]...)
	}
	_, err := b.owner.send(ctx, msgs...)
	return err
}

// work hands every TransacKet to handle until the context ends.
func (b *inbox) work(ctx context.Context, handle func(transackettypes.Transacket) error) error {
	for {
		fresh, err := b.next(ctx)
		if err != nil {
			return err
		}
		for _, t := range fresh {
			if err := handle(t); err != nil {
				return err
			}
		}
		if err := b.done(ctx, fresh); err != nil {
			return err
		}
		if len(fresh) == b.batch {
			continue
		}
		if err := sleep(ctx, inboxPoll); err != nil {
			return err
		}
	}
}
