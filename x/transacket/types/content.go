package types

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Validate checks an entry of the index but for its times.
func (c *Content) Validate() error {
	if _, err := sdk.AccAddressFromBech32(c.Owner); err != nil {
		return errorsmod.Wrapf(ErrSender, "owner %q: %s", clip(c.Owner), err)
	}
	if n := len(c.Sha256); n != sha256.Size {
		return errorsmod.Wrapf(ErrContent, "sha256 has %d bytes: must have %d", n, sha256.Size)
	}
	if (c.Size_ == 0) == (c.Leaves == 0) {
		return errorsmod.Wrapf(ErrContent, "size %d and leaves %d: one content must have a size, a root must have leaves", c.Size_, c.Leaves)
	}
	if !validMediaType(c.MediaType) {
		return errorsmod.Wrapf(ErrContent, "media_type %q: must be type/subtype in lower case, up to %d bytes, such as application/cbor", clip(c.MediaType), MaxMediaType)
	}
	return nil
}

// ParseHash reads a SHA-256 as people hold it, in the forms of ParseID.
func ParseHash(s string) ([]byte, error) {
	hash, err := ParseID(s)
	if err != nil {
		return nil, errorsmod.Wrapf(ErrContent, "%q: must be a SHA-256, %d hexadecimal digits", clip(s), 2*sha256.Size)
	}
	return hash, nil
}

// HashHex returns the hash in hexadecimal, as events and people show it.
func (c *Content) HashHex() string { return hex.EncodeToString(c.Sha256) }

// LeafHash is the hash of a leaf, whose data is the SHA-256 of a content
// (RFC 9162 section 2.1.1).
func LeafHash(content []byte) []byte { return hashOf(0, content) }

func nodeHash(left, right []byte) []byte { return hashOf(1, left, right) }

// hashOf hashes with a first byte that keeps leaves and nodes apart, so that a node
// cannot pass for a leaf.
func hashOf(domain byte, parts ...[]byte) []byte {
	h := sha256.New()
	h.Write([]byte{domain})
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// MerkleRoot returns the root over contents, given by their SHA-256 in order
// (RFC 9162 section 2.1.1). There must be one at least.
func MerkleRoot(contents [][]byte) []byte {
	if len(contents) == 1 {
		return LeafHash(contents[0])
	}
	k := split(len(contents))
	return nodeHash(MerkleRoot(contents[:k]), MerkleRoot(contents[k:]))
}

// MerklePath returns the hashes beside the way from a leaf to the root, from the
// leaf on (RFC 9162 section 2.1.3.1).
func MerklePath(contents [][]byte, index int) [][]byte {
	if len(contents) == 1 {
		return nil
	}
	k := split(len(contents))
	if index < k {
		return append(MerklePath(contents[:k], index), MerkleRoot(contents[k:]))
	}
	return append(MerklePath(contents[k:], index-k), MerkleRoot(contents[:k]))
}

// split is the largest power of two below n, for n above 1.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// VerifyPath tells whether the path leads from a content, the index-th of leaves,
// to the root (RFC 9162 section 2.1.3.2).
func VerifyPath(root, content []byte, index, leaves uint64, path [][]byte) bool {
	if index >= leaves {
		return false
	}
	hash := LeafHash(content)
	last := leaves - 1
	for _, beside := range path {
		if last == 0 {
			return false
		}
		if index&1 == 1 || index == last {
			hash = nodeHash(beside, hash)
			for index&1 == 0 && index != 0 {
				index, last = index>>1, last>>1
			}
		} else {
			hash = nodeHash(hash, beside)
		}
		index, last = index>>1, last>>1
	}
	return last == 0 && string(hash) == string(root)
}
