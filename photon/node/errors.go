package node

import (
	"errors"

	"github.com/meshchain/meshchain/photon/machine"
)

var (
	// ErrNoChannel says that the node has no such channel.
	ErrNoChannel = errors.New("no such channel")
	// ErrNotConnected says that the peer is away.
	ErrNotConnected = machine.ErrNotConnected
	// ErrUnacknowledged says that the receiver has not signed yet.
	ErrUnacknowledged = errors.New("not acknowledged yet")
	// ErrNoPayment says that there is no such batch or no entry with this index in it.
	ErrNoPayment = errors.New("no such payment")
	// ErrEntries says that a caller's flat buffer is not the entries it claims.
	ErrEntries = errors.New("invalid entries")
	// ErrRefused says that the peer does not sign.
	ErrRefused = errors.New("the peer refuses")
	// ErrClosed says that the node or the stream is closed.
	ErrClosed = errors.New("closed")
	// ErrLimit says that a bound of the node is reached.
	ErrLimit = errors.New("limit reached")
)
