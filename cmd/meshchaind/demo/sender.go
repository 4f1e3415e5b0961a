package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
)

const (
	// txTimeoutBlocks is after how many blocks a transaction that a crashed node
	// forgot is known to be lost.
	txTimeoutBlocks = 12
	// maxResends bounds how often messages whose transaction provably is in no
	// block, or failed there, are sent again.
	maxResends = 5
	// patience is how long a node may be away before a client gives up.
	patience = 90 * time.Second
	// refusalPatience is how long a node may refuse what it should take: one that
	// has just been started knows no channel before its next block.
	refusalPatience = 10 * time.Second
	// retryPause is the first pause before asking again; it doubles up to maxRetryPause.
	retryPause    = 200 * time.Millisecond
	maxRetryPause = 3 * time.Second
)

// sender puts messages of one account into blocks, each exactly once, though
// nodes may be killed meanwhile: messages go out a second time only when their
// first transaction has failed or can no longer be included.
type sender struct {
	chain   *client.Client
	account *client.Account
}

func newSender(chain *client.Client, key string) (*sender, error) {
	account, err := chain.Account(key)
	if err != nil {
		return nil, err
	}
	return &sender{chain: chain, account: account}, nil
}

// sent is a transaction on its way.
type sent struct {
	at   time.Time // when it was offered first
	msgs []sdk.Msg
	tx   *client.Pending
}

// offer hands a transaction to the node and returns when the node took it.
func (s *sender) offer(ctx context.Context, msgs ...sdk.Msg) (*sent, error) {
	out := &sent{at: time.Now(), msgs: msgs}
	err := retry(ctx, func() error {
		tx, err := s.account.BroadcastWith(ctx, client.TxOptions{TimeoutBlocks: txTimeoutBlocks}, msgs...)
		if err != nil && (tx == nil || !errors.Is(err, client.ErrUnknownOutcome)) {
			return err
		}
		out.tx = tx // taken, or perhaps taken: settle finds out
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.account.Name(), err)
	}
	return out, nil
}

// settle returns when the messages are in a block and succeeded.
func (s *sender) settle(ctx context.Context, out *sent) (*client.TxResult, error) {
	for resends := 0; ; resends++ {
		ctxWait, cancel := context.WithTimeout(ctx, patience)
		result, err := s.chain.Wait(ctxWait, out.tx)
		cancel()
		if err == nil {
			return result, nil
		}
		if resends == maxResends || !isLost(err) {
			return nil, fmt.Errorf("%s: %w", s.account.Name(), err)
		}
		again, err := s.offer(ctx, out.msgs...)
		if err != nil {
			return nil, err
		}
		out.tx = again.tx
	}
}

// send is offer and settle.
func (s *sender) send(ctx context.Context, msgs ...sdk.Msg) (*client.TxResult, error) {
	out, err := s.offer(ctx, msgs...)
	if err != nil {
		return nil, err
	}
	return s.settle(ctx, out)
}

// isLost tells whether a transaction provably did nothing but, perhaps, cost a fee.
func isLost(err error) bool {
	var refused *client.TxError
	return errors.Is(err, client.ErrNotIncluded) || errors.As(err, &refused)
}

// retry calls f until it succeeds, the chain has refused it, or the node has
// not answered, for too long.
func retry(ctx context.Context, f func() error) error {
	start := time.Now()
	for pause := retryPause; ; pause = min(2*pause, maxRetryPause) {
		err := f()
		if err == nil {
			return nil
		}
		limit := patience
		var refused *client.TxError
		if errors.As(err, &refused) {
			limit = refusalPatience
		}
		if time.Since(start) > limit {
			return err
		}
		if ended := sleep(ctx, pause); ended != nil {
			return errors.Join(ended, err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
