package types

import (
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

// Receipt proves one payment to anybody who knows the two channel keys: the entry,
// its way up to the root, and the pair that both signed. What is the same for a
// whole batch (all but Index, Entry and Path) is kept once per batch.
type Receipt struct {
	Pair     SignedProof
	Previous Hash
	Count    uint32
	Delta    Uint128
	Index    uint32
	// Path holds the siblings from the leaf up, each group from left to right without
	// the own node; how many there are on a level follows from Index and Count.
	Path []Hash
	// Entry in its encoding.
	Entry []byte
}

// receiptFixed is the length of the fields before the path.
const receiptFixed = ProofLength + 2*SignatureLength + HashLength + 4 + Uint128Length + 4

// Bytes of the receipt:
//
//	proof 171 | signature 64 | ack signature 64 | previous head 32 | count 4 | ΔX 16
//	| index 4 | path 32 × n | entry
func (r Receipt) Bytes() []byte {
	b := append([]byte(nil), r.Pair.Proof...)
	b = append(append(b, r.Pair.Signature...), r.Pair.AckSignature...)
	b = append(b, r.Previous[:]...)
	b = binary.BigEndian.AppendUint32(b, r.Count)
	b = r.Delta.AppendTo(b)
	b = binary.BigEndian.AppendUint32(b, r.Index)
	for i := range r.Path {
		b = append(b, r.Path[i][:]...)
	}
	return append(b, r.Entry...)
}

// ParseReceipt reads the bytes of a receipt. It checks form, not truth: see Verify.
func ParseReceipt(b []byte) (r Receipt, err error) {
	if len(b) < receiptFixed {
		return r, errorsmod.Wrapf(ErrBytes, "receipt has %d bytes: must have at least %d", len(b), receiptFixed)
	}
	in := reader{b}
	r.Pair = SignedProof{Proof: in.take(ProofLength), Signature: in.take(SignatureLength), AckSignature: in.take(SignatureLength)}
	r.Previous = in.hash()
	r.Count = binary.BigEndian.Uint32(in.take(4))
	r.Delta = in.amount()
	r.Index = binary.BigEndian.Uint32(in.take(4))
	if r.Index >= r.Count {
		return r, errorsmod.Wrapf(ErrBytes, "receipt: index %d: must be below count %d", r.Index, r.Count)
	}
	siblings := pathLength(int(r.Index), int(r.Count))
	if len(in.b) < siblings*HashLength {
		return r, errorsmod.Wrapf(ErrBytes, "receipt: %d bytes follow index %d of %d: the path alone has %d hashes", len(in.b), r.Index, r.Count, siblings)
	}
	for range siblings {
		r.Path = append(r.Path, in.hash())
	}
	entry, rest, err := ParseEntry(in.b)
	if err != nil {
		return r, err
	}
	if len(rest) > 0 {
		return r, errorsmod.Wrapf(ErrBytes, "receipt: %d bytes follow the entry: must have none", len(rest))
	}
	r.Entry = entry.AppendTo(nil)
	return r, nil
}

// Verify checks that the entry was in a batch that both signed.
func (r Receipt) Verify(sender, receiver ChannelKey) (BalanceProof, Entry, error) {
	entry, rest, err := ParseEntry(r.Entry)
	if err != nil {
		return BalanceProof{}, entry, err
	}
	if len(rest) > 0 || r.Index >= r.Count || len(r.Path) != pathLength(int(r.Index), int(r.Count)) {
		return BalanceProof{}, entry, errorsmod.Wrapf(ErrBytes, "receipt: index %d of %d with %d hashes of path does not fit", r.Index, r.Count, len(r.Path))
	}
	p, err := ParseBalanceProof(r.Pair.Proof)
	if err != nil {
		return p, entry, err
	}
	head := Head{Previous: r.Previous, Epoch: p.Epoch, Nonce: p.Nonce, Count: r.Count, Delta: r.Delta, Root: r.root()}
	if head.Hash() != p.LogHead {
		return p, entry, errorsmod.Wrapf(ErrBytes, "receipt: entry %d leads to head %x: the proof says %x", r.Index, head.Hash(), p.LogHead)
	}
	if err := sender.CheckSignature("balance proof", r.Pair.Proof, r.Pair.Signature); err != nil {
		return p, entry, err
	}
	return p, entry, r.Pair.CheckAck(p, receiver)
}

// root climbs from the entry to the root; lengths were checked.
func (r Receipt) root() Hash {
	node, path := LeafHash(r.Entry), r.Path
	for index, count := int(r.Index), int(r.Count); count > 1; index, count = index/LogArity, (count+LogArity-1)/LogArity {
		size, own := groupAt(index, count)
		if size == 1 {
			continue // a group of one moves up unchanged
		}
		group := make([]Hash, 0, LogArity)
		group = append(group, path[:own]...)
		group = append(group, node)
		group = append(group, path[own:size-1]...)
		path = path[size-1:]
		node = nodeHash(group)
	}
	return node
}

// MerklePath returns the siblings of a leaf from the bottom up.
func MerklePath(leaves []Hash, index int) []Hash {
	var path []Hash
	level := append([]Hash(nil), leaves...)
	for len(level) > 1 {
		size, own := groupAt(index, len(level))
		first := index - own
		path = append(path, level[first:index]...)
		path = append(path, level[index+1:first+size]...)
		next := make([]Hash, 0, len(level)/LogArity+1)
		for i := 0; i < len(level); i += LogArity {
			group := level[i:min(i+LogArity, len(level))]
			if len(group) == 1 {
				next = append(next, group[0])
			} else {
				next = append(next, nodeHash(group))
			}
		}
		level, index = next, index/LogArity
	}
	return path
}

// groupAt returns how many nodes the group of a node has and which one it is.
func groupAt(index, count int) (size, own int) {
	own = index % LogArity
	return min(LogArity, count-(index-own)), own
}

// pathLength is the number of siblings of a leaf on all levels.
func pathLength(index, count int) (n int) {
	for ; count > 1; index, count = index/LogArity, (count+LogArity-1)/LogArity {
		size, _ := groupAt(index, count)
		n += size - 1
	}
	return n
}
