package demo

import (
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"
)

// traffic sums up the TransacKets sent on one chain.
func (l *ledger) traffic(name, from, to, payment string) TrafficReport {
	t := TrafficReport{Name: name, From: from, To: to, Payment: payment, counts: l.count(from)}
	l.mu.Lock()
	defer l.mu.Unlock()
	var delivered, acknowledged []int64
	for _, life := range l.lives {
		if life.chain != from || life.submitted.IsZero() {
			continue
		}
		if !life.delivered.IsZero() {
			delivered = append(delivered, since(life.submitted, life.delivered))
		}
		if !life.acknowledged.IsZero() {
			acknowledged = append(acknowledged, since(life.submitted, life.acknowledged))
		}
	}
	t.ToDelivered = Latency{P50: Percentile(delivered, 50), P99: Percentile(delivered, 99)}
	t.ToAcknowledged = Latency{P50: Percentile(acknowledged, 50), P99: Percentile(acknowledged, 99)}
	return t
}

func since(from, to time.Time) int64 { return to.Sub(from).Milliseconds() }

// chainReport sums up one chain.
func (l *ledger) chainReport(s *side, traces map[string]string) ChainReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.chains[s.chainID]
	report := ChainReport{
		ChainID: s.chainID, FirstHeight: s.before.height + 1, LastHeight: s.after.height, Blocks: c.blocks,
		Transactions: c.txs, Failed: c.failed, Fees: c.totalFees().String(), Minted: c.mintedNatively(traces),
	}
	add := func(account, address, denom string, before, after math.Int) {
		if before.IsZero() && after.IsZero() {
			return
		}
		change := after.Sub(before).String()
		if after.GT(before) {
			change = "+" + change
		}
		report.Balances = append(report.Balances, BalanceReport{
			Account: account, Address: address, Denom: denom, Trace: traces[denom],
			Before: before.String(), After: after.String(), Change: change,
		})
	}
	everybody := addresses(s.before.balances, s.after.balances, nil)
	slices.SortStableFunc(everybody, func(a, b string) int { return strings.Compare(s.name(a), s.name(b)) })
	for _, address := range everybody {
		before, after := s.before.balances[address], s.after.balances[address]
		for _, denom := range denoms(before, after) {
			add(s.name(address), address, denom, before.AmountOf(denom), after.AmountOf(denom))
		}
	}
	for _, denom := range denoms(s.before.supply, s.after.supply) {
		add("total supply", "", denom, s.before.supply.AmountOf(denom), s.after.supply.AmountOf(denom))
	}
	return report
}

// mintedNatively leaves out the vouchers, which the link mints.
func (c *chainLedger) mintedNatively(traces map[string]string) string {
	var minted []string
	for _, coin := range c.minted {
		if _, voucher := traces[coin.Denom]; !voucher {
			minted = append(minted, coin.String())
		}
	}
	return strings.Join(minted, ",")
}

// escrowReports compares escrows with vouchers, for every denom that crossed.
func escrowReports(l *ledger, sides [2]*side, v vouchers) []EscrowReport {
	r := &reconciler{ledger: l, sides: sides, vouchers: v}
	l.mu.Lock()
	defer l.mu.Unlock()
	var reports []EscrowReport
	for i, here := range sides {
		other := sides[1-i]
		for _, native := range here.before.natives(v) {
			voucher := v[native]
			reports = append(reports, EscrowReport{
				ChainID: here.chainID, Channel: here.channel, Denom: native,
				Escrow:   here.after.of(here.escrow, native).String(),
				Vouchers: other.after.supply.AmountOf(voucher).String(),
				InFlight: r.inFlight(here, other, native).String(),
			})
		}
	}
	return reports
}

// natives lists the denoms of v that this chain issues itself, sorted.
func (s *snapshot) natives(v vouchers) []string {
	var natives []string
	for native := range v {
		if s.supply.AmountOf(native).IsPositive() {
			natives = append(natives, native)
		}
	}
	slices.Sort(natives)
	return natives
}
