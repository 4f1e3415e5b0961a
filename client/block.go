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
	keptBlocks = 8               // blocks whose results are kept for other waiters
	maxPause   = 2 * time.Second // between questions to a node that does not answer
)

// blockFeed shares one view of the chain's head among everybody who waits for something: any
// number of waiters costs one status call per poll interval and two calls per block. It needs no
// transaction index. The fields below turn are guarded by holding turn, a lock that gives way to
// a context.
type blockFeed struct {
	rpc  rpcclient.Client
	poll time.Duration
	turn chan struct{}

	latest  int64
	lastErr error
	asked   time.Time
	blocks  map[int64]map[string]*abci.ExecTxResult
}

func newBlockFeed(rpc rpcclient.Client, poll time.Duration) *blockFeed {
	return &blockFeed{rpc: rpc, poll: poll, turn: make(chan struct{}, 1), blocks: map[int64]map[string]*abci.ExecTxResult{}}
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
	status, err := f.rpc.Status(ctx)
	if ctx.Err() != nil {
		return 0, ctx.Err() // this caller's end is not the node's failure
	}
	f.asked, f.lastErr = time.Now(), err
	if err == nil {
		f.latest = status.SyncInfo.LatestBlockHeight
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
		var err error
		if block, err = f.load(ctx, height); err != nil {
			return nil, err
		}
		f.blocks[height] = block
		for h := range f.blocks {
			if h <= height-keptBlocks {
				delete(f.blocks, h)
			}
		}
	}
	return block[string(hash)], nil
}

func (f *blockFeed) load(ctx context.Context, height int64) (map[string]*abci.ExecTxResult, error) {
	b, err := f.rpc.Block(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", height, err)
	}
	if b.Block == nil || b.Block.Height != height {
		return nil, fmt.Errorf("block %d: the node answered with another block or none", height)
	}
	out := make(map[string]*abci.ExecTxResult, len(b.Block.Txs))
	if len(b.Block.Txs) == 0 {
		return out, nil
	}
	r, err := f.rpc.BlockResults(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("results of block %d: %w", height, err)
	}
	if len(r.TxsResults) != len(b.Block.Txs) {
		return nil, fmt.Errorf("block %d: %d transactions but %d results", height, len(b.Block.Txs), len(r.TxsResults))
	}
	for i, tx := range b.Block.Txs {
		if r.TxsResults[i] == nil {
			return nil, fmt.Errorf("block %d: no result for transaction %d", height, i)
		}
		out[string(tx.Hash())] = r.TxsResults[i]
	}
	return out, nil
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
