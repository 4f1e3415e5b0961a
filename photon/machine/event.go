package machine

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Event is what happens to a channel. Events come from the node, from the peer
// (Received, ReceivedBatch) and from the chain (chain_event.go).
type Event interface{ event() }

// Now is the node's trusted time in Unix seconds: max(clock, what was last persisted,
// the newest header) plus what a monotonic clock measured since. 0 means that there is
// no trusted clock; then nothing is signed that the offline bound guards.
type Now uint64

// Start is the first event in each run of the process, also for a new channel.
type Start struct {
	// Floor is the least nonce of this run: Unix milliseconds << 16. It keeps a node whose
	// store was put back from signing a nonce again.
	Floor uint64
	// FromBackup tells that the store was put back from a backup: the node is restored,
	// whatever the peer says.
	FromBackup bool
}

// Connect begins a session: Hello was exchanged.
type Connect struct {
	// Own challenge of this connection, drawn at random, and the peer's.
	Own, Peer types.Hash
}

// Disconnect ends the session.
type Disconnect struct{}

// Tick tells the time. Once a second is enough; time-outs are seconds.
type Tick struct{ Now Now }

// SendBatch signs the next batch. The node has encoded and hashed the entries; locks
// have the ids that State.NextLockID gave.
type SendBatch struct {
	// Summary of the entries by protocol.Scanner.
	Summary protocol.Summary
	Now     Now
}

// Received is a message of the peer other than a batch.
type Received struct {
	Message protocol.Message
	Now     Now
}

// ReceivedBatch is a batch of the peer. The node has scanned its entries.
type ReceivedBatch struct {
	// Proof and Signature as received.
	Proof     [types.ProofLength]byte
	Signature protocol.Signature
	// Previous head as received.
	Previous types.Hash
	// Delta as received.
	Delta types.Uint128
	// Summary of the entries by protocol.Scanner.
	Summary protocol.Summary
	Now     Now
}

// Reveal tells that the node knows the secret of a received lock and wants it resolved.
type Reveal struct {
	LockID uint64
	Secret [types.SecretLength]byte
}

// Pass shows the secret of a received lock to the peer at once. Nothing is noted: Reveal must follow
// when the secret is saved. A lock that the peer does not want any more is left alone.
type Pass struct {
	LockID uint64
	Secret [types.SecretLength]byte
}

// Pay clears an own lock whose secret is known, so that the next batch pays it. A
// mediator has made the secret durable in the incoming channel before: the lock, and
// the secret with it, is gone when it is paid.
type Pay struct{ LockID uint64 }

// Dispose gives up a received lock. Whoever forwarded it must be certain that the
// outgoing one is void.
type Dispose struct {
	LockID  uint64
	Reason  protocol.Reason
	Failure []byte
}

// Agree proposes an agreement to the peer.
type Agree struct {
	Agreement protocol.Agreement
	// Payout to this node in a withdraw; at most its balance. The rest stays.
	Payout types.Uint128
	// NewKey rotates this node's key in a withdraw.
	NewKey types.ChannelKey
	Now    Now
}

// Close closes the channel without the peer.
type Close struct {
	// Recovering: data was lost, nothing is claimed; dear and slow.
	Recovering bool
	// Force closes although the peer has not confirmed the own newest proof since the start
	// of the process. If the store was put back from an old image, the claim is stale and
	// costs everything.
	Force bool
}

// Abandon lets an own close that is not included lapse, instead of trying again.
type Abandon struct{}

// OwnProofSeen tells that somebody else, a watchtower say, holds this proof of ours.
type OwnProofSeen struct{ Pair protocol.Pair }

func (Start) event()         {}
func (Connect) event()       {}
func (Disconnect) event()    {}
func (Tick) event()          {}
func (SendBatch) event()     {}
func (Received) event()      {}
func (ReceivedBatch) event() {}
func (Reveal) event()        {}
func (Pass) event()          {}
func (Pay) event()           {}
func (Dispose) event()       {}
func (Agree) event()         {}
func (Close) event()         {}
func (Abandon) event()       {}
func (OwnProofSeen) event()  {}
