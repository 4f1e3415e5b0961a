package conformance_test

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// divide is the sum at the end: what is paid to each, by deposits, what each owes, and
// whether it closed with a stale claim.
func divide(deposit, owed [2]*big.Int, stale [2]bool) (paid [2]*big.Int) {
	total := new(big.Int).Add(deposit[0], deposit[1])
	first := new(big.Int).Sub(deposit[0], owed[0])
	first.Add(first, owed[1])
	switch {
	case first.Sign() < 0:
		first.SetInt64(0)
	case first.Cmp(total) > 0:
		first.Set(total)
	}
	if stale[0] != stale[1] {
		first.SetInt64(0)
		if stale[1] {
			first.Set(total)
		}
	}
	return [2]*big.Int{first, total.Sub(total, first)}
}

// repaid is what a guarantor gets back of what it funded, and what it does not.
func repaid(funded, collateral, payout *big.Int) (fromCollateral, fromPayout, shortfall *big.Int) {
	smaller := func(a, b *big.Int) *big.Int {
		if a.Cmp(b) < 0 {
			return a
		}
		return b
	}
	fromCollateral = smaller(funded, collateral)
	rest := new(big.Int).Sub(funded, fromCollateral)
	fromPayout = smaller(rest, payout)
	return fromCollateral, fromPayout, new(big.Int).Sub(rest, fromPayout)
}

// promise is a balance proof as far as a settlement looks at it. Its name stands for its bytes.
type promise struct {
	name        string
	nonce       uint64
	transferred int64
	unlocked    int64 // locks unlocked, revealed in time and not disposed
}

func (p *promise) value() int64 {
	if p == nil {
		return 0
	}
	return p.transferred + p.unlocked
}

// side is what the chain got to see of one participant's direction.
type side struct {
	closed     bool
	recovering bool
	claim      *promise
	shown      []*promise // acknowledged
}

func (s side) owed() int64 {
	var held *promise
	for _, p := range s.shown {
		if held == nil || p.nonce > held.nonce {
			held = p
		}
	}
	return max(held.value(), s.claim.value())
}

func (s side) stale() bool {
	for _, p := range s.shown {
		switch c := s.claim; {
		case !s.closed || s.recovering:
			return false
		case c == nil, p.nonce > c.nonce, p.transferred > c.transferred, p.nonce == c.nonce && p.name != c.name:
			return true
		}
	}
	return false
}

// bondLost says whether the partner gets the bond of a closer.
func (s side) bondLost() bool {
	if s.recovering {
		for _, p := range s.shown {
			if p.transferred > 0 {
				return true
			}
		}
	}
	return s.stale()
}

// examples models the rows of the table of examples in the specification.
var examples = map[string][2]side{
	"pairs: 0 owes 300, 1 owes 100": {
		{closed: true, claim: &promise{"a", 3, 300, 0}, shown: []*promise{{"a", 3, 300, 0}}},
		{shown: []*promise{{"b", 4, 100, 0}}},
	},
	"0 closes with its proof 2 (200), 1 shows proof 3 (300)": {
		{closed: true, claim: &promise{"a", 2, 200, 0}, shown: []*promise{{"b", 3, 300, 0}}}, {},
	},
	"0 closes with proof 3, 0 transferred; 1 shows proof 2 (300)": {
		{closed: true, claim: &promise{"a", 3, 0, 0}, shown: []*promise{{"b", 2, 300, 0}}}, {},
	},
	"0 claims proof 5 (900), shows its own pair 1 (100), 1 sleeps": {
		{closed: true, claim: &promise{"a", 5, 900, 0}, shown: []*promise{{"b", 1, 100, 0}}}, {},
	},
	"0 owes 300 and a lock of 200, secret in time": {
		{closed: true, claim: &promise{"a", 1, 300, 200}}, {},
	},
	"the same, secret late or lock disposed": {
		{closed: true, claim: &promise{"a", 1, 300, 0}}, {},
	},
	"0 owes 1,700 (more than there is)": {
		{closed: true, claim: &promise{"a", 1, 1700, 0}}, {},
	},
	"0 recovering; pair with 300 shown": {
		{closed: true, recovering: true, shown: []*promise{{"a", 1, 300, 0}}}, {},
	},
}

var sum = regexp.MustCompile(`[\d,]+$`)

// sumIn returns the number at the end of a cell: "1,000 − 300 + 100 = 800" is 800.
func sumIn(t *testing.T, cell string) string {
	t.Helper()
	found := sum.FindString(cell)
	require.NotEmpty(t, found, "cell %q ends with no sum", cell)
	return strings.ReplaceAll(found, ",", "")
}

// TestExamples settles every row of the table of examples as the specification reads it there.
func TestExamples(t *testing.T) {
	rows := table(t, "| case | 0 is paid | 1 is paid | bond |")
	require.Len(t, rows, len(examples))
	deposit := [2]*big.Int{big.NewInt(1000), big.NewInt(500)}
	for _, row := range rows {
		sides, known := examples[row[0]]
		require.True(t, known, "no model of the example %q", row[0])
		var owed [2]*big.Int
		var stale [2]bool
		for i, s := range sides {
			owed[i], stale[i] = big.NewInt(s.owed()), s.stale()
		}
		paid := divide(deposit, owed, stale)
		require.Equal(t, sumIn(t, row[1]), paid[0].String(), "%s: paid to 0", row[0])
		require.Equal(t, sumIn(t, row[2]), paid[1].String(), "%s: paid to 1", row[0])

		bond := "back"
		switch {
		case sides[0].recovering && sides[0].bondLost():
			total := deposit[0].Int64() + deposit[1].Int64()
			bond = fmt.Sprintf("%d to 1", total*5/100)
		case sides[0].bondLost():
			bond = "to 1"
		}
		require.Equal(t, row[3], bond, "%s: bond", row[0])
	}
}

// TestStale tries each condition by which a claim is stale, and its neighbours that are not.
func TestStale(t *testing.T) {
	claim := &promise{"claim", 5, 100, 0}
	for _, c := range []struct {
		name  string
		side  side
		stale bool
	}{
		{"nothing shown", side{closed: true, claim: claim}, false},
		{"the claim itself shown", side{closed: true, claim: claim, shown: []*promise{claim}}, false},
		{"older and lower", side{closed: true, claim: claim, shown: []*promise{{"p", 4, 99, 0}}}, false},
		{"older and equal", side{closed: true, claim: claim, shown: []*promise{{"p", 4, 100, 0}}}, false},
		{"older and higher", side{closed: true, claim: claim, shown: []*promise{{"p", 4, 101, 0}}}, true},
		{"newer and lower", side{closed: true, claim: claim, shown: []*promise{{"p", 6, 1, 0}}}, true},
		{"same nonce, other bytes", side{closed: true, claim: claim, shown: []*promise{{"p", 5, 100, 0}}}, true},
		{"no claim, any pair", side{closed: true, shown: []*promise{{"p", 1, 0, 0}}}, true},
		{"recovering", side{closed: true, recovering: true, shown: []*promise{{"p", 9, 900, 0}}}, false},
		{"did not close", side{shown: []*promise{{"p", 9, 900, 0}}}, false},
	} {
		require.Equal(t, c.stale, c.side.stale(), c.name)
	}
}

// TestWhitepaperByHand follows the two examples of "Guarantors".
func TestWhitepaperByHand(t *testing.T) {
	n := big.NewInt
	paid := divide([2]*big.Int{n(700), n(0)}, [2]*big.Int{n(600), n(200)}, [2]bool{})
	require.Equal(t, [2]string{"300", "400"}, [2]string{paid[0].String(), paid[1].String()})

	collateral, payout, shortfall := repaid(n(700), n(1000), paid[0])
	require.Equal(t, []int64{700, 0, 0}, []int64{collateral.Int64(), payout.Int64(), shortfall.Int64()})

	paid = divide([2]*big.Int{n(500), n(0)}, [2]*big.Int{n(0), n(0)}, [2]bool{})
	collateral, payout, shortfall = repaid(n(500), n(100), paid[0])
	require.Equal(t, []int64{100, 400, 0}, []int64{collateral.Int64(), payout.Int64(), shortfall.Int64()})
	require.Equal(t, int64(100), paid[0].Int64()-payout.Int64(), "what the user keeps")
}
