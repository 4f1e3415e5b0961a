package types_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"

	"github.com/meshchain/meshchain/x/channels/types"
)

var update = flag.Bool("update", false, "write testdata/vectors.json")

var vectorsFile = filepath.Join("..", "testdata", "vectors.json")

// vector is one case. Numbers are decimal strings, bytes are hexadecimal digits.
type vector struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Valid bool   `json:"valid"`
	// Reason why it is invalid, in words.
	Reason string `json:"reason,omitempty"`
	// Fields that the bytes are made of, or the input of a computation.
	Fields map[string]any `json:"fields,omitempty"`
	// Bytes that are signed, hashed or parsed.
	Bytes string `json:"bytes,omitempty"`
	// Result of a hash or a computation.
	Result any `json:"result,omitempty"`
	// Key and Signature over Bytes.
	Key       string `json:"key,omitempty"`
	Signature string `json:"signature,omitempty"`
}

type vectorFile struct {
	Comment string   `json:"comment"`
	Vectors []vector `json:"vectors"`
}

// signer of vectors; seeds are SHA-256 of names.
type signer struct {
	key  types.ChannelKey
	sign func([]byte) []byte
}

func ed25519Signer(name string) signer {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	return signer{types.Ed25519Key(private.Public().(ed25519.PublicKey)), func(m []byte) []byte { return ed25519.Sign(private, m) }}
}

func secp256k1Signer(name string) signer {
	seed := sha256.Sum256([]byte(name))
	private := &secp256k1.PrivKey{Key: seed[:]}
	return signer{types.Secp256k1Key(private.PubKey().Bytes()), func(m []byte) []byte {
		signature, err := private.Sign(m)
		if err != nil {
			panic(err)
		}
		return signature
	}}
}

var (
	alice = ed25519Signer("alice")
	bob   = secp256k1Signer("bob")
	bank  = ed25519Signer("bank")
)

func text(b []byte) string { return hex.EncodeToString(b) }
func num(n uint64) string  { return fmt.Sprint(n) }
func account(name string) []byte {
	hash := sha256.Sum256([]byte("account of " + name))
	return hash[:20]
}

// generator collects vectors.
type generator struct{ all []vector }

func (g *generator) add(v vector) { g.all = append(g.all, v) }

// signed adds a valid case with a signature.
func (g *generator) signed(name, kind string, fields map[string]any, b []byte, by signer) {
	g.add(vector{Name: name, Kind: kind, Valid: true, Fields: fields, Bytes: text(b), Key: by.key.Text(), Signature: text(by.sign(b))})
}

// refused adds bytes that must not parse.
func (g *generator) refused(name, kind, reason string, b []byte) {
	g.add(vector{Name: name, Kind: kind, Reason: reason, Bytes: text(b)})
}

func patch(b []byte, offset int, with ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[offset:], with)
	return b
}

func place() types.Place {
	instance := sha256.Sum256([]byte("instance"))
	return types.Place{Domain: types.Domain(instance, "mesh-main-1", "usmt"), Channel: 42, Epoch: 3}
}

func placeFields(p types.Place, more map[string]any) map[string]any {
	more["domain"], more["channel"], more["epoch"] = text(p.Domain[:]), num(p.Channel), num(p.Epoch)
	return more
}

func someLocks(n int) types.Locks {
	locks := make(types.Locks, n)
	for i := range locks {
		locks[i] = types.Lock{
			ID: uint64(2*i + 1), Amount: types.NewUint128(uint64(10 * (i + 1))),
			Hash: sha256.Sum256(fmt.Appendf(nil, "hash of lock %d", i)), Expiry: uint64(9_000 + i),
		}
	}
	return locks
}

func (g *generator) domains() {
	instance := sha256.Sum256([]byte("instance"))
	for _, c := range []struct{ name, chain, denom string }{
		{"main chain", "mesh-main-1", "usmt"},
		{"zone", "mesh-farm-1", "ufarm"},
		{"voucher", "mesh-main-1", "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2"},
		{"empty chain-id", "", "usmt"},
	} {
		domain := types.Domain(instance, c.chain, c.denom)
		g.add(vector{
			Name: "domain: " + c.name, Kind: "domain", Valid: true, Result: text(domain[:]),
			Fields: map[string]any{"instance": text(instance[:]), "chain_id": c.chain, "denom": c.denom},
		})
	}
}

func proofFields(p types.BalanceProof) map[string]any {
	return placeFields(p.Place, map[string]any{
		"sender": num(uint64(p.Sender)), "nonce": num(p.Nonce), "transferred": p.Transferred.String(), "locked": p.Locked.String(),
		"locks_root": text(p.LocksRoot[:]), "lock_count": num(uint64(p.LockCount)), "log_head": text(p.LogHead[:]),
	})
}

func someProof() types.BalanceProof {
	locks := someLocks(3)
	sum, _ := locks.Sum()
	return types.BalanceProof{
		Place: place(), Sender: 1, Nonce: 1_700_000_000_000 << 16, Transferred: types.Uint128{Hi: 1, Lo: 5}, Locked: sum,
		LocksRoot: locks.Root(), LockCount: 3, LogHead: sha256.Sum256([]byte("head")),
	}
}

func (g *generator) proofs() {
	p := someProof()
	g.signed("proof: three locks", "proof", proofFields(p), p.Bytes(), bob)
	q := types.BalanceProof{Place: place(), Nonce: 1, LogHead: types.FirstHead(place(), 0)}
	g.signed("proof: first of an epoch, nothing transferred", "proof", proofFields(q), q.Bytes(), alice)
	q.Nonce, q.Transferred = ^uint64(0), types.MaxUint128
	g.signed("proof: highest nonce and amount", "proof", proofFields(q), q.Bytes(), alice)

	b := p.Bytes()
	g.refused("proof: one byte short", "proof", "170 bytes", b[:170])
	g.refused("proof: one byte long", "proof", "172 bytes", append(bytes.Clone(b), 0))
	g.refused("proof: empty", "proof", "0 bytes", nil)
	g.refused("proof: tag of an acknowledgement", "proof", "tag of another kind", patch(b, 5, []byte("ack/v1")...))
	g.refused("proof: tag not padded with zeros", "proof", "tag padding", patch(b, 15, ' '))
	g.refused("proof: version 2", "proof", "tag of another version", patch(b, 9, '2'))
	g.refused("proof: sender 2", "proof", "sender above 1", patch(b, 64, 2))
	g.refused("proof: nonce 0", "proof", "nonce 0", patch(b, 65, make([]byte, 8)...))
	g.refused("proof: 257 locks", "proof", "lock_count above 256", patch(b, 137, 1, 1))
	g.refused("proof: locked without locks", "proof", "locked is not 0 but lock_count is", patch(b, 137, 0, 0))
	g.refused("proof: locks without amount", "proof", "lock_count is not 0 but locked is", patch(b, 89, make([]byte, 16)...))
	g.refused("proof: locks without root", "proof", "lock_count is not 0 but locks_root is", patch(b, 105, make([]byte, 32)...))
	g.refused("proof: transferred + locked overflows", "proof", "transferred + locked is 2^128 or more", patch(b, 73, bytes.Repeat([]byte{0xff}, 16)...))

	ack := types.AckFor(p)
	g.signed("ack: of the proof with three locks", "ack", placeFields(ack.Place, map[string]any{
		"sender": "1", "nonce": num(ack.Nonce), "proof_hash": text(ack.ProofHash[:]),
	}), ack.Bytes(), alice)
	g.refused("ack: nonce 0", "ack", "nonce 0", patch(ack.Bytes(), 65, make([]byte, 8)...))
	g.refused("ack: sender 9", "ack", "sender above 1", patch(ack.Bytes(), 64, 9))
	g.refused("ack: short", "ack", "104 bytes", ack.Bytes()[:104])
}

func (g *generator) locks() {
	for _, n := range []int{0, 1, 3, 256} {
		locks := someLocks(n)
		root := locks.Root()
		sum, _ := locks.Sum()
		g.add(vector{
			Name: fmt.Sprintf("locks: %d", n), Kind: "locks", Valid: true, Bytes: text(locks.Bytes()),
			Result: map[string]any{"locks_root": text(root[:]), "locked": sum.String(), "lock_count": num(uint64(n))},
		})
	}
	g.refused("locks: 257", "locks", "more than 256 locks", someLocks(257).Bytes())
	g.refused("locks: not whole", "locks", "length is no multiple of 64", someLocks(2).Bytes()[:100])
	locks := someLocks(3)
	locks[0], locks[1] = locks[1], locks[0]
	g.refused("locks: unsorted", "locks", "ids must rise", locks.Bytes())
	locks = someLocks(3)
	locks[1].ID = locks[0].ID
	g.refused("locks: duplicate id", "locks", "ids must rise", locks.Bytes())
	locks = someLocks(1)
	locks[0].ID = 0
	g.refused("locks: id 0", "locks", "ids start at 1", locks.Bytes())
	locks = someLocks(1)
	locks[0].Amount = types.Uint128{}
	g.refused("locks: amount 0", "locks", "amounts start at 1", locks.Bytes())
	locks = someLocks(2)
	locks[0].Amount = types.MaxUint128
	g.refused("locks: sum overflows", "locks", "the sum is 2^128 or more", locks.Bytes())
}

func pairOf(a, b string) []string { return []string{a, b} }

func balanceFields(b types.Balances) map[string]any {
	return placeFields(b.Place, map[string]any{
		"deposit": pairOf(b.Deposit[0].String(), b.Deposit[1].String()), "transferred": pairOf(b.Transferred[0].String(), b.Transferred[1].String()),
		"nonce": pairOf(num(b.Nonce[0]), num(b.Nonce[1])), "payout": pairOf(b.Payout[0].String(), b.Payout[1].String()), "valid_until": num(b.ValidUntil),
	})
}

func someBalances() types.Balances {
	n := types.NewUint128
	return types.Balances{
		Place: place(), Deposit: [2]types.Uint128{n(1_000), n(500)}, Transferred: [2]types.Uint128{n(300), n(100)},
		Nonce: [2]uint64{7, 9}, Payout: [2]types.Uint128{n(800), n(700)}, ValidUntil: 12_345,
	}
}

func (g *generator) agreements() {
	c := types.CooperativeClose{Balances: someBalances()}
	g.signed("coop: after payments both ways", "coop", balanceFields(c.Balances), c.Bytes(), alice)
	wrong := c
	wrong.Payout[0] = types.NewUint128(801)
	g.refused("coop: payout is not the balance", "coop", "payout 801, balance 800", wrong.Bytes())
	wrong = c
	wrong.Transferred[0] = types.NewUint128(1_101)
	g.refused("coop: transferred above what exists", "coop", "1000 - 1101 + 100 is negative", wrong.Bytes())
	g.refused("coop: short", "coop", "183 bytes", c.Bytes()[:183])

	w := types.Withdraw{Balances: someBalances(), Rotate: types.NoRotation}
	w.Payout = [2]types.Uint128{types.NewUint128(100), {}}
	fields := balanceFields(w.Balances)
	fields["rotate"], fields["new_key"] = "255", ""
	g.signed("withdraw: no rotation", "withdraw", fields, w.Bytes(), bob)
	bad := patch(w.Bytes(), 176, 2)
	g.refused("withdraw: rotate 2", "withdraw", "rotate must be 0, 1 or 255", bad)
	g.refused("withdraw: rotation without key", "withdraw", "rotate 0 without a key", patch(w.Bytes(), 176, 0))
	w.Rotate, w.NewKey = 1, bank.key
	fields = balanceFields(w.Balances)
	fields["rotate"], fields["new_key"] = "1", bank.key.Text()
	g.signed("withdraw: the partner's key changes", "withdraw", fields, w.Bytes(), alice)
	g.refused("withdraw: key without rotation", "withdraw", "a key with rotate 255", patch(w.Bytes(), 176, 255))
	g.refused("withdraw: key padding", "withdraw", "an ed25519 key is padded with a zero byte", patch(w.Bytes(), 210, 1))
	w.Payout[1] = types.NewUint128(701)
	g.refused("withdraw: payout above the balance", "withdraw", "payout 701, balance 700", w.Bytes())
}

func (g *generator) authorizations() {
	t := types.OpenTerms{
		Domain: place().Domain, Account: [2][]byte{account("alice"), bytes.Repeat([]byte{7}, 32)}, Key: [2]types.ChannelKey{alice.key, bob.key},
		Deposit: types.NewUint128(700), Challenge: 8_400, ValidUntil: 12_345,
	}
	fields := func() map[string]any {
		return map[string]any{
			"domain": text(t.Domain[:]), "account": pairOf(text(t.Account[0]), text(t.Account[1])), "key": pairOf(t.Key[0].Text(), t.Key[1].Text()),
			"guarantor": text(t.Guarantor), "deposit": t.Deposit.String(), "challenge": num(t.Challenge), "valid_until": num(t.ValidUntil),
		}
	}
	g.signed("open: no guarantor", "open", fields(), t.Bytes(), bob)
	t.Guarantor = account("bank")
	g.signed("open: guarantor", "open", fields(), t.Bytes(), bob)
	b := t.Bytes()
	g.refused("open: account of 33 bytes", "open", "an account has at most 32 bytes", patch(b, 48, 33))
	g.refused("open: account padding", "open", "an account is padded with zeros", patch(b, 48+21, 1))
	g.refused("open: no partner account", "open", "an account is empty", patch(b, 81, make([]byte, 33)...))
	g.refused("open: no key", "open", "a key is missing", patch(b, 114, make([]byte, 34)...))
	g.refused("open: key of type 3", "open", "unknown key type", patch(b, 114, 3))

	p := someProof()
	c := types.CloseAuthorization{Place: place(), Closer: 1, Claim: sha256.Sum256(p.Bytes()), ValidUntil: 600}
	closeFields := func() map[string]any {
		recovering := "0"
		if c.Recovering {
			recovering = "1"
		}
		return placeFields(c.Place, map[string]any{
			"closer": num(uint64(c.Closer)), "recovering": recovering, "partner_proof": text(c.PartnerProof[:]), "claim": text(c.Claim[:]), "valid_until": num(c.ValidUntil),
		})
	}
	g.signed("close: with a claim", "close", closeFields(), c.Bytes(), bob)
	g.refused("close: recovering with a claim", "close", "a recovering close claims nothing", patch(c.Bytes(), 65, 1))
	g.refused("close: recovering 2", "close", "recovering must be 0 or 1", patch(c.Bytes(), 65, 2))
	c.Recovering, c.Claim = true, types.Hash{}
	g.signed("close: recovering", "close", closeFields(), c.Bytes(), bob)

	d := types.DisposalOf{Place: place(), Sender: 0, LockID: 5, Hash: sha256.Sum256([]byte("lock"))}
	g.signed("disposal", "disposal", placeFields(d.Place, map[string]any{"sender": "0", "lock_id": "5", "hash": text(d.Hash[:])}), d.Bytes(), bob)
	g.refused("disposal: lock id 0", "disposal", "ids start at 1", patch(d.Bytes(), 65, make([]byte, 8)...))

	e := types.DelegationOf{Place: place(), Delegator: 0, Tower: account("tower"), Reward: types.NewUint128(25), Expiry: 99_999}
	g.signed("delegation", "delegation", placeFields(e.Place, map[string]any{
		"delegator": "0", "tower": text(e.Tower), "reward": "25", "expiry": "99999",
	}), e.Bytes(), alice)
	g.refused("delegation: no tower", "delegation", "the tower is empty", patch(e.Bytes(), 65, make([]byte, 33)...))

	for i, subject := range []types.Hash{sha256.Sum256(b), types.DepositSubject(account("bob")), sha256.Sum256([]byte("withdraw")), sha256.Sum256([]byte("coop"))} {
		purpose := types.Purpose(i + 1)
		at := place()
		if purpose == types.PurposeOpen {
			at.Channel, at.Epoch = 0, 0
		}
		a := types.ApprovalOf{Place: at, Purpose: purpose, Subject: subject, Amount: types.NewUint128(700), ValidUntil: 3_000}
		g.signed(fmt.Sprintf("approval: purpose %d", purpose), "approval", placeFields(a.Place, map[string]any{
			"purpose": num(uint64(purpose)), "subject": text(subject[:]), "amount": "700", "valid_until": "3000",
		}), a.Bytes(), bank)
		if purpose == types.PurposeOpen {
			g.refused("approval: purpose 0", "approval", "purpose must be 1 to 4", patch(a.Bytes(), 64, 0))
			g.refused("approval: purpose 5", "approval", "purpose must be 1 to 4", patch(a.Bytes(), 64, 5))
		}
	}

	h := types.Reestablish{Place: place(), Participant: 0, Nonce: 17, PeerNonce: p.Nonce, PeerProof: sha256.Sum256(p.Bytes()), Challenge: sha256.Sum256([]byte("challenge"))}
	g.signed("hello", "hello", placeFields(h.Place, map[string]any{
		"participant": "0", "nonce": "17", "peer_nonce": num(h.PeerNonce), "peer_proof": text(h.PeerProof[:]), "challenge": text(h.Challenge[:]),
	}), h.Bytes(), alice)
	g.refused("hello: proof without nonce", "hello", "peer_nonce is 0 but peer_proof is not", patch(h.Bytes(), 73, make([]byte, 8)...))
}

func generate() []byte {
	var g generator
	g.domains()
	g.proofs()
	g.locks()
	g.agreements()
	g.authorizations()
	g.batches()
	g.keys()
	g.sums()
	encoded, err := json.MarshalIndent(vectorFile{
		Comment: "Made by x/channels/types (go test ./x/channels/types -run TestVectors -update); x/channels/README.md says what the kinds mean.",
		Vectors: g.all,
	}, "", " ")
	if err != nil {
		panic(err)
	}
	return append(encoded, '\n')
}

// TestVectorsAreCurrent: the file is what this implementation makes. Once a release
// carries it, a difference is a break of the protocol.
func TestVectorsAreCurrent(t *testing.T) {
	made := generate()
	if *update {
		require.NoError(t, os.WriteFile(vectorsFile, made, 0o644))
	}
	stored, err := os.ReadFile(vectorsFile)
	require.NoError(t, err)
	require.Equal(t, string(stored), string(made))
}
