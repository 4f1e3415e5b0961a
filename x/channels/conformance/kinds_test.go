package conformance_test

import (
	"fmt"
	"math/big"
	"slices"
)

// signedKind is one kind of signed bytes.
type signedKind struct {
	tag    string
	layout []field // after the tag
	// refuse checks what concerns more than one field, or one field of this kind only.
	refuse func(record) error
	// signer returns the participant who signs; nil if it is no single one.
	signer func(record) int
}

var place = []field{{"domain", 32, digest}, {"channel", 8, number}, {"epoch", 8, number}}

// agreed is what both participants name when they agree: what each deposited, transferred,
// signed last and gets.
var agreed = slices.Concat(pair("deposit", 16), pair("transferred", 16), pair("nonce", 8), pair("payout", 16))

func pair(name string, width int) []field {
	return []field{{name + ".0", width, number}, {name + ".1", width, number}}
}

func named(name string) func(record) int {
	return func(r record) int { return int(r.get(name)[0]) }
}

func other(name string) func(record) int {
	return func(r record) int { return 1 - int(r.get(name)[0]) }
}

func accept(record) error { return nil }

// signedKinds are the kinds by the name that the vectors give them.
var signedKinds = map[string]signedKind{
	"proof": {tag: "mesh/bp/v1", signer: named("sender"), refuse: refuseProof, layout: slices.Concat(place, []field{
		{"sender", 1, party},
		{"nonce", 8, number},
		{"transferred", 16, number},
		{"locked", 16, number},
		{"locks_root", 32, digest},
		{"lock_count", 2, number},
		{"log_head", 32, digest},
	})},
	"ack": {tag: "mesh/ack/v1", signer: other("sender"), refuse: refuseNonce, layout: slices.Concat(place, []field{
		{"sender", 1, party}, {"nonce", 8, number}, {"proof_hash", 32, digest},
	})},
	"open": {tag: "mesh/open/v1", refuse: accept, signer: func(record) int { return 1 }, layout: []field{
		{"domain", 32, digest},
		{"account.0", 33, account},
		{"account.1", 33, account},
		{"key.0", 34, key},
		{"key.1", 34, key},
		{"guarantor", 33, noneOrAccount},
		{"deposit", 16, number},
		{"challenge", 8, number},
		{"valid_until", 8, number},
	}},
	"withdraw": {tag: "mesh/withdraw/v1", refuse: refuseWithdraw, layout: slices.Concat(place, agreed, []field{
		{"rotate", 1, number}, {"new_key", 34, noneOrKey}, {"valid_until", 8, number},
	})},
	"coop": {tag: "mesh/coop/v1", refuse: refuseCoop, layout: slices.Concat(place, agreed, []field{
		{"valid_until", 8, number},
	})},
	"close": {tag: "mesh/close/v1", signer: named("closer"), refuse: refuseClose, layout: slices.Concat(place, []field{
		{"closer", 1, party},
		{"recovering", 1, number},
		{"partner_proof", 32, digest},
		{"claim", 32, digest},
		{"valid_until", 8, number},
	})},
	"disposal": {tag: "mesh/dispose/v1", signer: other("sender"), refuse: refuseDisposal, layout: slices.Concat(place, []field{
		{"sender", 1, party}, {"lock_id", 8, number}, {"hash", 32, digest},
	})},
	"delegation": {tag: "mesh/deleg/v1", signer: named("delegator"), refuse: accept, layout: slices.Concat(place, []field{
		{"delegator", 1, party}, {"tower", 33, account}, {"reward", 16, number}, {"expiry", 8, number},
	})},
	"approval": {tag: "mesh/guar/v1", refuse: refuseApproval, layout: slices.Concat(place, []field{
		{"purpose", 1, number}, {"subject", 32, digest}, {"amount", 16, number}, {"valid_until", 8, number},
	})},
	"hello": {tag: "mesh/hello/v1", signer: named("participant"), refuse: refuseHello, layout: slices.Concat(place, []field{
		{"participant", 1, party},
		{"nonce", 8, number},
		{"peer_nonce", 8, number},
		{"peer_proof", 32, digest},
		{"challenge", 32, digest},
	})},
}

func (k signedKind) length() int { return tagWidth + width(k.layout) }

func (k signedKind) build(texts map[string]string) ([]byte, error) {
	b, err := build(k.layout, texts)
	return append(tag(k.tag), b...), err
}

func (k signedKind) parse(b []byte) (record, map[string]string, error) {
	if len(b) != k.length() {
		return nil, nil, ruleLength.broken("%d bytes, not %d", len(b), k.length())
	}
	if got, want := b[:tagWidth], tag(k.tag); !slices.Equal(got, want) {
		return nil, nil, ruleTag.broken("%q, not %q", got, want)
	}
	rec, texts, err := parse(k.layout, b[tagWidth:])
	if err != nil {
		return nil, nil, err
	}
	return rec, texts, k.refuse(rec)
}

func refuseNonce(r record) error {
	if r.zero("nonce") {
		return ruleNonce
	}
	return nil
}

func refuseProof(r record) error {
	none := r.zero("lock_count")
	switch count := r.number("lock_count").Int64(); {
	case r.zero("nonce"):
		return ruleNonce
	case count > maxLocks:
		return ruleLockCount.broken("%d", count)
	case r.zero("locked") != none || r.zero("locks_root") != none:
		return ruleLocked
	}
	if sum := new(big.Int).Add(r.number("transferred"), r.number("locked")); !fits(sum) {
		return ruleOverflow.broken("transferred + locked = %s", sum)
	}
	return nil
}

// refuseAgreed compares each payout with the balance, deposit_i - transferred_i + transferred_(1-i).
func refuseAgreed(r record, allowed func(payout, balance *big.Int) bool) error {
	var balances [2]*big.Int
	for i := range balances {
		mine, its := fmt.Sprint(".", i), fmt.Sprint(".", 1-i)
		b := r.number("deposit" + mine)
		b.Sub(b, r.number("transferred"+mine)).Add(b, r.number("transferred"+its))
		if !fits(b) {
			return ruleBalance.broken("%s of participant %d", b, i)
		}
		balances[i] = b
	}
	for i, b := range balances {
		if payout := r.number(fmt.Sprint("payout.", i)); !allowed(payout, b) {
			return rulePayout.broken("payout %s, balance %s of participant %d", payout, b, i)
		}
	}
	return nil
}

func refuseCoop(r record) error {
	return refuseAgreed(r, func(payout, balance *big.Int) bool { return payout.Cmp(balance) == 0 })
}

func refuseWithdraw(r record) error {
	rotate := r.number("rotate").Int64()
	if rotates := rotate < 2; !rotates && rotate != 255 || rotates == r.zero("new_key") {
		return ruleRotate.broken("rotate %d, new key %x", rotate, r.get("new_key"))
	}
	return refuseAgreed(r, func(payout, balance *big.Int) bool { return payout.Cmp(balance) <= 0 })
}

func refuseClose(r record) error {
	recovering := r.number("recovering").Int64()
	if recovering > 1 || recovering == 1 && !r.zero("claim") {
		return ruleRecovering.broken("recovering %d, claim %x", recovering, r.get("claim"))
	}
	return nil
}

func refuseDisposal(r record) error {
	if r.zero("lock_id") {
		return ruleLockID
	}
	return nil
}

func refuseApproval(r record) error {
	if purpose := r.number("purpose").Int64(); purpose < 1 || purpose > 4 {
		return rulePurpose.broken("%d", purpose)
	}
	return nil
}

func refuseHello(r record) error {
	if r.zero("peer_nonce") != r.zero("peer_proof") {
		return rulePeer
	}
	return nil
}
