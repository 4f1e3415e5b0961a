package machine

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// State of one channel: a value. Fields are exported to be read; only Apply, NewState
// and ParseState write them. Clone copies it.
type State struct {
	// Config in force; not part of the encoding.
	Config Config

	// Channel as the chain has it in the newest block that was seen.
	Channel Channel
	// Side of this node: 0 opened the channel, 1 is the partner.
	Side uint8
	// View of the chain.
	View View
	// Phase of the channel.
	Phase Phase
	// Wait is what the channel waits for.
	Wait Wait
	// Connected tells that a connection with the peer was re-established.
	Connected bool

	// Sent is what this node promised.
	Sent Outgoing
	// Received is what the peer promised.
	Received Incoming

	// NonceFloor is the least nonce that may be signed in this run of the process.
	NonceFloor uint64

	// Pact is the agreement under way.
	Pact *Pact
	// Closing is what this node claimed, or will; set before anything is submitted.
	Closing *Closing
	// Dispute as the chain has it, if the channel is closed.
	Dispute *Dispute
	// Restored is the own proof that somebody showed above the store, in PhaseRestored.
	Restored *protocol.Pair
	// PeerRestored tells that the peer lost data: it signs nothing but agreements.
	PeerRestored bool
	// Broken tells that the peer took a step that is not legal: nothing more of it is
	// acknowledged in this epoch.
	Broken bool

	// Confirmed tells that since the start the peer has shown the own newest proof, or an
	// older one: the store is not known to be old. Not part of the encoding.
	Confirmed bool

	// session is what belongs to the connection and dies with it.
	session session
	// answered is the last challenge of this node that the peer answered.
	answered types.Hash
	// saved are the lists as Save last wrote them.
	saved saved
	// dirty tells that the chain changed the channel in the block that is being told: it
	// becomes durable with the height, so that no event is applied twice.
	dirty bool
}

// Phase of a channel as this node sees it.
type Phase uint8

// Phases.
const (
	// PhaseOpen: payments go.
	PhaseOpen Phase = iota + 1
	// PhaseAgreed: this node signed an agreement and is silent until it is on chain or void.
	PhaseAgreed
	// PhaseClosing: this node decided to close and signs nothing more.
	PhaseClosing
	// PhaseDispute: the chain has a close.
	PhaseDispute
	// PhaseRestored: somebody showed a signature of this node above its store. Only a
	// cooperative close or a withdraw may be signed.
	PhaseRestored
	// PhaseEnded: the channel paid out. The state may be deleted.
	PhaseEnded
)

// Wait is a named reason why nothing happens.
type Wait uint8

// Waits.
const (
	// WaitNothing: for the next payment.
	WaitNothing Wait = iota
	// WaitPeer: for a connection.
	WaitPeer
	// WaitReestablish: for the peer's re-establish.
	WaitReestablish
	// WaitAcks: quiet until own batches are acknowledged, to draft an agreement.
	WaitAcks
	// WaitConsent: for the peer's signature over a draft.
	WaitConsent
	// WaitSecondSignature: this node consented; for the peer's signature or the outcome.
	WaitSecondSignature
	// WaitInclusion: for a transaction with an agreement.
	WaitInclusion
	// WaitCloseInclusion: for the own close.
	WaitCloseInclusion
	// WaitUpdateEnd: for the end of the update phase.
	WaitUpdateEnd
	// WaitUnlockEnd: for the end of the unlock phase.
	WaitUnlockEnd
	// WaitSettleable: for the end of the evidence phase.
	WaitSettleable
	// WaitSettlement: for the settlement.
	WaitSettlement
	// WaitHeal: restored; for an agreement or an order to close.
	WaitHeal
)

// View of the chain: the newest header that was verified.
type View struct {
	// Height of the block.
	Height int64
	// Clock of the channels after the block, in seconds.
	Clock uint64
	// Time of the header, in Unix seconds.
	Time uint64
	// Synced is the header time of the last block that showed the channel open in this epoch.
	Synced uint64
}

// Channel as the chain has it.
type Channel struct {
	types.Place
	// Denom of everything in the channel.
	Denom string
	// Account and Key by participant.
	Account [2]string
	Key     [2]types.ChannelKey
	// Deposit by participant.
	Deposit [2]types.Uint128
	// Terms of the channel.
	Challenge, UnlockPeriod, EvidencePeriod, RecoveryPeriod uint64
	// Guaranteed tells that withdraw and cooperative close need the guarantor's approval.
	Guaranteed bool
}

// ID of the channel.
func (c *Channel) ID() protocol.ChannelID { return protocol.IDOf(c.Place) }

// Outgoing is the stream of this node's promises in this epoch.
type Outgoing struct {
	// Newest proof that was ever signed; Nonce 0 if none.
	Newest types.BalanceProof
	// Signed is Newest with its signature, and the acknowledgement if it has come.
	Signed protocol.Pair
	// Acked is the nonce of Pair, 0 if none is acknowledged.
	Acked uint64
	// Pair is the newest that the peer acknowledged.
	Pair protocol.Pair
	// Locks behind Newest, by rising id.
	Locks []*PendingLock
	// LastLockID that was given.
	LastLockID uint64
	// InFlight are the batches that are not acknowledged, oldest first.
	InFlight []InFlight
	// Bytes of the entries in flight.
	Bytes uint64
	// Gone are locks that Newest has no more, while the peer could still show a proof that
	// has them; by rising id.
	Gone []*GoneLock
}

// InFlight is a batch that is not acknowledged.
type InFlight struct {
	Pair protocol.Pair
	// Nonce of the proof.
	Nonce uint64
	// Size of its entries in bytes.
	Size uint32
}

// Incoming is the stream of the peer's promises in this epoch.
type Incoming struct {
	// Newest proof that was acknowledged; Nonce 0 if none.
	Newest types.BalanceProof
	// Pair of Newest.
	Pair protocol.Pair
	// Locks behind Newest, by rising id.
	Locks []*PendingLock
	// LastLockID that the peer gave.
	LastLockID uint64
}

// PendingLock is a lock that is not decided. It never changes once it is in a list: what is
// learned about it makes another one, so that Save sees by the addresses what is new.
type PendingLock struct {
	types.Lock
	// PaymentID of the entry that added it.
	PaymentID [16]byte
	// Packet is the SHA-256 of its packet.
	Packet types.Hash
	// Secret if HasSecret.
	Secret    [types.SecretLength]byte
	HasSecret bool
	// RegisteredAt is the channel clock at which the chain got the secret; 0 if it has not.
	RegisteredAt uint64
	// Absent tells that the chain, asked after the expiry, had no secret on record.
	Absent bool
	// Cleared tells that an own lock whose secret is known may be paid (event Pay). Not part
	// of the encoding: whoever clears does so again after a start.
	Cleared bool
	// Disposed tells that its receiver gave it up: the lock is void.
	Disposed bool
	// Disposal is the receiver's signature, if Disposed.
	Disposal protocol.Signature
	// Reason for the disposal.
	Reason protocol.Reason
	// Submitted is the clock at which registering the secret was last asked for; 0 never.
	Submitted uint64
}

// InTime tells whether the chain got the secret up to the expiry: then the lock counts,
// whatever happens.
func (l *PendingLock) InTime() bool { return l.RegisteredAt != 0 && l.RegisteredAt <= l.Expiry }

// TooLate tells whether it is certain that the chain got no secret up to the expiry.
// That no event told of one is not enough: it may have been on record before the lock
// was made, and registering it again makes no event.
func (l *PendingLock) TooLate() bool { return l.Absent || l.RegisteredAt > l.Expiry }

// GoneLock is an own lock that was taken out by a batch that is not acknowledged.
type GoneLock struct {
	PendingLock
	// Nonce of the first proof without it.
	Nonce uint64
	// Resolved tells that it was paid.
	Resolved bool
}

// Pact is an agreement under way.
type Pact struct {
	Agreement protocol.Agreement
	// Drafted by this node.
	Mine bool
	// Signed are the bytes of the agreement.
	Signed []byte
	// Signatures by participant; all zero if missing.
	Signatures [2]protocol.Signature
	// ValidUntil by the channel clock.
	ValidUntil uint64
	// Payout that this node wants, in a withdraw.
	Payout types.Uint128
	// NewKey for this node; no key without a rotation.
	NewKey types.ChannelKey
	// Drafts that were refused because figures had moved.
	Drafts uint8
	// From is the phase before anything was signed, which a void agreement leads back to.
	From Phase
	// Since is when the channel became quiet (Unix seconds of now).
	Since uint64
	// Submitted is the clock at which it was last submitted; 0 never.
	Submitted uint64
}

// Closing is this node's close.
type Closing struct {
	// Recovering: data was lost and nothing is claimed.
	Recovering bool
	// ValidUntil of the authorisation, by the channel clock.
	ValidUntil uint64
	// Signature of the authorisation.
	Signature protocol.Signature
	// Submitted is the clock at which it was last submitted.
	Submitted uint64
	// Abandoned: if it is not included by ValidUntil, the channel is open again.
	Abandoned bool
}

// Dispute as the chain has it.
type Dispute struct {
	// Closer who closed first.
	Closer uint8
	// UpdateUntil, UnlockUntil and SettleFrom end the phases, by the channel clock.
	UpdateUntil, UnlockUntil, SettleFrom uint64
	// Held and Claim by sender.
	Held, Claim [2]Shown
	// SubmittedPair and the like are the clock at which something was last submitted; 0 never.
	SubmittedPair      [2]uint64
	SubmittedLocks     uint64
	SubmittedDisposals [2]uint64
	SubmittedEnd       uint64
}

// Shown is a proof that the chain has.
type Shown struct {
	// Proof is nil if there is none.
	Proof []byte
	// Nonce of the proof.
	Nonce uint64
	// Unlocked tells that its lock list was shown.
	Unlocked bool
	// Counting are the ids of the locks that count; nil if that is not known, after a
	// Snapshot.
	Counting []uint64
}

// session belongs to one connection.
type session struct {
	// challenge that the peer must sign, and the one that it drew.
	own, peer types.Hash
	// open tells that both challenges are there.
	open bool
	// passed are received locks whose secret the peer has seen in this session.
	passed map[uint64]bool
}
