package demo

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRuleHysteresis(t *testing.T) {
	rule, err := NewRule(20, 30)
	require.NoError(t, err)
	for i, step := range []struct {
		value   float64
		command Switch
		changed bool
	}{
		{25, "", false}, // inside the band nothing is known yet
		{20, "", false}, // the bounds belong to the band
		{19.9, SwitchOn, true},
		{19.0, SwitchOn, false},
		{25, SwitchOn, false}, // still on
		{30, SwitchOn, false},
		{30.1, SwitchOff, true},
		{25, SwitchOff, false}, // still off
		{31, SwitchOff, false},
		{10, SwitchOn, true},
	} {
		command, changed := rule.Apply(step.value)
		require.Equal(t, step.changed, changed, "step %d", i)
		require.Equal(t, step.command, command, "step %d", i)
	}
}

func TestRuleFirstCommandMayBeOff(t *testing.T) {
	rule, err := NewRule(20, 30)
	require.NoError(t, err)
	command, changed := rule.Apply(40)
	require.True(t, changed)
	require.Equal(t, SwitchOff, command)
}

func TestRuleRefuses(t *testing.T) {
	for _, band := range [][2]float64{{30, 20}, {20, 20}} {
		_, err := NewRule(band[0], band[1])
		require.ErrorContains(t, err, "low must be less than high")
	}
	for _, band := range [][2]float64{{math.NaN(), 1}, {0, math.Inf(1)}} {
		_, err := NewRule(band[0], band[1])
		require.ErrorContains(t, err, "must be a finite number")
	}
}

// Commands alternate, and each has a value outside of the band behind it.
func TestRuleAlternates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule, err := NewRule(-1, 1)
		require.NoError(t, err)
		var last Switch
		for _, v := range rapid.SliceOf(rapid.Float64Range(-3, 3)).Draw(t, "values") {
			command, changed := rule.Apply(v)
			if !changed {
				continue
			}
			require.NotEqual(t, last, command)
			require.Equal(t, command == SwitchOn, v < -1)
			require.Equal(t, command == SwitchOff, v > 1)
			last = command
		}
	})
}

func TestPercentile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for p, want := range map[float64]float64{1: 1, 20: 1, 21: 2, 40: 2, 50: 3, 60: 3, 99: 5, 100: 5} {
		require.Equal(t, want, Percentile(values, p), "p%v", p)
	}
	require.Equal(t, []float64{5, 1, 4, 2, 3}, values, "the argument is left as it is")
	require.Zero(t, Percentile([]int64{}, 50))
	require.Equal(t, int64(7), Percentile([]int64{7}, 99))
}

func TestPercentileIsDefinedByItsRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(-9, 9), 1, 60).Draw(t, "values")
		p := rapid.Float64Range(0.1, 100).Draw(t, "p")
		got := Percentile(values, p)
		atMost := func(v int64) int {
			n := 0
			for _, x := range values {
				if x <= v {
					n++
				}
			}
			return n
		}
		need := p / 100 * float64(len(values))
		require.True(t, slices.Contains(values, got))
		require.GreaterOrEqual(t, float64(atMost(got)), need)
		require.Less(t, float64(atMost(got-1)), need)
	})
}

func TestThresholds(t *testing.T) {
	low, high, err := Thresholds([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	require.NoError(t, err)
	require.Equal(t, [2]float64{4, 6}, [2]float64{low, high})

	low, high, err = Thresholds([]float64{1, 5, 5, 5, 5, 5, 5, 5, 9, 9})
	require.NoError(t, err)
	require.Equal(t, [2]float64{1, 9}, [2]float64{low, high}, "the wider band, where the narrow one is empty")

	for _, flat := range [][]float64{nil, {3}, {3, 3, 3}} {
		_, _, err = Thresholds(flat)
		require.ErrorContains(t, err, "give --low and --high")
	}
}
