// Package mediator runs payments over several channels on a node: it feeds a payment.Core
// with what the node's channels tell, carries its commands out, and keeps the graph of
// package routing up to date by gossip with the peers.
//
// One goroutine applies all events. Secrets of forwarded payments are handed to the disk
// by the hook that hears of them, before the channel that they come from can go on.
package mediator
