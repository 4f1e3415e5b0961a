package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"
	jsonrpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	cmttypes "github.com/cometbft/cometbft/types"
	sdkclient "github.com/cosmos/cosmos-sdk/client"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

const (
	// DefaultTimeoutBlocks is how many blocks a transaction may wait for inclusion.
	DefaultTimeoutBlocks = 60
	// maxHeals bounds how often one transaction is signed again after a sequence mismatch.
	maxHeals = 8
	// maxResends bounds how often the same bytes are offered to a node that does not answer.
	maxResends = 3
)

// TxOptions vary one transaction.
type TxOptions struct {
	// Gas limit; 0 simulates and multiplies by the client's gas adjustment.
	Gas uint64
	// Memo of the transaction.
	Memo string
	// TimeoutBlocks after which it can no longer be included; 0 is DefaultTimeoutBlocks.
	TimeoutBlocks int64
}

// Account is one sender. It keeps the sequence number locally, so that several transactions can be
// in flight, and corrects it from the node's refusals when other programs use the same key. Use one
// Account per key in a process; it is safe for concurrent use.
type Account struct {
	c       *Client
	name    string
	pub     cryptotypes.PubKey
	address string

	turn     chan struct{} // guards what follows; held from signing to CheckTx, which fixes the order
	known    bool
	number   uint64
	sequence uint64
}

// Account returns the sender with the given key name in the client's keyring. It contacts nobody.
func (c *Client) Account(name string) (*Account, error) {
	if c.cfg.Keyring == nil {
		return nil, fmt.Errorf("key %q: the client for %s has no keyring", name, c.cfg.ChainID)
	}
	record, err := c.cfg.Keyring.Key(name)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", name, err)
	}
	pub, err := record.GetPubKey()
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", name, err)
	}
	addr, err := c.Encoding.FormatAddress(pub.Address())
	if err != nil {
		return nil, err
	}
	return &Account{c: c, name: name, pub: pub, address: addr, turn: make(chan struct{}, 1)}, nil
}

// Address in bech32.
func (a *Account) Address() string { return a.address }

// Name of the key.
func (a *Account) Name() string { return a.name }

// Send broadcasts the messages as one transaction and waits for its block.
func (a *Account) Send(ctx context.Context, msgs ...sdk.Msg) (*TxResult, error) {
	return a.SendWith(ctx, TxOptions{}, msgs...)
}

// SendWith is Send with options.
func (a *Account) SendWith(ctx context.Context, opts TxOptions, msgs ...sdk.Msg) (*TxResult, error) {
	tx, err := a.BroadcastWith(ctx, opts, msgs...)
	if err != nil && !errors.Is(err, ErrUnknownOutcome) {
		return nil, err
	}
	return a.c.Wait(ctx, tx)
}

// Broadcast signs the messages as one transaction and returns when the node took it (CheckTx). Call
// it again at once for the next: order is kept.
func (a *Account) Broadcast(ctx context.Context, msgs ...sdk.Msg) (*Pending, error) {
	return a.BroadcastWith(ctx, TxOptions{}, msgs...)
}

// BroadcastWith is Broadcast with options. With ErrUnknownOutcome it returns the transaction too.
func (a *Account) BroadcastWith(ctx context.Context, opts TxOptions, msgs ...sdk.Msg) (*Pending, error) {
	ctx, cancel := a.c.bounded(ctx)
	defer cancel()
	opts, height, err := a.prepare(ctx, opts, msgs)
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, a.turn); err != nil {
		return nil, err
	}
	defer func() { <-a.turn }()
	for heals := 0; ; heals++ {
		tx, bz, err := a.sign(ctx, opts, height, msgs)
		if err != nil {
			return nil, err
		}
		err = a.offer(ctx, bz, tx.Sequence)
		expected, mismatch := expectedSequence(err)
		switch {
		case err == nil:
			a.sequence++
			return tx, nil
		case errors.Is(err, ErrUnknownOutcome):
			a.known = false
			return tx, fmt.Errorf("%s on %s, tx %s: %w", a.address, a.c.cfg.ChainID, tx.Hash, err)
		case mismatch && heals < maxHeals:
			a.sequence = expected
		default:
			return nil, err
		}
	}
}

// prepare fills in the options that were left out, and returns the height that the transaction's
// timeout counts from.
func (a *Account) prepare(ctx context.Context, opts TxOptions, msgs []sdk.Msg) (TxOptions, int64, error) {
	if len(msgs) == 0 {
		return opts, 0, errors.New("a transaction needs at least one message")
	}
	if opts.TimeoutBlocks <= 0 {
		opts.TimeoutBlocks = DefaultTimeoutBlocks
	}
	if opts.Gas == 0 {
		gas, err := a.simulate(ctx, opts, msgs)
		if err != nil {
			return opts, 0, err
		}
		opts.Gas = gas
	}
	height, err := a.c.Height(ctx)
	return opts, height, err
}

// Simulate returns the gas limit that the messages need: gas used in a simulation times the
// client's gas adjustment. A refusal is a *TxError of stage simulate.
func (a *Account) Simulate(ctx context.Context, msgs ...sdk.Msg) (uint64, error) {
	return a.simulate(ctx, TxOptions{}, msgs)
}

func (a *Account) simulate(ctx context.Context, opts TxOptions, msgs []sdk.Msg) (uint64, error) {
	sequence, err := a.peek(ctx)
	if err != nil {
		return 0, err
	}
	for heals := 0; ; heals++ {
		b, err := a.build(opts, 0, msgs)
		if err != nil {
			return 0, err
		}
		// The least fee there is: taking it costs gas, which a simulation without one would miss.
		b.SetFeeAmount(a.c.Fee(1))
		if err = b.SetSignatures(a.signature(sequence, nil)); err != nil {
			return 0, err
		}
		bz, err := a.c.Encoding.TxConfig.TxEncoder()(b.GetTx())
		if err != nil {
			return 0, fmt.Errorf("encode: %w", err)
		}
		res, err := a.c.RPC.ABCIQuery(ctx, "/app/simulate", bz)
		if err != nil {
			return 0, fmt.Errorf("simulate on %s: %w", a.c.cfg.ChainID, err)
		}
		if r := res.Response; r.Code != 0 {
			refused := &TxError{Stage: "simulate", Hash: cmttypes.Tx(bz).Hash(), Codespace: r.Codespace, Code: r.Code, Log: r.Log}
			// Only CheckTx decides on the sequence to sign with: a simulation may run between a
			// commit and the re-check of the transactions in flight.
			if expected, ok := expectedSequence(refused); ok && heals < maxHeals {
				sequence = expected
				continue
			}
			return 0, refused
		}
		var out struct {
			GasInfo struct {
				GasUsed uint64 `json:"gas_used,string"`
			} `json:"gas_info"`
		}
		if err := json.Unmarshal(res.Response.Value, &out); err != nil || out.GasInfo.GasUsed == 0 {
			return 0, fmt.Errorf("simulate on %s: answer without gas_info.gas_used: %.100q", a.c.cfg.ChainID, res.Response.Value)
		}
		return uint64(float64(out.GasInfo.GasUsed) * a.c.cfg.GasAdjustment), nil
	}
}

// peek returns the sequence that the next transaction would use.
func (a *Account) peek(ctx context.Context) (uint64, error) {
	if err := lock(ctx, a.turn); err != nil {
		return 0, err
	}
	defer func() { <-a.turn }()
	err := a.load(ctx)
	return a.sequence, err
}

// load reads number and sequence from the chain unless they are known. The caller holds turn.
func (a *Account) load(ctx context.Context) error {
	if a.known {
		return nil
	}
	res, err := authtypes.NewQueryClient(a.c).AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: a.address})
	if err != nil {
		if strings.Contains(err.Error(), "not found") {
			return fmt.Errorf("account %s (key %q) on %s: %w: send it funds first: %w", a.address, a.name, a.c.cfg.ChainID, ErrNoAccount, err)
		}
		return err
	}
	if res.Info == nil {
		return fmt.Errorf("account %s on %s: empty answer", a.address, a.c.cfg.ChainID)
	}
	a.number, a.sequence, a.known = res.Info.AccountNumber, res.Info.Sequence, true
	return nil
}

func (a *Account) build(opts TxOptions, timeout int64, msgs []sdk.Msg) (sdkclient.TxBuilder, error) {
	b := a.c.Encoding.TxConfig.NewTxBuilder()
	if err := b.SetMsgs(msgs...); err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	b.SetMemo(opts.Memo)
	b.SetGasLimit(opts.Gas)
	b.SetFeeAmount(a.c.Fee(opts.Gas))
	b.SetTimeoutHeight(uint64(timeout))
	return b, nil
}

func (a *Account) signature(sequence uint64, sig []byte) signing.SignatureV2 {
	data := &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT, Signature: sig}
	return signing.SignatureV2{PubKey: a.pub, Sequence: sequence, Data: data}
}

// sign makes the transaction with the current sequence. The caller holds turn.
func (a *Account) sign(ctx context.Context, opts TxOptions, height int64, msgs []sdk.Msg) (*Pending, []byte, error) {
	if err := a.load(ctx); err != nil {
		return nil, nil, err
	}
	txc := a.c.Encoding.TxConfig
	b, err := a.build(opts, height+opts.TimeoutBlocks, msgs)
	if err != nil {
		return nil, nil, err
	}
	// The bytes to sign cover the signer's public key and sequence, so these are set first.
	if err := b.SetSignatures(a.signature(a.sequence, nil)); err != nil {
		return nil, nil, err
	}
	signer := authsigning.SignerData{Address: a.address, ChainID: a.c.cfg.ChainID, AccountNumber: a.number, Sequence: a.sequence, PubKey: a.pub}
	doc, err := authsigning.GetSignBytesAdapter(ctx, txc.SignModeHandler(), signing.SignMode_SIGN_MODE_DIRECT, signer, b.GetTx())
	if err != nil {
		return nil, nil, fmt.Errorf("bytes to sign: %w", err)
	}
	sig, _, err := a.c.cfg.Keyring.Sign(a.name, doc, signing.SignMode_SIGN_MODE_DIRECT)
	if err != nil {
		return nil, nil, fmt.Errorf("sign with key %q: %w", a.name, err)
	}
	if err := b.SetSignatures(a.signature(a.sequence, sig)); err != nil {
		return nil, nil, err
	}
	bz, err := txc.TxEncoder()(b.GetTx())
	if err != nil {
		return nil, nil, fmt.Errorf("encode: %w", err)
	}
	return &Pending{
		Hash: TxHash(cmttypes.Tx(bz).Hash()), Sequence: a.sequence, After: height, Timeout: height + opts.TimeoutBlocks,
		GasLimit: opts.Gas, Fee: a.c.Fee(opts.Gas), bytes: bz,
	}, bz, nil
}

// offer hands signed bytes to the node's mempool. Bytes that the node may have taken already are
// offered again unchanged, which cannot execute twice.
func (a *Account) offer(ctx context.Context, bz []byte, sequence uint64) error {
	unanswered := 0
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, maxPause) {
		r, err := a.c.RPC.BroadcastTxSync(ctx, bz)
		var refusal *jsonrpctypes.RPCError
		switch {
		case err == nil && r.Code == 0:
			return nil
		case err == nil:
			refused := &TxError{Stage: "check", Hash: cmttypes.Tx(bz).Hash(), Codespace: r.Codespace, Code: r.Code, Log: r.Log}
			if expected, mismatch := expectedSequence(refused); mismatch && unanswered > 0 && expected > sequence {
				// Perhaps it is our own earlier offer, now in a block, that used the sequence up.
				return errors.Join(ErrUnknownOutcome, refused)
			}
			return refused
		case errors.As(err, &refusal) && strings.Contains(err.Error(), "tx already exists in cache"):
			return nil
		case errors.As(err, &refusal) && strings.Contains(err.Error(), "mempool is full"):
			// wait for the next block
		case errors.As(err, &refusal):
			return fmt.Errorf("broadcast on %s: %w", a.c.cfg.ChainID, err)
		default:
			if unanswered++; unanswered > maxResends {
				return errors.Join(ErrUnknownOutcome, err)
			}
		}
		if ended := sleep(ctx, pause); ended != nil {
			if unanswered > 0 {
				return errors.Join(ErrUnknownOutcome, err)
			}
			return fmt.Errorf("broadcast on %s: %w", a.c.cfg.ChainID, errors.Join(ended, err))
		}
	}
}

// Fee is what a transaction with the given gas limit pays: gas × price, rounded up.
func (c *Client) Fee(gas uint64) sdk.Coins {
	var fee sdk.Coins
	for _, p := range c.prices {
		fee = fee.Add(sdk.NewCoin(p.Denom, p.Amount.MulInt(math.NewIntFromUint64(gas)).Ceil().TruncateInt()))
	}
	return fee
}

// GasAdjustment that simulated gas is multiplied by.
func (c *Client) GasAdjustment() float64 { return c.cfg.GasAdjustment }

var sequenceMismatch = regexp.MustCompile(`account sequence mismatch, expected (\d+), got \d+`)

// expectedSequence reads from a refusal the sequence that the chain wants.
func expectedSequence(err error) (uint64, bool) {
	var refused *TxError
	if !errors.As(err, &refused) || refused.Codespace != sdkerrors.RootCodespace || refused.Code != sdkerrors.ErrWrongSequence.ABCICode() {
		return 0, false
	}
	m := sequenceMismatch.FindStringSubmatch(refused.Log)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(m[1], 10, 64)
	return n, err == nil
}
