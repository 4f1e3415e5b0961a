package mediator

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// maxJournal bounds payments that are remembered; the oldest is forgotten.
	maxJournal = 16_384
	// maxJournalNames of one of them.
	maxJournalNames = 32
)

// Transfer is a payment with locks that this node made or was the target of.
type Transfer struct {
	// Number of it, rising.
	Number uint64
	// Outgoing: this node paid. Requested: under the hash of a payment request.
	Outgoing, Requested bool
	// Time in Unix seconds.
	Time uint64
	ID   [16]byte
	Hash types.Hash
	// Secret of an outgoing one, which proves it.
	Secret [types.SecretLength]byte
	// Domain that Amount arrived in; Paid altogether, in From.
	Domain, From types.Hash
	Amount, Paid types.Uint128
	// Hops of the last part of an outgoing one, the target last, and the Names of its locks.
	Hops  []protocol.NodeID
	Names []payment.Name
	Data  []byte
}

// journal knows what is kept by number and hash; the rest is on disk.
type journal struct {
	numbers map[types.Hash]uint64
	hashes  map[uint64]types.Hash
	oldest  uint64
	next    uint64
}

func newJournal() journal {
	return journal{numbers: map[types.Hash]uint64{}, hashes: map[uint64]types.Hash{}, oldest: 1, next: 1}
}

func (j *journal) load(name, value []byte) {
	t, err := parseTransfer(name, value)
	if err != nil {
		return // of another version
	}
	if len(j.hashes) == 0 {
		j.oldest = t.Number
	}
	j.numbers[t.Hash], j.hashes[t.Number] = t.Number, t.Hash
	j.next = max(j.next, t.Number+1)
}

// arrival is what the target remembers.
func arrival(a *payment.Arrived, now uint64) Transfer {
	return Transfer{
		Time: now, Requested: a.Requested, ID: a.ID, Hash: a.Hash, Domain: a.Domain, From: a.Domain, Amount: a.Amount, Paid: a.Amount, Data: a.Data,
	}
}

// departure is what the payer remembers.
func departure(f *payment.Finished, now uint64) Transfer {
	o := f.Order
	t := Transfer{
		Outgoing: true, Time: now, Requested: f.Requested, ID: f.ID, Hash: o.Hash, Secret: f.Secret, Domain: o.Domain, From: o.From, Amount: f.Amount,
		Hops: f.Hops[:min(len(f.Hops), protocol.MaxHops)], Names: f.Names[:min(len(f.Names), maxJournalNames)], Data: o.Data,
	}
	if t.Paid = f.Fee; o.From == o.Domain {
		t.Paid, _ = f.Fee.Add(f.Amount)
	}
	return t
}

// record keeps a payment, and forgets the oldest.
func (m *Mediator) record(t Transfer) {
	m.working.Lock()
	j := &m.journal
	t.Number = j.next
	j.next++
	j.numbers[t.Hash], j.hashes[t.Number] = t.Number, t.Hash
	var gone []uint64
	for ; len(j.hashes) > maxJournal; j.oldest++ {
		hash, ok := j.hashes[j.oldest]
		if !ok {
			continue
		}
		delete(j.hashes, j.oldest)
		if j.numbers[hash] == j.oldest {
			delete(j.numbers, hash)
		}
		gone = append(gone, j.oldest)
	}
	m.working.Unlock()
	m.node.Keep(journalName(t.Number), appendTransfer(nil, &t))
	for _, number := range gone {
		m.node.Keep(journalName(number), nil)
	}
}

// Transfers lists payments with locks with a number below before (0: the newest), newest first.
func (m *Mediator) Transfers(before uint64, limit int) ([]Transfer, error) {
	var out []Transfer
	err := m.node.Kept([]byte{keptJournal}, func(name, value []byte) {
		if t, err := parseTransfer(name, value); err == nil && (before == 0 || t.Number < before) {
			if out = append(out, t); len(out) > limit {
				out = append(out[:0], out[1:]...)
			}
		}
	})
	slices.Reverse(out)
	return out, err
}

// SecretOf returns the secret of a lock that this node paid with, if it is remembered.
func (m *Mediator) SecretOf(hash types.Hash) (secret [types.SecretLength]byte, ok bool) {
	m.working.Lock()
	number, ok := m.journal.numbers[hash]
	m.working.Unlock()
	if !ok {
		return secret, false
	}
	found := false
	_ = m.node.Kept(journalName(number), func(name, value []byte) {
		if t, err := parseTransfer(name, value); err == nil && t.Outgoing {
			secret, found = t.Secret, true
		}
	})
	return secret, found
}

func journalName(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{keptJournal}, number)
}

// Lengths of a transfer's fixed part and of one name.
const (
	transferFixed = 1 + 8 + 16 + 2*types.HashLength + types.SecretLength + types.HashLength + 2*types.Uint128Length + 1
	nameLength    = types.HashLength + 8 + 8 + 8 + 4
)

// appendTransfer appends flags 1 (1: outgoing, 2: requested) | time 8 | id 16 | hash 32 | secret 32 | domain 32 | from 32
// | amount 16 | paid 16 | count 1 | hop 32 × count | count 1 | name 60 × count | data.
func appendTransfer(b []byte, t *Transfer) []byte {
	flags := byte(0)
	if t.Outgoing {
		flags |= 1
	}
	if t.Requested {
		flags |= 2
	}
	b = binary.BigEndian.AppendUint64(append(b, flags), t.Time)
	b = append(append(append(b, t.ID[:]...), t.Hash[:]...), t.Secret[:]...)
	b = append(append(b, t.Domain[:]...), t.From[:]...)
	b = append(t.Paid.AppendTo(t.Amount.AppendTo(b)), byte(len(t.Hops)))
	for i := range t.Hops {
		b = append(b, t.Hops[i][:]...)
	}
	b = append(b, byte(len(t.Names)))
	for _, n := range t.Names {
		b = binary.BigEndian.AppendUint64(append(b, n.Channel.Domain[:]...), n.Channel.Channel)
		b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, n.Epoch), n.Nonce)
		b = binary.BigEndian.AppendUint32(b, n.Index)
	}
	return append(b, t.Data...)
}

func parseTransfer(name, b []byte) (t Transfer, err error) {
	short := fmt.Errorf("%w: payment %x of %d bytes", store.ErrCorrupt, name, len(b))
	if len(name) != 9 || len(b) < transferFixed+1 {
		return t, short
	}
	t.Number = binary.BigEndian.Uint64(name[1:])
	t.Outgoing, t.Requested, t.Time = b[0]&1 != 0, b[0]&2 != 0, binary.BigEndian.Uint64(b[1:])
	copy(t.ID[:], b[9:])
	t.Hash, t.Secret = types.Hash(b[25:57]), [types.SecretLength]byte(b[57:89])
	t.Domain, t.From = types.Hash(b[89:121]), types.Hash(b[121:153])
	t.Amount, t.Paid = types.Uint128FromBytes(b[153:]), types.Uint128FromBytes(b[169:])
	hops, b := int(b[185]), b[186:]
	if len(b) < hops*types.HashLength+1 {
		return t, short
	}
	for ; hops > 0; hops-- {
		t.Hops, b = append(t.Hops, protocol.NodeID(b[:32])), b[32:]
	}
	names, b := int(b[0]), b[1:]
	if len(b) < names*nameLength {
		return t, short
	}
	for ; names > 0; names-- {
		t.Names = append(t.Names, payment.Name{
			Channel: protocol.ChannelID{Domain: types.Hash(b[:32]), Channel: binary.BigEndian.Uint64(b[32:])},
			Epoch:   binary.BigEndian.Uint64(b[40:]), Nonce: binary.BigEndian.Uint64(b[48:]), Index: binary.BigEndian.Uint32(b[56:]),
		})
		b = b[nameLength:]
	}
	t.Data = b
	return t, nil
}
