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

// reconcile compares what the ledger saw moving with what lies where. It
// returns, in words, everything that does not add up; nothing means that every
// unit is accounted for.
func reconcile(l *ledger, w *world) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &reconciler{ledger: l, world: w, faults: append([]string{}, l.faults...)}
	r.packets()
	for _, c := range w.chains {
		r.vouchers(c)
		r.supply(c)
		r.accounts(c)
		r.pool(c)
	}
	for _, e := range r.escrows() {
		r.same(fmt.Sprintf("%s, escrow of %s against vouchers on %s + in flight", e.at.chainID, e.at.channel, e.other.chainID),
			e.escrow, e.vouchers.Add(e.inFlight), e.denom)
	}
	return r.faults
}

type reconciler struct {
	ledger *ledger
	world  *world
	faults []string
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
			if _, want, err := r.world.arriving(t); err != nil {
				r.fault("TransacKet %s: %v", short(t.id), err)
			} else if !t.credited.Equal(want) {
				r.fault("TransacKet %s: %s was credited, %s should be", short(t.id), t.credited, want)
			}
		}
	}
}

// vouchers: nobody holds any that came along no link of this network.
func (r *reconciler) vouchers(c *chain) {
	for _, coin := range c.after.supply {
		if _, known := r.world.traces[coin.Denom]; !known && isVoucher(coin.Denom) {
			r.fault("%s: %s is a voucher of nothing here", c.id, coin)
		}
	}
}

// supply: it is the sum of all balances, and changed by what was minted and burned.
func (r *reconciler) supply(s *chain) {
	for _, snap := range []*snapshot{s.before, s.after} {
		sum := snap.sum()
		for _, denom := range denoms(snap.supply, sum) {
			r.same(fmt.Sprintf("%s, height %d: sum of all balances against supply", s.id, snap.height),
				sum.AmountOf(denom), snap.supply.AmountOf(denom), denom)
		}
	}
	chain := r.ledger.chains[s.id]
	for _, denom := range denoms(s.before.supply, s.after.supply, chain.minted, chain.burned) {
		r.same(fmt.Sprintf("%s: supply against before + minted − burned", s.id), s.after.supply.AmountOf(denom),
			s.before.supply.AmountOf(denom).Add(chain.minted.AmountOf(denom)).Sub(chain.burned.AmountOf(denom)), denom)
	}
}

// accounts: everybody has what they had, less fees and payments, plus what was
// paid to them.
func (r *reconciler) accounts(c *chain) {
	flows := r.flows(c)
	pool := poolAddresses()
	for _, address := range addresses(c.before.balances, c.after.balances, flows) {
		if r.world.isEscrow(c.id, address) || slices.Contains(pool, address) {
			continue
		}
		for _, denom := range denoms(c.before.balances[address], c.after.balances[address], flowCoins(flows[address])) {
			want := c.before.of(address, denom)
			if change, ok := flows[address][denom]; ok {
				want = want.Add(change)
			}
			r.same(fmt.Sprintf("%s, %s", c.id, c.name(address)), c.after.of(address, denom), want, denom)
		}
	}
}

// pool: fees and what the chain mints for its validators gather in two module
// accounts, and nobody draws on them during the run.
func (r *reconciler) pool(s *chain) {
	chain := r.ledger.chains[s.id]
	gained := chain.totalFees()
	for _, coin := range chain.minted {
		if !isVoucher(coin.Denom) {
			gained = gained.Add(coin)
		}
	}
	before, after := sdk.NewCoins(), sdk.NewCoins()
	for _, address := range poolAddresses() {
		before = before.Add(s.before.balances[address]...)
		after = after.Add(s.after.balances[address]...)
	}
	for _, denom := range denoms(before, after, gained) {
		r.same(fmt.Sprintf("%s, fee and reward accounts against before + fees + minted", s.id),
			after.AmountOf(denom), before.AmountOf(denom).Add(gained.AmountOf(denom)), denom)
	}
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
func addresses(before, after map[string]sdk.Coins, flows flows) []string {
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
