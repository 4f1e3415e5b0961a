package demo

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	"github.com/stretchr/testify/require"
)

var (
	ufarmVoucher = transfertypes.ParseDenomTrace("transfer/channel-0/ufarm").IBCDenom()
	umeshVoucher = transfertypes.ParseDenomTrace("transfer/channel-7/umesh").IBCDenom()
)

func coins(t *testing.T, text string) sdk.Coins {
	t.Helper()
	c, err := sdk.ParseCoinsNormalized(text)
	require.NoError(t, err)
	return c
}

// books is a run in small: three readings, of which one was refunded, and one
// command, with everything where it belongs.
func books(t *testing.T) (*ledger, *world) {
	t.Helper()
	collector, rewards := moduleAddress(authtypes.FeeCollectorName), moduleAddress(distrtypes.ModuleName)
	snap := func(height int64, balances map[string]string) *snapshot {
		s := &snapshot{height: height, balances: map[string]sdk.Coins{}}
		for address, text := range balances {
			s.balances[address] = coins(t, text)
		}
		s.supply = s.sum()
		return s
	}
	main := &chain{
		id: mainChainID, names: map[string]string{"ag": "agronomist"},
		before: snap(10, map[string]string{"ag": "1000umesh,1000usmt", "rel": "500usmt", collector: "7usmt", rewards: "3usmt"}),
		after: snap(20, map[string]string{
			"ag": "500" + ufarmVoucher + ",900umesh,990usmt", "rel": "480usmt", "escrow-main": "100umesh", collector: "12usmt", rewards: "33usmt",
		}),
	}
	zone := &chain{
		id:     zoneChainID,
		before: snap(11, map[string]string{"s1": "1000ufarm", "v": "50ufarm", "rel": "100ufarm"}),
		after: snap(21, map[string]string{
			"s1": "491ufarm", "v": "100" + umeshVoucher + ",48ufarm", "rel": "90ufarm", "escrow-zone": "500ufarm", collector: "21ufarm",
		}),
	}
	l := newLedger()
	l.open(mainChainID)
	l.open(zoneChainID)
	m, z := l.chains[mainChainID], l.chains[zoneChainID]
	m.fees = map[string]sdk.Coins{"ag": coins(t, "10usmt"), "rel": coins(t, "20usmt")}
	m.minted = coins(t, "5usmt,500"+ufarmVoucher)
	z.fees = map[string]sdk.Coins{"s1": coins(t, "9ufarm"), "v": coins(t, "2ufarm"), "rel": coins(t, "10ufarm")}
	z.minted = coins(t, "100"+umeshVoucher)

	at := time.Unix(100, 0)
	for _, id := range []string{"r1", "r2", "r3"} {
		l.lives[id] = &life{
			id: id, chain: zoneChainID, channel: "channel-7", topic: topicReading, from: "s1", to: "ag", payment: sdk.NewInt64Coin("ufarm", 250), submitted: at, sent: at.Add(time.Second),
			delivered: at.Add(2 * time.Second), credited: sdk.NewInt64Coin(ufarmVoucher, 250), acknowledged: at.Add(4 * time.Second),
		}
	}
	refunded := l.lives["r3"]
	refunded.delivered, refunded.acknowledged, refunded.refunded = time.Time{}, time.Time{}, at.Add(5*time.Second)
	l.lives["c1"] = &life{
		id: "c1", chain: mainChainID, channel: "channel-0", topic: topicCommand, from: "ag", to: "v", payment: sdk.NewInt64Coin("umesh", 100), submitted: at, sent: at.Add(time.Second),
		delivered: at.Add(3 * time.Second), credited: sdk.NewInt64Coin(umeshVoucher, 100), acknowledged: at.Add(6 * time.Second),
	}
	w := &world{chains: []*chain{main, zone}, traces: traces{}, links: []link{{
		{chainID: mainChainID, channel: "channel-0", escrow: "escrow-main"}, {chainID: zoneChainID, channel: "channel-7", escrow: "escrow-zone"},
	}}}
	w.explore()
	return l, w
}

func TestReconcileCleanBooks(t *testing.T) {
	l, w := books(t)
	require.Empty(t, reconcile(l, w))
}

// move adds (or takes, if negative) units of a denom to a balance and the supply.
func move(s *snapshot, address, denom string, amount int64) {
	s.balances = maps.Clone(s.balances)
	change := sdk.NewInt64Coin(denom, max(amount, -amount))
	if amount > 0 {
		s.balances[address] = s.balances[address].Add(change)
		s.supply = s.supply.Add(change)
		return
	}
	s.balances[address] = s.balances[address].Sub(change)
	s.supply = s.supply.Sub(change)
}

// One unit too many or too few anywhere, or one packet that went astray, is found.
func TestReconcileFindsWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*ledger, *world)
		want  string
	}{
		"account gained a unit":  {func(_ *ledger, w *world) { move(w.chains[1].after, "v", "ufarm", 1) }, "farm-1, v: is 49ufarm, should be 48ufarm, differs by 1"},
		"account lost a unit":    {func(_ *ledger, w *world) { move(w.chains[0].after, "ag", "usmt", -1) }, "agronomist: is 989usmt, should be 990usmt"},
		"stranger got something": {func(_ *ledger, w *world) { move(w.chains[0].after, "x", "usmt", 1) }, "mesh-main-1, x: is 1usmt, should be 0usmt"},
		"fee not collected": {func(_ *ledger, w *world) {
			move(w.chains[1].after, moduleAddress(authtypes.FeeCollectorName), "ufarm", -1)
		}, "fee and reward accounts"},
		"escrow short":     {func(_ *ledger, w *world) { move(w.chains[1].after, "escrow-zone", "ufarm", -1) }, "escrow of channel-7 against vouchers on mesh-main-1 + in flight: is 499ufarm, should be 500ufarm"},
		"voucher too many": {func(_ *ledger, w *world) { move(w.chains[1].after, "v", umeshVoucher, 1) }, "escrow of channel-0 against vouchers on farm-1"},
		"supply not sum of balances": {func(_ *ledger, w *world) {
			w.chains[0].after.supply = w.chains[0].after.supply.Add(sdk.NewInt64Coin("usmt", 1))
		}, "sum of all balances against supply"},
		"minted without an event": {func(l *ledger, _ *world) { l.chains[mainChainID].minted = sdk.NewCoins() }, "supply against before + minted"},
		"lost packet":             {func(l *ledger, _ *world) { l.lives["r1"].acknowledged = time.Time{} }, "r1 from s1: neither acknowledged nor refunded"},
		"acknowledged, not delivered": {func(l *ledger, _ *world) {
			l.lives["r1"].delivered = time.Time{}
		}, "r1 from s1: delivered false, but acknowledged true"},
		"refunded and acknowledged": {func(l *ledger, _ *world) { l.lives["r1"].refunded = time.Unix(1, 0) }, "both acknowledged and refunded"},
		"never sent":                {func(l *ledger, _ *world) { l.lives["r1"].sent = time.Time{} }, "r1: was never sent"},
		"credited too little":       {func(l *ledger, _ *world) { l.lives["c1"].credited = sdk.NewInt64Coin(umeshVoucher, 99) }, "c1: 99" + umeshVoucher + " was credited, 100" + umeshVoucher + " should be"},
		"voucher of nothing":        {func(_ *ledger, w *world) { move(w.chains[0].after, "ag", "ibc/AAAA", 1) }, "mesh-main-1: 1ibc/AAAA is a voucher of nothing here"},
		"bond without an event":     {func(_ *ledger, w *world) { move(w.chains[0].after, moduleAddress("zones"), "usmt", 5) }, "is 5usmt, should be 0usmt"},
		"through no link":           {func(l *ledger, _ *world) { l.lives["r1"].channel = "channel-9" }, `channel "channel-9" of farm-1 is no link of this network`},
		"ledger found it already":   {func(l *ledger, _ *world) { l.fault("delivered twice") }, "delivered twice"},
	} {
		t.Run(name, func(t *testing.T) {
			l, w := books(t)
			tc.spoil(l, w)
			faults := reconcile(l, w)
			require.Contains(t, strings.Join(faults, "\n"), tc.want)
		})
	}
}

// What is under way counts as escrowed: three packets sent, one not there yet.
func TestEscrowWithPacketsUnderWay(t *testing.T) {
	l, w := books(t)
	l.lives["r3"].refunded = time.Time{}
	move(w.chains[1].after, "s1", "ufarm", -250)
	move(w.chains[1].after, "escrow-zone", "ufarm", 250)
	faults := reconcile(l, w)
	require.Equal(t, []string{"TransacKet r3 from s1: neither acknowledged nor refunded"}, faults, "and nothing but that")
	require.Equal(t, "250", escrowReports(l, w)[1].InFlight)
}

func TestLedgerFindsWhatHappensTwice(t *testing.T) {
	l := newLedger()
	at := time.Unix(5, 0)
	t1 := l.life("abc")
	l.once(&t1.delivered, at, t1, "delivered")
	require.Empty(t, l.faults)
	l.once(&t1.delivered, at, t1, "delivered")
	require.Equal(t, []string{"TransacKet abc: delivered twice"}, l.faults)
}

func TestReport(t *testing.T) {
	l, w := books(t)
	r := &Report{
		OK: true, Faults: []string{}, Restarts: []string{"relayer ended: signal: killed"},
		Traffic: []TrafficReport{l.traffic("readings", readingFlow, mainChainID, "250ufarm")},
		Escrows: escrowReports(l, w),
		Chains:  []ChainReport{l.chainReport(w.chains[0], w.traces), l.chainReport(w.chains[1], w.traces)},
	}
	require.Equal(t, counts{Sent: 3, Delivered: 2, Acknowledged: 2, Refunded: 1}, r.Traffic[0].counts)
	require.Equal(t, Latency{P50: 2000, P99: 2000}, r.Traffic[0].ToDelivered)
	require.Equal(t, Latency{P50: 4000, P99: 4000}, r.Traffic[0].ToAcknowledged)
	require.Equal(t, "5usmt", r.Chains[0].Minted, "vouchers are not counted as minted")
	require.Equal(t, "30usmt", r.Chains[0].Fees)

	var text bytes.Buffer
	require.NoError(t, r.Write(&text))
	for _, want := range []string{
		"readings farm-1 → mesh-main-1", "transfer/channel-0/ufarm", "agronomist", "+500", "-10", "relayer ended: signal: killed",
		"Everything adds up",
	} {
		require.Contains(t, text.String(), want)
	}
	r.OK, r.Faults = false, []string{"one unit is missing"}
	text.Reset()
	require.NoError(t, r.Write(&text))
	require.Contains(t, text.String(), "DOES NOT ADD UP, 1 differences:\n  one unit is missing")

	var out bytes.Buffer
	require.NoError(t, printReport(r, "json", &out))
	var back Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, *r, back)
	require.Contains(t, out.String(), `"acknowledged": 2`)
}
