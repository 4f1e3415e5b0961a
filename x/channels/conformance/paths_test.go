package conformance_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPaths cuts the path of entries out of whole trees and climbs it: the specification's
// number of siblings, its order of them and its grouping of nodes must fit together.
func TestPaths(t *testing.T) {
	for _, count := range []uint64{1, 2, 15, 16, 17, 18, 31, 32, 33, 40, 255, 256, 257, 272, 273, 4096, 4097, 4113} {
		leaves := make([][]byte, count)
		for i := range leaves {
			leaves[i] = leafHash(u64(uint64(i)))
		}
		root := merkleRoot(leaves)
		for _, index := range []uint64{0, 1, 15, 16, 17, 39, 256, count / 2, count - 1} {
			if index >= count {
				continue
			}
			path := pathOf(leaves, index)
			require.Len(t, path, pathLength(index, count), "path of %d of %d", index, count)
			got, err := climb(leaves[index], index, count, path)
			require.NoError(t, err)
			require.Equal(t, root, got, "root by entry %d of %d", index, count)

			got, err = climb(leafHash(nil), index, count, path)
			require.NoError(t, err)
			require.NotEqual(t, root, got, "root by another entry at %d of %d", index, count)
		}
	}
}

// pathOf returns the siblings of a leaf, from the leaf up, on each level from left to right.
func pathOf(nodes [][]byte, index uint64) (path []byte) {
	for len(nodes) > 1 {
		var above [][]byte
		for group := range slices.Chunk(nodes, arity) {
			if uint64(len(above)) == index/arity {
				for i, sibling := range group {
					if uint64(i) != index%arity {
						path = append(path, sibling...)
					}
				}
			}
			above = append(above, merkleRoot(group))
		}
		nodes, index = above, index/arity
	}
	return path
}
