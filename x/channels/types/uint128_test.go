package types_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/meshchain/meshchain/x/channels/types"
)

var modulus = new(big.Int).Lsh(big.NewInt(1), 128)

func drawAmount(t *rapid.T, name string) types.Uint128 {
	// Words at the edges meet carries and borrows.
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 63, ^uint64(0) - 1, ^uint64(0)}))
	return types.Uint128{Hi: word.Draw(t, name+".hi"), Lo: word.Draw(t, name+".lo")}
}

func TestUint128AgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, v := drawAmount(t, "u"), drawAmount(t, "v")
		sum, ok := u.Add(v)
		want := new(big.Int).Add(u.Big(), v.Big())
		require.Equal(t, want.Cmp(modulus) < 0, ok)
		require.Zero(t, new(big.Int).Mod(want, modulus).Cmp(sum.Big()))

		difference, ok := u.Sub(v)
		want = new(big.Int).Sub(u.Big(), v.Big())
		require.Equal(t, want.Sign() >= 0, ok)
		require.Zero(t, new(big.Int).Mod(want, modulus).Cmp(difference.Big()))

		require.Equal(t, u.Big().Cmp(v.Big()), u.Cmp(v))
		require.Equal(t, u.Cmp(v) < 0, u.Less(v))
		require.LessOrEqual(t, u.Min(v).Cmp(u.Max(v)), 0)

		div := rapid.Uint32Range(1, ^uint32(0)).Draw(t, "div")
		mul := rapid.Uint32Range(0, div).Draw(t, "mul")
		want = new(big.Int).Mul(u.Big(), big.NewInt(int64(mul)))
		want.Add(want, big.NewInt(int64(div)-1)).Div(want, big.NewInt(int64(div)))
		require.Zero(t, want.Cmp(u.MulDivCeil(mul, div).Big()), "%s * %d / %d", u, mul, div)

		require.Equal(t, u, types.Uint128FromBytes(u.AppendTo(nil)))
		parsed, err := types.ParseUint128(u.String())
		require.NoError(t, err)
		require.Equal(t, u, parsed)
		encoded, err := json.Marshal(u)
		require.NoError(t, err)
		var decoded types.Uint128
		require.NoError(t, json.Unmarshal(encoded, &decoded))
		require.Equal(t, u, decoded)
		back, err := types.Uint128FromInt(u.Int())
		require.NoError(t, err)
		require.Equal(t, u, back)
	})
}

func TestUint128Refused(t *testing.T) {
	for _, text := range []string{"", "-1", "+1", " 1", "01", "1.0", "1e3", "0x10", "340282366920938463463374607431768211456", "9999999999999999999999999999999999999999"} {
		_, err := types.ParseUint128(text)
		require.ErrorIs(t, err, types.ErrAmount, text)
	}
	var u types.Uint128
	require.ErrorIs(t, u.UnmarshalJSON([]byte("1")), types.ErrAmount, "numbers are floats in most readers")
	_, err := types.Uint128FromBig(modulus)
	require.ErrorIs(t, err, types.ErrAmount)
	_, err = types.Uint128FromBig(big.NewInt(-1))
	require.ErrorIs(t, err, types.ErrAmount)
	require.Panics(t, func() { types.MaxUint128.MulDivCeil(2, 1) })
	parsed, err := types.ParseUint128("340282366920938463463374607431768211455")
	require.NoError(t, err)
	require.Equal(t, types.MaxUint128, parsed)
}

func BenchmarkUint128Add(b *testing.B) {
	u := types.Uint128{Lo: 1}
	for range b.N {
		u, _ = u.Add(types.Uint128{Lo: ^uint64(0)})
	}
	if u.IsZero() {
		b.Fatal(u)
	}
}
