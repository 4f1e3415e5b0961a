// Package bad is full of what the state machine must not do.
package bad

import (
	"maps"
	"math/rand"
	"slices"
	"time"
)

type ratio float64

func clock() int64 { return time.Now().Unix() }

func order(m map[string]int) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func sorted(m map[string]int) (keys []string) {
	//determinism:allow the keys are sorted below
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func unexplained(m map[string]int) int {
	n := 0
	//determinism:allow
	for range m {
		n++
	}
	return n
}

func iterator(m map[string]int) []string { return slices.Collect(maps.Keys(m)) }

func half(r ratio) ratio { return r / 2 }

func chance() int { return rand.Intn(6) }

func concurrent(c chan int) int {
	go func() { c <- 1 }()
	select {
	case n := <-c:
		return n
	default:
		return 0
	}
}

const exact = 1.5 * 2 // a constant

func fine(list []int) (total int) {
	for _, n := range list {
		total += n * int(exact)
	}
	return total
}
