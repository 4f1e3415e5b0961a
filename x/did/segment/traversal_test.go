package segment

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
)

func testChain() *Chain { return &Chain{Hash: SHA256, KeyLength: 16, Salt: []byte("saltsalt")} }

// Every chain up to 300 keys, and long ones, gives out k_1 … k_n in order, each of which
// hashes to the one before and the first to the root.
func TestTraversalGivesEveryKey(t *testing.T) {
	lengths := []uint32{511, 512, 513, 10_000, 16_384, 100_000}
	for n := uint32(1); n <= 300; n++ {
		lengths = append(lengths, n)
	}
	seed := sha256.Sum256([]byte("seed"))
	chain := testChain()
	for _, n := range lengths {
		var v Traversal
		var before, key [16]byte
		v.Reset(chain, seed[:16], n, before[:])
		for i := uint32(1); i <= n; i++ {
			require.Equal(t, i, v.Next(key[:]))
			hashed := key
			chain.Step(hashed[:], i-1)
			require.Equal(t, before, hashed, "key %d of %d", i, n)
			before = key
		}
		if n&(n-1) == 0 && n > 1 {
			require.Equal(t, seed[:16], key[:], "the last key of %d is the seed", n)
		}
	}
}

// A pebble moves two steps per key and at most ⌈log₂ n⌉ pebbles exist; on average half
// of them rest.
func TestTraversalCost(t *testing.T) {
	const n = 10_000
	seed := sha256.Sum256([]byte("seed"))
	var v Traversal
	var key [16]byte
	v.Reset(testChain(), seed[:16], n, key[:])
	require.Equal(t, 14, v.live)
	total, worst := 0, 0
	for range n {
		hashes := 1 - int(v.t)&1 // of the output, for odd keys
		for _, p := range v.pebbles[:v.live] {
			if p.position != p.destination {
				hashes += 2
			}
		}
		v.Next(key[:])
		total += hashes
		worst = max(worst, hashes)
	}
	require.LessOrEqual(t, worst, 2*14+1)
	require.Less(t, float64(total)/n, 14./2+1)
	t.Logf("%.2f hashes per key on average, %d at most", float64(total)/n, worst)
}
