package chain

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	abci "github.com/cometbft/cometbft/abci/types"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
)

// mempoolFullWait is how long a connection waits before it offers a transaction again
// that the node's full mempool refused.
const mempoolFullWait = 25 * time.Millisecond

// broadcaster offers transactions to one node over several connections.
type broadcaster struct {
	node        string
	connections int
	rate        float64 // transactions per second over all connections, 0 for as many as it takes

	accepted atomic.Int64
	rejected atomic.Int64
	waits    atomic.Int64 // how often the mempool was full
	refusal  atomic.Pointer[string]
}

// run offers all transactions and returns when each was offered first. Every sender
// has one connection, which keeps its sequence numbers in order; after a refusal the
// rest of that sender's are given up, since they cannot be valid any more.
func (b *broadcaster) run(ctx context.Context, signed [][]transaction) ([][]time.Time, error) {
	offered := make([][]time.Time, len(signed))
	for i := range signed {
		offered[i] = make([]time.Time, len(signed[i]))
	}
	group, ctx := errgroup.WithContext(ctx)
	for first := range min(b.connections, len(signed)) {
		group.Go(func() error {
			rpc, err := rpchttp.New(b.node, "/websocket")
			if err != nil {
				return fmt.Errorf("node %q: %w", b.node, err)
			}
			return b.connection(ctx, rpc, first, signed, offered)
		})
	}
	return offered, group.Wait()
}

// connection offers the transactions of every b.connections-th sender, one of each in
// turn, so that blocks hold transactions of many senders.
func (b *broadcaster) connection(ctx context.Context, rpc *rpchttp.HTTP, first int, signed [][]transaction, offered [][]time.Time) error {
	pace := newPace(b.rate / float64(b.connections))
	refused := make(map[int]bool)
	for k := range signed[first] {
		for i := first; i < len(signed); i += b.connections {
			if refused[i] {
				continue
			}
			if err := pace.wait(ctx); err != nil {
				return err
			}
			offered[i][k] = time.Now()
			ok, err := b.offer(ctx, rpc, signed[i][k].bytes)
			if err != nil {
				return err
			}
			if !ok {
				refused[i] = true
				b.rejected.Add(int64(len(signed[i]) - k))
			}
		}
	}
	return nil
}

// offer returns whether the node took the transaction. A full mempool is waited for.
func (b *broadcaster) offer(ctx context.Context, rpc *rpchttp.HTTP, tx []byte) (bool, error) {
	for {
		res, err := rpc.BroadcastTxSync(ctx, tx)
		switch {
		case err == nil && res.Code == abci.CodeTypeOK:
			b.accepted.Add(1)
			return true, nil
		case err == nil && res.Codespace == "sdk" && res.Code == 20, // the application's mempool is full
			err != nil && strings.Contains(err.Error(), "mempool is full"):
			b.waits.Add(1)
			select {
			case <-ctx.Done():
				return false, ctx.Err()
			case <-time.After(mempoolFullWait):
			}
		case err != nil && strings.Contains(err.Error(), "tx already exists in cache"):
			b.accepted.Add(1)
			return true, nil
		case err != nil:
			return false, fmt.Errorf("broadcast to %s: %w", b.node, err)
		default:
			why := fmt.Sprintf("%s %d: %s", res.Codespace, res.Code, res.Log)
			b.refusal.CompareAndSwap(nil, &why)
			return false, nil
		}
	}
}

// why is the reason of the first refusal, empty without any.
func (b *broadcaster) why() string {
	if first := b.refusal.Load(); first != nil {
		return *first
	}
	return ""
}

// pace spaces calls evenly; calls that are late catch up.
type pace struct {
	interval time.Duration
	next     time.Time
}

func newPace(perSecond float64) *pace {
	if perSecond <= 0 {
		return &pace{}
	}
	return &pace{interval: time.Duration(float64(time.Second) / perSecond), next: time.Now()}
}

func (p *pace) wait(ctx context.Context) error {
	if p.interval == 0 {
		return ctx.Err()
	}
	delay := time.Until(p.next)
	p.next = p.next.Add(p.interval)
	if delay <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(delay):
		return nil
	}
}

// report prints every two seconds how far the run is, until ctx ends or the returned
// function is called.
func (b *broadcaster) report(ctx context.Context, w io.Writer, total int, noun string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(2 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				fmt.Fprintf(w, "offered %d of %d %s\n", b.accepted.Load()+b.rejected.Load(), total, noun)
			}
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}
