package types

import (
	"crypto/sha256"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

const (
	// OpenTermsLength of open terms in bytes.
	OpenTermsLength = 247
	// CloseLength of a close authorisation in bytes.
	CloseLength = 138
	// DisposalLength of a disposal in bytes.
	DisposalLength = 105
	// DelegationLength of a delegation in bytes.
	DelegationLength = 122
	// ApprovalLength of a guarantor's approval in bytes.
	ApprovalLength = 121
	// ReestablishLength of a re-establish message in bytes.
	ReestablishLength = 145
)

// OpenTerms are what the partner agrees to when a channel opens.
type OpenTerms struct {
	Domain Hash
	// Account and Key by participant.
	Account [2][]byte
	Key     [2]ChannelKey
	// Guarantor of the opener, or none.
	Guarantor []byte
	// Deposit of the opener, the guarantor's part included.
	Deposit    Uint128
	Challenge  uint64
	ValidUntil uint64
}

// Bytes that the partner signs:
//
//	tag "mesh/open/v1" 16 | domain 32 | account 33 × 2 | key 34 × 2 | guarantor 33
//	| deposit 16 | challenge 8 | valid-until 8
func (t OpenTerms) Bytes() []byte {
	b := appendTag(make([]byte, 0, OpenTermsLength), TagOpen)
	b = append(b, t.Domain[:]...)
	b = appendAccount(appendAccount(b, t.Account[0]), t.Account[1])
	b = t.Key[1].AppendTo(t.Key[0].AppendTo(b))
	b = appendAccount(b, t.Guarantor)
	b = t.Deposit.AppendTo(b)
	b = binary.BigEndian.AppendUint64(b, t.Challenge)
	return binary.BigEndian.AppendUint64(b, t.ValidUntil)
}

// ParseOpenTerms reads and checks the bytes of open terms.
func ParseOpenTerms(b []byte) (t OpenTerms, err error) {
	r, err := newReader("open terms", TagOpen, OpenTermsLength, b)
	if err != nil {
		return t, err
	}
	t.Domain = r.hash()
	for i := range t.Account {
		if t.Account[i], err = r.account("open terms: account"); err != nil {
			return t, err
		}
		if len(t.Account[i]) == 0 {
			return t, errorsmod.Wrapf(ErrBytes, "open terms: account %d is empty", i)
		}
	}
	for i := range t.Key {
		if t.Key[i], err = ChannelKeyFromBytes(r.take(KeyLength)); err != nil {
			return t, err
		}
		if t.Key[i].Type == KEY_TYPE_UNSPECIFIED {
			return t, errorsmod.Wrapf(ErrKey, "open terms: key %d is missing", i)
		}
	}
	if t.Guarantor, err = r.account("open terms: guarantor"); err != nil {
		return t, err
	}
	t.Deposit, t.Challenge, t.ValidUntil = r.amount(), r.uint64(), r.uint64()
	return t, nil
}

// CloseAuthorization is a participant's word that anybody may close for it, with
// exactly this evidence.
type CloseAuthorization struct {
	Place
	Closer     uint8
	Recovering bool
	// PartnerProof and Claim are the SHA-256 of the proofs' bytes; zero for none.
	PartnerProof Hash
	Claim        Hash
	ValidUntil   uint64
}

// ProofHash is the hash of a signed proof in a close authorisation; zero for none.
func ProofHash(s *SignedProof) Hash {
	if s == nil {
		return Hash{}
	}
	return sha256.Sum256(s.Proof)
}

// Bytes that the closer signs:
//
//	tag "mesh/close/v1" 16 | domain 32 | channel 8 | epoch 8 | closer 1 | recovering 1
//	| SHA-256(partner's proof) 32 | SHA-256(claim) 32 | valid-until 8
func (c CloseAuthorization) Bytes() []byte {
	b := c.Place.appendTo(make([]byte, 0, CloseLength), TagClose)
	var recovering byte
	if c.Recovering {
		recovering = 1
	}
	b = append(b, c.Closer, recovering)
	b = append(b, c.PartnerProof[:]...)
	b = append(b, c.Claim[:]...)
	return binary.BigEndian.AppendUint64(b, c.ValidUntil)
}

// ParseCloseAuthorization reads and checks the bytes of a close authorisation.
func ParseCloseAuthorization(b []byte) (c CloseAuthorization, err error) {
	r, err := newReader("close authorisation", TagClose, CloseLength, b)
	if err != nil {
		return c, err
	}
	c.Place = r.place()
	if c.Closer, err = r.side("close authorisation: closer"); err != nil {
		return c, err
	}
	recovering := r.uint8()
	if recovering > 1 {
		return c, errorsmod.Wrapf(ErrBytes, "close authorisation: recovering %d: must be 0 or 1", recovering)
	}
	c.Recovering = recovering == 1
	c.PartnerProof, c.Claim, c.ValidUntil = r.hash(), r.hash(), r.uint64()
	if c.Recovering && c.Claim != (Hash{}) {
		return c, errorsmod.Wrap(ErrRecovering, "close authorisation: a recovering close claims nothing")
	}
	return c, nil
}

// DisposalOf is the receiver's word that it gives up a lock.
type DisposalOf struct {
	Place
	// Sender of the lock; the other participant signs.
	Sender uint8
	LockID uint64
	Hash   Hash
}

// Bytes that the receiver signs:
//
//	tag "mesh/dispose/v1" 16 | domain 32 | channel 8 | epoch 8 | sender 1 | lock id 8 | hash 32
func (d DisposalOf) Bytes() []byte {
	b := d.Place.appendTo(make([]byte, 0, DisposalLength), TagDisposal)
	b = append(b, d.Sender)
	b = binary.BigEndian.AppendUint64(b, d.LockID)
	return append(b, d.Hash[:]...)
}

// ParseDisposal reads and checks the bytes of a disposal.
func ParseDisposal(b []byte) (d DisposalOf, err error) {
	r, err := newReader("disposal", TagDisposal, DisposalLength, b)
	if err != nil {
		return d, err
	}
	d.Place = r.place()
	if d.Sender, err = r.side("disposal: sender"); err != nil {
		return d, err
	}
	if d.LockID = r.uint64(); d.LockID == 0 {
		return d, errorsmod.Wrap(ErrBytes, "disposal: lock id 0: must be at least 1")
	}
	d.Hash = r.hash()
	return d, nil
}

// DelegationOf names a watchtower and what it earns. It is not bound to a nonce.
type DelegationOf struct {
	Place
	// Delegator is the participant that the tower watches for.
	Delegator uint8
	Tower     []byte
	Reward    Uint128
	// Expiry by the channel clock.
	Expiry uint64
}

// Bytes that the delegator signs:
//
//	tag "mesh/deleg/v1" 16 | domain 32 | channel 8 | epoch 8 | delegator 1 | tower 33 | reward 16 | expiry 8
func (d DelegationOf) Bytes() []byte {
	b := d.Place.appendTo(make([]byte, 0, DelegationLength), TagDelegation)
	b = append(b, d.Delegator)
	b = appendAccount(b, d.Tower)
	b = d.Reward.AppendTo(b)
	return binary.BigEndian.AppendUint64(b, d.Expiry)
}

// ParseDelegation reads and checks the bytes of a delegation.
func ParseDelegation(b []byte) (d DelegationOf, err error) {
	r, err := newReader("delegation", TagDelegation, DelegationLength, b)
	if err != nil {
		return d, err
	}
	d.Place = r.place()
	if d.Delegator, err = r.side("delegation: delegator"); err != nil {
		return d, err
	}
	if d.Tower, err = r.account("delegation: tower"); err != nil {
		return d, err
	}
	if len(d.Tower) == 0 {
		return d, errorsmod.Wrap(ErrBytes, "delegation: tower is empty")
	}
	d.Reward, d.Expiry = r.amount(), r.uint64()
	return d, nil
}

// Purpose of a guarantor's approval.
type Purpose uint8

// Purposes of approvals.
const (
	PurposeOpen        Purpose = 1
	PurposeDeposit     Purpose = 2
	PurposeWithdraw    Purpose = 3
	PurposeCooperative Purpose = 4
)

// ApprovalOf is a guarantor's consent.
type ApprovalOf struct {
	// Place of the channel; channel and epoch are 0 when it opens.
	Place
	Purpose Purpose
	// Subject is the SHA-256 of what is approved: the bytes of the open terms or of
	// the agreement; for a deposit, the 33 bytes of the partner's account.
	Subject Hash
	// Amount the guarantor has in the channel afterwards, in total.
	Amount     Uint128
	ValidUntil uint64
}

// DepositSubject is the subject of an approval of a deposit: it names the partner.
func DepositSubject(partner []byte) Hash { return sha256.Sum256(appendAccount(nil, partner)) }

// Bytes that the guarantor signs:
//
//	tag "mesh/guar/v1" 16 | domain 32 | channel 8 | epoch 8 | purpose 1 | subject 32 | amount 16 | valid-until 8
func (a ApprovalOf) Bytes() []byte {
	b := a.Place.appendTo(make([]byte, 0, ApprovalLength), TagApproval)
	b = append(b, byte(a.Purpose))
	b = append(b, a.Subject[:]...)
	b = a.Amount.AppendTo(b)
	return binary.BigEndian.AppendUint64(b, a.ValidUntil)
}

// ParseApproval reads and checks the bytes of an approval.
func ParseApproval(b []byte) (a ApprovalOf, err error) {
	r, err := newReader("approval", TagApproval, ApprovalLength, b)
	if err != nil {
		return a, err
	}
	a.Place = r.place()
	a.Purpose = Purpose(r.uint8())
	if a.Purpose < PurposeOpen || a.Purpose > PurposeCooperative {
		return a, errorsmod.Wrapf(ErrBytes, "approval: purpose %d: must be 1 to 4", a.Purpose)
	}
	a.Subject, a.Amount, a.ValidUntil = r.hash(), r.amount(), r.uint64()
	return a, nil
}

// Reestablish is what a node says first on a new connection; the chain never sees it.
type Reestablish struct {
	Place
	Participant uint8
	// Nonce is the highest the participant ever signed in this epoch.
	Nonce uint64
	// PeerNonce and PeerProof are nonce and SHA-256 of the peer's newest proof that the
	// participant holds; zero for none.
	PeerNonce uint64
	PeerProof Hash
	// Challenge was drawn by the peer for this connection.
	Challenge Hash
}

// Bytes that the participant signs:
//
//	tag "mesh/hello/v1" 16 | domain 32 | channel 8 | epoch 8 | participant 1 | nonce 8
//	| peer's nonce 8 | SHA-256(peer's proof) 32 | challenge 32
func (h Reestablish) Bytes() []byte {
	b := h.Place.appendTo(make([]byte, 0, ReestablishLength), TagReestablish)
	b = append(b, h.Participant)
	b = binary.BigEndian.AppendUint64(b, h.Nonce)
	b = binary.BigEndian.AppendUint64(b, h.PeerNonce)
	b = append(b, h.PeerProof[:]...)
	return append(b, h.Challenge[:]...)
}

// ParseReestablish reads and checks the bytes of a re-establish message.
func ParseReestablish(b []byte) (h Reestablish, err error) {
	r, err := newReader("re-establish", TagReestablish, ReestablishLength, b)
	if err != nil {
		return h, err
	}
	h.Place = r.place()
	if h.Participant, err = r.side("re-establish: participant"); err != nil {
		return h, err
	}
	h.Nonce, h.PeerNonce, h.PeerProof, h.Challenge = r.uint64(), r.uint64(), r.hash(), r.hash()
	if (h.PeerNonce == 0) != (h.PeerProof == Hash{}) {
		return h, errorsmod.Wrapf(ErrBytes, "re-establish: peer's nonce %d with proof %x: must both be zero or none", h.PeerNonce, h.PeerProof)
	}
	return h, nil
}
