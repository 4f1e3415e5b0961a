package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// typed is an event as a node reports it: with attributes that the SDK adds.
func typed(t *testing.T, msg proto.Message) abci.Event {
	t.Helper()
	ev, err := sdk.TypedEventToEvent(msg)
	require.NoError(t, err)
	return abci.Event{Type: ev.Type, Attributes: append(ev.Attributes,
		abci.EventAttribute{Key: "msg_index", Value: "0"}, abci.EventAttribute{Key: "mode", Value: "EndBlock"})}
}

func plain(eventType string, pairs ...string) abci.Event {
	ev := abci.Event{Type: eventType}
	for i := 0; i+1 < len(pairs); i += 2 {
		ev.Attributes = append(ev.Attributes, abci.EventAttribute{Key: pairs[i], Value: pairs[i+1]})
	}
	return ev
}

func TestLedgerReadsBlocks(t *testing.T) {
	l := newLedger()
	l.open(mainChainID)
	l.open(zoneChainID)
	at := time.Unix(10, 0)
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	payment, credited := sdk.NewInt64Coin("ufarm", 250), sdk.NewInt64Coin("ibc/AAAA", 250)

	l.block(zoneChainID, 5, []*abci.ExecTxResult{
		{Events: []abci.Event{
			plain("tx", "fee", "9ufarm", "fee_payer", "s1"),
			plain("tx", "acc_seq", "s1/0"),
			typed(t, &transackettypes.EventSent{Id: one, From: "s1", To: "ag", Payment: payment}),
			typed(t, &transackettypes.EventSent{Id: two, From: "s1", To: "ag", Payment: payment}),
		}},
		{Code: 5, Events: []abci.Event{plain("tx", "fee", "3ufarm", "fee_payer", "s1")}},
	}, nil, at)
	l.block(mainChainID, 7, []*abci.ExecTxResult{{Events: []abci.Event{
		plain("coinbase", "minter", "x", "amount", "250ibc/AAAA"),
		typed(t, &transackettypes.EventDelivered{Id: one, From: "s1", To: "ag", Payment: credited}),
	}}}, []abci.Event{plain("coinbase", "minter", "mint", "amount", "4usmt"), plain("burn", "burner", "x", "amount", "1usmt")}, at.Add(time.Second))
	l.block(zoneChainID, 6, []*abci.ExecTxResult{{Events: []abci.Event{
		typed(t, &transackettypes.EventAcknowledged{Id: one, From: "s1", Receipt: &transackettypes.TransacketAck{Height: 7}, Number: 3}),
		typed(t, &transackettypes.EventRefunded{Id: two, From: "s1", Payment: payment, Reason: transackettypes.REFUND_REASON_TIMEOUT}),
	}}}, nil, at.Add(2*time.Second))

	require.Empty(t, l.faults)
	require.Equal(t, counts{Sent: 2, Delivered: 1, Acknowledged: 1, Receipts: 1, Refunded: 1}, l.count(flow{chain: zoneChainID}))
	require.True(t, l.count(flow{chain: zoneChainID}).settled())
	zone, main := l.chains[zoneChainID], l.chains[mainChainID]
	require.Equal(t, []int64{6, 2}, []int64{zone.height, zone.blocks})
	require.Equal(t, []int{3, 1}, []int{zone.txs, zone.failed})
	require.Equal(t, "12ufarm", zone.fees["s1"].String(), "the fee of the failed one, too")
	require.Equal(t, "250ibc/AAAA,4usmt", main.minted.String())
	require.Equal(t, "1usmt", main.burned.String())
	require.Equal(t, credited, l.lives[one].credited)
	require.Contains(t, l.lives[two].reason, "TIMEOUT")

	l.block(mainChainID, 8, []*abci.ExecTxResult{{Events: []abci.Event{
		typed(t, &transackettypes.EventDelivered{Id: one, From: "s1", To: "ag", Payment: credited}),
		typed(t, &transackettypes.EventAcknowledged{Id: two, From: "s1", Defect: "no receipt"}),
		plain("mesh.transacket.v1.EventSent", "payment", "not JSON"),
		plain("tx", "fee", "??", "fee_payer", "s1"),
	}}}, nil, at)
	require.Len(t, l.faults, 4, "%v", l.faults)
	require.Contains(t, l.faults[0], "delivered twice")
	require.Contains(t, l.faults[1], "acknowledged without a receipt: no receipt")
}

func TestRetry(t *testing.T) {
	tries := 0
	require.NoError(t, retry(context.Background(), func() error {
		if tries++; tries < 3 {
			return errors.New("away")
		}
		return nil
	}))
	require.Equal(t, 3, tries)

	ctx, cancel := context.WithCancel(context.Background())
	err := retry(ctx, func() error { cancel(); return errors.New("away") })
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "away", "the reason is not lost")
}

// Messages go out again only when their transaction can do nothing any more.
func TestOnlyLostTransactionsAreSentAgain(t *testing.T) {
	require.True(t, isLost(fmt.Errorf("x: %w", client.ErrNotIncluded)))
	require.True(t, isLost(&client.TxError{Stage: "deliver", Codespace: "sdk", Code: 11}))
	require.False(t, isLost(client.ErrUnknownOutcome))
	require.False(t, isLost(context.DeadlineExceeded))
}

func TestLogLinesOfAnotherCommand(t *testing.T) {
	var shown strings.Builder
	w := newProgress(&shown).logLines()
	for _, part := range []string{`{"level":"info","chain":"farm-1","mess`, `age":"created light client","client":"c0"}` + "\nnot JSON\n{}\n", "rest"} {
		n, err := w.Write([]byte(part))
		require.NoError(t, err)
		require.Equal(t, len(part), n)
	}
	require.Equal(t, 1, strings.Count(shown.String(), "\n"), shown.String())
	require.Contains(t, shown.String(), "created light client  chain farm-1, client c0")
}

func TestMessagesAreChecked(t *testing.T) {
	for _, bad := range []string{"", "{", `{"row":0}`, `{"row":"1"}`} {
		_, err := decodeReading([]byte(bad))
		require.Error(t, err, bad)
	}
	for _, bad := range []string{"", `{"valve":"ajar"}`, `{"valve":1}`} {
		_, err := decodeCommand([]byte(bad))
		require.Error(t, err, bad)
	}
	c, err := decodeCommand([]byte(`{"valve":"on","row":3,"value":1.5}`))
	require.NoError(t, err)
	require.Equal(t, Command{Valve: SwitchOn, Row: 3, Value: 1.5}, c)
	_, err = encodeReadings(&Table{Column: strings.Repeat("c", 250), Rows: []Row{{Line: 2, Time: "t", Value: 1}}})
	require.ErrorContains(t, err, "line 2: the message")
	require.ErrorContains(t, err, "a TransacKet carries at most 256")
}
