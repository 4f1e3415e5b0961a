package types

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func leaves(n int) []Hash {
	all := make([]Hash, n)
	for i := range all {
		all[i] = sha256.Sum256(fmt.Appendf(nil, "leaf %d", i))
	}
	return all
}

// TestReceiptOfEveryEntry makes receipts in batches around the edges of the tree.
func TestReceiptOfEveryEntry(t *testing.T) {
	sender := ed25519.NewKeyFromSeed(make([]byte, 32))
	receiver := ed25519.NewKeyFromSeed(append(make([]byte, 31), 1))
	senderKey, receiverKey := Ed25519Key(sender.Public().(ed25519.PublicKey)), Ed25519Key(receiver.Public().(ed25519.PublicKey))
	for _, n := range []int{1, 2, 15, 16, 17, 31, 33, 255, 256, 257, 300} {
		entries := make([][]byte, n)
		hashes := make([]Hash, n)
		for i := range entries {
			entries[i] = Entry{PaymentID: [16]byte{byte(i), byte(i >> 8)}, Amount: NewUint128(1), Kind: EntryDirect, Data: []byte("open the valve")}.AppendTo(nil)
			hashes[i] = LeafHash(entries[i])
		}
		place := Place{Channel: 7, Epoch: 2}
		head := Head{Previous: FirstHead(place, 0), Epoch: 2, Nonce: 9, Count: uint32(n), Delta: NewUint128(uint64(n)), Root: BatchRoot(append([]Hash(nil), hashes...))}
		proof := BalanceProof{Place: place, Nonce: 9, Transferred: NewUint128(uint64(n)), LogHead: head.Hash()}
		pair := SignedProof{
			Proof: proof.Bytes(), Signature: ed25519.Sign(sender, proof.Bytes()),
			AckSignature: ed25519.Sign(receiver, AckFor(proof).Bytes()),
		}
		for i := range entries {
			receipt := Receipt{Pair: pair, Previous: head.Previous, Count: head.Count, Delta: head.Delta, Index: uint32(i), Path: MerklePath(hashes, i), Entry: entries[i]}
			parsed, err := ParseReceipt(receipt.Bytes())
			require.NoError(t, err)
			_, entry, err := parsed.Verify(senderKey, receiverKey)
			require.NoError(t, err, "entry %d of %d", i, n)
			require.Equal(t, entries[i], entry.AppendTo(nil))
			if i > 2 {
				continue
			}
			parsed.Entry = append([]byte(nil), parsed.Entry...)
			parsed.Entry[31]++ // another amount
			_, _, err = parsed.Verify(senderKey, receiverKey)
			require.ErrorIs(t, err, ErrBytes)
			_, err = ParseReceipt(append(receipt.Bytes(), 0))
			require.Error(t, err)
			_, _, err = receipt.Verify(receiverKey, senderKey)
			require.ErrorIs(t, err, ErrSignature)
		}
	}
}

func TestRootDependsOnEverything(t *testing.T) {
	seen := make(map[Hash]int)
	for n := range 70 {
		root := BatchRoot(leaves(n))
		other, twice := seen[root]
		require.False(t, twice, "%d and %d leaves", n, other)
		seen[root] = n
	}
	swapped := leaves(20)
	swapped[3], swapped[4] = swapped[4], swapped[3]
	require.NotEqual(t, BatchRoot(leaves(20)), BatchRoot(swapped))
	require.Equal(t, merkleRoot(leaves(16), 16), nodeHash(leaves(16)))
	require.Equal(t, leaves(1)[0], BatchRoot(leaves(1)), "one leaf moves up unchanged")
}

// BenchmarkMerkleArity is the cost per payment of hashing a batch of 4,096 entries of
// 64 bytes of data, leaves included, and the length of a path in it.
func BenchmarkMerkleArity(b *testing.B) {
	const n = 4_096
	entry := Entry{Amount: NewUint128(1), Kind: EntryDirect, Data: make([]byte, 64)}.AppendTo(nil)
	level := make([]Hash, n)
	for _, arity := range []int{2, 4, 16} {
		b.Run(fmt.Sprint(arity), func(b *testing.B) {
			for range b.N {
				for i := range level {
					entry[15] = byte(i)
					level[i] = LeafHash(entry)
				}
				merkleRoot(level, arity)
			}
			path := 0
			for count := n; count > 1; count = (count + arity - 1) / arity {
				path += (min(arity, count) - 1) * HashLength
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/payment")
			b.ReportMetric(float64(path), "path-bytes")
		})
	}
	b.Run("leaves only", func(b *testing.B) {
		for range b.N {
			for i := range level {
				level[i] = LeafHash(entry)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/payment")
	})
}
