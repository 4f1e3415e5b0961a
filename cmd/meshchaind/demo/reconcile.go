package demo

import (
	"fmt"
	"slices"
	"strings"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
)

// maxFaults bounds a list of what went wrong.
const maxFaults = 50

// side is one chain of the link, as the reconciliation sees it.
type side struct {
	chainID string
	channel string // this end of the link
	escrow  string // address of that channel's escrow account
	before  *snapshot
	after   *snapshot
	names   map[string]string // address to name, for people
}

// reconcile compares what the ledger saw moving with what lies where. It
// returns, in words, everything that does not add up; nothing means that every
// unit is accounted for.
func reconcile(l *ledger, sides [2]*side, vouchers vouchers) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &reconciler{ledger: l, sides: sides, vouchers: vouchers, faults: append([]string{}, l.faults...)}
	r.packets()
	for i, here := range sides {
		r.supply(here)
		r.accounts(here, sides[1-i])
		r.pool(here)
		r.escrow(here, sides[1-i])
	}
	return r.faults
}

// vouchers maps a denom of the chain where it is native to its name on the
// other chain.
type vouchers map[string]string

// native returns the denom that a voucher stands for.
func (v vouchers) native(voucher string) (string, bool) {
	for native, name := range v {
		if name == voucher {
			return native, true
		}
	}
	return "", false
}

// arriving is a coin as the other chain holds it.
func (v vouchers) arriving(coin sdk.Coin) sdk.Coin {
	if native, back := v.native(coin.Denom); back {
		return sdk.NewCoin(native, coin.Amount)
	}
	return sdk.NewCoin(v[coin.Denom], coin.Amount)
}

type reconciler struct {
	ledger   *ledger
	sides    [2]*side
	vouchers vouchers
	faults   []string
}

func (r *reconciler) fault(format string, args ...any) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, fmt.Sprintf(format, args...))
	}
}

// same reports two amounts that differ.
func (r *reconciler) same(what string, got, want math.Int, denom string) {
	if !got.Equal(want) {
		r.fault("%s: is %s%s, should be %s%s, differs by %s", what, got, denom, want, denom, got.Sub(want))
	}
}

// packets: each was sent once and either delivered and acknowledged, or refunded.
func (r *reconciler) packets() {
	for _, t := range r.ledger.lives {
		delivered, acknowledged, refunded := !t.delivered.IsZero(), !t.acknowledged.IsZero(), !t.refunded.IsZero()
		switch {
		case t.sent.IsZero():
			r.fault("TransacKet %s: was never sent", short(t.id))
			continue
		case acknowledged && refunded:
			r.fault("TransacKet %s from %s: both acknowledged and refunded", short(t.id), t.from)
		case !acknowledged && !refunded:
			r.fault("TransacKet %s from %s: neither acknowledged nor refunded", short(t.id), t.from)
		case delivered != acknowledged:
			r.fault("TransacKet %s from %s: delivered %v, but acknowledged %v", short(t.id), t.from, delivered, acknowledged)
		}
		if delivered {
			if want := r.vouchers.arriving(t.payment); !t.credited.Equal(want) {
				r.fault("TransacKet %s: %s was credited, %s should be", short(t.id), t.credited, want)
			}
		}
	}
}

// supply: it is the sum of all balances, and changed by what was minted and burned.
func (r *reconciler) supply(s *side) {
	for _, snap := range []*snapshot{s.before, s.after} {
		sum := snap.sum()
		for _, denom := range denoms(snap.supply, sum) {
			r.same(fmt.Sprintf("%s, height %d: sum of all balances against supply", s.chainID, snap.height),
				sum.AmountOf(denom), snap.supply.AmountOf(denom), denom)
		}
	}
	chain := r.ledger.chains[s.chainID]
	for _, denom := range denoms(s.before.supply, s.after.supply, chain.minted, chain.burned) {
		r.same(fmt.Sprintf("%s: supply against before + minted − burned", s.chainID), s.after.supply.AmountOf(denom),
			s.before.supply.AmountOf(denom).Add(chain.minted.AmountOf(denom)).Sub(chain.burned.AmountOf(denom)), denom)
	}
}

// flows is what every account but the escrow and the reward pool should have
// gained (positive) or lost, by address and denom.
func (r *reconciler) flows(here, other *side) map[string]map[string]math.Int {
	flows := map[string]map[string]math.Int{}
	add := func(address, denom string, amount math.Int) {
		if flows[address] == nil {
			flows[address] = map[string]math.Int{}
		}
		if old, ok := flows[address][denom]; ok {
			amount = amount.Add(old)
		}
		flows[address][denom] = amount
	}
	for payer, fees := range r.ledger.chains[here.chainID].fees {
		for _, fee := range fees {
			add(payer, fee.Denom, fee.Amount.Neg())
		}
	}
	for _, t := range r.ledger.lives {
		switch {
		case t.chain == here.chainID && t.refunded.IsZero():
			add(t.from, t.payment.Denom, t.payment.Amount.Neg())
		case t.chain == other.chainID && !t.delivered.IsZero():
			coin := r.vouchers.arriving(t.payment)
			add(t.to, coin.Denom, coin.Amount)
		}
	}
	return flows
}

// accounts: everybody has what they had, less fees and payments, plus what was
// paid to them.
func (r *reconciler) accounts(here, other *side) {
	flows := r.flows(here, other)
	pool := poolAddresses()
	for _, address := range addresses(here.before.balances, here.after.balances, flows) {
		if address == here.escrow || slices.Contains(pool, address) {
			continue
		}
		for _, denom := range denoms(here.before.balances[address], here.after.balances[address], flowCoins(flows[address])) {
			want := here.before.of(address, denom)
			if change, ok := flows[address][denom]; ok {
				want = want.Add(change)
			}
			r.same(fmt.Sprintf("%s, %s", here.chainID, here.name(address)), here.after.of(address, denom), want, denom)
		}
	}
}

// pool: fees and what the chain mints for its validators gather in two module
// accounts, and nobody draws on them during the run.
func (r *reconciler) pool(s *side) {
	chain := r.ledger.chains[s.chainID]
	gained := chain.totalFees()
	for _, coin := range chain.minted {
		if _, voucher := r.vouchers.native(coin.Denom); !voucher {
			gained = gained.Add(coin)
		}
	}
	before, after := sdk.NewCoins(), sdk.NewCoins()
	for _, address := range poolAddresses() {
		before = before.Add(s.before.balances[address]...)
		after = after.Add(s.after.balances[address]...)
	}
	for _, denom := range denoms(before, after, gained) {
		r.same(fmt.Sprintf("%s, fee and reward accounts against before + fees + minted", s.chainID),
			after.AmountOf(denom), before.AmountOf(denom).Add(gained.AmountOf(denom)), denom)
	}
}

// escrow: what lies in this end of the channel is what the other chain has
// vouchers for, plus what is under way in either direction.
func (r *reconciler) escrow(here, other *side) {
	for _, native := range here.before.natives(r.vouchers) {
		r.same(fmt.Sprintf("%s, escrow of %s against vouchers on %s + in flight", here.chainID, here.channel, other.chainID),
			here.after.of(here.escrow, native),
			other.after.supply.AmountOf(r.vouchers[native]).Add(r.inFlight(here, other, native)), native)
	}
}

// inFlight is how much of a denom issued here is under way: sent, and neither
// delivered nor refunded.
func (r *reconciler) inFlight(here, other *side, native string) math.Int {
	sum := math.ZeroInt()
	for _, t := range r.ledger.lives {
		if t.sent.IsZero() || !t.delivered.IsZero() || !t.refunded.IsZero() {
			continue
		}
		leaving := t.chain == here.chainID && t.payment.Denom == native
		returning := t.chain == other.chainID && t.payment.Denom == r.vouchers[native]
		if leaving || returning {
			sum = sum.Add(t.payment.Amount)
		}
	}
	return sum
}

// poolAddresses are the accounts that fees and rewards gather in.
func poolAddresses() []string {
	return []string{moduleAddress(authtypes.FeeCollectorName), moduleAddress(distrtypes.ModuleName)}
}

func (c *chainLedger) totalFees() sdk.Coins {
	total := sdk.NewCoins()
	for _, fees := range c.fees {
		total = total.Add(fees...)
	}
	return total
}

func (s *side) name(address string) string {
	if name, ok := s.names[address]; ok {
		return name
	}
	return address
}

// flowCoins names the denoms of a flow; the amounts are of no interest.
func flowCoins(flow map[string]math.Int) sdk.Coins {
	coins := sdk.NewCoins()
	for denom := range flow {
		coins = coins.Add(sdk.NewInt64Coin(denom, 1))
	}
	return coins
}

// denoms lists, sorted, every denom of the lists.
func denoms(lists ...sdk.Coins) []string {
	var all []string
	for _, coins := range lists {
		for _, c := range coins {
			all = append(all, c.Denom)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// addresses lists, sorted, every address of the maps.
func addresses(before, after map[string]sdk.Coins, flows map[string]map[string]math.Int) []string {
	var all []string
	for a := range before {
		all = append(all, a)
	}
	for a := range after {
		all = append(all, a)
	}
	for a := range flows {
		all = append(all, a)
	}
	slices.SortFunc(all, strings.Compare)
	return slices.Compact(all)
}
