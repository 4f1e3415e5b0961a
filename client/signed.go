package client

import (
	"context"
	"errors"

	cmttypes "github.com/cometbft/cometbft/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Signed is a transaction that is ready to be offered to nodes. Stored before it is offered first,
// it can be offered again after a crash: the same bytes execute at most once.
type Signed struct {
	// Bytes of the transaction.
	Bytes []byte `json:"bytes"`
	// Sequence of the sender that it uses.
	Sequence uint64 `json:"sequence"`
	// After and Timeout bound the heights of the block that it can be in, as in [Pending].
	After   int64 `json:"after"`
	Timeout int64 `json:"timeout"`
	// GasLimit that it asks for.
	GasLimit uint64 `json:"gas_limit"`
}

// Sign makes a transaction of the messages without offering it to anybody. Until it was offered the
// account's next transaction would use the same sequence: use one of both ways at a time.
func (a *Account) Sign(ctx context.Context, opts TxOptions, msgs ...sdk.Msg) (*Signed, error) {
	ctx, cancel := a.c.bounded(ctx)
	defer cancel()
	a.forget(ctx)
	opts, height, err := a.prepare(ctx, opts, msgs)
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, a.turn); err != nil {
		return nil, err
	}
	defer func() { <-a.turn }()
	tx, bz, err := a.sign(ctx, opts, height, msgs)
	if err != nil {
		return nil, err
	}
	return &Signed{Bytes: bz, Sequence: tx.Sequence, After: tx.After, Timeout: tx.Timeout, GasLimit: tx.GasLimit}, nil
}

// forget makes the next use read the sequence from the chain.
func (a *Account) forget(ctx context.Context) {
	if lock(ctx, a.turn) == nil {
		a.known = false
		<-a.turn
	}
}

// SendSigned offers a signed transaction and waits for its block, for the first time or again. If
// it can never be in a block, the error is ErrNotIncluded (its timeout height has passed, or another
// transaction of the account took its sequence) or a *TxError: then its messages may be signed anew.
func (c *Client) SendSigned(ctx context.Context, tx *Signed) (*TxResult, error) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	pending := &Pending{
		Hash: TxHash(cmttypes.Tx(tx.Bytes).Hash()), Sequence: tx.Sequence, After: tx.After, Timeout: tx.Timeout,
		GasLimit: tx.GasLimit, Fee: c.Fee(tx.GasLimit),
	}
	err := (&Account{c: c}).offer(ctx, tx.Bytes, tx.Sequence)
	var refused *TxError
	if err != nil && !errors.Is(err, ErrUnknownOutcome) && !errors.As(err, &refused) {
		return nil, err
	}
	if refused == nil || errors.Is(err, ErrUnknownOutcome) {
		return c.Wait(ctx, pending)
	}
	// No later block can take it, but one that exists may have: then its sequence is used up.
	height, heightErr := c.Height(ctx)
	if heightErr != nil {
		return nil, heightErr
	}
	pending.Timeout = min(pending.Timeout, height)
	res, waitErr := c.Wait(ctx, pending)
	if _, mismatch := expectedSequence(err); errors.Is(waitErr, ErrNotIncluded) && !mismatch {
		return nil, err
	}
	return res, waitErr
}
