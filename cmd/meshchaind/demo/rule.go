package demo

import (
	"fmt"
	"math"
	"slices"
)

// Switch is a command to the valve.
type Switch string

const (
	// SwitchOn opens the valve.
	SwitchOn Switch = "on"
	// SwitchOff closes the valve.
	SwitchOff Switch = "off"
)

// Rule is a two-point controller with hysteresis: a value under Low switches
// on, a value over High switches off, and between the two the last command
// stands, so that noise around one threshold does not wear the valve out.
// Both bounds are in the unit of the column and themselves change nothing.
type Rule struct {
	Low, High float64

	last Switch
}

// NewRule returns a rule that has not commanded anything yet: the first value
// outside of the band gives the first command. It refuses low ≥ high.
func NewRule(low, high float64) (*Rule, error) {
	for name, v := range map[string]float64{"low": low, "high": high} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("threshold %s %v: must be a finite number", name, v)
		}
	}
	if low >= high {
		return nil, fmt.Errorf("thresholds low %v, high %v: low must be less than high", low, high)
	}
	return &Rule{Low: low, High: high}, nil
}

// Apply feeds one value and returns the command that it causes, if any.
func (r *Rule) Apply(value float64) (command Switch, changed bool) {
	switch {
	case value < r.Low:
		command = SwitchOn
	case value > r.High:
		command = SwitchOff
	default:
		return r.last, false
	}
	if command == r.last {
		return command, false
	}
	r.last = command
	return command, true
}

// Thresholds proposes a band for values nobody gave one for: their 40th and
// 60th percentiles. Values that are all (nearly) the same leave no band and
// are an error.
func Thresholds(values []float64) (low, high float64, err error) {
	low, high = Percentile(values, 40), Percentile(values, 60)
	if low >= high {
		low, high = Percentile(values, 10), Percentile(values, 90)
	}
	if len(values) == 0 || low >= high {
		return 0, 0, fmt.Errorf("the values hardly differ (10th percentile %v, 90th %v): give --low and --high", low, high)
	}
	return low, high, nil
}

// Percentile returns the smallest of the values that at least p percent of
// them do not exceed (nearest rank), for p in (0, 100]; 0 if there are none.
// The argument is left as it is.
func Percentile[T float64 | int64](values []T, p float64) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
