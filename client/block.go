package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
)

const (
	keptBlocks = 8               // blocks whose transactions are remembered for other waiters
	keptEvents = 2               // blocks whose results are kept whole
	maxPause   = 2 * time.Second // between questions to a node that does not answer
)

// blockFeed shares one view of the chain's head among everybody who waits for something: any
// number of waiters costs one call per poll interval and two calls per block. It needs no
// transaction index. The fields below turn are guarded by holding turn, a lock that gives way to
// a context.
type blockFeed struct {
	rpc  rpcclient.Client
	raw  rawRPC
	poll time.Duration
	turn chan struct{}

	latest  int64
	lastErr error
	asked   time.Time
	blocks  map[int64]map[string]int // position of a transaction by its hash

	resultsTurn chan struct{} // guards what follows
	kept        map[int64]*BlockResults
}

func newBlockFeed(rpc rpcclient.Client, raw rawRPC, poll time.Duration) *blockFeed {
	return &blockFeed{
		rpc: rpc, raw: raw, poll: poll, turn: make(chan struct{}, 1), blocks: map[int64]map[string]int{},
		resultsTurn: make(chan struct{}, 1), kept: map[int64]*BlockResults{},
	}
}

func lock(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *blockFeed) height(ctx context.Context) (int64, error) {
	if err := lock(ctx, f.turn); err != nil {
		return 0, err
	}
	defer func() { <-f.turn }()
	if time.Since(f.asked) < f.poll {
		return f.latest, f.lastErr
	}
	// Not the height of Status: a node stores a block, and what it did, a moment before it answers
	// from the state after it.
	info, err := f.rpc.ABCIInfo(ctx)
	if ctx.Err() != nil {
		return 0, ctx.Err() // this caller's end is not the node's failure
	}
	f.asked, f.lastErr = time.Now(), err
	if err == nil {
		f.latest = info.Response.LastBlockHeight
	}
	return f.latest, err
}

func (f *blockFeed) waitHeight(ctx context.Context, want int64) error {
	pause := f.poll
	for {
		h, err := f.height(ctx)
		if err == nil {
			if h >= want {
				return nil
			}
			pause = f.poll
		} else {
			pause = min(2*pause, maxPause)
		}
		if ended := sleep(ctx, pause); ended != nil {
			return errors.Join(ended, err)
		}
	}
}

// find looks for a transaction in the block at height, which must be stored already.
func (f *blockFeed) find(ctx context.Context, height int64, hash TxHash) (*abci.ExecTxResult, error) {
	if err := lock(ctx, f.turn); err != nil {
		return nil, err
	}
	defer func() { <-f.turn }()
	block, ok := f.blocks[height]
	if !ok {
		txs, err := f.raw.txs(ctx, height)
		if err != nil {
			return nil, err
		}
		block = make(map[string]int, len(txs))
		for i, tx := range txs {
			block[string(tx.Hash())] = i
		}
		f.blocks[height] = block
		for h := range f.blocks {
			if h <= height-keptBlocks {
				delete(f.blocks, h)
			}
		}
	}
	i, ok := block[string(hash)]
	if !ok {
		return nil, nil
	}
	r, err := f.results(ctx, height)
	if err != nil {
		return nil, err
	}
	if i >= len(r.Txs) || r.Txs[i] == nil {
		return nil, fmt.Errorf("block %d: no result for transaction %d, there are %d", height, i, len(r.Txs))
	}
	return r.Txs[i], nil
}

// results returns what a block did, from memory if it was asked for lately.
func (f *blockFeed) results(ctx context.Context, height int64) (*BlockResults, error) {
	if err := lock(ctx, f.resultsTurn); err != nil {
		return nil, err
	}
	defer func() { <-f.resultsTurn }()
	if r, ok := f.kept[height]; ok {
		return r, nil
	}
	r, err := f.raw.blockResults(ctx, height)
	if err != nil {
		return nil, err
	}
	f.kept[height] = r
	for h := range f.kept {
		if h <= height-keptEvents {
			delete(f.kept, h)
		}
	}
	return r, nil
}

// isPruned tells whether the node says that it no longer has a block.
func isPruned(err error) bool {
	return err != nil && strings.Contains(err.Error(), "lowest height is")
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
