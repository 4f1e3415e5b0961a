package types

import "bytes"

// BasisPoints is the denominator of rates.
const BasisPoints = 10_000

// DepositCap bounds both deposits of a channel together (2^127), so that no sum of a
// settlement leaves 128 bits.
var DepositCap = Uint128{Hi: 1 << 63}

// Sums are what a settlement is computed from. Arrays are by participant.
type Sums struct {
	// Deposit of each; together at most DepositCap.
	Deposit [2]Uint128
	// Owed is what each owes the other in total: transferred plus locks that count.
	Owed [2]Uint128
	// Stale tells who was caught with a stale claim.
	Stale [2]bool
}

// Total of both deposits.
func (s Sums) Total() Uint128 {
	total, _ := s.Deposit[0].Add(s.Deposit[1])
	return total
}

// Payouts divides both deposits:
//
//	T = D_0 + D_1;  b_0 = D_0 − owed_0 + owed_1
//	pay_0 = min(max(b_0, 0), T);  pay_1 = T − pay_0
//
// A participant whose claim is stale is paid nothing; if both are stale, the sums
// decide (whitepaper 004, "Off-Internet Payment").
func (s Sums) Payouts() (pay [2]Uint128) {
	total := s.Total()
	switch {
	case s.Stale[0] && !s.Stale[1]:
		pay[1] = total
		return pay
	case s.Stale[1] && !s.Stale[0]:
		pay[0] = total
		return pay
	}
	if s.Owed[1].Less(s.Owed[0]) {
		loss, _ := s.Owed[0].Sub(s.Owed[1])
		if left, ok := s.Deposit[0].Sub(loss); ok {
			pay[0] = left
		}
	} else {
		gain, _ := s.Owed[1].Sub(s.Owed[0])
		// D_0 + min(gain, D_1): never above T, and no sum that could overflow.
		pay[0], _ = s.Deposit[0].Add(gain.Min(s.Deposit[1]))
	}
	pay[1], _ = total.Sub(pay[0])
	return pay
}

// Bond of a close: the least bond or a share of both deposits, rounded up.
func Bond(least, total Uint128, basisPoints uint32) Uint128 {
	return least.Max(total.MulDivCeil(basisPoints, BasisPoints))
}

// Repayment of a guarantor when a channel ends.
type Repayment struct {
	FromCollateral Uint128
	FromPayout     Uint128
	// Shortfall is what nobody covers: the guarantor's risk.
	Shortfall Uint128
}

// Repay returns what a guarantor gets back of what it funded (whitepaper 000 §6.5):
// out of the collateral, and out of the user's payout only what the collateral does
// not cover. Without the second a user could close unspent and keep the credit.
func Repay(funded, collateral, payout Uint128) (r Repayment) {
	r.FromCollateral = funded.Min(collateral)
	rest, _ := funded.Sub(r.FromCollateral)
	r.FromPayout = rest.Min(payout)
	r.Shortfall, _ = rest.Sub(r.FromPayout)
	return r
}

// Value of a proof in a settlement: transferred plus the locks that count. The sum
// exists, as transferred + locked fits 128 bits and no more than locked counts.
func (e *Evidence) Value() (Uint128, error) {
	if e == nil {
		return Uint128{}, nil
	}
	p, err := ParseBalanceProof(e.Signed.Proof)
	if err != nil {
		return Uint128{}, err
	}
	value, _ := p.Transferred.Add(e.UnlockedAmount)
	return value, nil
}

// Owed is what a direction counts for: the larger of what its acknowledged pair and
// what its sender's own claim give; see README.md, "Settlement", for why.
func (d Direction) Owed() (Uint128, error) {
	held, err := d.Held.Value()
	if err != nil {
		return held, err
	}
	claim, err := d.Claim.Value()
	return held.Max(claim), err
}

// Claimed tells whether the pair that is held is what its sender claimed: then nobody had
// to show it.
func (d Direction) Claimed() bool {
	return d.Held != nil && d.Claim != nil && bytes.Equal(d.Held.Signed.Proof, d.Claim.Signed.Proof)
}

// PhaseAt returns the phase of a channel by the channel clock, and when it ends (0 if
// it has no end). Periods include their first second and exclude their last.
func (c *Channel) PhaseAt(clock uint64) (Phase, uint64) {
	switch d := c.Dispute; {
	case d == nil:
		return PHASE_OPEN, 0
	case clock < d.UpdateUntil:
		return PHASE_UPDATE, d.UpdateUntil
	case clock < d.UnlockUntil:
		return PHASE_UNLOCK, d.UnlockUntil
	case clock < d.SettleFrom:
		return PHASE_EVIDENCE, d.SettleFrom
	default:
		return PHASE_SETTLEABLE, 0
	}
}

// Place is where bytes must be signed for to hold in the channel now.
func (c *Channel) Place() Place {
	p := Place{Channel: c.Id, Epoch: c.Epoch}
	copy(p.Domain[:], c.Domain)
	return p
}

// Deposits of both participants.
func (c *Channel) Deposits() [2]Uint128 {
	return [2]Uint128{c.Participants[0].Deposit, c.Participants[1].Deposit}
}
