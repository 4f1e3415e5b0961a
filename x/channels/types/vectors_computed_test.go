package types_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"

	"github.com/meshchain/meshchain/x/channels/types"
)

// The vectors of what is hashed and computed: batches, keys, sums.

func (g *generator) batches() {
	entries := []types.Entry{
		{PaymentID: [16]byte{1}, Amount: types.NewUint128(5), Kind: types.EntryDirect, Data: []byte("moisture 0.21")},
		{PaymentID: [16]byte{2}, Amount: types.NewUint128(1), Kind: types.EntryDirect},
		{PaymentID: [16]byte{3}, Amount: types.MaxUint128, Kind: types.EntryDirect, Data: bytes.Repeat([]byte{0xab}, 256)},
		{PaymentID: [16]byte{4}, Amount: types.NewUint128(7), Kind: types.EntryReference, Data: append(bytes.Repeat([]byte{1}, 32), 0, 0, 0, 0, 0, 0, 4, 0)},
		{PaymentID: [16]byte{5}, Amount: types.NewUint128(9), Kind: types.EntryLock, Data: bytes.Repeat([]byte{2}, 80)},
		{PaymentID: [16]byte{5}, Amount: types.NewUint128(9), Kind: types.EntryResolve, Data: bytes.Repeat([]byte{3}, 40)},
		{PaymentID: [16]byte{6}, Amount: types.NewUint128(9), Kind: types.EntryRemove, Data: bytes.Repeat([]byte{4}, 8)},
	}
	for _, e := range entries {
		encoded := e.AppendTo(nil)
		leaf := types.LeafHash(encoded)
		g.add(vector{
			Name: fmt.Sprintf("entry: kind %d with %d bytes", e.Kind, len(e.Data)), Kind: "entry", Valid: true, Bytes: text(encoded),
			Fields: map[string]any{"payment_id": text(e.PaymentID[:]), "amount": e.Amount.String(), "kind": num(uint64(e.Kind)), "data": text(e.Data)},
			Result: map[string]any{"leaf": text(leaf[:])},
		})
	}
	b := entries[0].AppendTo(nil)
	g.refused("entry: kind 6", "entry", "unknown kind", patch(b, 32, 6))
	g.refused("entry: length beyond the end", "entry", "length is more than what follows", patch(b, 33, 0, 14))
	long := types.Entry{Kind: types.EntryDirect, Data: make([]byte, 257)}
	g.refused("entry: 257 bytes of data", "entry", "more than 256 bytes", long.AppendTo(nil))
	short := types.Entry{Kind: types.EntryReference, Data: make([]byte, 39)}
	g.refused("entry: reference of 39 bytes", "entry", "a reference has 40 bytes", short.AppendTo(nil))

	for _, n := range []int{0, 1, 2, 16, 17, 33, 257} {
		var listed []string
		leaves := make([]types.Hash, n)
		for i := range leaves {
			leaves[i] = sha256.Sum256(fmt.Appendf(nil, "leaf %d", i))
			listed = append(listed, text(leaves[i][:]))
		}
		root := types.BatchRoot(leaves)
		g.add(vector{
			Name: fmt.Sprintf("root: %d leaves", n), Kind: "root", Valid: true, Result: text(root[:]),
			Fields: map[string]any{"leaves": listed},
		})
	}
	first := types.FirstHead(place(), 1)
	g.add(vector{Name: "first head", Kind: "first_head", Valid: true, Fields: placeFields(place(), map[string]any{"sender": "1"}), Result: text(first[:])})
	h := types.Head{Previous: first, Epoch: 3, Nonce: 5, Count: 7, Delta: types.NewUint128(22), Root: sha256.Sum256([]byte("root"))}
	hash := h.Hash()
	g.add(vector{
		Name: "head", Kind: "head", Valid: true, Bytes: text(h.AppendTo(nil)), Result: text(hash[:]),
		Fields: map[string]any{"previous": text(h.Previous[:]), "epoch": "3", "nonce": "5", "count": "7", "delta": "22", "root": text(h.Root[:])},
	})
	g.receipt()
}

func (g *generator) receipt() {
	entries, leaves := make([][]byte, 40), make([]types.Hash, 40)
	for i := range entries {
		entries[i] = types.Entry{PaymentID: [16]byte{byte(i)}, Amount: types.NewUint128(2), Kind: types.EntryDirect, Data: []byte{byte(i)}}.AppendTo(nil)
		leaves[i] = types.LeafHash(entries[i])
	}
	h := types.Head{Previous: types.FirstHead(place(), 0), Epoch: 3, Nonce: 1, Count: 40, Delta: types.NewUint128(80), Root: types.BatchRoot(append([]types.Hash(nil), leaves...))}
	p := types.BalanceProof{Place: place(), Nonce: 1, Transferred: types.NewUint128(80), LogHead: h.Hash()}
	r := types.Receipt{
		Pair:     types.SignedProof{Proof: p.Bytes(), Signature: alice.sign(p.Bytes()), AckSignature: bob.sign(types.AckFor(p).Bytes())},
		Previous: h.Previous, Count: 40, Delta: h.Delta, Index: 35, Path: types.MerklePath(leaves, 35), Entry: entries[35],
	}
	keys := map[string]any{"sender_key": alice.key.Text(), "receiver_key": bob.key.Text()}
	g.add(vector{Name: "receipt: entry 35 of 40", Kind: "receipt", Valid: true, Fields: keys, Bytes: text(r.Bytes()), Result: text(entries[35])})
	b := r.Bytes()
	g.add(vector{Name: "receipt: another amount", Kind: "receipt", Reason: "the entry does not lead to the head", Fields: keys, Bytes: text(patch(b, len(b)-5, 3))})
	g.add(vector{Name: "receipt: another index", Kind: "receipt", Reason: "the entry does not lead to the head", Fields: keys, Bytes: text(patch(b, 351, 0, 0, 0, 34))})
	g.add(vector{Name: "receipt: index beyond the count", Kind: "receipt", Reason: "index 40 of 40", Fields: keys, Bytes: text(patch(b, 351, 0, 0, 0, 40))})
	g.add(vector{
		Name: "receipt: acknowledgement by somebody else", Kind: "receipt", Reason: "the acknowledgement does not verify", Bytes: text(b),
		Fields: map[string]any{"sender_key": alice.key.Text(), "receiver_key": bank.key.Text()},
	})
}

func (g *generator) keys() {
	for _, s := range []signer{alice, bob} {
		g.add(vector{Name: "key: " + s.key.Type.String(), Kind: "key", Valid: true, Bytes: text(s.key.AppendTo(nil)), Key: s.key.Text()})
	}
	refused := func(name, reason string, kind types.KeyType, key []byte) {
		g.add(vector{Name: "key: " + name, Kind: "key", Reason: reason, Key: types.ChannelKey{Type: kind, Key: key}.Text()})
	}
	small := make([]byte, 32)
	small[0] = 1
	refused("identity", "small order", types.KEY_TYPE_ED25519, small)
	refused("order 4", "small order", types.KEY_TYPE_ED25519, make([]byte, 32))
	order8, _ := hex.DecodeString("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
	refused("order 8", "small order", types.KEY_TYPE_ED25519, order8)
	noncanonical := bytes.Repeat([]byte{0xff}, 32)
	noncanonical[31], noncanonical[0] = 0x7f, 0xf0 // p + 3
	refused("not canonical", "y is at or above 2^255 - 19", types.KEY_TYPE_ED25519, noncanonical)
	refused("31 bytes", "wrong length", types.KEY_TYPE_ED25519, alice.key.Key[:31])
	refused("ed25519 with 33 bytes", "wrong length", types.KEY_TYPE_ED25519, bob.key.Key)
	refused("uncompressed prefix", "must start with 02 or 03", types.KEY_TYPE_SECP256K1, patch(bob.key.Key, 0, 4))
	refused("not on the curve", "x of no point", types.KEY_TYPE_SECP256K1, append([]byte{2}, bytes.Repeat([]byte{0}, 31)...))
	refused("secp256k1 x off the curve", "x of no point", types.KEY_TYPE_SECP256K1, append(append([]byte{2}, bytes.Repeat([]byte{0}, 31)...), 5))

	message := []byte("message")
	for _, s := range []signer{alice, bob} {
		name := "signature: " + s.key.Type.String()
		signature := s.sign(message)
		g.add(vector{Name: name, Kind: "signature", Valid: true, Bytes: text(message), Key: s.key.Text(), Signature: text(signature)})
		bad := func(how, reason string, message, signature []byte) {
			g.add(vector{Name: name + ": " + how, Kind: "signature", Reason: reason, Bytes: text(message), Key: s.key.Text(), Signature: text(signature)})
		}
		bad("other message", "over other bytes", []byte("massage"), signature)
		bad("63 bytes", "wrong length", message, signature[:63])
		bad("R changed", "does not verify", message, patch(signature, 3, signature[3]^1))
		order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
		if s.key.Type == types.KEY_TYPE_SECP256K1 {
			high := new(big.Int).Sub(order, new(big.Int).SetBytes(signature[32:]))
			bad("high S", "S is in the upper half", message, append(bytes.Clone(signature[:32]), high.FillBytes(make([]byte, 32))...))
		} else {
			group, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
			le := bytes.Clone(signature[32:])
			for i, j := 0, 31; i < j; i, j = i+1, j-1 {
				le[i], le[j] = le[j], le[i]
			}
			raised := new(big.Int).Add(group, new(big.Int).SetBytes(le)).FillBytes(make([]byte, 32))
			for i, j := 0, 31; i < j; i, j = i+1, j-1 {
				raised[i], raised[j] = raised[j], raised[i]
			}
			bad("S plus the group order", "S is not below the group order", message, append(bytes.Clone(signature[:32]), raised...))
		}
	}
}

func (g *generator) sums() {
	n := func(s string) types.Uint128 {
		u, err := types.ParseUint128(s)
		if err != nil {
			panic(err)
		}
		return u
	}
	for _, c := range []struct {
		name           string
		d0, d1, o0, o1 string
		stale0, stale1 bool
	}{
		{"both paid", "1000", "500", "300", "100", false, false},
		{"whitepaper 6.5", "700", "0", "600", "200", false, false},
		{"more than there is", "100", "50", "1000", "0", false, false},
		{"partner owes more than there is", "100", "50", "0", "1000", false, false},
		{"extreme and equal", "5", "7", types.MaxUint128.String(), types.MaxUint128.String(), false, false},
		{"extreme one way", "5", "7", "0", types.MaxUint128.String(), false, false},
		{"opener stale", "1000", "500", "300", "100", true, false},
		{"partner stale", "1000", "500", "300", "100", false, true},
		{"both stale", "1000", "500", "300", "100", true, true},
		{"nothing", "0", "0", "0", "0", false, false},
	} {
		s := types.Sums{Deposit: [2]types.Uint128{n(c.d0), n(c.d1)}, Owed: [2]types.Uint128{n(c.o0), n(c.o1)}, Stale: [2]bool{c.stale0, c.stale1}}
		pay := s.Payouts()
		g.add(vector{
			Name: "settlement: " + c.name, Kind: "settlement", Valid: true, Result: pairOf(pay[0].String(), pay[1].String()),
			Fields: map[string]any{"deposit": pairOf(c.d0, c.d1), "owed": pairOf(c.o0, c.o1), "stale": []bool{c.stale0, c.stale1}},
		})
	}
	for _, c := range [][3]string{{"700", "1000", "300"}, {"500", "100", "500"}, {"500", "100", "50"}, {"0", "10", "10"}} {
		r := types.Repay(n(c[0]), n(c[1]), n(c[2]))
		g.add(vector{
			Name: "repay: " + c[0] + " of " + c[1] + " and " + c[2], Kind: "repay", Valid: true,
			Fields: map[string]any{"funded": c[0], "collateral": c[1], "payout": c[2]},
			Result: map[string]any{"from_collateral": r.FromCollateral.String(), "from_payout": r.FromPayout.String(), "shortfall": r.Shortfall.String()},
		})
	}
}
