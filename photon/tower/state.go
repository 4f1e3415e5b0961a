package tower

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// MaxSecrets in a state.
	MaxSecrets = types.MaxLocks
	// MaxDisposals in a state.
	MaxDisposals = types.MaxLocks

	disposalLength = 8 + types.HashLength + types.SignatureLength
	// MaxState bounds the body of a state in bytes.
	MaxState = placeLength + 1 + 16 + 8 + types.SignatureLength + 2*(1+protocol.PairLength) +
		3*2 + types.MaxLocks*types.LockLength + MaxSecrets*types.SecretLength + MaxDisposals*disposalLength
)

// State is what a tower needs to act for a participant in one epoch of a channel.
type State struct {
	types.Place
	// Delegator is the participant that the tower watches for.
	Delegator uint8
	// Reward, Expiry and Signature are the delegation; the tower is who gets this message.
	Reward    types.Uint128
	Expiry    uint64
	Signature [types.SignatureLength]byte
	// Received is the newest pair of the partner, Own the delegator's newest acknowledged one; nil
	// for none.
	Received, Own *protocol.Pair
	// Locks behind Received, in their encoding.
	Locks []byte
	// Secrets that the delegator knows of them.
	Secrets [][types.SecretLength]byte
	// Disposals by the partner of locks of the delegator.
	Disposals []types.Disposal
}

// Kind implements protocol.Message.
func (*State) Kind() protocol.Kind { return KindState }

// AppendTo implements protocol.Message:
//
//	place 48 | delegator 1 | reward 16 | expiry 8 | signature 64 | (1 | pair 299 or 0) × 2
//	| count 2 | lock 64 × count | count 2 | secret 32 × count | count 2 | (id 8 | hash 32 | signature 64) × count
func (m *State) AppendTo(b []byte) []byte {
	b = append(appendPlace(b, m.Place), m.Delegator)
	b = m.Reward.AppendTo(b)
	b = binary.BigEndian.AppendUint64(b, m.Expiry)
	b = append(b, m.Signature[:]...)
	for _, p := range []*protocol.Pair{m.Received, m.Own} {
		if p == nil {
			b = append(b, 0)
			continue
		}
		b = p.AppendTo(append(b, 1))
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.Locks)/types.LockLength)) //nolint:gosec // at most 256
	b = append(b, m.Locks...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.Secrets))) //nolint:gosec // at most 256
	for i := range m.Secrets {
		b = append(b, m.Secrets[i][:]...)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.Disposals))) //nolint:gosec // at most 256
	for _, d := range m.Disposals {
		b = binary.BigEndian.AppendUint64(b, d.LockId)
		b = append(append(b, d.Hash...), d.Signature...)
	}
	return b
}

// ParseState reads a body and checks its form, not who signed.
func ParseState(b []byte) (*State, error) {
	if len(b) > MaxState {
		return nil, fmt.Errorf("%w: state of %d bytes: must have at most %d", protocol.ErrTooLarge, len(b), MaxState)
	}
	r := reader{b: b}
	m := &State{Place: r.place(), Delegator: r.uint8(), Reward: r.amount(), Expiry: r.uint64()}
	copy(m.Signature[:], r.take(types.SignatureLength))
	for _, to := range []**protocol.Pair{&m.Received, &m.Own} {
		switch r.uint8() {
		case 0:
		case 1:
			*to = pairOf(r.take(protocol.PairLength))
		default:
			r.short = true
		}
	}
	count := func(most int) int {
		n := int(r.uint16())
		if n > most {
			r.short, n = true, 0
		}
		return n
	}
	m.Locks = append([]byte(nil), r.take(count(types.MaxLocks)*types.LockLength)...)
	for range count(MaxSecrets) {
		m.Secrets = append(m.Secrets, [types.SecretLength]byte(r.take(types.SecretLength)))
	}
	for range count(MaxDisposals) {
		id, hash := r.uint64(), r.hash()
		m.Disposals = append(m.Disposals, types.Disposal{LockId: id, Hash: hash[:], Signature: append([]byte(nil), r.take(types.SignatureLength)...)})
	}
	if m.Delegator > 1 {
		r.short = true
	}
	return m, r.done("state")
}

func pairOf(b []byte) *protocol.Pair {
	p := &protocol.Pair{}
	copy(p.Proof[:], b)
	copy(p.Signature[:], b[types.ProofLength:])
	copy(p.Ack[:], b[types.ProofLength+types.SignatureLength:])
	return p
}

// Check checks everything that was signed against the channel as it is on chain; tower is the account
// that the delegation must name. It returns the proof in Received.
func (m *State) Check(ch *types.Channel, tower []byte) (proof types.BalanceProof, err error) {
	if len(ch.Participants) != 2 || len(ch.Domain) != types.HashLength {
		return proof, fmt.Errorf("channel %d of the chain is malformed", ch.Id)
	}
	want := types.Place{Domain: types.Hash(ch.Domain), Channel: ch.Id, Epoch: ch.Epoch}
	if err := m.Place.Check("state", want); err != nil {
		return proof, err
	}
	own, partner := ch.Participants[m.Delegator].Key, ch.Participants[1-m.Delegator].Key
	delegation := types.DelegationOf{Place: m.Place, Delegator: m.Delegator, Tower: tower, Reward: m.Reward, Expiry: m.Expiry}
	if err := own.CheckSignature("delegation", delegation.Bytes(), m.Signature[:]); err != nil {
		return proof, err
	}
	if proof, err = checkPair(m.Received, want, 1-m.Delegator, partner, own); err != nil {
		return proof, fmt.Errorf("received: %w", err)
	}
	if _, err := checkPair(m.Own, want, m.Delegator, own, partner); err != nil {
		return proof, fmt.Errorf("own: %w", err)
	}
	locks, err := types.ParseLocks(m.Locks)
	if err != nil {
		return proof, err
	}
	if m.Received == nil && len(locks) > 0 {
		return proof, fmt.Errorf("%w: locks without a pair", protocol.ErrMalformed)
	}
	if m.Received != nil {
		if err := locks.CheckAgainst(proof); err != nil {
			return proof, err
		}
	}
	for i := range m.Secrets { // each costs the tower a fee
		hash := hashOf(m.Secrets[i][:])
		if !slices.ContainsFunc(locks, func(l types.Lock) bool { return l.Hash == hash }) {
			return proof, fmt.Errorf("%w: secret %d opens none of the locks", protocol.ErrMalformed, i)
		}
	}
	for i, d := range m.Disposals {
		signed := types.DisposalOf{Place: m.Place, Sender: m.Delegator, LockID: d.LockId, Hash: types.Hash(d.Hash)}
		if err := partner.CheckSignature(fmt.Sprintf("disposal %d", i), signed.Bytes(), d.Signature); err != nil {
			return proof, err
		}
	}
	return proof, nil
}

func checkPair(p *protocol.Pair, place types.Place, sender uint8, from, to types.ChannelKey) (types.BalanceProof, error) {
	if p == nil {
		return types.BalanceProof{}, nil
	}
	signed := p.SignedProof()
	proof, err := signed.CheckSender(place, sender, from)
	if err != nil {
		return proof, err
	}
	return proof, signed.CheckAck(proof, to)
}
