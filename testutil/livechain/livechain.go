// Package livechain serves a real application to clients of CometBFT's RPC, with time that a test can
// make pass: hours of a dispute take seconds. There is one validator and no consensus.
//
//	c := livechain.Start(t, fixture.Accounts(2))
//	client.New(client.Config{RPC: c.URL, …})
//	c.Pass(time.Hour)
package livechain

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/signedheader"
)

const (
	// BlockTime between blocks.
	BlockTime = 100 * time.Millisecond
	// step of header time while time is made to pass: what the channel clock takes at once.
	step = 15 * time.Second
	// passing is the pause between blocks meanwhile.
	passing = 20 * time.Millisecond
	// maxTxs in a block.
	maxTxs = 200
)

// Chain is an application that is served.
type Chain struct {
	// F is the application; use it under Do only.
	F *fixture.Fixture
	// URL of the RPC.
	URL string

	t   testing.TB
	key ed25519.PrivKey

	mu      sync.Mutex
	offset  time.Duration // of the chain's time to the machine's
	mempool [][]byte
	known   map[string]bool
	headers map[int64]*cmttypes.SignedHeader
	txs     map[int64][]cmttypes.Tx
	results map[int64]*abci.ResponseFinalizeBlock
	away    bool // nobody answers
	halted  bool // no blocks
}

// Start makes a chain and blocks until the test ends.
func Start(t testing.TB, opts ...fixture.Option) *Chain {
	t.Helper()
	c := &Chain{
		F: fixture.New(t, opts...), t: t, key: ed25519.GenPrivKey(), known: map[string]bool{}, headers: map[int64]*cmttypes.SignedHeader{},
		txs: map[int64][]cmttypes.Tx{}, results: map[int64]*abci.ResponseFinalizeBlock{},
	}
	c.block(c.now())
	c.block(c.now())
	srv := httptest.NewServer(c)
	c.URL = srv.URL
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(BlockTime):
			}
			c.mu.Lock()
			if !c.halted {
				c.block(c.now())
			}
			c.mu.Unlock()
		}
	}()
	t.Cleanup(func() { close(stop); <-done; srv.Close() })
	return c
}

// Now is the chain's time: the machine's, and what Pass added.
func (c *Chain) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Chain) now() time.Time { return time.Now().Add(c.offset).UTC().Round(0) }

// Pass makes time pass, for the chain and for Now, with a block every 15 seconds of it.
func (c *Chain) Pass(d time.Duration) {
	for d > 0 {
		part := min(d, step)
		d -= part
		c.mu.Lock()
		c.offset += part
		c.block(c.now())
		c.mu.Unlock()
		time.Sleep(passing)
	}
}

// Leave makes time pass for everybody without a block, as while the chain cannot be reached.
func (c *Chain) Leave(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Away lets nobody reach the chain, or again.
func (c *Chain) Away(away bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = away
}

// Halt stops blocks, or lets them go on.
func (c *Chain) Halt(halted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.halted = halted
}

// Do calls do with the application between two blocks.
func (c *Chain) Do(do func(f *fixture.Fixture)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(c.F)
}

// Deliver puts an account's message into a block of its own and fails the test if it fails.
func (c *Chain) Deliver(by *fixture.Account, msg sdk.Msg) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	res := c.blockOf(c.now(), [][]byte{c.F.Sign(by, []sdk.Msg{msg})})
	if r := res.TxResults[0]; r.Code != 0 {
		c.t.Fatalf("%T: %s", msg, r.Log)
	}
}

// block makes a block of what is in the mempool.
func (c *Chain) block(at time.Time) {
	txs := c.mempool[:min(maxTxs, len(c.mempool))]
	c.mempool = append([][]byte(nil), c.mempool[len(txs):]...)
	c.blockOf(at, txs)
}

func (c *Chain) blockOf(at time.Time, txs [][]byte) *abci.ResponseFinalizeBlock {
	if !at.After(c.F.Time) {
		at = c.F.Time.Add(time.Millisecond)
	}
	c.F.Time = at
	before := c.F.AppHash() // a header has the hash of the state before its block
	res := c.F.NextBlock(txs...)
	c.F.Time = at // NextBlock moved it on
	height := c.F.Height()
	h, err := signedheader.New(c.key, c.F.ChainID, height, at, before)
	if err != nil {
		c.t.Errorf("livechain: %v", err)
	}
	c.headers[height], c.results[height] = h, res
	for _, tx := range txs {
		c.txs[height] = append(c.txs[height], tx)
		delete(c.known, string(tx))
	}
	c.recheck()
	return res
}

// recheck drops what can no longer be included.
func (c *Chain) recheck() {
	var kept [][]byte
	for _, tx := range c.mempool {
		r, err := c.F.App.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_Recheck})
		if err == nil && r.Code == 0 {
			kept = append(kept, tx)
		} else {
			delete(c.known, string(tx))
		}
	}
	c.mempool = kept
}
