package client_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
)

func newAccount(t *testing.T, n *fakeNode) (*client.Client, *client.Account) {
	t.Helper()
	keys, err := client.OpenKeyring("memory", "", nil)
	require.NoError(t, err)
	mnemonic, err := client.EnsureKey(keys, "alice")
	require.NoError(t, err)
	require.Len(t, strings.Fields(mnemonic), 24)
	again, err := client.EnsureKey(keys, "alice")
	require.NoError(t, err)
	require.Empty(t, again, "an existing key has no mnemonic to show")
	c, err := client.Dial(context.Background(), client.Config{
		RPC: n.url, ChainID: fakeChainID, Keyring: keys, GasPrices: "0.0025usmt",
		PollInterval: 5 * time.Millisecond,
	})
	require.NoError(t, err)
	a, err := c.Account("alice")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(a.Address(), "mesh1"))
	return c, a
}

func payment(a *client.Account) sdk.Msg {
	return &banktypes.MsgSend{FromAddress: a.Address(), ToAddress: a.Address(), Amount: sdk.NewCoins(sdk.NewInt64Coin("usmt", 1))}
}

func TestBroadcastKeepsManyInFlight(t *testing.T) {
	n := newFakeNode(t)
	c, a := newAccount(t, n)
	const senders, each = 8, 10
	var wg sync.WaitGroup
	results := make(chan *client.Pending, senders*each)
	for range senders {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range each {
				tx, err := a.Broadcast(context.Background(), payment(a))
				if err != nil {
					t.Errorf("broadcast: %v", err)
					return
				}
				results <- tx
			}
		}()
	}
	wg.Wait()
	close(results)
	n.mine()
	used := map[uint64]bool{}
	for tx := range results {
		require.False(t, used[tx.Sequence], "sequence %d is used twice", tx.Sequence)
		used[tx.Sequence] = true
		res, err := c.Wait(context.Background(), tx)
		require.NoError(t, err)
		require.Equal(t, int64(11), res.Height)
	}
	require.Len(t, used, senders*each)
}

func TestSequenceHeals(t *testing.T) {
	n := newFakeNode(t)
	n.sequence = 5
	_, a := newAccount(t, n)
	broadcast := func() uint64 {
		t.Helper()
		tx, err := a.Broadcast(context.Background(), payment(a))
		require.NoError(t, err)
		return tx.Sequence
	}
	require.Equal(t, uint64(5), broadcast())
	set := func(s uint64) {
		n.mu.Lock()
		n.sequence = s
		n.mu.Unlock()
	}
	set(9) // another program used the key
	require.Equal(t, uint64(9), broadcast())
	set(7) // the mempool lost transactions
	require.Equal(t, uint64(7), broadcast())
	require.Equal(t, uint64(8), broadcast())
}

func TestLostAnswerIsNotSentTwice(t *testing.T) {
	n := newFakeNode(t)
	c, a := newAccount(t, n)
	lost := 0
	n.override = func(method string, w http.ResponseWriter) bool {
		if method != "broadcast_tx_sync" || lost > 0 {
			return false
		}
		lost++
		w.WriteHeader(http.StatusBadGateway) // before the node saw it
		return true
	}
	tx, err := a.Broadcast(context.Background(), payment(a))
	require.NoError(t, err)
	require.Equal(t, 1, lost)
	n.mine()
	require.Len(t, n.blocks[11], 1)
	_, err = c.Wait(context.Background(), tx)
	require.NoError(t, err)

	// The node goes silent for good: the caller learns which transaction to wait for.
	n.mu.Lock()
	n.override = func(method string, w http.ResponseWriter) bool {
		if method == "broadcast_tx_sync" {
			w.WriteHeader(http.StatusBadGateway)
		}
		return method == "broadcast_tx_sync"
	}
	n.mu.Unlock()
	tx, err = a.Broadcast(context.Background(), payment(a))
	require.ErrorIs(t, err, client.ErrUnknownOutcome)
	require.NotNil(t, tx)
	require.Len(t, tx.Hash, 32)
}

func TestWait(t *testing.T) {
	n := newFakeNode(t)
	c, a := newAccount(t, n)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	// Refused in its block.
	tx, err := a.Broadcast(ctx, payment(a))
	require.NoError(t, err)
	n.results[string(tx.Hash)] = &abci.ExecTxResult{Code: banktypes.ErrSendDisabled.ABCICode(), Codespace: banktypes.ModuleName, Log: "usmt"}
	n.mine()
	_, err = c.Wait(ctx, tx)
	require.ErrorIs(t, err, banktypes.ErrSendDisabled)
	var refused *client.TxError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "deliver", refused.Stage)
	require.Equal(t, int64(11), refused.Height)

	// In no block until its timeout height.
	tx, err = a.BroadcastWith(ctx, client.TxOptions{TimeoutBlocks: 3}, payment(a))
	require.NoError(t, err)
	n.mu.Lock()
	n.mempool = nil
	n.mu.Unlock()
	for range 3 {
		n.mine()
	}
	_, err = c.Wait(ctx, tx)
	require.ErrorIs(t, err, client.ErrNotIncluded)

	// Results come after the block.
	tx, err = a.Broadcast(ctx, payment(a))
	require.NoError(t, err)
	n.mu.Lock()
	n.lag = n.height + 1
	n.mu.Unlock()
	n.mine()
	time.AfterFunc(50*time.Millisecond, func() {
		n.mu.Lock()
		n.lag = 0
		n.mu.Unlock()
	})
	res, err := c.Wait(ctx, tx)
	require.NoError(t, err)
	require.Equal(t, tx.After+1, res.Height)

	// The context bounds it.
	tx, err = a.Broadcast(ctx, payment(a))
	require.NoError(t, err)
	short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	_, err = c.Wait(short, tx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestSimulation(t *testing.T) {
	n := newFakeNode(t)
	c, a := newAccount(t, n)
	gas, err := a.Simulate(context.Background(), payment(a))
	require.NoError(t, err)
	require.Equal(t, uint64(140_000), gas)
	require.Equal(t, "350usmt", c.Fee(gas).String())
	require.Equal(t, "1usmt", c.Fee(1).String(), "fees round up")

	n.mu.Lock()
	n.simulate = &abci.ResponseQuery{Code: sdkerrors.ErrInsufficientFunds.ABCICode(), Codespace: sdkerrors.RootCodespace, Log: "spendable balance 0usmt"}
	n.mu.Unlock()
	_, err = a.Broadcast(context.Background(), payment(a))
	require.ErrorIs(t, err, sdkerrors.ErrInsufficientFunds)
	require.Zero(t, n.sequence, "a refused simulation must not be broadcast")

	// A node that asks for another sequence for ever does not hang us.
	n.mu.Lock()
	n.simulate = &abci.ResponseQuery{
		Code: sdkerrors.ErrWrongSequence.ABCICode(), Codespace: sdkerrors.RootCodespace,
		Log: "account sequence mismatch, expected 4, got 5: incorrect account sequence",
	}
	n.mu.Unlock()
	_, err = a.Broadcast(context.Background(), payment(a))
	require.ErrorIs(t, err, sdkerrors.ErrWrongSequence)
	_, err = a.Broadcast(context.Background())
	require.ErrorContains(t, err, "at least one message")
}
