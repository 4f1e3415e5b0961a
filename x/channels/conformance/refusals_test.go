package conformance_test

import (
	"fmt"
	"regexp"
)

// rule is one reason for which the specification refuses bytes.
type rule string

func (r rule) Error() string { return string(r) }

// broken says that r is broken, and by what.
func (r rule) broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", r, fmt.Sprintf(format, args...))
}

// The rules of "What a decoder refuses", "Keys and signatures", "Locks" and "Batches".
const (
	ruleLength     rule = "a wrong length"
	ruleTag        rule = "a wrong tag"
	ruleParty      rule = "sender, closer, delegator or participant above 1"
	ruleNonce      rule = "nonce 0 in a proof or an acknowledgement"
	ruleLockCount  rule = "more than 256 locks"
	ruleLocked     rule = "lock_count, locked and locks_root are all zero or all not"
	ruleOverflow   rule = "a sum of 2^128 or more"
	ruleEmpty      rule = "an account or key that must be there is empty"
	ruleAccount    rule = "an account longer than 32"
	rulePadding    rule = "padding that is not zero"
	ruleBalance    rule = "a balance below 0 or above 2^128 - 1"
	rulePayout     rule = "a payout that the balance does not allow"
	ruleRotate     rule = "rotate is 0 or 1 with a new key, or 255 without"
	ruleRecovering rule = "recovering above 1, or 1 with a claim"
	ruleLockID     rule = "lock id 0"
	rulePurpose    rule = "a purpose other than 1 to 4"
	rulePeer       rule = "exactly one of peer's nonce and proof hash is zero"

	ruleKeyType    rule = "a key type other than 1 and 2"
	ruleKeyLength  rule = "a key of a wrong length"
	ruleCanonical  rule = "an ed25519 encoding of y at or above 2^255 - 19"
	ruleSmallOrder rule = "an ed25519 point of small order"
	ruleCurve      rule = "a point off the curve"
	ruleKeyPrefix  rule = "a secp256k1 encoding that does not start with 02 or 03"
	ruleSigLength  rule = "a signature that has not 64 bytes"
	ruleGroupOrder rule = "an ed25519 S at or above the group order"
	ruleHighS      rule = "a secp256k1 S in the upper half"
	ruleVerify     rule = "a signature that does not verify"
	ruleAckVerify  rule = "an acknowledgement that does not verify"

	ruleLockOrder  rule = "lock ids that do not rise"
	ruleLockAmount rule = "a lock of amount 0"

	ruleEntryKind rule = "an entry of an unknown kind"
	ruleEntryData rule = "an entry with more or less data than its kind has"
	ruleIndex     rule = "an index beyond the count"
	ruleHead      rule = "an entry that does not lead to the head"
)

// reasons maps the words in which vectors say why they are invalid to the broken rule.
var reasons = []struct {
	words *regexp.Regexp
	rule  rule
}{
	{words(`\d+ bytes`), ruleLength},
	{words(`length is no multiple of 64|length is more than what follows`), ruleLength},
	{words(`tag of another (kind|version)|tag padding`), ruleTag},
	{words(`(sender|closer|delegator|participant) above 1`), ruleParty},
	{words(`nonce 0`), ruleNonce},
	{words(`lock_count above 256|more than 256 locks`), ruleLockCount},
	{words(`(locked|lock_count|locks_root) is not 0 but (locked|lock_count|locks_root) is`), ruleLocked},
	{words(`(transferred \+ locked|the sum) is 2\^128 or more`), ruleOverflow},
	{words(`an account is empty|a key is missing|the tower is empty`), ruleEmpty},
	{words(`an account has at most 32 bytes`), ruleAccount},
	{words(`an account is padded with zeros|an ed25519 key is padded with a zero byte`), rulePadding},
	{words(`\d+ - \d+ \+ \d+ is (negative|2\^128 or more)`), ruleBalance},
	{words(`payout \d+, balance \d+`), rulePayout},
	{words(`rotate must be 0, 1 or 255|rotate [01] without a key|a key with rotate 255`), ruleRotate},
	{words(`a recovering close claims nothing|recovering must be 0 or 1`), ruleRecovering},
	{words(`ids start at 1`), ruleLockID},
	{words(`purpose must be 1 to 4`), rulePurpose},
	{words(`peer_(nonce|proof) is 0 but peer_(nonce|proof) is not`), rulePeer},
	{words(`unknown key type`), ruleKeyType},
	{words(`y is at or above 2\^255 - 19`), ruleCanonical},
	{words(`small order`), ruleSmallOrder},
	{words(`(x|y) of no point`), ruleCurve},
	{words(`must start with 02 or 03`), ruleKeyPrefix},
	{words(`S is not below the group order`), ruleGroupOrder},
	{words(`S is in the upper half`), ruleHighS},
	{words(`over other bytes|does not verify`), ruleVerify},
	{words(`the acknowledgement does not verify`), ruleAckVerify},
	{words(`ids must rise`), ruleLockOrder},
	{words(`amounts start at 1`), ruleLockAmount},
	{words(`unknown kind`), ruleEntryKind},
	{words(`more than 256 bytes|a reference has 40 bytes`), ruleEntryData},
	{words(`index \d+ of \d+`), ruleIndex},
	{words(`the entry does not lead to the head`), ruleHead},
}

func words(pattern string) *regexp.Regexp { return regexp.MustCompile("^(" + pattern + ")$") }

// alsoBroken are the rules that vectors break before the one that they state.
var alsoBroken = map[string]rule{
	"key: not on the curve": ruleKeyLength, // 32 bytes; "key: secp256k1 x off the curve" has 33
}

// ruleOf returns the rule that a vector of a kind breaks for a reason. "wrong length" is
// said of keys and of signatures, and means a rule of its own in each.
func ruleOf(kind, reason string) (rule, error) {
	if reason == "wrong length" {
		switch kind {
		case "key":
			return ruleKeyLength, nil
		case "signature":
			return ruleSigLength, nil
		}
	}
	for _, r := range reasons {
		if r.words.MatchString(reason) {
			return r.rule, nil
		}
	}
	return "", fmt.Errorf("reason %q names no rule of the specification", reason)
}
