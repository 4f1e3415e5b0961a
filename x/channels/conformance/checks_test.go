package conformance_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"strconv"
)

// checks are the kinds of vectors that are no signed bytes. A check returns what is wrong; for
// an invalid vector that must be the broken rule.
var checks = map[string]func(vector) error{
	"domain":     checkDomain,
	"key":        checkKey,
	"signature":  checkSignature,
	"locks":      checkLocks,
	"entry":      checkEntry,
	"root":       checkRoot,
	"head":       checkHead,
	"first_head": checkFirstHead,
	"receipt":    checkReceipt,
	"settlement": checkSettlement,
	"repay":      checkRepay,
}

// checkSigned parses signed bytes, builds them anew from the vector's fields, and verifies
// the signature.
func checkSigned(v vector) error {
	kind := signedKinds[v.Kind]
	b, err := hex.DecodeString(v.Bytes)
	if err != nil {
		return err
	}
	_, parsed, err := kind.parse(b)
	if err != nil {
		return err
	}
	given, err := v.texts()
	if err != nil {
		return err
	}
	if !maps.Equal(parsed, given) {
		return fmt.Errorf("parsed %v, the vector says %v", parsed, given)
	}
	built, err := kind.build(given)
	if err != nil {
		return err
	}
	if hex.EncodeToString(built) != v.Bytes {
		return fmt.Errorf("built %x, the vector says %s", built, v.Bytes)
	}
	return checkSignature(v)
}

func checkSignature(v vector) error {
	key, err := parseKeyText(v.Key)
	if err != nil {
		return err
	}
	message, err := hex.DecodeString(v.Bytes)
	if err != nil {
		return err
	}
	signature, err := hex.DecodeString(v.Signature)
	if err != nil {
		return err
	}
	return key.verify(message, signature)
}

func checkKey(v vector) error {
	fromText, err := parseKeyText(v.Key)
	if err != nil {
		return err
	}
	b, err := hex.DecodeString(v.Bytes)
	if err != nil {
		return err
	}
	fromBytes, err := parseKey(b)
	if err != nil {
		return err
	}
	if hex.EncodeToString(fromText.wire()) != v.Bytes || fromBytes.String() != v.Key {
		return fmt.Errorf("%s is %x, the vector says %s", fromText, fromText.wire(), v.Bytes)
	}
	return nil
}

func checkDomain(v vector) error {
	texts, err := v.texts()
	if err != nil {
		return err
	}
	prefixed := []field{{"instance", 32, digest}}
	for _, name := range []string{"chain_id", "denom"} {
		text, ok := texts[name]
		if !ok {
			return fmt.Errorf("no field %s", name)
		}
		texts[name], texts[name+" length"] = hex.EncodeToString([]byte(text)), strconv.Itoa(len(text))
		prefixed = append(prefixed, field{name + " length", 2, number}, field{name, len(text), digest})
	}
	b, err := build(prefixed, texts)
	if err != nil {
		return err
	}
	return v.same(hex.EncodeToString(hash(tag("mesh/domain/v1"), b)))
}

func checkLocks(v vector) error {
	b, err := hex.DecodeString(v.Bytes)
	if err != nil {
		return err
	}
	list, err := parseLocks(b)
	if err != nil {
		return err
	}
	return v.same(map[string]string{
		"lock_count": strconv.Itoa(list.count), "locked": list.sum.String(), "locks_root": hex.EncodeToString(list.root),
	})
}

func checkEntry(v vector) error {
	b, err := hex.DecodeString(v.Bytes)
	if err != nil {
		return err
	}
	parsed, data, err := parseEntry(b)
	if err != nil {
		return err
	}
	given, err := v.texts()
	if err != nil {
		return err
	}
	layout := append(entryLayout[:len(entryLayout):len(entryLayout)], field{"data", len(data), digest})
	parsed["data"], given["length"] = hex.EncodeToString(data), strconv.Itoa(len(given["data"])/2)
	if !maps.Equal(parsed, given) {
		return fmt.Errorf("parsed %v, the vector says %v", parsed, given)
	}
	built, err := build(layout, given)
	if err != nil {
		return err
	}
	if hex.EncodeToString(built) != v.Bytes {
		return fmt.Errorf("built %x, the vector says %s", built, v.Bytes)
	}
	return v.same(map[string]string{"leaf": hex.EncodeToString(leafHash(built))})
}

func checkRoot(v vector) error {
	var leaves []string
	raw, ok := v.Fields["leaves"]
	if !ok || len(v.Fields) != 1 {
		return fmt.Errorf("%d fields, not just leaves", len(v.Fields))
	}
	if err := json.Unmarshal(raw, &leaves); err != nil {
		return err
	}
	nodes := make([][]byte, len(leaves))
	for i, text := range leaves {
		var err error
		if nodes[i], err = (field{"leaf", hashWidth, digest}).encode(text); err != nil {
			return err
		}
	}
	return v.same(hex.EncodeToString(merkleRoot(nodes)))
}

func checkHead(v vector) error {
	texts, err := v.texts()
	if err != nil {
		return err
	}
	built, err := build(headLayout, texts)
	if err != nil {
		return err
	}
	if hex.EncodeToString(built) != v.Bytes {
		return fmt.Errorf("built %x, the vector says %s", built, v.Bytes)
	}
	return v.same(hex.EncodeToString(headHash(built)))
}

func checkFirstHead(v vector) error {
	texts, err := v.texts()
	if err != nil {
		return err
	}
	built, err := build(firstHeadLayout, texts)
	if err != nil {
		return err
	}
	return v.same(hex.EncodeToString(firstHeadHash(built)))
}

func checkReceipt(v vector) error {
	texts, err := v.texts()
	if err != nil {
		return err
	}
	var keys [2]publicKey
	for i, name := range []string{"sender_key", "receiver_key"} {
		if keys[i], err = parseKeyText(texts[name]); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	b, err := hex.DecodeString(v.Bytes)
	if err != nil {
		return err
	}
	entry, err := openReceipt(b, keys[0], keys[1])
	if err != nil {
		return err
	}
	return v.same(hex.EncodeToString(entry))
}

func checkSettlement(v vector) error {
	var in struct{ Deposit, Owed [2]string }
	var stale [2]bool
	for name, to := range map[string]any{"deposit": &in.Deposit, "owed": &in.Owed, "stale": &stale} {
		if err := json.Unmarshal(v.Fields[name], to); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	var deposit, owed [2]*big.Int
	for i := range deposit {
		var err error
		if deposit[i], err = parseNumber(in.Deposit[i]); err != nil {
			return err
		}
		if owed[i], err = parseNumber(in.Owed[i]); err != nil {
			return err
		}
	}
	paid := divide(deposit, owed, stale)
	return v.same([2]string{paid[0].String(), paid[1].String()})
}

func checkRepay(v vector) error {
	texts, err := v.texts()
	if err != nil {
		return err
	}
	var in [3]*big.Int
	for i, name := range []string{"funded", "collateral", "payout"} {
		if in[i], err = parseNumber(texts[name]); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	collateral, payout, shortfall := repaid(in[0], in[1], in[2])
	return v.same(map[string]string{
		"from_collateral": collateral.String(), "from_payout": payout.String(), "shortfall": shortfall.String(),
	})
}
