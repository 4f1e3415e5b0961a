package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// book notes what honest nodes sign and what they are paid, and finds what must not be.
type book struct {
	w *World
	// proofs by signer, place and nonce.
	proofs map[proofName]types.Hash
	// silent until a clock, by signer and place: after agreements and closes.
	silent map[placeName]silence
	// Ended counts channel ends of honest nodes.
	Ended int
}

type placeName struct {
	node  string
	place types.Place
}

type proofName struct {
	placeName
	nonce uint64
}

type silence struct {
	until uint64
	why   string
}

func newBook(w *World) *book {
	return &book{w: w, proofs: map[proofName]types.Hash{}, silent: map[placeName]silence{}}
}

// signed looks at the bytes that a node signs.
func (b *book) signed(n *Node, message []byte) {
	tag := strings.TrimRight(string(message[:types.TagLength]), "\x00")
	name := placeName{node: n.Name}
	switch tag {
	case types.TagProof:
		p, err := types.ParseBalanceProof(message)
		if err != nil {
			b.w.fail("%s signs a proof that is none: %s", n.Name, err)
			return
		}
		name.place = p.Place
		key := proofName{name, p.Nonce}
		hash := sha256.Sum256(message)
		if before, ok := b.proofs[key]; ok && before != hash {
			b.w.fail("%s signs two proofs for nonce %d of %v", n.Name, p.Nonce, p.Place)
		}
		b.proofs[key] = hash
		b.mustSpeak(name, tag)
	case types.TagAck:
		a, _ := types.ParseAck(message)
		name.place = a.Place
		b.mustSpeak(name, tag)
	case types.TagDisposal:
		d, _ := types.ParseDisposal(message)
		name.place = d.Place
		b.mustSpeak(name, tag)
	case types.TagWithdraw, types.TagCooperative, types.TagClose:
		if c, err := types.ParseCloseAuthorization(message); err == nil && b.silent[placeName{n.Name, c.Place}].why == types.TagClose {
			return // the same close for a while longer
		}
		p := types.Place{Domain: types.Hash(message[types.TagLength:]), Channel: binary.BigEndian.Uint64(message[48:]), Epoch: binary.BigEndian.Uint64(message[56:])}
		name.place = p
		b.mustSpeak(name, tag)
	}
}

// leaves notes that a signature of a node left it, after which it is silent. What a
// crash kept from leaving binds nobody.
func (b *book) leaves(n *Node, place types.Place, until uint64, why string) {
	b.silent[placeName{n.Name, place}] = silence{until, why}
}

// mustSpeak checks that a node may sign: nothing that it signed before can still be
// included.
func (b *book) mustSpeak(name placeName, tag string) {
	c := b.w.chainOf(protocol.IDOf(name.place))
	if s, ok := b.silent[name]; ok && c.Clock() <= s.until {
		b.w.fail("%s signs %s at clock %d: must be silent until %d after %s", name.node, tag, c.Clock(), s.until, s.why)
	}
}

// ended checks the sentence of x/channels: a node that follows the rules is paid at
// least D − max(newest pair it gave, its own claim) + value of the newest pair it
// received, cut off at 0 and T.
func (b *book) ended(n *Node, ch *Channel) {
	if n.Evil || ch.State.Restored != nil {
		return
	}
	b.Ended++
	s := ch.State
	gave, got := s.Sent.Newest.Transferred, s.Received.Newest.Transferred
	for _, lock := range s.Sent.Locks {
		if lock.InTime() && !lock.Disposed {
			gave, _ = gave.Add(lock.Amount)
		}
	}
	for _, lock := range s.Received.Locks {
		if lock.InTime() && !lock.Disposed {
			got, _ = got.Add(lock.Amount)
		}
	}
	sums := types.Sums{Deposit: s.Channel.Deposit}
	sums.Owed[s.Side], sums.Owed[s.Peer()] = gave, got
	least := sums.Payouts()[s.Side]
	if paid := ch.ended.Payouts[s.Side]; paid.Less(least) {
		b.w.fail("%s is paid %s by channel %s: must be at least %s (deposit %s, gave %s, got %s; %s)", n.Name, paid, ch.ID, least,
			s.Channel.Deposit[s.Side], gave, got, describe(ch.ended))
	}
	if ch.ended.Stale[s.Side] {
		b.w.fail("%s was caught with a stale claim in channel %s", n.Name, ch.ID)
	}
}

func describe(e *machine.NoticeEnded) string {
	return fmt.Sprintf("cooperative %t, stale %v", e.Cooperative, e.Stale)
}
