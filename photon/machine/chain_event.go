package machine

import "github.com/meshchain/meshchain/x/channels/types"

// Chain events are what happened to a channel on chain, in the order of the chain. All
// events of a block come before its Header; the follower delivers each block once and
// whole, and only blocks whose header it verified. After a start it goes on from
// State.View.Height; after a gap, or if that is too far back, it sends a Snapshot of the
// channel in the state of a block, the secrets on record for the hashes of pending
// locks, and that block's Header, and goes on from there.

// Snapshot is the channel as it is in the state of a block. It also says what had
// changed: an epoch, deposits, a dispute.
type Snapshot struct {
	Channel Channel
	// Dispute if the channel is closed.
	Dispute *ChainDispute
}

// ChainDispute is a dispute as it is in the state.
type ChainDispute struct {
	Closer                               uint8
	UpdateUntil, UnlockUntil, SettleFrom uint64
	// Held and Claim by sender.
	Held, Claim [2]Shown
}

// Deposited says that a deposit grew.
type Deposited struct {
	Participant uint8
	// Total of the deposit.
	Total types.Uint128
}

// Withdrawn says that an agreement was included and a new epoch starts.
type Withdrawn struct {
	Epoch uint64
	// Deposit and Key by participant in the new epoch.
	Deposit [2]types.Uint128
	Key     [2]types.ChannelKey
	// Paid out by participant.
	Paid [2]types.Uint128
}

// Closed says that a participant closed. It comes again when the second one does.
type Closed struct {
	// Closer of this message.
	Closer  uint8
	Dispute ChainDispute
}

// Updated says that a pair was shown.
type Updated struct {
	Sender uint8
	// Pair that was shown.
	Pair types.SignedProof
	// Raised tells that it is now the one held.
	Raised bool
	// Stale tells that its sender's claim is contradicted.
	Stale bool
}

// SecretRegistered says that a preimage is on record. The follower sends it to the channels of
// its chain that have a lock with this hash pending, and the node also to channels of
// other chains with OnOther set.
type SecretRegistered struct {
	Secret [types.SecretLength]byte
	// At is the channel clock it came at.
	At uint64
	// OnOther tells that it was registered on another chain: it is known, not on record.
	OnOther bool
}

// SecretAbsent answers State.Unasked: in the state of a block with this channel clock no
// secret is on record for the hash.
type SecretAbsent struct {
	Hash  types.Hash
	Clock uint64
}

// Unlocked says that a lock list was shown.
type Unlocked struct {
	Sender uint8
	Claim  bool
	// Counting are the ids of the locks that count.
	Counting []uint64
}

// DisposalsShown says that locks no longer count.
type DisposalsShown struct {
	Sender uint8
	Claim  bool
	// LockIDs that no longer count.
	LockIDs []uint64
}

// Ended says that the channel paid out and is gone.
type Ended struct {
	// Payouts by participant, after guarantor and tower.
	Payouts [2]types.Uint128
	// Cooperative tells that both agreed.
	Cooperative bool
	// Stale by participant.
	Stale [2]bool
}

// Header ends a block. It also tells that the channel was as the events said.
type Header struct {
	Height int64
	// Clock of the channels after the block.
	Clock uint64
	// Time of the header in Unix seconds.
	Time uint64
}

func (Snapshot) event()         {}
func (Deposited) event()        {}
func (Withdrawn) event()        {}
func (Closed) event()           {}
func (Updated) event()          {}
func (SecretRegistered) event() {}
func (SecretAbsent) event()     {}
func (Unlocked) event()         {}
func (DisposalsShown) event()   {}
func (Ended) event()            {}
func (Header) event()           {}
