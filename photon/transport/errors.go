package transport

import "errors"

var (
	// ErrNetwork says that the peer belongs to another network.
	ErrNetwork = errors.New("wrong network")
	// ErrVersion says that the peer speaks another version of the protocol.
	ErrVersion = errors.New("other protocol version")
	// ErrNoPhoton says that the peer is no payment node at all.
	ErrNoPhoton = errors.New("not a payment node")
	// ErrBanned says that the peer misbehaved and is refused for a while.
	ErrBanned = errors.New("peer is banned")
	// ErrFrame says that a frame is longer than allowed or empty.
	ErrFrame = errors.New("invalid frame")
	// ErrIdle says that a peer began something and did not go on.
	ErrIdle = errors.New("peer does not go on")
	// ErrSlow says that a peer did not read what was sent to it.
	ErrSlow = errors.New("peer does not read")
	// ErrReplaced says that a newer stream took the place of this one.
	ErrReplaced = errors.New("replaced by a newer connection")
	// ErrTooMany says that the node has as many peers as it takes.
	ErrTooMany = errors.New("too many peers")
	// ErrClosed says that the host or the connection is closed.
	ErrClosed = errors.New("closed")
)
