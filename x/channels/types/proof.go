package types

import (
	"crypto/sha256"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

const (
	// ProofLength of a balance proof in bytes.
	ProofLength = 171
	// AckLength of an acknowledgement in bytes.
	AckLength = 105
)

// BalanceProof is one participant's cumulative promise to the other.
type BalanceProof struct {
	Place
	// Sender of the promise: 0 or 1.
	Sender uint8
	// Nonce grows with each proof; from 1.
	Nonce uint64
	// Transferred in total in this epoch; it never falls.
	Transferred Uint128
	// Locked in pending transfers.
	Locked Uint128
	// LocksRoot is the hash of the lock list; zero for an empty one.
	LocksRoot Hash
	// LockCount is the length of the lock list, at most MaxLocks.
	LockCount uint16
	// LogHead is the head over all batches of this epoch; see batch.go.
	LogHead Hash
}

// Bytes that the sender signs:
//
//	tag "mesh/bp/v1" 16 | domain 32 | channel 8 | epoch 8 | sender 1 | nonce 8
//	| transferred 16 | locked 16 | locks_root 32 | lock_count 2 | log_head 32
func (p BalanceProof) Bytes() []byte {
	b := p.Place.appendTo(make([]byte, 0, ProofLength), TagProof)
	b = append(b, p.Sender)
	b = binary.BigEndian.AppendUint64(b, p.Nonce)
	b = p.Transferred.AppendTo(b)
	b = p.Locked.AppendTo(b)
	b = append(b, p.LocksRoot[:]...)
	b = binary.BigEndian.AppendUint16(b, p.LockCount)
	return append(b, p.LogHead[:]...)
}

// ParseBalanceProof reads and checks the bytes of a balance proof.
func ParseBalanceProof(b []byte) (p BalanceProof, err error) {
	r, err := newReader("balance proof", TagProof, ProofLength, b)
	if err != nil {
		return p, err
	}
	p.Place = r.place()
	if p.Sender, err = r.side("balance proof: sender"); err != nil {
		return p, err
	}
	p.Nonce = r.uint64()
	p.Transferred, p.Locked = r.amount(), r.amount()
	p.LocksRoot, p.LockCount, p.LogHead = r.hash(), r.uint16(), r.hash()
	return p, p.Validate()
}

// Validate checks what can be known of a proof without a channel.
func (p BalanceProof) Validate() error {
	if p.Sender > 1 {
		return errorsmod.Wrapf(ErrSide, "balance proof: sender %d: must be 0 (opener) or 1 (partner)", p.Sender)
	}
	if p.Nonce == 0 {
		return errorsmod.Wrap(ErrBytes, "balance proof: nonce 0: must be at least 1")
	}
	if p.LockCount > MaxLocks {
		return errorsmod.Wrapf(ErrTooMany, "balance proof: lock_count %d: must be at most %d", p.LockCount, MaxLocks)
	}
	if empty := p.LockCount == 0; empty != (p.LocksRoot == Hash{}) || empty != p.Locked.IsZero() {
		return errorsmod.Wrapf(ErrLocks, "balance proof: lock_count %d, locked %s, locks_root %x: must all be zero or none",
			p.LockCount, p.Locked, p.LocksRoot)
	}
	if _, ok := p.Transferred.Add(p.Locked); !ok {
		return errorsmod.Wrapf(ErrAmount, "balance proof: transferred %s + locked %s: must be below 2^128", p.Transferred, p.Locked)
	}
	return nil
}

// Ack is the receiver's acknowledgement of a proof.
type Ack struct {
	Place
	// Sender of the proof, not of the acknowledgement.
	Sender uint8
	// Nonce of the proof.
	Nonce uint64
	// ProofHash is the SHA-256 of the proof's bytes.
	ProofHash Hash
}

// AckFor returns the acknowledgement of a proof.
func AckFor(p BalanceProof) Ack {
	return Ack{Place: p.Place, Sender: p.Sender, Nonce: p.Nonce, ProofHash: sha256.Sum256(p.Bytes())}
}

// Bytes that the receiver signs:
//
//	tag "mesh/ack/v1" 16 | domain 32 | channel 8 | epoch 8 | sender 1 | nonce 8 | SHA-256(proof) 32
func (a Ack) Bytes() []byte {
	b := a.Place.appendTo(make([]byte, 0, AckLength), TagAck)
	b = append(b, a.Sender)
	b = binary.BigEndian.AppendUint64(b, a.Nonce)
	return append(b, a.ProofHash[:]...)
}

// ParseAck reads and checks the bytes of an acknowledgement.
func ParseAck(b []byte) (a Ack, err error) {
	r, err := newReader("acknowledgement", TagAck, AckLength, b)
	if err != nil {
		return a, err
	}
	a.Place = r.place()
	if a.Sender, err = r.side("acknowledgement: sender"); err != nil {
		return a, err
	}
	if a.Nonce = r.uint64(); a.Nonce == 0 {
		return a, errorsmod.Wrap(ErrBytes, "acknowledgement: nonce 0: must be at least 1")
	}
	a.ProofHash = r.hash()
	return a, nil
}

// CheckSender parses a signed proof and checks that participant sender signed it for
// this place with key. It does not look at the acknowledgement.
func (s *SignedProof) CheckSender(want Place, sender uint8, key ChannelKey) (BalanceProof, error) {
	p, err := ParseBalanceProof(s.Proof)
	if err != nil {
		return p, err
	}
	if err := p.Place.Check("balance proof", want); err != nil {
		return p, err
	}
	if p.Sender != sender {
		return p, errorsmod.Wrapf(ErrSide, "balance proof: sender %d: must be %d here", p.Sender, sender)
	}
	return p, key.CheckSignature("balance proof", s.Proof, s.Signature)
}

// CheckAck checks the receiver's signature over the acknowledgement of p.
func (s *SignedProof) CheckAck(p BalanceProof, receiver ChannelKey) error {
	if len(s.AckSignature) == 0 {
		return errorsmod.Wrapf(ErrNoAck, "balance proof of participant %d, nonce %d: the signature of participant %d over the acknowledgement is missing",
			p.Sender, p.Nonce, 1-p.Sender)
	}
	return receiver.CheckSignature("acknowledgement", AckFor(p).Bytes(), s.AckSignature)
}
