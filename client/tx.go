package client

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	errorsmod "cosmossdk.io/errors"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
)

var (
	// ErrNotIncluded says that a transaction is in no block up to its timeout height, hence never
	// will be: it is safe to send its messages again.
	ErrNotIncluded = errors.New("transaction timed out: it is in no block up to its timeout height")
	// ErrUnknownOutcome says that the node did not tell whether it took a transaction. Wait on the
	// Pending that comes with the error before sending the messages again.
	ErrUnknownOutcome = errors.New("the node did not say whether it took the transaction")
	// ErrNoAccount says that an account cannot pay, as it never received anything.
	ErrNoAccount = errors.New("the account does not exist")
)

// TxHash identifies a transaction: SHA-256 of its bytes.
type TxHash []byte

// String returns upper-case hex, as block explorers and `meshchaind query tx` use it.
func (h TxHash) String() string { return strings.ToUpper(hex.EncodeToString(h)) }

// Pending is a transaction that passed CheckTx and waits for a block.
type Pending struct {
	Hash TxHash
	// Sequence of the sender that it uses.
	Sequence uint64
	// After is the newest height known before it was broadcast: it can only be in a later block.
	After int64
	// Timeout is the last height at which it can be included.
	Timeout int64
	// GasLimit and Fee it offers.
	GasLimit uint64
	Fee      sdk.Coins

	bytes []byte
}

// TxResult is a transaction that was executed successfully in a block.
type TxResult struct {
	Hash               TxHash
	Height             int64
	GasWanted, GasUsed int64
	// Fee paid; all of it is taken, whatever gas was used.
	Fee    sdk.Coins
	Events Events
	data   []byte
}

// Response decodes the response of the i-th message into resp, for example a *MsgSendResponse.
func (r *TxResult) Response(i int, resp proto.Message) error {
	var all sdk.TxMsgData
	if err := all.Unmarshal(r.data); err != nil {
		return fmt.Errorf("tx %s: message responses: %w", r.Hash, err)
	}
	if i < 0 || i >= len(all.MsgResponses) {
		return fmt.Errorf("tx %s: response %d: there are %d", r.Hash, i, len(all.MsgResponses))
	}
	got := all.MsgResponses[i]
	if want := sdk.MsgTypeURL(resp); got.TypeUrl != want {
		return fmt.Errorf("tx %s: response %d is %s, want %s", r.Hash, i, got.TypeUrl, want)
	}
	return proto.Unmarshal(got.Value, resp)
}

// Responses of all messages, in order; nil if they cannot be read.
func (r *TxResult) Responses() []*codectypes.Any {
	var all sdk.TxMsgData
	if all.Unmarshal(r.data) != nil {
		return nil
	}
	return all.MsgResponses
}

// TxError is the chain's refusal of a transaction. It unwraps to the registered error of its
// codespace and code, so errors.Is(err, banktypes.ErrSendDisabled) works.
type TxError struct {
	// Stage is simulate, check (nothing was paid) or deliver (the fee was taken).
	Stage     string
	Hash      TxHash
	Height    int64 // of the block, 0 unless Stage is deliver
	Codespace string
	Code      uint32
	Log       string
}

// Error implements error.
func (e *TxError) Error() string {
	where := e.Stage
	if e.Height > 0 {
		where = fmt.Sprintf("%s at height %d", e.Stage, e.Height)
	}
	return fmt.Sprintf("tx %s refused in %s: %s (codespace %s, code %d)", e.Hash, where, e.Log, e.Codespace, e.Code)
}

// Unwrap returns the registered error.
func (e *TxError) Unwrap() error { return errorsmod.ABCIError(e.Codespace, e.Code, e.Log) }

// Wait returns when the transaction is in a block and was executed: with its result, with a
// *TxError if it failed there, or with ErrNotIncluded. A node that does not answer meanwhile is
// asked again until ctx ends (or WaitTimeout, if ctx has no deadline).
func (c *Client) Wait(ctx context.Context, tx *Pending) (*TxResult, error) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	for h := tx.After + 1; h <= tx.Timeout; h++ {
		res, err := c.look(ctx, tx, h)
		if err != nil || res != nil {
			return res, err
		}
	}
	return nil, fmt.Errorf("tx %s on %s, timeout height %d: %w", tx.Hash, c.cfg.ChainID, tx.Timeout, ErrNotIncluded)
}

// reofferAfter is how many blocks may pass without a transaction before it is handed to the node
// again: a node that was restarted has lost its mempool.
const reofferAfter = 3

// look waits for the block at one height and returns the transaction's result if it is there.
func (c *Client) look(ctx context.Context, tx *Pending, height int64) (*TxResult, error) {
	pause := c.cfg.PollInterval
	away := false
	for {
		err := c.blocks.waitHeight(ctx, height)
		if err == nil {
			r, findErr := c.blocks.find(ctx, height, tx.Hash)
			switch {
			case findErr == nil && r == nil:
				if waited := height - tx.After; away || waited%reofferAfter == 0 {
					c.reoffer(ctx, tx)
				}
				return nil, nil
			case findErr == nil && r.Code != 0:
				return nil, &TxError{Stage: "deliver", Hash: tx.Hash, Height: height, Codespace: r.Codespace, Code: r.Code, Log: r.Log}
			case findErr == nil:
				return &TxResult{Hash: tx.Hash, Height: height, GasWanted: r.GasWanted, GasUsed: r.GasUsed, Fee: tx.Fee, Events: r.Events, data: r.Data}, nil
			case isPruned(findErr):
				return nil, fmt.Errorf("tx %s on %s: %w", tx.Hash, c.cfg.ChainID, findErr)
			}
			err = findErr // results come a moment after the block, or the node is away
			away = away || !isEarly(findErr)
		}
		if ended := sleep(ctx, pause); ended != nil {
			return nil, fmt.Errorf("tx %s on %s: waiting at height %d: %w", tx.Hash, c.cfg.ChainID, height, errors.Join(ended, err))
		}
		pause = min(2*pause, maxPause)
	}
}

// reoffer hands the same signed bytes to the node again, which cannot execute twice. Whatever it
// answers, only a block tells.
func (c *Client) reoffer(ctx context.Context, tx *Pending) {
	if len(tx.bytes) > 0 {
		_, _ = c.RPC.BroadcastTxSync(ctx, tx.bytes)
	}
}

// isEarly tells whether the node says that it has not executed a block yet.
func isEarly(err error) bool {
	return strings.Contains(err.Error(), "could not find results")
}
