// Package transport connects payment nodes: libp2p over TCP (QUIC by option) with
// Noise, where the identity is the node's key. Two nodes share one long-lived stream of
// frames, whoever dialled.
//
// The package knows nothing of what is in a frame. It bounds what it keeps for a peer,
// remembers who sends garbage, and says clearly why two nodes cannot talk.
package transport
