// Package mediator runs payments over several channels on a node: it feeds a payment.Core
// with what the node's channels tell, carries its commands out, and keeps the graph of
// package routing up to date by gossip with the peers.
//
// One goroutine applies all events. A secret is handed to the disk before the lock that it
// came from is paid.
package mediator
