package chain

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
)

// watchInterval is how often the node is asked for its height: the precision of
// latencies.
const watchInterval = 20 * time.Millisecond

// watcher notes when the application had committed each block. It asks for the
// application's height, since the block store knows a block before it is executed.
type watcher struct {
	rpc   *rpchttp.HTTP
	start int64               // the height when watching began
	seen  map[int64]time.Time // by height, above start
	last  int64
}

func newWatcher(ctx context.Context, rpc *rpchttp.HTTP) (*watcher, error) {
	info, err := rpc.ABCIInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("height of the application: %w", err)
	}
	height := info.Response.LastBlockHeight
	return &watcher{rpc: rpc, start: height, last: height, seen: make(map[int64]time.Time)}, nil
}

// run watches until done is closed and the mempool is empty at two heights in a row,
// when every transaction that was accepted has been committed or dropped.
func (w *watcher) run(ctx context.Context, done <-chan struct{}) error {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	emptyAt := int64(0)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		info, err := w.rpc.ABCIInfo(ctx)
		if err != nil {
			return fmt.Errorf("height of the application: %w", err)
		}
		now := time.Now()
		before := w.last
		for w.last < info.Response.LastBlockHeight {
			w.last++
			w.seen[w.last] = now
		}
		select {
		case <-done:
		default:
			continue
		}
		if w.last == before {
			continue
		}
		pool, err := w.rpc.NumUnconfirmedTxs(ctx)
		if err != nil {
			return fmt.Errorf("size of the mempool: %w", err)
		}
		switch {
		case pool.Total > 0:
			emptyAt = 0
		case emptyAt == 0:
			emptyAt = w.last
		default:
			return nil
		}
	}
}

// inclusion is where and when a transaction was committed.
type inclusion struct {
	height int64
	at     time.Time
	code   uint32
	gas    int64
}

// block is one of the blocks that hold our transactions.
type block struct {
	height int64
	at     time.Time
	ours   int
}

// collect reads the watched blocks and finds our transactions by hash. It is called
// after the load, as reading blocks is load.
func (w *watcher) collect(ctx context.Context, ours map[[sha256.Size]byte]bool) (map[[sha256.Size]byte]inclusion, []block, error) {
	found := make(map[[sha256.Size]byte]inclusion, len(ours))
	var blocks []block
	for height := w.start + 1; height <= w.last; height++ {
		b, err := w.rpc.Block(ctx, &height)
		if err != nil {
			return nil, nil, fmt.Errorf("block %d: %w", height, err)
		}
		if len(b.Block.Txs) == 0 {
			continue
		}
		results, err := w.rpc.BlockResults(ctx, &height)
		if err != nil {
			return nil, nil, fmt.Errorf("results of block %d (the node must keep ABCI responses): %w", height, err)
		}
		this := block{height: height, at: w.seen[height]}
		for i, tx := range b.Block.Txs {
			hash := sha256.Sum256(tx)
			if !ours[hash] {
				continue
			}
			result := results.TxsResults[i]
			found[hash] = inclusion{height: height, at: this.at, code: result.Code, gas: result.GasUsed}
			this.ours++
		}
		if this.ours > 0 {
			blocks = append(blocks, this)
		}
	}
	return found, blocks, nil
}
