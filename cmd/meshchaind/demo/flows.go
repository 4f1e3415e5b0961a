package demo

import (
	"cosmossdk.io/math"

	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// flows is what accounts of a chain should have gained (positive) or lost, by
// address and denom.
type flows map[string]map[string]math.Int

func (f flows) add(address, denom string, amount math.Int) {
	if f[address] == nil {
		f[address] = map[string]math.Int{}
	}
	if old, ok := f[address][denom]; ok {
		amount = amount.Add(old)
	}
	f[address][denom] = amount
}

// flows of every account but the escrows and the reward pool: fees, payments and
// bonds.
func (r *reconciler) flows(c *chain) flows {
	f := flows{}
	books := r.ledger.chains[c.id]
	for payer, fees := range books.fees {
		for _, fee := range fees {
			f.add(payer, fee.Denom, fee.Amount.Neg())
		}
	}
	for _, b := range books.bonds {
		f.add(b.owner, b.amount.Denom, b.amount.Amount.Neg())
		f.add(moduleAddress(zonestypes.ModuleName), b.amount.Denom, b.amount.Amount)
	}
	for _, t := range r.ledger.lives {
		if t.chain == c.id && t.refunded.IsZero() {
			f.add(t.from, t.payment.Denom, t.payment.Amount.Neg())
		}
		if t.delivered.IsZero() {
			continue
		}
		if to, coin, err := r.world.arriving(t); err == nil && to.chainID == c.id { // packets reports the error
			f.add(t.to, coin.Denom, coin.Amount)
		}
	}
	return f
}
