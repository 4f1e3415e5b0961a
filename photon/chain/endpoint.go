package chain

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/meshchain/meshchain/client"
)

const (
	validatorsPage = 100
	maxValidators  = 10_000
)

// endpoint is one node that serves the chain. Nothing that it says is believed at once.
type endpoint struct {
	url     string
	chainID string
	client  *client.Client
	account *client.Account // nil without a keyring
}

// tip returns the newest header with its signatures, not verified.
func (e *endpoint) tip(ctx context.Context) (*cmttypes.SignedHeader, error) {
	s, err := e.client.RPC.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.url, err)
	}
	if s.NodeInfo.Network != e.chainID {
		return nil, fmt.Errorf("%s: %w: %.80q, want %q", e.url, ErrWrongChain, s.NodeInfo.Network, e.chainID)
	}
	if s.SyncInfo.LatestBlockHeight < 1 {
		return nil, fmt.Errorf("%s: there is no block yet", e.url)
	}
	return e.header(ctx, s.SyncInfo.LatestBlockHeight)
}

// header returns the header at height with its signatures, not verified.
func (e *endpoint) header(ctx context.Context, height int64) (*cmttypes.SignedHeader, error) {
	r, err := e.client.RPC.Commit(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("%s: header %d: %w", e.url, height, err)
	}
	if r.Header == nil || r.Commit == nil {
		return nil, fmt.Errorf("%s: header %d: the answer is incomplete", e.url, height)
	}
	if err := r.SignedHeader.ValidateBasic(e.chainID); err != nil {
		return nil, fmt.Errorf("%s: header %d: %w", e.url, height, err)
	}
	if r.Height != height {
		return nil, fmt.Errorf("%s: header %d: the answer is header %d", e.url, height, r.Height)
	}
	return &r.SignedHeader, nil
}

// validators returns the validators of a height, whose hash must be want.
func (e *endpoint) validators(ctx context.Context, height int64, want []byte) (*cmttypes.ValidatorSet, error) {
	var all []*cmttypes.Validator
	per := validatorsPage
	for page := 1; ; page++ {
		v, err := e.client.RPC.Validators(ctx, &height, &page, &per)
		if err != nil {
			return nil, fmt.Errorf("%s: validators at %d: %w", e.url, height, err)
		}
		if len(v.Validators) == 0 || v.Total > maxValidators {
			return nil, fmt.Errorf("%s: validators at %d: page %d has %d of %d", e.url, height, page, len(v.Validators), v.Total)
		}
		if all = append(all, v.Validators...); len(all) >= v.Total {
			break
		}
	}
	// Not NewValidatorSet: it panics on input that a node may send.
	set, err := cmttypes.ValidatorSetFromExistingValidators(all)
	if err != nil {
		return nil, fmt.Errorf("%s: validators at %d: %w", e.url, height, err)
	}
	if got := set.Hash(); string(got) != string(want) {
		return nil, fmt.Errorf("%s: %w: validators at %d have the hash %X, the header says %X", e.url, ErrUnverified, height, got, want)
	}
	return set, nil
}

// events returns everything that a block emitted: by its transactions and by the chain itself.
func (e *endpoint) events(ctx context.Context, height int64) ([]abci.Event, error) {
	r, err := e.client.RPC.BlockResults(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("%s: results of block %d: %w", e.url, height, err)
	}
	if r.Height != height {
		return nil, fmt.Errorf("%s: results of block %d: the answer is about block %d", e.url, height, r.Height)
	}
	var out []abci.Event
	for _, tx := range r.TxsResults {
		if tx != nil && tx.Code == 0 { // a failed transaction changed nothing
			out = append(out, tx.Events...)
		}
	}
	return append(out, r.FinalizeBlockEvents...), nil
}
