package machine

import "errors"

// Errors of Apply: what the node asked for cannot be done now. Each is wrapped with the
// value and what would be right.
var (
	// ErrConfig: a setting is out of bounds.
	ErrConfig = errors.New("invalid configuration")
	// ErrNotMine: account and key of a channel are not both the node's.
	ErrNotMine = errors.New("not a channel of this node")
	// ErrSigner: the signer's key is not the channel's.
	ErrSigner = errors.New("wrong signer")
	// ErrPhase: not in this phase of the channel.
	ErrPhase = errors.New("not in this phase")
	// ErrNotConnected: the peer is away, or not re-established yet. Payments are kept by
	// the caller until it is back.
	ErrNotConnected = errors.New("peer is not connected")
	// ErrQuiet: an agreement is under way.
	ErrQuiet = errors.New("channel is quiet for an agreement")
	// ErrWindow: too much is not acknowledged yet; try again after the next acknowledgement.
	ErrWindow = errors.New("too much is unacknowledged")
	// ErrCapacity: the amount is above what is available.
	ErrCapacity = errors.New("amount is above what is available")
	// ErrOffline: the chain was out of reach for too long, or there is no trusted clock.
	ErrOffline = errors.New("chain was out of reach for too long")
	// ErrStale: the view of the chain is not fresh enough for locks.
	ErrStale = errors.New("view of the chain is stale")
	// ErrBatch: a batch is not what the machine can sign.
	ErrBatch = errors.New("invalid batch")
	// ErrLock: no such lock, or the lock does not allow this.
	ErrLock = errors.New("invalid operation on a lock")
	// ErrSecret: the preimage does not fit.
	ErrSecret = errors.New("secret does not fit the lock")
	// ErrPending: locks are pending that must be decided before.
	ErrPending = errors.New("locks are pending")
	// ErrRestored: the store is older than what was signed.
	ErrRestored = errors.New("store is older than what was signed")
	// ErrEncoding: bytes are no state of this version.
	ErrEncoding = errors.New("invalid encoding of a state")
)
