package types_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// included tells whether a content lies at an index below a registered root, with
// nothing but the standard library: RFC 9162 section 2.1.3.2. root and leaves are what
// the chain has, path is what the owner shows.
func included(content, root []byte, index, leaves uint64, path [][]byte) bool {
	hash := func(parts ...[]byte) []byte {
		sum := sha256.Sum256(bytes.Join(parts, nil))
		return sum[:]
	}
	digest := sha256.Sum256(content)
	node, last := hash([]byte{0}, digest[:]), leaves-1
	if index > last {
		return false
	}
	for _, beside := range path {
		if last == 0 {
			return false
		}
		if index%2 == 1 || index == last {
			node = hash([]byte{1}, beside, node)
			for index%2 == 0 && index != 0 {
				index, last = index/2, last/2
			}
		} else {
			node = hash([]byte{1}, node, beside)
		}
		index, last = index/2, last/2
	}
	return last == 0 && bytes.Equal(node, root)
}

// Three pictures are registered by one root. Whoever has the third, and one hash
// from its owner, checks that it is one of them.
func Example_includedInRoot() {
	decode := func(s string) []byte { bz, _ := hex.DecodeString(s); return bz }
	root := decode("3951f01d80ebe68a829a2c5ab2501a14be2b6708e1b7019980e0267b51665fc5")
	path := [][]byte{decode("f994c7bee20b371dda10ccf9f5cb547c2b4494399ccfabc7db7b8d1104edef77")}
	fmt.Println(included([]byte("third picture"), root, 2, 3, path))
	fmt.Println(included([]byte("forged picture"), root, 2, 3, path))
	// Output:
	// true
	// false
}
