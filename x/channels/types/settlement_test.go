package types_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/channels/types"
)

// reference is the settlement as the design writes it, in big integers.
func reference(s types.Sums) (pay [2]*big.Int) {
	total := new(big.Int).Add(s.Deposit[0].Big(), s.Deposit[1].Big())
	switch {
	case s.Stale[0] && !s.Stale[1]:
		return [2]*big.Int{new(big.Int), total}
	case s.Stale[1] && !s.Stale[0]:
		return [2]*big.Int{total, new(big.Int)}
	}
	b := new(big.Int).Sub(s.Deposit[0].Big(), s.Owed[0].Big())
	b.Add(b, s.Owed[1].Big())
	if b.Sign() < 0 {
		b.SetInt64(0)
	}
	if b.Cmp(total) > 0 {
		b.Set(total)
	}
	return [2]*big.Int{b, new(big.Int).Sub(total, b)}
}

func half(hi, lo uint64) types.Uint128 { return types.Uint128{Hi: hi >> 2, Lo: lo} } // two of them stay below the cap

// FuzzPayouts compares the settlement in two words with the one in big integers.
func FuzzPayouts(f *testing.F) {
	top := ^uint64(0)
	for _, seed := range [][8]uint64{
		{},
		{0, 1_000, 0, 500, 0, 300, 0, 100},
		{0, 100, 0, 0, 0, 101, 0, 0},
		{0, 100, 0, 100, top, top, top, top},
		{top, top, top, top, top, top, 0, 0},
		{top, top, top, top, 0, 0, top, top},
		{0, 5, 0, 5, 0, 7, 0, 7},
		{0, 5, top, top, top, 0, top, 1},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5], seed[6], seed[7], uint8(0))
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5], seed[6], seed[7], uint8(3))
	}
	f.Fuzz(func(t *testing.T, d0h, d0l, d1h, d1l, o0h, o0l, o1h, o1l uint64, stale uint8) {
		s := types.Sums{
			Deposit: [2]types.Uint128{half(d0h, d0l), half(d1h, d1l)},
			Owed:    [2]types.Uint128{{Hi: o0h, Lo: o0l}, {Hi: o1h, Lo: o1l}},
			Stale:   [2]bool{stale&1 != 0, stale&2 != 0},
		}
		pay, want := s.Payouts(), reference(s)
		for i := range pay {
			require.Zero(t, want[i].Cmp(pay[i].Big()), "participant %d of %+v: %s, must be %s", i, s, pay[i], want[i])
		}
		sum, ok := pay[0].Add(pay[1])
		require.True(t, ok)
		require.Equal(t, s.Total(), sum)
	})
}

func TestPayoutsOfTheCap(t *testing.T) {
	one := types.NewUint128(1)
	most, _ := types.DepositCap.Sub(one)
	s := types.Sums{Deposit: [2]types.Uint128{most, one}, Owed: [2]types.Uint128{types.MaxUint128, {}}}
	require.Equal(t, [2]types.Uint128{{}, types.DepositCap}, s.Payouts())
	s.Owed = [2]types.Uint128{{}, types.MaxUint128}
	require.Equal(t, [2]types.Uint128{types.DepositCap, {}}, s.Payouts())
	s.Owed = [2]types.Uint128{types.MaxUint128, types.MaxUint128}
	require.Equal(t, [2]types.Uint128{most, one}, s.Payouts())
}

// FuzzRepay: a guarantor gets what it funded, from collateral before payout, and never
// more than there is.
func FuzzRepay(f *testing.F) {
	f.Add(uint64(700), uint64(1_000), uint64(300))
	f.Add(uint64(500), uint64(100), uint64(500))
	f.Add(uint64(500), uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, funded, collateral, payout uint64) {
		r := types.Repay(types.NewUint128(funded), types.NewUint128(collateral), types.NewUint128(payout))
		sum := new(big.Int).Add(r.FromCollateral.Big(), r.FromPayout.Big())
		require.Zero(t, sum.Add(sum, r.Shortfall.Big()).Cmp(new(big.Int).SetUint64(funded)))
		require.False(t, types.NewUint128(collateral).Less(r.FromCollateral))
		require.False(t, types.NewUint128(payout).Less(r.FromPayout))
		require.True(t, r.FromPayout.IsZero() || r.FromCollateral == types.NewUint128(collateral))
		require.True(t, r.Shortfall.IsZero() || r.FromPayout == types.NewUint128(payout))
	})
}

func TestBond(t *testing.T) {
	require.Equal(t, types.NewUint128(10), types.Bond(types.NewUint128(10), types.NewUint128(900), 100))
	require.Equal(t, types.NewUint128(11), types.Bond(types.NewUint128(10), types.NewUint128(1_001), 100))
	require.Equal(t, types.DepositCap, types.Bond(types.Uint128{}, types.DepositCap, types.BasisPoints))
}
