package demo

import (
	"slices"

	"cosmossdk.io/math"
)

// escrow compares, for one denom at one end of a link, what is locked there with the
// vouchers for it at the other end.
type escrow struct {
	at, other end
	denom     string
	escrow    math.Int
	vouchers  math.Int
	inFlight  math.Int
}

// escrows lists every denom that is, or ought to be, locked somewhere.
func (r *reconciler) escrows() []escrow {
	var all []escrow
	for _, l := range r.world.links {
		for i, at := range l {
			all = append(all, r.escrowsAt(at, l[1-i])...)
		}
	}
	return all
}

func (r *reconciler) escrowsAt(at, other end) []escrow {
	here, there, traces := r.world.chain(at.chainID).after, r.world.chain(other.chainID).after, r.world.traces
	candidates := denoms(here.balances[at.escrow])
	for _, coin := range there.supply { // a voucher for which nothing is locked counts as well
		if traces.returning(other, coin.Denom) {
			candidates = append(candidates, traces.arriving(other, at, coin.Denom))
		}
	}
	for _, t := range r.ledger.lives {
		if t.chain == at.chainID && t.channel == at.channel && t.underway() && !traces.returning(at, t.payment.Denom) {
			candidates = append(candidates, t.payment.Denom)
		}
	}
	slices.Sort(candidates)
	var all []escrow
	for _, denom := range slices.Compact(candidates) {
		voucher := traces.arriving(at, other, denom)
		all = append(all, escrow{
			at: at, other: other, denom: denom,
			escrow: here.of(at.escrow, denom), vouchers: there.supply.AmountOf(voucher), inFlight: r.inFlight(at, other, denom, voucher),
		})
	}
	return all
}

// inFlight is how much of a denom, locked at one end, is under way in either
// direction.
func (r *reconciler) inFlight(at, other end, denom, voucher string) math.Int {
	sum := math.ZeroInt()
	for _, t := range r.ledger.lives {
		leaving := t.chain == at.chainID && t.channel == at.channel && t.payment.Denom == denom
		returning := t.chain == other.chainID && t.channel == other.channel && t.payment.Denom == voucher
		if t.underway() && (leaving || returning) {
			sum = sum.Add(t.payment.Amount)
		}
	}
	return sum
}
