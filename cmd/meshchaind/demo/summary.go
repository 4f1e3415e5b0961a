package demo

import (
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"
)

// traffic sums up the TransacKets of a flow.
func (l *ledger) traffic(name string, f flow, to, payment string) TrafficReport {
	t := TrafficReport{Name: name, From: f.chain, To: to, Payment: payment, counts: l.count(f)}
	l.mu.Lock()
	defer l.mu.Unlock()
	var delivered, acknowledged []int64
	for _, life := range l.lives {
		if !f.has(life) {
			continue
		}
		start := life.submitted
		if start.IsZero() { // sent by a module
			start = life.sent
		}
		if at := life.arrival(); !at.IsZero() {
			delivered = append(delivered, since(start, at))
		}
		if !life.acknowledged.IsZero() {
			acknowledged = append(acknowledged, since(start, life.acknowledged))
		}
	}
	t.ToDelivered = Latency{P50: Percentile(delivered, 50), P99: Percentile(delivered, 99)}
	t.ToAcknowledged = Latency{P50: Percentile(acknowledged, 50), P99: Percentile(acknowledged, 99)}
	return t
}

func since(from, to time.Time) int64 { return to.Sub(from).Milliseconds() }

// chainReport sums up one chain.
func (l *ledger) chainReport(s *chain, traces traces) ChainReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.chains[s.id]
	report := ChainReport{
		ChainID: s.id, FirstHeight: s.before.height + 1, LastHeight: s.after.height, Blocks: c.blocks,
		Transactions: c.txs, Failed: c.failed, Fees: c.totalFees().String(), Minted: c.mintedNatively(),
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
func (c *chainLedger) mintedNatively() string {
	var minted []string
	for _, coin := range c.minted {
		if !isVoucher(coin.Denom) {
			minted = append(minted, coin.String())
		}
	}
	return strings.Join(minted, ",")
}

// escrowReports compares escrows with vouchers, for every denom that crossed.
func escrowReports(l *ledger, w *world) []EscrowReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &reconciler{ledger: l, world: w}
	var reports []EscrowReport
	for _, e := range r.escrows() {
		reports = append(reports, EscrowReport{
			ChainID: e.at.chainID, Channel: e.at.channel, Denom: e.denom, Trace: w.traces[e.denom], To: e.other.chainID,
			Escrow: e.escrow.String(), Vouchers: e.vouchers.String(), InFlight: e.inFlight.String(),
		})
	}
	return reports
}
