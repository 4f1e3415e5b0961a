package segment

import "math/bits"

// maxPebbles is enough for chains of MaxLife keys.
const maxPebbles = 24

// Traversal gives out the keys of a chain from k_1 to k_n. A chain runs from its end to
// its beginning, so a device would have to store all keys or to hash from the end for
// each. Traversal keeps ⌈log₂ n⌉ of them, and moves each by at most two steps per key:
// Jakobsson, "Fractal Hash Sequence Representation and Traversal", 2002. 10,000 keys
// need 14 checkpoints and 6 hashes per key on average.
//
// The chain that is traversed begins at the next power of two, N ≥ n.
type Traversal struct {
	chain   *Chain
	t       uint32
	length  uint32 // N
	live    int    // pebbles in use
	pebbles [maxPebbles]pebble
}

// pebble is a checkpoint: k_position, on its way to where it is needed.
type pebble struct {
	position, destination uint32
	start, stride         uint32 // what position and destination grow by when it arrives
	key                   [MaxKey]byte
}

// step moves a pebble down by one key.
func (p *pebble) step(c *Chain) {
	p.position--
	c.Step(p.key[:], p.position)
}

// Reset begins the chain of the seed, k_N, and leaves k_0 in root, which goes to the
// schema. The seed is secret and must be random, as long as a key; n is 1 to MaxLife.
// It hashes N times.
func (v *Traversal) Reset(chain *Chain, seed []byte, n uint32, root []byte) {
	levels := max(1, bits.Len32(n-1))
	*v = Traversal{chain: chain, length: 1 << levels, live: levels}
	var key [MaxKey]byte
	copy(key[:chain.KeyLength], seed)
	for at := v.length; at > 0; at-- {
		if bits.OnesCount32(at) == 1 && at > 1 {
			j := bits.TrailingZeros32(at)
			v.pebbles[j-1] = pebble{position: at, destination: at, start: 3 * at, stride: 2 * at, key: key}
		}
		chain.Step(key[:], at-1)
	}
	copy(root, key[:chain.KeyLength])
}

// Position is the number of the last key given out, 0 at the beginning.
func (v *Traversal) Position() uint32 { return v.t }

// Next leaves the next key in key and returns its number. It must not be called more
// than n times. It allocates nothing.
func (v *Traversal) Next(key []byte) uint32 {
	v.t++
	for i := range v.pebbles[:v.live] {
		p := &v.pebbles[i]
		if p.position != p.destination {
			p.step(v.chain)
			p.step(v.chain)
		}
	}
	next := &v.pebbles[0]
	var out [MaxKey]byte
	copy(out[:], next.key[:])
	if v.t&1 == 1 {
		v.chain.Step(out[:], v.t)
	} else {
		v.recycle()
	}
	copy(key, out[:v.chain.KeyLength])
	return v.t
}

// recycle sends the first pebble, whose key has been given out, to its next destination,
// and keeps the pebbles in the order of their destinations.
func (v *Traversal) recycle() {
	p := v.pebbles[0]
	p.position += p.start
	p.destination += p.stride
	place := 0
	if p.destination > v.length {
		v.live--
		copy(v.pebbles[:v.live], v.pebbles[1:v.live+1])
		v.pebbles[v.live] = pebble{}
		return
	}
	for i := 1; i < v.live; i++ {
		if v.pebbles[i].position == p.position {
			p.key = v.pebbles[i].key
		}
		if v.pebbles[i].destination < p.destination {
			v.pebbles[i-1] = v.pebbles[i]
			place = i
		}
	}
	v.pebbles[place] = p
}
