package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/channels/types"
)

// ErrRefused says that the chain looked at the transaction and refused it; sending it again does not help.
// The cause is joined.
var ErrRefused = errors.New("the chain refused the transaction")

// waitSlice is how long one endpoint is waited for before the next one is asked about the same
// transaction.
const waitSlice = 20 * time.Second

// Defensive tells whether a message never does harm, whoever sends it and whenever: it only
// shows what is signed already, or takes what is decided. Such messages are sent on any view.
func Defensive(msg sdk.Msg) bool {
	switch msg.(type) {
	case *types.MsgUpdateBalanceProof, *types.MsgRegisterSecrets, *types.MsgUnlock, *types.MsgShowDisposals, *types.MsgSettle, *types.MsgClaim:
		return true
	}
	return false
}

// Submit sends the messages as one transaction until it is in a block, was refused or ctx ends.
// Endpoints that do not answer are passed over; a transaction that was not included is signed
// again. On a view that is stale or contradictory only defensive messages are sent, and the error
// wraps what is wrong with it. A refusal is ErrRefused with the *client.TxError.
//
// The outcome is unknown if ctx ends while a transaction is out: the follower shows it.
func (c *Chain) Submit(ctx context.Context, logger *slog.Logger, msgs ...sdk.Msg) (*client.TxResult, error) {
	if c.address == "" {
		return nil, fmt.Errorf("%s: no account key is configured: nothing can be sent", c.ID())
	}
	defensive := len(msgs) > 0
	for _, m := range msgs {
		defensive = defensive && Defensive(m)
	}
	var last error
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, maxPause) {
		endpoints, err := c.sendTo(ctx, defensive)
		if err != nil {
			return nil, err
		}
		for _, e := range endpoints {
			res, err := c.submitTo(ctx, e, msgs)
			switch {
			case err == nil:
				return res, nil
			case permanent(err), errors.Is(err, client.ErrNoAccount):
				return nil, fmt.Errorf("%s: %w: %w", c.ID(), ErrRefused, err)
			case ctx.Err() != nil:
				return nil, errors.Join(err, last)
			}
			if last == nil || last.Error() != err.Error() {
				logger.Error("transaction not sent, trying again", "chain", c.ID(), "message", sdk.MsgTypeURL(msgs[0]), "error", err)
			}
			last = err
		}
		if sleep(ctx, pause) != nil {
			return nil, fmt.Errorf("%s: %w", c.ID(), errors.Join(ctx.Err(), last))
		}
	}
}

// sendTo returns the endpoints to use, the best first.
func (c *Chain) sendTo(ctx context.Context, defensive bool) ([]*endpoint, error) {
	if defensive {
		return c.view.order(), nil
	}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	s, err := c.view.look(ctx)
	if err != nil {
		return nil, err
	}
	return s.usable, nil
}

// submitTo sends through one endpoint and waits for the block at all of them in turn: the one
// that took the transaction may die.
func (c *Chain) submitTo(ctx context.Context, e *endpoint, msgs []sdk.Msg) (*client.TxResult, error) {
	sending, cancel := context.WithTimeout(ctx, waitSlice)
	tx, err := e.account.Broadcast(sending, msgs...)
	cancel()
	if tx == nil {
		return nil, err
	}
	for {
		for _, at := range append([]*endpoint{e}, c.view.order()...) {
			waiting, cancel := context.WithTimeout(ctx, waitSlice)
			res, err := at.client.Wait(waiting, tx)
			cancel()
			var refused *client.TxError
			if err == nil || errors.Is(err, client.ErrNotIncluded) || errors.As(err, &refused) || ctx.Err() != nil {
				return res, err
			}
		}
	}
}

// permanent tells whether a refusal would be repeated. A node that has not seen the newest block,
// an account that another program uses as well or a full mempool pass.
func permanent(err error) bool {
	var refused *client.TxError
	if !errors.As(err, &refused) {
		return false
	}
	for _, passing := range []error{sdkerrors.ErrWrongSequence, sdkerrors.ErrMempoolIsFull, sdkerrors.ErrTxTimeoutHeight, sdkerrors.ErrOutOfGas, sdkerrors.ErrTxInMempoolCache} {
		if errors.Is(refused, passing) {
			return false
		}
	}
	return true
}
