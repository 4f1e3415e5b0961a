package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"

	"github.com/meshchain/meshchain/client"
)

// observer reads every block of one chain into the ledger.
type observer struct {
	chain  *client.Client
	ledger *ledger
	from   int64        // first height to read
	until  atomic.Int64 // last height to read; 0 for no end
}

// run reads blocks until the height given to stopAt, or the context, ends. A
// node that is away is asked again: no block is left out.
func (o *observer) run(ctx context.Context) error {
	for h := o.from; ; h++ {
		if last := o.until.Load(); last > 0 && h > last {
			return nil
		}
		var results *coretypes.ResultBlockResults
		err := retry(ctx, func() error {
			if err := o.chain.WaitHeight(ctx, h); err != nil {
				return err
			}
			var err error
			results, err = o.chain.RPC.BlockResults(ctx, &h)
			return err
		})
		if err != nil {
			return fmt.Errorf("block %d of %s: %w", h, o.chain.ChainID(), err)
		}
		o.ledger.block(o.chain.ChainID(), h, results.TxsResults, results.FinalizeBlockEvents, time.Now())
	}
}

// stopAt makes run end after a block that it cannot have read yet, and returns
// its height.
func (o *observer) stopAt(ctx context.Context) (int64, error) {
	h, err := o.chain.Height(ctx)
	if err != nil {
		return 0, err
	}
	h += 2
	o.until.Store(h)
	return h, nil
}
