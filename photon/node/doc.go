// Package node runs channel machines: it feeds them with what peers, chains, clocks and
// callers do, carries their effects out in order, and makes everything durable before
// it shows.
//
// One goroutine runs the machine of a channel, one writes to the disk for all of them,
// two serve a peer: nothing is started, allocated, locked or sent over a Go channel per
// payment. Payments lie in one flat buffer from the caller to the log and the peer.
package node
