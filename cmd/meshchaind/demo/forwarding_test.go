package demo

import (
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	"github.com/stretchr/testify/require"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

func voucher(path string) string { return transfertypes.ParseDenomTrace(path).IBCDenom() }

// threeChains are north, main and south before anything moved.
func threeChains(t *testing.T) *world {
	t.Helper()
	w := &world{traces: traces{}, links: []link{
		{{chainID: "main-1", channel: "channel-0", escrow: "e-main-north"}, {chainID: "north-1", channel: "channel-5", escrow: "e-north"}},
		{{chainID: "main-1", channel: "channel-1", escrow: "e-main-south"}, {chainID: "south-1", channel: "channel-6", escrow: "e-south"}},
	}}
	for id, text := range map[string]string{"main-1": "900usmt", "north-1": "1000unorth", "south-1": "70usouth"} {
		before := &snapshot{balances: map[string]sdk.Coins{"somebody": coins(t, text)}, supply: coins(t, text)}
		w.chains = append(w.chains, &chain{id: id, before: before, after: before})
	}
	w.explore()
	return w
}

func TestVouchersGainAndLoseHops(t *testing.T) {
	w := threeChains(t)
	north, south := w.links[0], w.links[1]
	onMain := w.traces.arriving(north[1], north[0], "unorth")
	require.Equal(t, voucher("transfer/channel-0/unorth"), onMain)
	onSouth := w.traces.arriving(south[0], south[1], onMain)
	require.Equal(t, voucher("transfer/channel-6/transfer/channel-0/unorth"), onSouth)
	require.Equal(t, "transfer/channel-6/transfer/channel-0/unorth", w.traces.path(onSouth))
	require.Equal(t, onMain, w.traces.arriving(south[1], south[0], onSouth), "and back")
	require.Equal(t, "unorth", w.traces.arriving(north[0], north[1], onMain))
	require.True(t, w.traces.returning(south[1], onSouth))
	require.False(t, w.traces.returning(south[0], onMain))

	// Every voucher was known beforehand: three natives, each to all other places.
	require.Len(t, w.traces, 6)
}

// passedOn is a call from north over main to south, as the blocks tell it up to there.
func passedOn(t *testing.T) (l *ledger, id string, second string, tell func(chainID string, events ...proto.Message)) {
	t.Helper()
	l = newLedger()
	for _, id := range []string{"main-1", "north-1", "south-1"} {
		l.open(id)
	}
	at := time.Unix(100, 0)
	tell = func(chainID string, events ...proto.Message) {
		at = at.Add(time.Second)
		var all []abci.Event
		for _, e := range events {
			all = append(all, typed(t, e))
		}
		l.block(chainID, 1, nil, all, at)
	}
	id, second = strings.Repeat("a", 64), strings.Repeat("b", 64)
	onMain := sdk.NewInt64Coin(voucher("transfer/channel-0/unorth"), 100)
	tell("north-1", &transackettypes.EventSent{Id: id, From: "plant", To: "park", Payment: sdk.NewInt64Coin("unorth", 100), Channel: "channel-5", Sequence: 3, Topic: topicCall})
	tell("main-1",
		&transackettypes.EventSent{Id: second, From: forwarder(), To: "park", Payment: onMain, Channel: "channel-1", Sequence: 9, Topic: topicCall},
		&transackettypes.EventForwarded{Id: id, Zone: "south", Payment: onMain, Channel: "channel-1", Sequence: 9})
	return l, id, second, tell
}

// locked reports what lies where once 100unorth have left north: vouchers on main,
// which are in escrow there if they went on.
func locked(t *testing.T, w *world, on map[string]string) {
	t.Helper()
	for _, c := range w.chains {
		c.after = &snapshot{balances: map[string]sdk.Coins{}, supply: sdk.NewCoins()}
		for entry, text := range on {
			if chainID, address, _ := strings.Cut(entry, " "); chainID == c.id {
				c.after.balances[address] = coins(t, text)
				c.after.supply = c.after.supply.Add(coins(t, text)...)
			}
		}
	}
}

func TestACallThatArrives(t *testing.T) {
	l, id, second, tell := passedOn(t)
	f := flow{"north-1", topicCall}
	require.Equal(t, counts{Sent: 1}, l.count(f), "passed on is not delivered")
	onSouth := voucher("transfer/channel-6/transfer/channel-0/unorth")
	tell("south-1", &transackettypes.EventDelivered{Id: second, From: forwarder(), To: "park", Payment: sdk.NewInt64Coin(onSouth, 100)})
	ack := &transackettypes.TransacketAck{Height: 7}
	tell("main-1", &transackettypes.EventAcknowledged{Id: second, Receipt: ack}, &transackettypes.EventForwardSettled{Id: id})
	tell("north-1", &transackettypes.EventAcknowledged{Id: id, Receipt: ack, Number: 4})
	require.Empty(t, l.faults)
	require.Equal(t, counts{Sent: 1, Delivered: 1, Acknowledged: 1, Receipts: 1}, l.count(f))
	require.Equal(t, int64(2000), l.traffic("calls", f, "south-1", "").ToDelivered.P50, "until it was in the other zone")

	w := threeChains(t)
	locked(t, w, map[string]string{
		"north-1 e-north": "100unorth", "north-1 somebody": "900unorth",
		"main-1 e-main-south": "100" + voucher("transfer/channel-0/unorth"), "south-1 park": "100" + onSouth,
	})
	r := &reconciler{ledger: l, world: w}
	require.Equal(t, "100", r.flows(w.chain("south-1"))["park"][onSouth].String())
	for denom, amount := range r.flows(w.chain("main-1"))[forwarder()] {
		require.Truef(t, amount.IsZero(), "the forwarder keeps %s%s", amount, denom)
	}
	r.packets()
	require.Empty(t, r.faults)
	escrows := r.escrows()
	require.Len(t, escrows, 2)
	for _, e := range escrows {
		require.Equal(t, "100", e.escrow.String(), e.denom)
		require.Equal(t, e.escrow, e.vouchers.Add(e.inFlight), e.denom)
	}

	// A voucher for which nothing is locked is found, though its denom is known.
	locked(t, w, map[string]string{"south-1 park": "1" + voucher("transfer/channel-6/usmt")})
	require.Contains(t, strings.Join(reconcile(l, w), "\n"), "escrow of channel-1 against vouchers on south-1 + in flight: is 0usmt, should be 1usmt")
}

func TestACallThatFailsGoesBack(t *testing.T) {
	l, id, second, tell := passedOn(t)
	tell("main-1",
		&transackettypes.EventRefunded{Id: second, Reason: transackettypes.REFUND_REASON_TIMEOUT},
		&transackettypes.EventForwardSettled{Id: id, Error: "ABCI error: transacket/22"})
	first := l.lives[id]
	require.True(t, first.underway(), "until the first hop is told")
	tell("north-1", &transackettypes.EventRefunded{Id: id, Reason: transackettypes.REFUND_REASON_REFUSED, Error: "ABCI error: transacket/22"})
	require.Empty(t, l.faults)
	require.Equal(t, counts{Sent: 1, Refunded: 1}, l.count(flow{"north-1", topicCall}))
	require.True(t, l.total().settled())
	r := &reconciler{ledger: l, world: threeChains(t)}
	r.packets()
	require.Empty(t, r.faults)
	require.Empty(t, r.flows(r.world.chain("main-1")))
}

func TestForwardsThatCannotBe(t *testing.T) {
	l, id, _, tell := passedOn(t)
	tell("main-1", &transackettypes.EventForwardSettled{Id: id, Unacknowledged: "channel is closed"})
	require.Contains(t, l.faults[0], "cannot tell where it came from what became of it: channel is closed")
	tell("main-1", &transackettypes.EventForwarded{Id: strings.Repeat("c", 64), Channel: "channel-1", Sequence: 10, Payment: sdk.NewInt64Coin("usmt", 1)})
	require.Contains(t, l.faults[1], "packet 10 of channel-1, which was never sent")
}

func TestBondsAreInTheBooks(t *testing.T) {
	l := newLedger()
	l.open("main-1")
	l.block("main-1", 1, nil, []abci.Event{typed(t, &zonestypes.EventZoneRegistered{Name: "north", Owner: "owner", Bond: sdk.NewInt64Coin("usmt", 90)})}, time.Unix(1, 0))
	require.Empty(t, l.faults)
	r := &reconciler{ledger: l, world: threeChains(t)}
	f := r.flows(r.world.chain("main-1"))
	require.Equal(t, "-90", f["owner"]["usmt"].String())
	require.Equal(t, "90", f[moduleAddress("zones")]["usmt"].String())
}
